"""How long missing days hold a period, and what the contract does then: for the pages that show it as held."""

from billing.gaps import gaps_of, hold_until_words
from billing.holds import gaps_in_words
from billing.models import BillingPeriod
from billing.terms_in_force import terms_in_force
from licenses.queries import NothingAgreed


def until_words(row: BillingPeriod) -> str:
    """Say until when missing days hold a period and what follows; empty where something else, or nothing, holds it."""
    if row.held_code != BillingPeriod.HeldCode.DAYS_MISSING:
        return ""
    try:
        force = terms_in_force(contract=row.contract, period=row.span)
    except NothingAgreed:
        return ""
    return hold_until_words(force=force, period=row.span)


def missing_words(row: BillingPeriod) -> str:
    """Say which days of a period have no report, by instance; empty where all have one."""
    force = terms_in_force(contract=row.contract, period=row.span)
    return gaps_in_words(gaps_of(contract=row.contract, force=force, period=row.span))
