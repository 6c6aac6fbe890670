"""What was said about a file of this shape before."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from licenses.models import Instance
from rollcall.formats import generic_csv, generic_json
from rollcall.formats.mapping import column_name
from usage.models import KeptMapping

# Formats whose columns mean what a person says; all others say it themselves.
MAPPED_FORMATS = frozenset({generic_csv.NAME, generic_json.NAME})


def header_digest(columns: Iterable[str]) -> str:
    """Return "sha256:..." of the set of column names, as mappings compare names; their order does not matter."""
    names = sorted({column_name(name) for name in columns})
    return f"sha256:{hashlib.sha256(rfc8785.dumps(names)).hexdigest()}"


def kept_mapping(*, instance: Instance, columns: Iterable[str]) -> KeptMapping | None:
    """Return the mapping last confirmed for these columns: of this instance, else of another of the same customer."""
    kept = KeptMapping.objects.filter(
        customer_id=instance.customer_id, header_digest=header_digest(columns)
    ).select_related("instance", "report")
    return kept.filter(instance=instance).last() or kept.order_by("pk").last()


def as_before(*, found: Mapping[str, Any], kept: KeptMapping) -> dict[str, Any]:
    """Return the mapping found in a new file with what was said about the last one in place of the suggestions.

    Delimiter, encoding and header line are the new file's own, as is the format of its times unless dates need the
    order that was said.
    """
    said = kept.mapping
    if found["format"] != said["format"]:
        return dict(found)
    time = {**found["time"], "date_order": said["time"]["date_order"] or found["time"]["date_order"]}
    if column_name(said["columns"]["at"] or "") != column_name(found["columns"]["at"] or ""):
        # The format that was seen is that of another column.
        time = {**said["time"], "source_timezone": found["time"]["source_timezone"]}
    return {
        **found,
        "columns": said["columns"],
        "constants": said["constants"],
        "outcome": said.get("outcome", {"success": []}),
        "time": time,
    }
