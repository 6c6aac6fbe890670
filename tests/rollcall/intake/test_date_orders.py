"""Dates such as 06/05/2026 are read in one order for a whole file, or not at all."""

import pytest

from rollcall.formats.mapping import ColumnMapping
from tests.rollcall.intake.readings import lines_of, reading

GERMAN = [f"u{number % 50},{number % 28 + 1:02}/06/2026 10:00:00,login" for number in range(2_100)]
AMERICAN = [f"v{number % 50},06/{number % 28 + 1:02}/2026 10:00:00,login" for number in range(1_000)]
CHOSEN = {
    "columns": {"user": "user", "at": "time", "action": "action"},
    "time": {"format": "ordered", "date_order": "dmy", "source_timezone": "UTC"},
}


def text_of(*rows):
    return "".join(f"{row}\n" for row in ("user,time,action", *rows))


@pytest.mark.parametrize("chosen", [None, CHOSEN], ids=["found in the first rows", "chosen by a person"])
def test_rows_in_another_order_far_below_are_never_read_into_wrong_months(tmp_path, chosen):
    mapping = None if chosen is None else ColumnMapping.from_json(chosen)
    found = reading(tmp_path, text_of(*GERMAN, *AMERICAN), mapping=mapping, source_timezone="UTC")
    assert (found.outcome, found.code) == ("rejected", "date_order.mixed")
    # The 13th day of each kind is the first that can be one thing only.
    assert "Line 14 has '13/06/2026 10:00:00', line 2114 has '06/13/2026 10:00:00'" in found.message
    assert found.message.endswith("Write all dates of the file in one, best as 2026-06-30.")


def test_one_order_counts_every_row(tmp_path):
    found = reading(tmp_path, text_of(*GERMAN), source_timezone="UTC")
    assert (found.outcome, found.users, len(found.days)) == ("accepted", 50, 28)


def test_a_date_of_no_calendar_settles_nothing(tmp_path):
    found = reading(tmp_path, text_of(*GERMAN, "ann,31/06/2026 10:00:00,login"), source_timezone="UTC")
    assert (found.outcome, found.rows.accepted, len(lines_of(found))) == ("quarantined", 2_100, 1)


@pytest.mark.parametrize("engine", ["plain", "columnar"])
def test_a_row_that_a_mapping_takes_for_the_header_is_not_lost(tmp_path, engine):
    rows = ["ann,2026-06-01T10:00:00Z,login", "bob,2026-06-02T10:00:00Z,login", "ann,2026-06-01T10:00:00Z,login"]
    columns = {"user": "ann", "at": "2026-06-01T10:00:00Z", "action": "login"}
    mapping = ColumnMapping.from_json({"columns": columns, "time": {"format": "iso8601"}})
    found = reading(tmp_path, "".join(f"{row}\n" for row in rows), mapping=mapping, engine=engine)
    assert (found.outcome, found.code) == ("rejected", "header.missing")
    assert found.message.startswith("There is no header: line 1 is already a row.")
