"""Checks signed reports in a confined child."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rollcall.intake.handing import NOBODY
from rollcall.intake.limits import DEFAULT_LIMITS, Limits
from rollcall.intake.sandbox import ChildDied, run_confined
from rollcall.intake.start import Start, start_cold
from rollcall.signing.fields import PayloadRefused
from rollcall.signing.report import Statement
from rollcall.signing.report_chain import ChainFinding
from rollcall.signing.report_check import Checked
from rollcall.terms.activity import ActivityDefinition

MODULE = "rollcall.signing.check_child"


def run_check(
    path: Path,
    *,
    keys: Mapping[str, bytes],
    definitions: Mapping[str, ActivityDefinition],
    limits: Limits = DEFAULT_LIMITS,
    user: str = NOBODY,
    start: Start = start_cold,
) -> Checked:
    """Check a report as `report_check.check_report` does, in a child. Raises ChildDied."""

    def document(files: tuple[Path, ...], given: Path | None) -> dict[str, Any]:
        del given
        return {
            "path": str(files[0]),
            "keys": {name: key.hex() for name, key in keys.items()},
            "definitions": {digest: one.to_json() for digest, one in definitions.items()},
        }

    said = run_confined(MODULE, [path], None, document, limits=limits, user=user, start=start)
    try:
        payload = said["payload"]
        return Checked(
            statement=None if payload is None else Statement.from_payload(payload),
            signer=str(said["signer"]),
            findings=tuple(ChainFinding(code=str(code), words=str(words)) for code, words in said["findings"]),
        )
    except (KeyError, TypeError, ValueError, PayloadRefused) as error:
        raise ChildDied("answer", f"Checking this report gave an answer of an unknown shape: {error}") from error
