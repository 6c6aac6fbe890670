"""Hostile and broken files: each case of a manifest against its outcome, its figures and its words."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.conformance.command import Answer, count

OUTCOMES = {
    "accept": "accepted",
    "quarantine": "quarantined",
    "reject": "rejected",
    "ask": "needs_answer",
    "no_change": "accepted",
}
COUNTED = ("accepted", "quarantined")
# What a case says about itself and no program can compare.
_PROSE = {"trap", "mau_note", "rule", "kind", "must_not", "files", "outcome", "also_fine", "zone", "actions"}
_COMPARED = {"rows", "accepted", "quarantined", "mau", "error_names", "warn", "duplicates", "max_seconds"}
_COMPARED |= {"actions_not_in_the_contract"}
# Figures under an answer that a person gives, as flags of the command.
_UNDER_AN_ANSWER = {"mau_if_utc": "UTC"}
# Figures under an answer for which the command has no flag: the encoding, the columns and the order of two files are
# answered in the portal. Per instance the two files are counted one by one, which is another count.
_NOT_COMPARED = {"mau_if_accepted", "mau_if_replaced", "mau_if_added", "mau_if_outcome_is_mapped", "mau_per_instance"}
_DAYS = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})((?:, -[0-9]{2})*)")
_SECONDS = 60


@dataclass(frozen=True)
class Result:
    """One case: its group in the table, what was not met, and what of it nothing looks at."""

    name: str
    group: str
    faults: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def results(folder: Path) -> Iterator[Result]:
    """Yield the result of every case of a folder with its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, case in manifest["cases"].items():
        unknown = set(case) - _PROSE - _COMPARED - _NOT_COMPARED - set(_UNDER_AN_ANSWER)
        if unknown:
            raise ValueError(f"{name}: the manifest states {sorted(unknown)}, which nothing compares.")
        answer = _answer(folder, case, manifest["contract"])
        faults = [*_faults(case, answer), *_faults_under_answers(folder, case, manifest["contract"])]
        yield Result(name, case["outcome"], tuple(faults))


def _faults_under_answers(folder: Path, case: dict[str, Any], contract: dict[str, Any]) -> Iterator[str]:
    for key, source_zone in _UNDER_AN_ANSWER.items():
        if key not in case:
            continue
        answer = _answer(folder, case, contract, source_zone)
        if answer.outcome not in COUNTED or answer.users_per_month() != case[key]:
            yield f"{key}: {answer.outcome}, {answer.users_per_month()}, expected {case[key]}: {answer.words.strip()}"


def _answer(folder: Path, case: dict[str, Any], contract: dict[str, Any], source_zone: str = "") -> Answer:
    zone = case.get("zone", contract["zone"])
    end = date.fromisoformat(contract["end"]) + timedelta(days=1)
    bounds = ["--contract-from", contract["start"], "--contract-to", end.isoformat(), "--now", contract["now"]]
    source = ["--source-timezone", source_zone or zone] if source_zone or "zone" in case else []
    definition = {"actions": contract["counted_actions"], "timezone": zone}
    return count([folder / name for name in case["files"]], definition=definition, flags=[*bounds, *source])


def _faults(case: dict[str, Any], answer: Answer) -> Iterator[str]:
    allowed = [OUTCOMES[outcome] for outcome in (case["outcome"], *case.get("also_fine", ()))]
    if answer.outcome not in allowed:
        yield f"outcome {answer.outcome}, expected {' or '.join(allowed)}: {answer.words.strip()[:120]}"
        return
    if answer.seconds > case.get("max_seconds", _SECONDS):
        yield f"took {answer.seconds:.0f} s"
    if answer.outcome not in COUNTED:
        missing = [name for name in case.get("error_names", ()) if name.lower() not in answer.words.lower()]
        if missing:
            yield f"the message does not name {missing}: {answer.words.strip()[:120]}"
        if answer.document["periods"] or answer.document["digest"]:
            yield "a file that was not taken left a count"
        return
    if "mau" in case and answer.users_per_month() != case["mau"]:
        yield f"users {answer.users_per_month()}, expected {case['mau']}"
    if answer.outcome == OUTCOMES[case["outcome"]]:
        yield from _figures(case, answer)


def _figures(case: dict[str, Any], answer: Answer) -> Iterator[str]:
    rows = answer.document["rows"]
    if (rows["read"], rows["accepted"]) != (case["rows"], case["accepted"]):
        yield f"{rows['read']} rows read, {rows['accepted']} accepted, expected {case['rows']}, {case['accepted']}"
    if "duplicates" in case and rows["duplicate"] != case["duplicates"]:
        yield f"{rows['duplicate']} repeats, expected {case['duplicates']}"
    findings = answer.document["findings"]
    expected = case.get("quarantined", [])
    if [finding["line"] for finding in findings] != [line for line, _ in expected]:
        yield f"lines {[finding['line'] for finding in findings]}, expected {[line for line, _ in expected]}"
    else:
        for finding, (line, words) in zip(findings, expected, strict=True):
            if words.lower() not in f"{finding['message']} {finding['column']}".lower():
                yield f"line {line} does not say {words!r}: {finding['message']}"
    for action, number in case.get("actions_not_in_the_contract", {}).items():
        if answer.document["actions"].get(action, {}).get("rows") != number:
            yield f"{action} is not listed with {number} rows"
    if "warn" in case and not _is_warned(case["warn"], answer.remarks):
        yield f"no remark says {case['warn']!r}: {answer.remarks}"


def _is_warned(wanted: str, remarks: list[str]) -> bool:
    """Return whether one remark holds the words, or every day that they name ("2026-06-09, -10" are two)."""
    days = [
        f"{year}-{month}-{day}"
        for year, month, first, more in _DAYS.findall(wanted)
        for day in (first, *(text.strip(" -") for text in more.split(",") if text.strip()))
    ]
    if days:
        return any(all(day in remark for day in days) for remark in remarks)
    return any(wanted.lower() in remark.lower() for remark in remarks)
