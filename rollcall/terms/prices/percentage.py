"""A share of what each event is worth, with what single events cost, and what is free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from rollcall.money import exact_product, exact_sum, in_words, number_in_words, plain, shortest
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields
from rollcall.terms.nouns import ACTIVE_USERS, Noun, noun
from rollcall.terms.priced import PricedQuantity, PriceModel, once, price_model

FreeUntil = Literal["first_limit", "last_limit"]
_EVENTS = noun("event", "events")
_NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    """One event: how much of it is paid for, and whether it costs nothing at all."""

    free: Decimal
    paid: Decimal
    is_free: bool


@price_model("percentage")
@dataclass(frozen=True, kw_only=True)
class Percentage(PriceModel):
    """A percentage of the quantity, and for each event an amount, a minimum and a maximum; events come in their order.

    `free_events` and `free_amount` are free at the beginning; `free_until` says, where both are agreed, whether the
    first or the last of the two that is used up ends it. Minimum and maximum hold for the percentage and the amount of
    one event together, and not for an event that is free.
    """

    percent: Decimal
    per_event: Decimal = field(default=_NOTHING, metadata=asked("Amount for each event"))
    free_events: int = field(default=0, metadata=asked(help="so many events at the beginning cost nothing"))
    free_amount: Decimal = field(default=_NOTHING, metadata=asked(help="so much at the beginning costs nothing"))
    free_until: FreeUntil | None = field(
        default=None,
        metadata=asked("What is free ends", help="where events and an amount are free"),
    )
    minimum_per_event: Decimal | None = field(default=None, metadata=asked("An event costs at least"))
    maximum_per_event: Decimal | None = field(default=None, metadata=asked("An event costs at most"))

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> Percentage:
        """Read `{"percent": "1.2", "per_event": "0.10", "free_events": 3}`; only the percentage is required."""
        free_events = fields.whole("free_events", default=0)
        free_amount = Decimal(shortest(fields.decimal("free_amount", default="0")))
        least, most = (
            fields.price(key, currency) if fields.has(key) else None
            for key in ("minimum_per_event", "maximum_per_event")
        )
        if least is not None and most is not None and least > most:
            raise fields.refuse("minimum_per_event", "is above maximum_per_event; no event could be priced.")
        return cls(
            percent=Decimal(shortest(fields.decimal("percent"))),
            per_event=fields.price("per_event", currency) if fields.has("per_event") else _NOTHING,
            free_events=free_events,
            free_amount=free_amount,
            free_until=_read_free_until(fields, has_both=bool(free_events and free_amount)),
            minimum_per_event=least,
            maximum_per_event=most,
        )

    def to_json(self) -> dict[str, object]:
        """Return the parameters as terms write them, without what is not agreed."""
        optional: dict[str, object] = {
            "per_event": plain(self.per_event) if self.per_event else None,
            "free_events": self.free_events or None,
            "free_amount": shortest(self.free_amount) if self.free_amount else None,
            "free_until": self.free_until,
            "minimum_per_event": None if self.minimum_per_event is None else plain(self.minimum_per_event),
            "maximum_per_event": None if self.maximum_per_event is None else plain(self.maximum_per_event),
        }
        return {"percent": shortest(self.percent)} | {
            key: value for key, value in optional.items() if value is not None
        }

    @property
    def rate(self) -> Decimal:
        """The percentage as a factor."""
        return self.percent.scaleb(-2)

    @property
    def is_marginal(self) -> bool:
        """Whether the quantity alone decides: then a further one never changes what is there."""
        return not self.needs_events

    @property
    def has_one_price(self) -> bool:
        """Only the bare percentage."""
        return not self.needs_events and not self.free_amount

    @property
    def needs_events(self) -> bool:
        """Whether anything is agreed about single events."""
        limits = (self.minimum_per_event, self.maximum_per_event)
        return bool(self.per_event or self.free_events) or any(limit is not None for limit in limits)

    def price(self, quantity: Decimal, noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price a quantity as one event."""
        return self.price_events([quantity] if quantity else [], noun)

    def price_events(self, events: Sequence[Decimal], noun: Noun = ACTIVE_USERS) -> list[PricedQuantity]:
        """Price events in their order: what is free, the percentage, and what single events add or take off."""
        if not events:
            return []
        found = list(self._shared_out(events))
        free, paid = exact_sum(event.free for event in found), exact_sum(event.paid for event in found)
        charged = [event for event in found if not event.is_free]
        parts = []
        if free:
            parts.append(_part("free", free, _NOTHING, _NOTHING, f"{noun.many} that are free"))
        if paid:
            parts.append(_part("percent", paid, self.rate, free, f"{noun.many} at {number_in_words(self.percent)} %"))
        if self.per_event and charged:
            times = Decimal(len(charged))
            parts.append(once("per-event", self.per_event, _EVENTS.of(times), first=Decimal(1), times=times))
        return parts + self._limited(charged)

    def words(self, currency: str, noun: Noun = ACTIVE_USERS) -> str:
        """Say the price in sentences."""
        each = f", and {in_words(self.per_event, currency)} for each event" if self.per_event else ""
        said = [f"{number_in_words(self.percent)} % of the {noun.many} is billed{each}."]
        free_events = f"the first {_EVENTS.of(self.free_events)}" if self.free_events else ""
        free_amount = f"the first {noun.of(self.free_amount)}" if self.free_amount else ""
        if free_events and free_amount:
            which = "first" if self.free_until == "first_limit" else "last"
            said.append(f"Free are {free_events} and {free_amount}, until the {which} of the two is used up.")
        elif free_events or free_amount:
            said.append(f"Free are {free_events or free_amount}.")
        if self.free_amount:
            said.append("An event that is free only in part pays the rest, and what an event costs.")
        least, most = (
            None if limit is None else in_words(limit, currency)
            for limit in (self.minimum_per_event, self.maximum_per_event)
        )
        if least or most:
            limits = " and ".join(filter(None, (least and f"at least {least}", most and f"at most {most}")))
            said.append(f"An event that is not free costs {limits}, all together.")
        return " ".join(said)

    def _shared_out(self, events: Sequence[Decimal]) -> Iterator[_Event]:
        """Yield what is free and what is paid of each event, in their order."""
        before = _NOTHING
        for number, amount in enumerate(events, start=1):
            free, is_free = self._free_of(number, amount, before)
            before += amount
            yield _Event(free=free, paid=amount - free, is_free=is_free)

    def _free_of(self, number: int, amount: Decimal, before: Decimal) -> tuple[Decimal, bool]:
        """Return how much of an event is free after so much before it, and whether the event costs nothing at all."""
        is_among_first = number <= self.free_events
        if not self.free_amount:
            return (amount, True) if is_among_first else (_NOTHING, False)
        if self.free_until == "last_limit" and is_among_first:
            return amount, True
        if self.free_until == "first_limit" and not is_among_first:
            return _NOTHING, False
        left = max(self.free_amount - before, _NOTHING)
        return min(amount, left), amount <= left and left > 0

    def _limited(self, charged: list[_Event]) -> list[PricedQuantity]:
        """Return what lifts events to the minimum and what takes them down to the maximum."""
        costs = [exact_sum((exact_product(event.paid, self.rate), self.per_event)) for event in charged]
        parts = []
        if self.minimum_per_event is not None:
            lifts = [self.minimum_per_event - cost for cost in costs if cost < self.minimum_per_event]
            words = f"{_EVENTS.of(len(lifts))} lifted to the minimum of {plain(self.minimum_per_event)}"
            parts += [once("minimum", exact_sum(lifts), words, first=Decimal(1))] if lifts else []
        if self.maximum_per_event is not None:
            cuts = [cost - self.maximum_per_event for cost in costs if cost > self.maximum_per_event]
            words = f"{_EVENTS.of(len(cuts))} lowered to the maximum of {plain(self.maximum_per_event)}"
            parts += [once("maximum", exact_sum(cuts), words, first=Decimal(1), times=Decimal(-1))] if cuts else []
        return parts


def _part(name: str, quantity: Decimal, price: Decimal, start: Decimal, words: str) -> PricedQuantity:
    return PricedQuantity(
        part=name, quantity=quantity, unit_price=price, first=start + 1, last=start + quantity, words=words
    )


def _read_free_until(fields: Fields, *, has_both: bool) -> FreeUntil | None:
    if not has_both:
        if fields.has("free_until"):
            raise fields.refuse("free_until", "belongs to free_events together with a free_amount.")
        return None
    why = (
        'say what ends the free part: whichever of the two is used up first ("first_limit") or last ("last_limit"); '
        "the two cost different money."
    )
    return "last_limit" if fields.choice("free_until", get_args(FreeUntil), why=why) == "last_limit" else "first_limit"
