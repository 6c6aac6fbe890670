"""Tiers, as several price models have them: bounds that rise, who belongs to which, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar, get_args

from rollcall.money import in_words, number_in_words, shortest
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.nouns import Noun
from rollcall.terms.priced import PriceModel, total_of

Bound = Literal["inclusive", "exclusive"]
AtZero = Literal["first_flat", "nothing"]

T = TypeVar("T")

# What forms say beside the fields that prices by tiers share.
ASKED_BOUND = asked(
    "The number in up_to itself", help="inclusive: it belongs to its own tier; exclusive: to the next one"
)
ASKED_UP_TO = asked("Up to", help="empty in the last tier, which has no end")
ASKED_FLAT = asked("Flat amount", help="due once when the tier is reached, beside its price")
ASKED_AT_ZERO = asked("When nothing was used", help="only beside a flat amount in the first tier: whether it is due")


@dataclass(frozen=True)
class Bounds:
    """The ends of tiers in order; None has no end. `bound` says whether an end is in its tier or in the next one."""

    bound: Bound
    ends: tuple[Decimal | None, ...]

    def refuse(self, *, numbers_users: bool, has_open_end: bool = True) -> None:
        """Refuse ends that cannot be meant. Raises ValueError.

        `numbers_users` is for models that price each user by that user's number: an exclusive end has to leave a whole
        one before it. `has_open_end` asks for a last tier without an end, and without it for none such.
        """
        bounded = [end for end in self.ends if end is not None]
        if self.bound not in get_args(Bound):
            raise ValueError("The bound of a tier is inclusive or exclusive.")
        if has_open_end and (not self.ends or self.ends[-1] is not None or len(bounded) != len(self.ends) - 1):
            raise ValueError("Only the last tier may be open-ended (up_to: null), and it must be.")
        if not has_open_end and (not bounded or len(bounded) != len(self.ends)):
            raise ValueError("Every tier ends with a number in up_to; beyond the last one there is nothing.")
        if bounded != sorted(set(bounded)):
            raise ValueError("Tiers must rise: each up_to is higher than the one before.")
        if bounded and bounded[0] <= 0:
            raise ValueError("The first tier holds no user; its up_to is too low.")
        if numbers_users and self.bound == "exclusive":
            if any(not _is_whole(end) for end in bounded):
                raise ValueError("An exclusive up_to is a whole number: the one before it is the last of the tier.")
            if bounded and bounded[0] <= 1:
                raise ValueError("The first tier holds no user; its up_to is too low.")

    def last_of(self, up_to: Decimal) -> Decimal:
        """Return the number of the last user in a tier that ends with `up_to`."""
        return up_to if self.bound == "inclusive" else up_to - 1

    def spans(self, quantity: Decimal) -> Iterator[tuple[int, Decimal, Decimal]]:
        """Cut a quantity at the ends: the index of each tier that it reaches, and what lies before and at its end."""
        start = Decimal(0)
        for index, up_to in enumerate(self.ends):
            end = quantity if up_to is None else min(quantity, self.last_of(up_to))
            if end > start:
                yield index, start, end
                start = end

    def tier_of(self, quantity: Decimal) -> int | None:
        """Return the index of the tier that a whole quantity belongs to; None beyond the last end."""
        for index, up_to in enumerate(self.ends):
            if up_to is None or quantity < up_to or (quantity == up_to and self.bound == "inclusive"):
                return index
        return None

    def numbers(self, noun: Noun) -> list[str]:
        """Name the users of each tier by their numbers: "users 1 to 10", "users from 11 on"."""
        is_numbered = all(end is None or _is_whole(end) for end in self.ends)
        said, start = [], Decimal(0)
        for up_to in self.ends:
            if up_to is None:
                every = f"every {noun.short_one}"
                said.append(noun.short_from(start, is_numbered=is_numbered) if start else every)
                break
            end = self.last_of(up_to)
            said.append(noun.short_span(start, end, is_numbered=is_numbered))
            start = end
        return said

    def sizes(self, noun: Noun) -> list[str]:
        """Name each tier by the quantities that belong to it: "up to 10 users", "fewer than 10 users"."""
        said = []
        up_to_word, over_word = ("up to", "more than") if self.bound == "inclusive" else ("fewer than", "at least")
        for index, up_to in enumerate(self.ends):
            if up_to is not None:
                said.append(f"{up_to_word} {noun.short_of(up_to)}")
                continue
            before = self.ends[index - 1] if index else None
            said.append(f"{over_word} {noun.short_of(before)}" if before is not None else f"any number of {noun.many}")
        return said

    def last_of_first(self, noun: Noun) -> str:
        """Say where the first tier ends, where users are numbered; "" where there is only one tier."""
        up_to = self.ends[0]
        if up_to is None:
            return ""
        if not _is_whole(up_to):
            return f"exactly {noun.short_of(up_to)} are still in the first tier"
        return f"{noun.short_one} number {number_in_words(self.last_of(up_to))} is the last one in the first tier"

    def edge(self, noun: Noun, tier: str = "tier") -> str:
        """Say to which tier the first end itself belongs, after the tiers; "" where there is only one tier."""
        up_to = self.ends[0]
        if up_to is None:
            return ""
        belongs = "first" if self.bound == "inclusive" else "second"
        return f"; exactly {noun.short_of(up_to)} {'is' if up_to == 1 else 'are'} in the {belongs} {tier}"

    def edges(self) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield the highest quantity of each tier and the next one, which belongs to the tier after it."""
        for up_to in self.ends:
            if up_to is not None:
                step = Decimal(1) if _is_whole(up_to) else Decimal(1).scaleb(int(up_to.as_tuple().exponent))
                yield (up_to, up_to + step) if self.bound == "inclusive" else (up_to - step, up_to)


def read_bound(fields: Fields) -> Bound:
    """Read who has the end of a tier; it must be said."""
    why = (
        'say whether the user number up_to is in the tier ("inclusive") or in the next one ("exclusive"); the two '
        "cost different money."
    )
    return "inclusive" if fields.choice("bound", get_args(Bound), why=why) == "inclusive" else "exclusive"


def read_tiers(fields: Fields, read: Callable[[Fields, Decimal | None], T], *, key: str = "tiers") -> tuple[T, ...]:
    """Read a list of tiers; `read` takes what a tier has beside its `up_to`."""
    tiers = []
    for number, row in enumerate(fields.listed(key)):
        tier = Fields.of(row, f"{fields.at(key)}[{number}]")
        tiers.append(read(tier, _read_up_to(tier)))
        tier.nothing_else("a tier")
    return tuple(tiers)


def read_flat(tier: Fields, currency: str) -> Decimal:
    """Read the flat amount of a tier, which is none where it is not written."""
    return tier.price("flat_amount", currency) if tier.has("flat_amount") else Decimal(0)


def read_at_zero(fields: Fields, first_flat: Decimal) -> AtZero | None:
    """Read whether the first flat amount is due when nothing was used: it must be said where there is one."""
    if not first_flat:
        if fields.has("at_zero"):
            raise fields.refuse("at_zero", "belongs to a flat amount in the first tier, and there is none.")
        return None
    why = (
        'say whether the flat amount of the first tier is due when nothing was used at all ("first_flat") or not '
        '("nothing"); billing systems disagree.'
    )
    return "nothing" if fields.choice("at_zero", get_args(AtZero), why=why) == "nothing" else "first_flat"


def refused_as_terms(fields: Fields, error: ValueError, *, key: str = "tiers") -> TermsRefused:
    """Return the refusal of tiers as one of the terms."""
    return TermsRefused(fields.at(key), str(error))


def written_up_to(up_to: Decimal | None) -> int | str | None:
    """Write an end as terms do: a whole number, or a text with decimals."""
    if up_to is None:
        return None
    return int(up_to) if _is_whole(up_to) else shortest(up_to)


def at_zero_in_words(at_zero: AtZero | None, first_flat: Decimal, currency: str, noun: Noun) -> str:
    """Say what no users cost, as a sentence with a blank before it; "" where there is nothing to say."""
    if at_zero is None:
        return ""
    due = "nothing" if at_zero == "nothing" else f"the first flat amount, {in_words(first_flat, currency)},"
    return f" With no {noun.short_many} at all {due} is due."


def falls(
    price: PriceModel, bounds: Bounds, currency: str, noun: Noun, *, total: str = "total", cost: str = "cost"
) -> list[str]:
    """Return a sentence for every end of a tier at which one more makes the total lower."""
    said = []
    for highest, following in bounds.edges():
        before, after = (total_of(price.price(quantity, noun)) for quantity in (highest, following))
        if after < before:
            said.append(
                f"The {total} falls as usage rises: {noun.short_of(highest)} {cost} {in_words(before, currency)}, "
                f"{noun.short_of(following)} {cost} {in_words(after, currency)}."
            )
    return said


def falls_after(price: PriceModel, bounds: Bounds, quantity: Decimal) -> bool:
    """Whether a quantity above costs less: a total is lowest where a tier begins."""
    there = total_of(price.price(quantity))
    return any(following > quantity and total_of(price.price(following)) < there for _, following in bounds.edges())


def _read_up_to(tier: Fields) -> Decimal | None:
    value = tier.take("up_to", "give the last user of the tier, or null for the last tier.")
    if value is None:
        return None
    if isinstance(value, str):
        up_to = tier.decimal("up_to")
        if not up_to:
            raise tier.refuse("up_to", "must be above zero.")
        return Decimal(shortest(up_to))
    return Decimal(tier.whole("up_to", least=1))


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()
