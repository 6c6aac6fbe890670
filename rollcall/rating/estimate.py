"""The step "estimate": missing days are billed by what an earlier period had, on lines of their own, without users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from rollcall.money import number_in_words
from rollcall.period import Period
from rollcall.rating.agreed import agreed_number
from rollcall.rating.lines import ChargeBill, Estimate, multiplied_out
from rollcall.rating.measured import Measured
from rollcall.rating.over_periods import over_periods
from rollcall.rating.proration import prorated_line
from rollcall.rating.repriced import price_beyond
from rollcall.rating.state import TermState
from rollcall.rating.usage import PeriodUsage
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.included import Included
from rollcall.terms.time_rules import is_known_in_advance


class NoEstimate(ValueError):
    """A bill without an estimate reached the step that adds it."""


def prior_of(state: TermState, metric: str, rule: str, period: Period) -> tuple[Period, Decimal] | None:
    """Return the earlier period at which a gap rule looks and the users that it had; None when there is none."""
    known = [(done.period, done.counted[metric]) for done in state.earlier if metric in done.counted]
    if rule == "prior_period":
        known = [(span, users) for span, users in known if span.end == period.start]
    return max(known, key=lambda entry: (entry[1], entry[0]), default=None)


def estimates_of(
    *, terms: ContractTerms, usage: PeriodUsage, measured: Mapping[str, Measured], state: TermState
) -> dict[str, Estimate]:
    """Return what the gap rule adds to each metric of a period with missing days; nothing where it adds nothing.

    Raises TermsRefused where missing days hold the period, or where no earlier period is there to look at.
    """
    if not usage.missing_days or terms.gap_rule.applied in ("bill_known", "zero"):
        return {}
    rule = terms.gap_rule.applied
    path = f"periods[{usage.period}].missing_days"
    if rule is None:
        raise TermsRefused(path, "the contract holds a period with missing days until a person decides.")
    estimates = {}
    reported = {charge.metric for charge in terms.charges.values() if not is_known_in_advance(charge, terms.metrics)}
    for metric in sorted(name for name in reported if name is not None):
        found = prior_of(state, metric, rule, usage.period)
        if found is None:
            raise TermsRefused(path, f"the gap rule {rule} needs an earlier period of the term, and none was counted.")
        estimate = Estimate(
            users=Decimal(0),
            missing_days=usage.missing_days,
            known_users=measured[metric].first_stage,
            prior_users=found[1],
            prior=found[0],
        )
        billed = over_periods(
            terms=terms,
            name=metric,
            period=usage.period,
            state=state,
            quantity=estimate.known_users + estimate.missing_users,
        )
        if billed is None:
            estimates[metric] = replace(estimate, users=estimate.missing_users)
        else:
            more = max(billed.quantity - measured[metric].quantity, Decimal(0))
            estimates[metric] = replace(estimate, users=more, rule_words=billed.words)
    return estimates


def add_estimate(bill: ChargeBill) -> ChargeBill:
    """Add the users that are missing to the earlier period, priced next to the known ones; they have no names."""
    estimate = bill.estimate
    if estimate is None:
        raise NoEstimate(f"No estimate was made for {bill.period.words()}.")
    words = bill.terms.gap_rule.words()
    there, wanted = number_in_words(estimate.known_users), bill.noun.short_of(estimate.prior_users)
    had = f"{estimate.prior.words()} had {wanted}"
    if not estimate.missing_users:
        return bill.after("estimate", [], words=words, arithmetic=f"not needed: {there} are known, {had}")
    lacking = f"{number_in_words(estimate.prior_users)} − {there} = {bill.noun.short_of(estimate.missing_users)}"
    if estimate.rule_words:
        lacking = f"{lacking}; with them {estimate.rule_words}, {_billed_more(bill, estimate)}"
    if not estimate.users:
        return bill.after("estimate", [], words=words, arithmetic=lacking)
    free = min(estimate.users, max(_included(bill) - bill.measured.quantity, Decimal(0)))
    parts = [part for part in price_beyond(bill, bill.to_price, estimate.users - free) if part.quantity > 0]
    included = f", of them {number_in_words(free)} included" if free else ""
    lines = []
    for part in parts:
        of_them = f", of them {number_in_words(part.quantity)} {part.words}" if len(parts) > 1 else ""
        lines.append(
            prorated_line(
                bill,
                part=part,
                part_key=f"estimate/{part.part}" if part.part else "estimate",
                kind="estimated",
                words=f"Estimated for {_days(estimate.missing_days)} without a report: {had}, {lacking}"
                f"{included}{of_them}; settled when the days arrive",
            )
        )
    more = replace(bill, to_price=bill.to_price + estimate.users - free)
    return more.after("estimate", lines, words=words, arithmetic=f"{lacking}{included}; {multiplied_out(lines)}")


def _included(bill: ChargeBill) -> Decimal:
    included = bill.charge.included if bill.charge else Included()
    return Decimal(agreed_number(bill, included.quantity, included.in_part_periods))


def _billed_more(bill: ChargeBill, estimate: Estimate) -> str:
    """Say what the rule over periods bills more of the users that are missing: "17 + 13 = 30 users billed"."""
    there, wanted = bill.measured.quantity, bill.noun.short_of(bill.quantity)
    if not estimate.users:
        return "nothing more to bill"
    return f"{number_in_words(there)} + {number_in_words(estimate.users)} = {wanted} billed"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
