"""What lets a held period go on: for each reason to hold, the next step of a person."""

from billing.models import BillingPeriod

Code = BillingPeriod.HeldCode
REPAIRS = {
    Code.NO_REPORTS: "Ask the customer for the report; the period goes on by itself when it is read.",
    Code.DAYS_MISSING: "Ask the customer for the missing days, or for the word that nobody was active on them.",
    Code.REPORT_WAITING: "Answer what the report asks, or put it aside; the period goes on by itself then.",
    Code.NOBODY_ACTIVE: "Ask the customer whether nobody was active, then release the period with that word.",
    Code.NO_VERSION: "Agree on a version of the contract for these days.",
    Code.NOT_COUNTABLE: "Cure what the sentence names, in the terms or in the files, and check again.",
    Code.EARLIER_OPEN: "Close the earlier period first; this one goes on at the next check.",
    Code.TAX_UNDECIDED: "Write the VAT number into the customer, or state the tax in the terms.",
    Code.MIXED_NAMESPACES: "Ask the customer for all reports with names, or all with pseudonyms.",
}


def repair_of(period: BillingPeriod | None) -> str:
    """Return the next step for a held period; empty for one that is not held."""
    if period is None or period.state != BillingPeriod.State.HELD:
        return ""
    return REPAIRS[Code(period.held_code)]
