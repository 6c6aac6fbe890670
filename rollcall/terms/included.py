"""Included users: what a charge gives for nothing in each cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, whole_number
from rollcall.terms.nouns import Noun
from rollcall.terms.spans import IN_PART_PERIODS, InPartPeriods, read_in_part_periods, said_of_parts, written


@dataclass(frozen=True, kw_only=True)
class Included:
    """So many users of each cycle that cost nothing; the price counts from the one after them.

    `counts_towards_floor` is said where the charge has a floor in users, and nowhere else: whether the least that is
    billed holds for all users, the included ones among them, or for those beyond.
    """

    quantity: int = 0
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))
    counts_towards_floor: bool | None = field(
        default=None, metadata=asked("Included users count towards the floor", help="only beside a floor in users")
    )

    @classmethod
    def read(cls, fields: Fields) -> Included:
        """Take the key of a charge: `"included": 50`, or `{"quantity": 50, "in_part_periods": "reduced"}`."""
        if not fields.has("included"):
            return cls()
        value = fields.take("included")
        if not isinstance(value, Mapping):
            return cls(quantity=whole_number(value, fields.at("included")))
        inner = fields.inner("included")
        included = cls(
            quantity=inner.whole("quantity"),
            in_part_periods=read_in_part_periods(inner),
            counts_towards_floor=_read_counts(inner),
        )
        inner.nothing_else("the included users")
        return included

    def to_json(self) -> int | dict[str, object]:
        """Return what is included as terms write it: a number where there is nothing else to say."""
        said = written(self.in_part_periods)
        if self.counts_towards_floor is not None:
            said["counts_towards_floor"] = self.counts_towards_floor
        return {"quantity": self.quantity, **said} if said else self.quantity

    def words(self, cycle: str, noun: Noun) -> str:
        """Say what is included in a sentence."""
        first = f"first {noun.short_one}" if self.quantity == 1 else f"first {noun.short_of(self.quantity)}"
        are = "is" if self.quantity == 1 else "are"
        floor = {None: "", True: "; they count towards the floor", False: "; the floor holds for those after them"}
        return (
            f"The {first} of each {cycle} {are} included; the price counts from the {noun.short_one} after that"
            f"{said_of_parts(self.in_part_periods, cycle)}{floor[self.counts_towards_floor]}."
        )

    def refuse_beside_floor(self, fields: Fields, *, has_floor_in_users: bool) -> None:
        """Refuse what does not say, or need not say, whether included users count towards the floor."""
        asked_for = bool(self.quantity) and has_floor_in_users
        if asked_for and self.counts_towards_floor is None:
            raise fields.refuse(
                "included",
                "together with a floor in users must say whether included users count towards the floor: write "
                f'{{"quantity": {self.quantity}, "counts_towards_floor": true}} or false; it changes the bill.',
            )
        if not asked_for and self.counts_towards_floor is not None:
            raise fields.refuse(
                "included.counts_towards_floor", "is said only where users are included and the floor is in users."
            )


def _read_counts(fields: Fields) -> bool | None:
    if not fields.has("counts_towards_floor"):
        return None
    value = fields.take("counts_towards_floor")
    if not isinstance(value, bool):
        raise fields.refuse("counts_towards_floor", "must be true or false.")
    return value
