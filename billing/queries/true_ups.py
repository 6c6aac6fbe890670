"""True-ups side by side: then and now, line by line and person by person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Abs

from billing.changed_users import ChangedUser, changed_users
from billing.models import Invoice, TrueUp, TrueUpEvent
from billing.queries.as_known import of_one_cause
from billing.settling_documents import held_amount
from billing.true_up_policy import last_day_of, rule_of
from ground.actor import Actor
from rollcall.money import exact_difference
from rollcall.terms.rules import TrueUpRule

WAITING, EVERY = "waiting", "all"
SORTS: Mapping[str, tuple[str, ...]] = {
    "age": ("proposed_at",),
    "money": ("-size",),
    "customer": ("customer__name", "proposed_at"),
    "period": ("-billing_period__period", "proposed_at"),
}


@dataclass(frozen=True, kw_only=True)
class RatedPair:
    """One rated line then and now, by its stable key; a side is None where the line did not or does not exist.

    Lines stand side by side to be understood. What is settled is the difference of the totals.
    """

    key: str
    then: Mapping[str, Any] | None
    now: Mapping[str, Any] | None
    difference_amount: Decimal

    @property
    def changed(self) -> bool:
        return self.then != self.now


@dataclass(frozen=True, kw_only=True)
class TrueUpDetail:
    """One true-up with both ratings and both counts, and what the contract says about settling.

    A charge that counts nothing has no users on either side. `last_day` is the last on which usage of the period
    arrives in time, None without a window; `held_amount` what the billed invoice holds for credit notes; `documents`
    the billed invoice and the one that settles, as far as they are; `same_cause` the true-ups of the same fact.
    """

    true_up: TrueUp
    pairs: tuple[RatedPair, ...]
    net_before: Decimal
    net_after: Decimal
    users_before: int
    users_after: int
    earlier: tuple[TrueUp, ...]
    rule: TrueUpRule
    agreed_way: str
    last_day: date | None
    held_amount: Decimal
    documents: tuple[Invoice, ...]
    same_cause: tuple[TrueUp, ...]
    record: tuple[TrueUpEvent, ...]

    @property
    def ways(self) -> tuple[str, ...]:
        """On which documents the difference can be settled."""
        own = TrueUp.Settle.OWN_INVOICE if self.true_up.difference_amount > 0 else TrueUp.Settle.CREDIT_NOTE
        return (TrueUp.Settle.NEXT_INVOICE.value, own.value)

    @property
    def waived_amount(self) -> Decimal | None:
        """The part of the difference that is not settled; None while nobody decided."""
        settled = self.true_up.settled_amount
        return None if settled is None else exact_difference(self.true_up.difference_amount, settled)

    def people(self) -> Iterator[ChangedUser]:
        """Yield who is new and who is gone, with names while they exist."""
        before, after = self.true_up.before_count, self.true_up.after_count
        return iter(()) if before is None or after is None else changed_users(before=before, after=after)


@dataclass(frozen=True, kw_only=True)
class TrueUpFilter:
    """What a person looks for. An unknown word chooses what is usual: what waits, the oldest first."""

    state: str = WAITING
    kind: str = ""
    settle: str = ""
    find: str = ""
    sort: str = "age"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "TrueUpFilter":
        """Read the query of a page."""
        state, kind, settle, sort = (asked.get(key, "") for key in ("state", "kind", "settle", "sort"))
        return cls(
            state=state if state in (*TrueUp.State.values, EVERY) else WAITING,
            kind=kind if kind in TrueUp.Kind.values else "",
            settle=settle if settle in TrueUp.Settle.values else "",
            find=asked.get("find", "").strip()[:200],
            sort=sort if sort in SORTS else "age",
        )


def true_ups_for(*, actor: Actor, wanted: TrueUpFilter | None = None) -> QuerySet[TrueUp]:
    """The true-ups the actor may see, filtered and sorted. They are for the vendor; a customer sees the document."""
    actor.require_vendor()
    found = TrueUp.objects.for_actor(actor).select_related(
        "contract__customer", "billing_period__invoice", "before_count", "after_count", "invoice"
    )
    if wanted is None:
        return found
    if wanted.state == WAITING:
        found = found.filter(state__in=(TrueUp.State.PROPOSED, TrueUp.State.NEEDS_APPROVAL))
    elif wanted.state != EVERY:
        found = found.filter(state=wanted.state)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.settle:
        found = found.filter(settle=wanted.settle)
    if wanted.find:
        text = wanted.find
        found = found.filter(
            Q(customer__name__icontains=text)
            | Q(contract__number__icontains=text)
            | Q(billing_period__invoice__number__iexact=text)
        )
    return found.alias(size=Abs("difference_amount")).order_by(*SORTS[wanted.sort], "pk")


def true_up_detail(*, actor: Actor, public_id: str) -> TrueUpDetail:
    """One true-up side by side. Raises TrueUp.DoesNotExist."""
    true_up = true_ups_for(actor=actor).get(public_id=public_id)
    before, after = true_up.before_rating, true_up.after_rating
    rule, original = rule_of(true_up), true_up.billing_period.invoice
    return TrueUpDetail(
        true_up=true_up,
        pairs=tuple(_pairs(before["lines"], after["lines"])),
        net_before=Decimal(before["net_amount"]),
        net_after=Decimal(after["net_amount"]),
        users_before=true_up.before_count.users if true_up.before_count is not None else 0,
        users_after=true_up.after_count.users if true_up.after_count is not None else 0,
        earlier=tuple(TrueUp.objects.filter(billing_period=true_up.billing_period, pk__lt=true_up.pk).order_by("pk")),
        rule=rule,
        agreed_way=rule.settles_by(true_up.difference_amount),
        last_day=last_day_of(true_up),
        held_amount=held_amount(original) if original is not None else Decimal(0),
        documents=tuple(_documents(true_up, original)),
        same_cause=tuple(of_one_cause(true_up)),
        record=tuple(true_up.entries.order_by("pk")),
    )


def _documents(true_up: TrueUp, original: Invoice | None) -> Iterator[Invoice]:
    """The invoice that billed the period, then the document that settles it, a draft where it is none yet."""
    if original is not None:
        yield original
    line = true_up.lines.select_related("invoice").first()
    if line is not None:
        yield line.invoice


def _pairs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[RatedPair]:
    then = {line["key"]: line for line in before}
    now = {line["key"]: line for line in after}
    for key in dict.fromkeys([*then, *now]):
        amounts = [Decimal(side[key]["amount"]) if key in side else Decimal(0) for side in (now, then)]
        yield RatedPair(
            key=key, then=then.get(key), now=now.get(key), difference_amount=exact_difference(amounts[0], amounts[1])
        )
