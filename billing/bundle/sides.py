"""What an invoice bills, one entry per rating: each period of its own, and both sides of every true-up it settles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from billing.drafting import in_order_of_lines
from billing.models import BillingPeriod, Invoice, TrueUp
from billing.settling_documents import is_by_hand
from billing.terms_in_force import TermsInForce, stored_force
from billing.totals import amount_text
from licenses.ranges import period_of
from rollcall.period import Period
from rollcall.terms.metrics import AnyMetric
from usage.models import ActiveUserCount

INVOICE, CORRECTED, BEFORE, AFTER = "invoice", "corrected", "true_up_before", "true_up_after"


class MetricUnknown(LookupError):
    """No version of the contract has the metric of a count."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One charge of one period as it was rated: its count (None where nothing is counted), usage, terms and rating.

    `role` is INVOICE for what the invoice bills itself, CORRECTED for what the invoice bills that a credit note by hand
    corrects, BEFORE and AFTER for a true-up, whose public id then stands in `true_up`.
    """

    role: str
    charge: str
    span: Period
    zone: str
    count: ActiveUserCount | None
    usage: Mapping[str, Any]
    rating: Mapping[str, Any]
    force: TermsInForce
    true_up: str = ""
    # On the side after, where a person settled another amount than the difference: {"amount", "reason"}.
    settled: Mapping[str, str] | None = None

    def metric(self) -> AnyMetric:
        """Return what was counted, as the terms of this side say it. Raises MetricUnknown."""
        wanted = "" if self.count is None else self.count.metric_digest
        for one in (self.force.billed_terms, *(one.terms for one in self.force.all_terms)):
            for metric in one.metrics.values():
                if metric.digest() == wanted:
                    return metric
        raise MetricUnknown(f"No version of the contract has the metric of count {self.count}.")


def sides_of(invoice: Invoice) -> list[Side]:
    """Return what the invoice bills in the order of its lines: its own periods first, then its true-ups.

    A credit note by hand bills nothing: it rests on what the invoice bills that it corrects.
    """
    periods = invoice.billing_periods.select_related("count", "contract_version", "contract")
    own = [_of_period(row) for row in in_order_of_lines(periods)]
    if is_by_hand(invoice) and invoice.corrects is not None:
        return _corrected(invoice.corrects)
    return [*own, *_of_true_ups(invoice)]


def _corrected(original: Invoice) -> list[Side]:
    """What a corrected invoice bills; where that only settles true-ups, what they came to."""
    sides = sides_of(original)
    billed = [side for side in sides if side.role == INVOICE] or [side for side in sides if side.role == AFTER]
    return [replace(side, role=CORRECTED, true_up="", settled=None) for side in billed]


def counted_sides(sides: list[Side]) -> dict[int, Side]:
    """Return the first side that rests on each count, by the row of the count."""
    found: dict[int, Side] = {}
    for side in sides:
        if side.count is not None:
            found.setdefault(side.count.pk, side)
    return found


def _of_period(row: BillingPeriod) -> Side:
    rated = row.rated
    return Side(
        role=INVOICE,
        charge=row.charge_key,
        span=row.span,
        zone=row.zone,
        count=rated.count,
        usage=rated.usage,
        rating=rated.rating,
        force=stored_force(contract=row.contract, version=rated.version, rating=rated.rating, period=row.span),
    )


def _of_true_ups(invoice: Invoice) -> Iterator[Side]:
    settled_here = TrueUp.objects.filter(lines__invoice=invoice).select_related(
        "billing_period__contract_version", "billing_period__contract", "previous", "before_count", "after_count"
    )
    for true_up in settled_here.order_by("lines__position"):
        period = true_up.billing_period
        settled = period.rated.usage if true_up.previous is None else true_up.previous.after_usage
        for role, count, usage, rating in (
            (BEFORE, true_up.before_count, settled, true_up.before_rating),
            (AFTER, true_up.after_count, true_up.after_usage, true_up.after_rating),
        ):
            yield Side(
                role=role,
                charge=true_up.charge_key,
                span=period_of(period.period),
                zone=period.zone,
                count=count,
                usage=usage,
                rating=rating,
                force=stored_force(
                    contract=period.contract, version=period.rated.version, rating=rating, period=period.span
                ),
                true_up=true_up.public_id,
                settled=_settled(true_up) if role == AFTER else None,
            )


def _settled(true_up: TrueUp) -> dict[str, str] | None:
    """What a person settled instead of the whole difference, with the reason that the customer reads."""
    if true_up.settled_amount is None or true_up.settled_amount == true_up.difference_amount:
        return None
    return {"amount": amount_text(true_up.settled_amount, true_up.currency), "reason": true_up.reason}
