"""Evidence as CSV: what is written is read back, and nothing else is read than what is written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall.evidence.rows_csv import HEADER, ROWS_AT_ONCE, ReadRows, RowRefused, csv_line
from rollcall.rows import EvidenceRow, digest_of_rows
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import in_order, row

LINE = csv_line(row("anna", 1, quantity="2.5", events=3))
LATER = csv_line(row("anna", 2, quantity="2.5", events=3))
# Without surrogates, which are no text.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
ROWS = st.builds(
    EvidenceRow,
    st.sampled_from([bundles.ref("anna"), bundles.ref("bert")]),
    TEXTS,
    TEXTS,
    st.dates(),
    st.integers(1, 2**63 - 1),
    st.none() | st.decimals(-(10**20), 10**20, places=6),
    st.integers(0, 700),
    st.integers(700, 1439),
)


def read(text: str) -> ReadRows:
    """Read the lines of a text to its end."""
    found = ReadRows(lines=[line + b"\n" for line in text.encode().split(b"\n")[:-1]])
    for batch in found.batches():
        assert len(batch.rows()) == len(batch)
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=8, unique_by=lambda one: one[:4]))
def test_rows_come_back_with_their_digest(rows: list[EvidenceRow], tmp_path: Path) -> None:
    text = bundles.csv_bytes(rows, tmp_path).decode()
    found = read(text)
    assert list(ReadRows(lines=found.lines)) == in_order(rows)
    assert (found.rows, found.events, found.digest) == (
        len(rows),
        sum(one.events for one in rows),
        digest_of_rows(rows),
    )


@pytest.mark.parametrize(
    ("written", "instead", "why"),
    [
        (",2026-06-01,", ",20260601,", "is not the one spelling of a day"),
        (",2026-06-01,", ",2026-06-31,", "day is out of range"),
        (",3,2.5,", ",03,2.5,", "is not the one spelling of a number"),
        (",3,2.5,", ",\u0663,2.5,", "is not the one spelling of a number"),
        (",3,2.5,", ",0,2.5,", "out of bounds"),
        (",3,2.5,", f",{2**63},2.5,", "out of bounds"),
        (",3,2.5,", ",3,2.50,", "is not the one spelling of a quantity"),
        (",3,2.5,", ",3,NaN,", "is not the one spelling of a quantity"),
        (",3,2.5,", f",3,{10**32},", "more digits than evidence holds"),
        (",3,2.5,", ",3,0.0000001,", "more digits than evidence holds"),
        (",600,600", ",600,599", "out of bounds"),
        (",600,600", ",600,1440", "out of bounds"),
        (LINE[:64], LINE[:63], "is no reference of a user"),
        (LINE, LINE + LINE, "Row 2 does not stand in the order of evidence, or stands twice"),
        (LINE, LATER + LINE, "Row 2 does not stand in the order"),
    ],
)
def test_a_row_in_another_spelling_is_refused(written: str, instead: str, why: str) -> None:
    assert read(HEADER + LINE).rows == 1
    assert written in LINE
    with pytest.raises(RowRefused, match=why):
        read(HEADER + LINE.replace(written, instead))


def test_the_order_holds_between_batches_and_the_row_is_named() -> None:
    template = row("anna", 1)._replace(quantity=Decimal(1), day=date(2026, 6, 1))
    rows = in_order(template._replace(action=f"a{number}") for number in range(ROWS_AT_ONCE + 1))
    lines = [csv_line(one) for one in rows]
    assert read(HEADER + "".join(lines)).digest == digest_of_rows(rows)
    with pytest.raises(RowRefused, match=rf"Row {ROWS_AT_ONCE + 1:,} does not stand"):
        read(HEADER + "".join([*lines[:-1], lines[0]]))
