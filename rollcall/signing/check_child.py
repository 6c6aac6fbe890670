"""The child that checks a signed report: the vendor's own processes never parse a customer's bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollcall.intake.child import answer
from rollcall.signing.report_check import ENVELOPE, check_report
from rollcall.terms.activity import ActivityDefinition


def check(document: dict[str, Any], on_progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Check the report that the document names, with its keys and definitions."""
    del on_progress
    try:
        found = check_report(
            Path(document["path"]),
            keys={name: bytes.fromhex(key) for name, key in document["keys"].items()},
            definitions={digest: ActivityDefinition.from_json(one) for digest, one in document["definitions"].items()},
        )
    except MemoryError:
        words = "Checking this report takes more memory than a report may use; let the instance report more often."
        return {"payload": None, "signer": "", "findings": [[ENVELOPE, words]]}
    return {
        "payload": None if found.statement is None else found.statement.to_payload(),
        "signer": found.signer,
        "findings": [[one.code, one.words] for one in found.findings],
    }


def main() -> None:
    """Do the one work that standard input asks for."""
    answer(check)
