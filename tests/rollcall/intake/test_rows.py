"""The canonical text of evidence: one spelling per row, an order of bytes, a digest that depends on nothing else."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.rows import (
    FIELDS,
    PARQUET_COLUMNS,
    EvidenceRow,
    NotCanonical,
    canonical_line,
    digest_of_rows,
    escape,
    parse_line,
    quantity_text,
    unescape,
)

REF = "ab" * 32
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
ROWS = st.builds(
    EvidenceRow,
    user_ref=st.sampled_from([REF, "0" * 64]),
    instance=TEXTS,
    action=TEXTS,
    day=st.dates(),
    events=st.integers(1, 10**12),
    quantity=st.none() | st.decimals(0, 10**15, places=6),
    first_minute=st.integers(0, 1439),
    last_minute=st.integers(0, 1439),
)


def test_a_line_is_what_everybody_else_writes_too():
    row = EvidenceRow(REF, "eu\t1", "a\\b\r\n", date(2026, 6, 1), 3, Decimal("2.500000"), 0, 1439)
    assert canonical_line(row) == (REF + "\teu\\t1\ta\\\\b\\r\\n\t2026-06-01\t3\t2.5\t0\t1439\n").encode()
    assert tuple(PARQUET_COLUMNS) == FIELDS


@given(ROWS)
def test_a_line_is_read_back_as_its_row(row):
    assert parse_line(canonical_line(row)) == row
    assert canonical_line(row).count(b"\n") == 1


@given(TEXTS)
def test_escapes_are_undone(text):
    assert unescape(escape(text)) == text


@given(st.lists(ROWS, max_size=8), st.randoms(use_true_random=False))
def test_the_digest_is_free_of_order(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert digest_of_rows(shuffled) == digest_of_rows(rows)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("1", "1"),
        ("1.50", "1.5"),
        ("100", "100"),
        ("0.000000", "0"),
        ("1E+3", "1000"),
        ("0.000001", "0.000001"),
        ("-0", "0"),
    ],
)
def test_a_quantity_has_one_spelling(quantity, text):
    assert quantity_text(Decimal(quantity)) == text


@pytest.mark.parametrize(
    "line",
    [
        b"",
        REF.encode() + b"\ta\tb\t2026-06-01\t1\t\t0",
        REF.encode() + b"\ta\tb\t2026-06-31\t1\t\t0\t0\n",
        REF.encode() + b"\ta\tb\t2026-06-01\t01\t\t0\t0\n",
        REF.encode() + b"\ta\tb\t2026-06-01\t1\t1.50\t0\t0\n",
        REF.encode() + b"\ta\\x\tb\t2026-06-01\t1\t\t0\t0\n",
        REF.encode() + b"\ta\tb\t2026-06-01\tmany\t\t0\t0\n",
    ],
)
def test_another_spelling_is_refused(line):
    with pytest.raises(NotCanonical):
        parse_line(line)
