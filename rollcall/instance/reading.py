"""Reading exports at the customer's site: every row or none, with the same words for a row that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollcall.formats.profile import NOBODY
from rollcall.intake.checks import Activity, Names, checker
from rollcall.intake.records import Fault, Record
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source
from rollcall.money import count_in_words

# So many rows that cannot be read are named.
_NAMED = 20


class RowsUnreadable(Exception):
    """Rows that cannot be read; the message names file, line and reason of the first of them."""


class Faults:
    """What is wrong with rows, gathered so that all of it can be cured at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, source: Source, record: Record, words: str) -> None:
        """Note a row that cannot be read, by file and physical line."""
        self._found.append(f"{source.filename}, line {record.line}: {words}")

    def refuse_any(self) -> None:
        """Raise RowsUnreadable where there is a fault: what was read until then must not be used."""
        if self._found:
            shown = "\n  ".join(self._found[:_NAMED])
            raise RowsUnreadable(
                f"{count_in_words(len(self._found), 'row')} cannot be read, so nothing was written:\n  {shown}"
            )


def read_rows(
    request: ReadRequest, sources: Iterable[Source], *, rule: str, faults: Faults
) -> Iterator[tuple[Source, Record, Activity]]:
    """Yield every row of somebody, with the file and the record that it stands in; rows of nobody are left out.

    A row that cannot be read is a fault; whoever asks looks at the faults at the end.
    """
    names, bounds = Names(rule=rule, id_characters=request.limits.id_characters), request.bounds()
    for source in sources:
        check = checker(source, bounds, names, request.instance)
        for record in source.records():
            row = record.fault or check(record.fields)
            if not isinstance(row, Fault):
                yield source, record, row
            elif row.code != NOBODY:
                faults.add(source, record, row.message)
