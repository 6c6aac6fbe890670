"""A period that still runs, rated with what was counted so far and with what its term holds before it.

Owns: the estimate of a running period, its date and the grade of its evidence. Does not own: the count (`usage`), the
arithmetic (`rollcall.rating`), and what is billed: that is rated anew when the period is closed.
Invariants: pools, commitments and limits over the term are in the estimate, as they will be in the bill; what is not
known is None with a reason, never a zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.models import BillingPeriod
from billing.rating import closed_quantities, known_from, usage_document
from billing.terms_in_force import TermsInForce, counted_metrics, terms_in_force
from licenses.models import Contract
from licenses.queries import NothingAgreed
from licenses.ranges import range_of
from rollcall.period import Period
from rollcall.rating import NeedsEarlierPeriods, Rating, TermRating, TermUsage, rate_term
from rollcall.terms.fields import TermsRefused
from usage.models import ActiveUserCount, Grade

# From the weakest to the strongest.
GRADES = (Grade.UPLOAD.value, Grade.INSTANCE_API.value, Grade.SIGNED.value)


@dataclass(frozen=True, kw_only=True)
class Running:
    """The running period of a contract. `rated` is None where it cannot be rated yet, and `why_none` says why.

    `counts` are by the name of the metric; `quantities` is USAGE.json by period, of the term up to now.
    """

    main: BillingPeriod
    force: TermsInForce
    counts: Mapping[str, ActiveUserCount]
    quantities: Mapping[Period, Mapping[str, Mapping[str, Any]]]
    rated: TermRating | None
    why_none: str = ""

    @property
    def period(self) -> Period:
        return self.main.span

    @property
    def rating(self) -> Rating | None:
        """The rating of the running period itself."""
        return None if self.rated is None else self.rated.of(self.period)

    @property
    def net_amount(self) -> Decimal | None:
        return None if self.rating is None else self.rating.net_amount

    @property
    def count(self) -> ActiveUserCount | None:
        """The count of the charge that heads the invoice."""
        return self.main.count

    @property
    def counted_at(self) -> datetime | None:
        return max((count.counted_at for count in self.counts.values()), default=None)

    @property
    def through(self) -> date | None:
        """The last day of which something is known."""
        return known_through(self.counts.values())

    @property
    def grade(self) -> str:
        """The weakest evidence behind the counts; "" where nobody's activity is counted."""
        return weakest_grade(self.counts.values())


def known_through(counts: Iterable[ActiveUserCount]) -> date | None:
    """Return the last day of which counts know something."""
    days = [day for count in counts for day in count.daily]
    return date.fromisoformat(max(days)) if days else None


def weakest_grade(counts: Iterable[ActiveUserCount]) -> str:
    """Return the weakest evidence behind counts; "" where nobody's activity is counted."""
    found = {entry["grade"] for count in counts for entry in count.evidence}
    return next((grade for grade in GRADES if grade in found), "")


def running_of(*, contract: Contract, today: date) -> Running | None:
    """Return the period of a contract in which a day lies, rated so far; None where none runs or it is drafted."""
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        period__contains=today,
        state__in=(BillingPeriod.State.OPEN, BillingPeriod.State.HELD),
    )
    main = rows.filter(is_main=True, is_in_advance=False).select_related("count").first()
    if main is None:
        return None
    try:
        force = terms_in_force(contract=contract, period=main.span)
    except NothingAgreed:
        return None
    counts = _counts(contract, main.span, force)
    if not counted_metrics(force.billed_terms) <= set(counts):
        why_none = "Nothing was counted yet."
        return Running(main=main, force=force, counts=counts, quantities={}, rated=None, why_none=why_none)
    return _rated(contract, main, force, counts)


def _counts(contract: Contract, period: Period, force: TermsInForce) -> dict[str, ActiveUserCount]:
    rows = BillingPeriod.objects.filter(
        contract=contract,
        kind=BillingPeriod.Kind.REGULAR,
        period=range_of(period),
        is_in_advance=False,
        count__isnull=False,
    )
    found = {}
    for row in rows.select_related("count__contract"):
        name = force.metric_of(row.charge_key)
        if name is not None and row.count is not None:
            found[name] = row.count
    return found


def _rated(
    contract: Contract, main: BillingPeriod, force: TermsInForce, counts: Mapping[str, ActiveUserCount]
) -> Running:
    period = main.span
    known = closed_quantities(contract=contract, force=force, before=period)
    known[period] = known_from(counts, 0)
    quantities = {span: facts.quantities for span, facts in known.items()}
    first, *later = force.all_terms
    rated, why_none = None, ""
    try:
        usage = TermUsage.from_json(usage_document(known))
        rated = rate_term(terms=first.terms, usage=usage, amendments=later, name=first.name)
    except NeedsEarlierPeriods:
        why_none = "The contract's limits need an earlier period that is not closed yet."
    except TermsRefused as refused:
        why_none = f"{refused.sentence[:1].upper()}{refused.sentence[1:]}"
    return Running(main=main, force=force, counts=counts, quantities=quantities, rated=rated, why_none=why_none)
