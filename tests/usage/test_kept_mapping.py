"""What was said about the columns of the last file, put into what was seen in a new one."""

from typing import Any

from usage.models import KeptMapping
from usage.queries.mappings import as_before


def mapping(at: str, *, format: str, order: str | None = None, delimiter: str = ",") -> dict[str, Any]:
    return {
        "format": "csv",
        "delimiter": delimiter,
        "columns": {"user": "who", "at": at, "action": None},
        "constants": {"action": "login"},
        "time": {"format": format, "date_order": order, "source_timezone": None},
    }


def test_the_same_column_of_times_is_read_as_the_new_file_writes_it() -> None:
    found = mapping("when", format="iso8601", delimiter=";")
    offered = as_before(found=found, kept=KeptMapping(mapping=mapping("When", format="ordered", order="dmy")))
    assert offered["time"] == {"format": "iso8601", "date_order": "dmy", "source_timezone": None}
    assert (offered["delimiter"], offered["columns"]["at"]) == (";", "When")


def test_another_column_of_times_is_read_as_was_said_of_it() -> None:
    offered = as_before(
        found=mapping("made", format="iso8601"),
        kept=KeptMapping(mapping=mapping("when", format="ordered", order="dmy")),
    )
    assert offered["columns"]["at"] == "when"
    assert offered["time"] == {"format": "ordered", "date_order": "dmy", "source_timezone": None}
