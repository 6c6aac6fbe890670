"""What an amendment would do: the running and the last cycles under the new terms, and what is billed with it.

The version is put in place inside a transaction that is taken back, so that what is billed is worked out by the very
functions that close a period: what is shown here is what the next close bills, as long as no report comes in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.rating import Quantities, closed_quantities, known_from, rate_document, usage_document
from billing.terms_in_force import TermsInForce, terms_in_force
from licenses.models import Contract
from licenses.operations.add_contract_version import tried_contract_version
from licenses.queries import NothingAgreed
from rollcall.money import exact_difference, exact_sum, number_in_words
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from usage.models import ActiveUserCount
from usage.queries import latest_count

PAST_CYCLES = 3


@dataclass(frozen=True, kw_only=True)
class CyclePreview:
    """One cycle: what it costs as agreed today, wholly under the new terms, and as it would be billed with both.

    Amounts are before tax; None where a count is missing. `note` says why.
    """

    period: Period
    quantity_words: str
    is_estimate: bool
    before: Decimal | None
    after: Decimal | None
    billed: Decimal | None
    note: str = ""

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.after is None else exact_difference(self.after, self.before)


@dataclass(frozen=True, kw_only=True)
class AmendmentPreview:
    """The running cycle and those before it, the newest first."""

    cycles: tuple[CyclePreview, ...]


def preview_amendment(
    *, contract: Contract, terms: Mapping[str, Any], active: Period, today: date, now: datetime
) -> AmendmentPreview:
    """Return what the amendment does to the running and the past three cycles, from the counts that are stored.

    Raises what `add_contract_version` raises. Nothing is kept.
    """
    after = ContractTerms.from_json(terms)
    periods = _periods(contract, today)
    counts = {period: _counts(contract, period) for period in periods}
    before = {period: _amount(contract, period, counts[period]) for period in periods}
    with tried_contract_version(contract=contract, terms=terms, active=active, now=now) as version:
        wholly = TermsInForce(version=version, terms=after)
        billed = {period: _amount(contract, period, counts[period]) for period in periods}
        under_new = {
            period: _amount_under(contract, wholly, period, counts[period]) if _same_cut(after, period) else None
            for period in periods
        }
    return AmendmentPreview(
        cycles=tuple(
            CyclePreview(
                period=period,
                quantity_words=", ".join(number_in_words(count.users) for count in counts[period].values()),
                is_estimate=period.contains(today),
                before=before[period],
                after=under_new[period],
                billed=billed[period],
                note=_note(contract, after, period, under_new[period]),
            )
            for period in reversed(periods)
        )
    )


def _periods(contract: Contract, today: date) -> list[Period]:
    """Return the running cycle and up to three before it, the oldest first."""
    found: list[Period] = []
    day = today
    while len(found) <= PAST_CYCLES:
        try:
            force = terms_in_force(contract=contract, period=Period(day, date.fromordinal(day.toordinal() + 1)))
        except NothingAgreed:
            break
        period = force.terms.period_of(day)
        if period is None:
            break
        found.append(period)
        day = date.fromordinal(period.start.toordinal() - 1)
    return list(reversed(found))


def _counts(contract: Contract, period: Period) -> dict[str, ActiveUserCount]:
    """Return the newest count of each metric of a period, by name; a metric that was never counted is left out."""
    terms = terms_in_force(contract=contract, period=period).terms
    found = {
        name: latest_count(contract=contract, metric_digest=metric.digest(), period=period, zone=terms.timezone)
        for name, metric in terms.metrics.items()
    }
    return {name: count for name, count in found.items() if count is not None}


def _amount(contract: Contract, period: Period, counts: Mapping[str, ActiveUserCount]) -> Decimal | None:
    """Return what a close of the period would draft before tax, under the versions that are in force now."""
    return _amount_under(contract, terms_in_force(contract=contract, period=period), period, counts)


def _amount_under(
    contract: Contract, force: TermsInForce, period: Period, counts: Mapping[str, ActiveUserCount]
) -> Decimal | None:
    if not force.terms.billed_metrics <= set(counts):
        return None
    quantities: Quantities = closed_quantities(contract=contract, force=force, before=period)
    quantities[period] = known_from(counts, 0)
    usage = usage_document(quantities)
    try:
        rated = [
            rate_document(force=force, usage=usage, period=period, charge_key=charge_key).document
            for charge_key in force.billed_keys
        ]
    except TermsRefused:
        return None
    return exact_sum(Decimal(str(document["net_amount"])) for document in rated)


def _same_cut(terms: ContractTerms, period: Period) -> bool:
    return terms.period_of(period.start) == period


def _note(contract: Contract, after: ContractTerms, period: Period, amount: Decimal | None) -> str:
    if not _same_cut(after, period):
        return "the new terms cut the calendar otherwise, or do not cover these days"
    return "" if amount is not None else "not every metric of the new terms was counted; replay counts it anew"


__all__ = ["AmendmentPreview", "CyclePreview", "preview_amendment"]
