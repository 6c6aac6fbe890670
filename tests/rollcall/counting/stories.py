"""What the complaints are told with: people under a contract's salt, a count by both counters, an export as it came."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rollcall.counting.answer import CountResult, Verdict
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.intake.result import ReadResult
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution, user_key, user_ref
from tests.rollcall.counting import world

SALT = b"salt of the contract"


def person(name: str) -> str:
    """Return the reference of a person."""
    return user_ref(SALT, user_key(name))


def did(user: str, day: int | date, action: str = "login", instance: str = "eu") -> EvidenceRow:
    """Return a row of a person whose name lies under the contract's salt; a whole number is a day of June 2026."""
    return world.row("", day, action=action, instance=instance)._replace(user_ref=person(user))


def people(*names: str) -> dict[str, str]:
    """Return the names file of some people."""
    return {person(name): name for name in names}


def counted(
    rows: list[EvidenceRow],
    definition: ActivityDefinition,
    folder: Path,
    resolution: Resolution = NO_RESOLUTION,
    period: Period = world.JUNE,
) -> CountResult:
    """Count a period with both counters and the independent program; they must agree in everything."""
    plain = world.count_plainly(rows, definition, period, resolution)
    stored = folder / f"evidence of {len(list(folder.iterdir()))}"
    fast = world.count_by_columns([world.store(rows, stored)], definition, period, resolution)
    assert world.difference(plain, fast) == ""
    again = world.recount_evidence(rows, definition, period, resolution, folder=stored)
    assert again == world.Figures(plain.active_users, plain.daily_active_users)
    return plain


def verdicts(result: CountResult) -> dict[str, Verdict]:
    """Return the verdicts of a count by the reference of the person."""
    return {verdict.user_ref: verdict for verdict in result.verdicts}


def taken(text: str, name: str, folder: Path, timezone: str = "UTC") -> tuple[ReadResult, list[EvidenceRow]]:
    """Read an export in the zone of the bill: what the reading says, and its evidence."""
    file, out = folder / name, folder / f"out of {name} in {timezone.replace('/', ' ')}"
    file.write_text(text, encoding="utf-8")
    out.mkdir()
    result = read(
        ReadRequest(
            files=(str(file),),
            filenames=(name,),
            out_dir=str(out),
            timezone=timezone,
            salt_hex=SALT.hex(),
            instance="eu",
        )
    )
    return result, world.rows_of(out / result.evidence_file) if result.evidence_file else []


def export(*acts: tuple[str, str]) -> str:
    """Return a plain export of log-ins: (who, when)."""
    lines = ["user_id,occurred_at,action", *(f"{who},{when},login" for who, when in acts)]
    return "\n".join(lines) + "\n"
