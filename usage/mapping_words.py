"""How a file was read, in words: which column means what. The mapping itself: `rollcall.formats.mapping`."""

from collections.abc import Mapping
from typing import Any

ROLE_WORDS = {
    "user": "the user",
    "at": "the time",
    "action": "the action",
    "event_id": "the id of the event",
    "quantity": "the quantity",
    "instance": "the instance",
    "outcome": "whether it succeeded",
}
DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def mapping_in_words(mapping: Mapping[str, Any] | None) -> list[str]:
    """Return sentences about a stored mapping; none where the file says by itself how it is read."""
    if not mapping:
        return []
    columns, constants = mapping.get("columns") or {}, mapping.get("constants") or {}
    said = [f"Column \u201c{name}\u201d is {ROLE_WORDS.get(role, role)}." for role, name in columns.items() if name]
    given = {ROLE_WORDS.get(role, role): value for role, value in constants.items() if value}
    said += [f"Every row has \u201c{value}\u201d as {what}." for what, value in given.items()]
    if success := (mapping.get("outcome") or {}).get("success"):
        said.append(f"It succeeded where that says {' or '.join(success)}.")
    if mapping.get("sheet"):
        said.append(f"The rows stand in the sheet \u201c{mapping['sheet']}\u201d.")
    if mapping.get("format") == "csv" and mapping.get("delimiter"):
        said.append(f"Columns are parted by {DELIMITER_WORDS.get(mapping['delimiter'], mapping['delimiter'])}.")
    if mapping.get("header_line", 1) > 1:
        said.append(f"The header is line {mapping['header_line']}.")
    if order := (mapping.get("time") or {}).get("date_order"):
        said.append(f"Dates are written in the order {order}.")
    return said
