"""The list behind a count: who was counted, who was not, and why; with names where they still exist."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ground.storage import stored_path
from rollcall.counting.answer import Verdict, read_verdicts
from rollcall.safe_csv import SafeWriter
from usage.models import ActiveUserCount
from usage.queries.names import names_of

WHY_WORDS = {
    "counted": "counted",
    "no_qualifying_action": "did nothing that counts",
    "below_min_events": "too few qualifying actions",
    "below_min_days": "active on too few days",
    "excluded": "left out by the contract",
}

# The columns of one user wherever a list of users is written, after whatever names the user.
VERDICT_COLUMNS = (
    "user_ref", "counted", "why", "first_action", "last_action", "active_days", "events", "instance",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """One user of the period. ``name`` is as the file wrote it, None when it was erased.

    ``first_at`` and ``last_at`` are minutes in the zone of the bill, empty when nothing qualified.
    """

    user_ref: str
    name: str | None
    counted: bool
    why: str
    first_at: str
    last_at: str
    active_days: int
    events: int
    instance: str

    @property
    def why_words(self) -> str:
        """Why the user was counted or not, for people."""
        return WHY_WORDS.get(self.why, self.why)


def verdict_rows(*, count: ActiveUserCount) -> Iterator[VerdictRow]:
    """Yield every user of the count, sorted by name where there are names. Files are compared with their hashes.

    Raises StoredFileDamaged, StoredFileMissing. Reads no database rows after the first one is asked for.
    """
    names = names_of(count)
    path = stored_path(count.verdicts_key, count.verdicts_sha256)
    rows = (verdict_row(verdict, names) for verdict in read_verdicts(path))
    return iter(sorted(rows, key=lambda row: (row.name is None, row.name or row.user_ref, row.instance)))


def verdicts_csv(*, count: ActiveUserCount) -> bytes:
    """Return the list as CSV in UTF-8: every cell quoted, cells that a spreadsheet would calculate made harmless."""
    out = io.StringIO(newline="")
    writer = SafeWriter(out)
    writer.writerow(("user", *VERDICT_COLUMNS))
    for row in verdict_rows(count=count):
        writer.writerow((row.name or "", *verdict_cells(row)))
    return out.getvalue().encode("utf-8-sig")


def verdict_cells(row: Verdict | VerdictRow, *, why: str = "", instance: str = "") -> tuple[str | int, ...]:
    """Return one user under VERDICT_COLUMNS, with the reason and the instance in other words where those are given."""
    return (
        row.user_ref,
        "yes" if row.counted else "no",
        why or row.why,
        row.first_at,
        row.last_at,
        row.active_days,
        row.events,
        instance or row.instance,
    )


def verdict_row(verdict: Verdict, names: Mapping[str, str]) -> VerdictRow:
    """Return one user of the list with the name that is known."""
    return VerdictRow(
        user_ref=verdict.user_ref,
        name=names.get(verdict.user_ref),
        counted=verdict.counted,
        why=verdict.why,
        first_at=verdict.first_at,
        last_at=verdict.last_at,
        active_days=verdict.active_days,
        events=verdict.events,
        instance=verdict.instance,
    )
