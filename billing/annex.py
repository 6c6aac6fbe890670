"""The list of users that goes with an invoice where its contract wants it: as pages of the PDF, or as a file in it.

Owns: whether, and by what it is split; the rows, from the stored verdicts of the counts.
Does not own: the layout. Invariants: references only, because the document is kept for ever and a person may be erased;
what splits it is frozen with the invoice, so the same invoice gives the same list on any day.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from billing.bundle.evidence_sandbox import Asked, files_of, write_evidence
from billing.bundle.sides import Side, counted_sides, sides_of
from billing.documents import Section
from billing.evidence_list import counts_of
from billing.models import Invoice
from ground.storage import stored_path
from licenses.models import Contract
from licenses.models.contracts import AnnexSplit, UsersAnnex
from licenses.queries import salt_of
from rollcall.counting.answer import Verdict, read_verdicts
from rollcall.safe_csv import SafeWriter
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.metrics import OF_ACTIVITY
from usage.files import NamesErased, working_folder
from usage.models import ActiveUserCount

CSV_COLUMNS = ("part", "user_ref", "first_at", "last_at", "active_days", "events")
Row = tuple[str, Verdict]  # the part of the list, and the user


def annex_entry(contract: Contract) -> dict[str, Any]:
    """Return `{"annex": ...}` for the snapshot: how, and the part of each instance; {} where none is wanted."""
    if contract.users_annex == UsersAnnex.NONE:
        return {}
    by_center = contract.annex_split == AnnexSplit.COST_CENTER
    # Evidence knows an instance by its public id. Who bears no cost center stands under the instance.
    parts = {one.public_id: (by_center and one.cost_center) or one.name for one in contract.instances.order_by("name")}
    return {"annex": {"as": str(contract.users_annex), "parts": parts if contract.annex_split else {}}}


def annex_sections(invoice: Invoice) -> tuple[Section, ...]:
    """Return the list as sections of a document; none where it is not wanted as pages.

    Raises StoredFileDamaged, StoredFileMissing, CountFailed, EvidenceDiffers.
    """
    if _said(invoice).get("as") != UsersAnnex.PDF:
        return ()
    parts: dict[str, list[tuple[str, int, int]]] = {}
    for part, user in _rows(invoice):
        parts.setdefault(part, []).append((user.user_ref, user.active_days, user.events))
    return tuple(Section(heading=part, rows=tuple(rows)) for part, rows in parts.items())


def annex_csv(invoice: Invoice) -> bytes:
    """Return the list as the file that the PDF carries; empty where it is not wanted so. Raises as annex_sections."""
    if _said(invoice).get("as") != UsersAnnex.CSV:
        return b""
    out = io.StringIO(newline="")
    writer = SafeWriter(out)
    writer.writerow(CSV_COLUMNS)
    for part, user in _rows(invoice):
        writer.writerow((part, user.user_ref, user.first_at, user.last_at, user.active_days, user.events))
    return out.getvalue().encode("utf-8")


def _said(invoice: Invoice) -> Mapping[str, Any]:
    said: Mapping[str, Any] = invoice.frozen.get("annex", {})
    return said


def _rows(invoice: Invoice) -> Iterator[Row]:
    """Yield every counted user under each of its parts, parts in the order of their names."""
    counts = [count for count in counts_of(invoice) if count.has_people]
    for count in counts:
        counted = [one for one in _verdicts(count) if one.counted]
        rows = _split(invoice, count, counted)
        before = f"{count.metric_name}, " if len(counts) > 1 else ""
        for part, user in sorted(rows, key=lambda row: (row[0] == "", row[0], row[1].user_ref)):
            yield (f"{before}{part}" if part else before.rstrip(", ")), user


def _verdicts(count: ActiveUserCount) -> Iterator[Verdict]:
    return read_verdicts(stored_path(count.verdicts_key, count.verdicts_sha256))


def _split(invoice: Invoice, count: ActiveUserCount, counted: Iterable[Verdict]) -> Iterator[Row]:
    """Give each user its parts; who stands in none of the evidence of this period has the part without a name."""
    parts_of: Mapping[str, str] = _said(invoice)["parts"]
    if not parts_of:
        yield from (("", user) for user in counted)
        return
    worked = None
    for user in counted:
        if user.instance:
            yield parts_of.get(user.instance, ""), user
            continue
        worked = _instances_of_users(invoice, count) if worked is None else worked
        parts = {parts_of.get(instance, "") for instance in worked.get(user.user_ref, ())}
        yield from ((part, user) for part in sorted(parts) or [""])


def _instances_of_users(invoice: Invoice, count: ActiveUserCount) -> dict[str, set[str]]:
    """Return on which instances each user did what counts, from the evidence of the count."""
    side = counted_sides(sides_of(invoice))[count.pk]
    metric, files = side.metric(), files_of(count)
    if not isinstance(metric, OF_ACTIVITY):
        return {}
    looks_at_names = bool(metric.definition.excluded_users or metric.definition.identity.aliases)
    asked = [Asked(definition=metric.definition, evidence=files)] if looks_at_names else []
    salt = salt_of(contract=invoice.contract)
    with working_folder() as folder:
        try:
            written = write_evidence(files=files, resolutions=asked, salt=salt, folder=folder)
        except NamesErased:
            # Nobody is left out: who worked under another name alone is listed without a part.
            written = write_evidence(files=files, resolutions=[], salt=salt, folder=folder)
        aliases = written.resolutions[0]["aliases"] if written.resolutions else {}
        found: dict[str, set[str]] = {}
        for path in written.evidence.values():
            for user, instance in _deeds(path, side, metric.definition):
                found.setdefault(aliases.get(user, user), set()).add(instance)
    return found


def _deeds(path: Path, side: Side, definition: ActivityDefinition) -> Iterator[tuple[str, str]]:
    """Yield user and instance of every row of the period whose action counts."""
    first, end = side.span.start.isoformat(), side.span.end.isoformat()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if first <= row["day"] < end and definition.counts_action(row["action"]):
                yield row["user_ref"], row["instance"]
