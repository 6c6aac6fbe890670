"""The people of a count as a list that is read no further than the page that is shown.

A list is stored in the order of the references. As long as nobody looks for a name or asks for another order, a page is
cut out of it and only its own names are looked up, so that the first page of a hundred thousand people is there at
once. Short lists are sorted by name, which is how people read them.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

from ground.storage import stored_path
from rollcall.counting.answer import VERDICT_FIELDS, Verdict
from usage.models import ActiveUserCount
from usage.queries.names import has_names, names_of, names_of_some
from usage.queries.verdicts import WHY_WORDS, VerdictRow, verdict_row

# Up to so many people, the whole list is read and sorted by name.
SHORT = 2_000
_WHY = VERDICT_FIELDS.index("why")
_INSTANCE = VERDICT_FIELDS.index("instance")
# The orders that can be asked for, as keys of the stored fields.
ORDERS: Mapping[str, Callable[[list[str]], Any]] = {
    "first": lambda fields: fields[3],
    "last": lambda fields: fields[4],
    "days": lambda fields: int(fields[5]),
    "events": lambda fields: int(fields[6]),
}


@dataclass(frozen=True, kw_only=True)
class PeopleAsked:
    """Which people are asked for: those whose name holds `find` or whose reference begins so, with one verdict, and in
    which order: "user", or a key of ORDERS, with a minus before it the other way round; empty for the usual order."""

    find: str = ""
    why: str = ""
    order: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "PeopleAsked":
        """Read a page's query; what it cannot mean is left out."""
        why, order = query.get("why", ""), query.get("order", "")
        return cls(
            find=query.get("find", "").strip().casefold()[:200],
            why=why if why in WHY_WORDS else "",
            order=order if order.removeprefix("-") in {"user", *ORDERS} else "",
        )


class PeopleList(Sequence[VerdictRow]):
    """The people of a count that are asked for. Files are compared with their hashes before they are read.

    Raises StoredFileDamaged and StoredFileMissing when it is first looked into.
    """

    def __init__(self, count: ActiveUserCount, asked: PeopleAsked | None = None) -> None:
        self.count_row = count
        self.asked = asked or PeopleAsked()

    @cached_property
    def by_verdict(self) -> dict[str, int]:
        """How many people have which verdict, whatever is asked for."""
        stored: dict[str, int] = self.count_row.funnel.get("verdicts", {})
        numbers = stored or Counter(fields[_WHY] for fields in self._stored)
        return {why: numbers[why] for why in WHY_WORDS if why in numbers}

    @property
    def everybody(self) -> int:
        """How many people the count has, counted or not."""
        return sum(self.by_verdict.values())

    @cached_property
    def has_names(self) -> bool:
        """Whether names still exist."""
        return has_names(self.count_row)

    @cached_property
    def has_instances(self) -> bool:
        """Whether a person stands here once for each instance."""
        return self._lines is None and bool(self._stored and self._stored[0][_INSTANCE])

    @property
    def is_by_reference(self) -> bool:
        """Whether the rows stand in the order of the references: the list is long, and nothing else was asked for."""
        return not self.asked.order and not self.asked.find and self.everybody > SHORT

    def __len__(self) -> int:
        if self.asked.find:
            return len(self._chosen)
        return self.by_verdict.get(self.asked.why, 0) if self.asked.why else self.everybody

    @overload
    def __getitem__(self, at: int) -> VerdictRow: ...
    @overload
    def __getitem__(self, at: slice) -> list[VerdictRow]: ...
    def __getitem__(self, at: int | slice) -> VerdictRow | list[VerdictRow]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        return list(self._rows(self._cut(at)))

    def __iter__(self) -> Iterator[VerdictRow]:
        return self._rows(self._chosen)

    def _rows(self, chosen: Iterable[list[str]]) -> Iterator[VerdictRow]:
        found = list(chosen)
        names = self._names if "_names" in self.__dict__ else None
        if names is None:
            everybody = len(found) > SHORT
            names = self._names if everybody else names_of_some(self.count_row, (fields[0] for fields in found))
        return (verdict_row(_verdict(fields), names) for fields in found)

    @cached_property
    def _names(self) -> dict[str, str]:
        return names_of(self.count_row)

    @cached_property
    def _content(self) -> str:
        path = stored_path(self.count_row.verdicts_key, self.count_row.verdicts_sha256)
        return path.read_bytes().decode()

    @cached_property
    def _lines(self) -> list[str] | None:
        """All lines as they are stored; None where a field is quoted, because a line may then be no row."""
        return None if '"' in self._content else self._content.split("\n")[1:-1]

    @cached_property
    def _stored(self) -> list[list[str]]:
        """All rows as they are stored, each as its fields."""
        if self._lines is None:
            return list(csv.reader(io.StringIO(self._content, newline="")))[1:]
        return [line.split(",") for line in self._lines]

    def _cut(self, at: slice) -> list[list[str]]:
        """Return some of the rows that are asked for; of a long list in its own order, only these are taken apart."""
        if self._lines is None or not self.is_by_reference:
            return self._chosen[at]
        # No name and no field but this one can be a verdict between commas.
        mark = f",{self.asked.why},"
        lines = [line for line in self._lines if mark in line] if self.asked.why else self._lines
        return [line.split(",") for line in lines[at]]

    @cached_property
    def _chosen(self) -> list[list[str]]:
        rows = self._stored
        if self.asked.why:
            rows = [fields for fields in rows if fields[_WHY] == self.asked.why]
        if find := self.asked.find:
            names = self._names
            rows = [
                fields for fields in rows if find in names.get(fields[0], "").casefold() or fields[0].startswith(find)
            ]
        if self.is_by_reference:
            return rows
        order = self.asked.order or "user"
        if len(rows) <= SHORT or order.removeprefix("-") == "user":
            rows = sorted(rows, key=self._by_name, reverse=order == "-user")
        # Those who are equal in another order stay by name.
        key = ORDERS.get(order.removeprefix("-"))
        return sorted(rows, key=key, reverse=order.startswith("-")) if key else rows

    def _by_name(self, fields: list[str]) -> tuple[bool, str, str]:
        """Return the place of a person among the others: those whose name was erased come last."""
        name = self._names.get(fields[0])
        return name is None, (name or fields[0]).casefold(), fields[_INSTANCE]


def people_of(*, count: ActiveUserCount, asked: PeopleAsked | None = None) -> PeopleList:
    """Return the people of a count that has a list of them, as far as they are asked for."""
    return PeopleList(count, asked)


def rows_of_reference(count: ActiveUserCount, user_ref: str) -> list[VerdictRow]:
    """Return the rows of one person: one, or one for each instance; none for somebody whom the count does not have."""
    if not count.has_people:
        return []
    everybody = PeopleList(count)
    if everybody._lines is None:
        found = [fields for fields in everybody._stored if fields[0] == user_ref]
    else:
        found = [line.split(",") for line in everybody._lines if line.startswith(f"{user_ref},")]
    return list(everybody._rows(found))


def _verdict(fields: list[str]) -> Verdict:
    user_ref, counted, why, first_at, last_at, active_days, events, instance = fields
    return Verdict(user_ref, counted == "yes", why, first_at, last_at, int(active_days), int(events), instance)
