"""True-ups side by side: then and now, line by line and person by person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from billing.changed_users import ChangedUser, changed_users
from billing.models import TrueUp
from ground.actor import Actor
from rollcall.money import exact_difference


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

    A charge that counts nothing has no users on either side.
    """

    true_up: TrueUp
    pairs: tuple[RatedPair, ...]
    net_before: Decimal
    net_after: Decimal
    users_before: int
    users_after: int
    earlier: tuple[TrueUp, ...]

    def people(self) -> Iterator[ChangedUser]:
        """Yield who is new and who is gone, with names while they exist."""
        before, after = self.true_up.before_count, self.true_up.after_count
        return iter(()) if before is None or after is None else changed_users(before=before, after=after)


def true_ups_for(*, actor: Actor) -> QuerySet[TrueUp]:
    """The true-ups the actor may see, the newest first. They are for the vendor; a customer sees the invoice line."""
    actor.require_vendor()
    return TrueUp.objects.for_actor(actor).select_related(
        "contract__customer", "billing_period__invoice", "before_count", "after_count", "invoice"
    )


def true_up_detail(*, actor: Actor, public_id: str) -> TrueUpDetail:
    """One true-up side by side. Raises TrueUp.DoesNotExist."""
    true_up = true_ups_for(actor=actor).get(public_id=public_id)
    before, after = true_up.before_rating, true_up.after_rating
    return TrueUpDetail(
        true_up=true_up,
        pairs=tuple(_pairs(before["lines"], after["lines"])),
        net_before=Decimal(before["net_amount"]),
        net_after=Decimal(after["net_amount"]),
        users_before=true_up.before_count.users if true_up.before_count is not None else 0,
        users_after=true_up.after_count.users if true_up.after_count is not None else 0,
        earlier=tuple(TrueUp.objects.filter(billing_period=true_up.billing_period, pk__lt=true_up.pk).order_by("pk")),
    )


def _pairs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[RatedPair]:
    then = {line["key"]: line for line in before}
    now = {line["key"]: line for line in after}
    for key in dict.fromkeys([*then, *now]):
        amounts = [Decimal(side[key]["amount"]) if key in side else Decimal(0) for side in (now, then)]
        yield RatedPair(
            key=key, then=then.get(key), now=now.get(key), difference_amount=exact_difference(amounts[0], amounts[1])
        )
