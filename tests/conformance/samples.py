"""Samples of known formats: rows, users per month in every zone, per day and per action, against a manifest."""

import json
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.conformance.command import Answer, count
from tests.conformance.exclusions import by_name, guests, service_accounts, unique
from tests.conformance.nasty import Result

# What counts as activity in each sample is written in the manifest's prose (`count_rule`); here as a definition says it.
ACTIONS = {
    "auth0_logs": ["s"],
    "cloudevents": ["*login.v1", "*action.v1"],
    "coder_audit": ["login", "start"],
    "elastic_ecs": ["user-login", "report-opened"],
    "entra_signins_csv": ["Success"],
    "entra_signins_json": ["0"],
    "github_audit_log_csv": ["user.login", "pull_request.create"],
    "github_audit_log_json": ["user.login", "pull_request.create"],
    "google_login_activities": ["login_success"],
    "grafana_usage_insights": ["*"],
    "jira_access_log": ["/login", "/browse/*"],
    "keycloak_events": ["LOGIN"],
    "nextcloud_audit": ["login", "action"],
    "nginx_combined": ["/login", "/browse/*"],
    "okta_system_log": ["user.session.start", "user.authentication.sso"],
    "opencloud_audit": ["*"],
    "otlp_logs": ["login", "action"],
    "slack_analytics": ["is_active"],
    "sourcegraph_archive": ["row"],
    "splunk_csv": ["login", "action"],
    "w3c_extended": ["/login", "/browse/*"],
}
# What the manifest states and nothing compares, each with its reason.
NOT_COMPARED = {
    "mau_utc_if_ids_are_compared_byte_for_byte": "there is one rule of identity, and by it ids are trimmed and in lower case",
}
_LONG = ("--cycle", "days:36500:1990-01-01")
_FIGURES = {
    "total_seats_consumed": lambda told: told["users"],
    "total_user_accounts": lambda told: told["figures"].get("accounts"),
    "users_without_login": lambda told: told["figures"].get("without_login"),
    "suspended": lambda told: told["figures"].get("status: suspended"),
    "billing_active": lambda told: told["billable"],
    "licensed_seats": lambda told: told["seats"],
    "active_users": lambda told: told["users"],
    "over": lambda told: told["users"] - told["seats"],
    "mau_2026-06_by_DaysActive": lambda told: told["figures"].get("active_in_range"),
    "sum_DaysActive": lambda told: told["figures"].get("days_active"),
    "by_status": lambda told: _named(told["figures"], "status: "),
    "users_by_month_of_last_activity": lambda told: _named(told["figures"], "last active: "),
}


def results(folder: Path) -> Iterator[Result]:
    """Yield the result of every sample of a folder with its manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    names = manifest.get("service_accounts", [])
    files = {name: _files(folder / name) for name in manifest["samples"]}
    answers = {name: count(found, definition={"actions": ["*"]}) for name, found in files.items()}
    # An account is the same one in every export of a customer, also in one that has nothing but its id.
    known = {name: _service_accounts(files[name], names, answers[name]) for name in files}
    everywhere = unique(set().union(*known.values()))
    for name, sample in manifest["samples"].items():
        services = [*by_name(names), *sorted(known[name] | everywhere)]
        faults = tuple(_faults(sample, files[name], answers[name], services))
        yield Result(name, answers[name].document["kind"] or "unknown", faults)


def _service_accounts(files: list[Path], names: list[str], answer: Answer) -> set[str]:
    format = answer.document["format"]
    return service_accounts(files, names, format) if format in ACTIONS else set()


def _files(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]


def _faults(sample: dict[str, Any], files: list[Path], answer: Answer, services: list[str]) -> Iterator[str]:
    expected = dict(sample["expected"])
    document = answer.document
    if answer.outcome not in ("accepted", "quarantined"):
        yield f"outcome {answer.outcome}: {answer.words.strip()[:120]}"
        return
    rows = document["rows"]
    if (rows["read"], rows["accepted"]) != (expected.pop("rows"), expected.pop("valid_rows")):
        yield f"{rows['read']} rows, {rows['accepted']} valid, expected {sample['expected']['rows']}, {sample['expected']['valid_rows']}"
    if "duplicates" in sample and rows["duplicate"] != sample["duplicates"]:
        yield f"{rows['duplicate']} repeats, expected {sample['duplicates']}"
    others = {finding["code"] for finding in document["findings"]} - {"user.nobody"}
    if others:
        yield f"findings {sorted(others)}"
    for key in NOT_COMPARED:
        expected.pop(key, None)
    yield from _without(expected, files, answer, services)
    if document["kind"] in ("events", "per_user_and_day"):
        yield from _activity(expected, files, answer)
    elif document["kind"] == "counts":
        yield from _counts(expected, answer)
    else:
        yield from _list(expected, document["user_list"])


def _without(expected: dict[str, Any], files: list[Path], answer: Answer, services: list[str]) -> Iterator[str]:
    """Compare the users of each month without those whom a contract excludes."""
    format = answer.document["format"]
    for key, excluded in (
        ("mau_utc_without_service_accounts", services),
        ("mau_utc_without_guests", sorted(guests(files, format)) if "mau_utc_without_guests" in expected else []),
    ):
        if key in expected:
            definition = {"actions": ACTIONS[format], "timezone": "UTC", "excluded_users": excluded}
            counted = count(files, definition=definition)
            if counted.users_per_month() != (stated := expected.pop(key)):
                yield f"{key} {counted.users_per_month()}, expected {stated}"


def _activity(expected: dict[str, Any], files: list[Path], answer: Answer) -> Iterator[str]:
    rows_by: Counter[str] = Counter()
    for action, told in answer.document["actions"].items():
        rows_by[action.partition(" !")[0]] += told["rows"]
    users_by = {action: _users(files, [action, f"{action} !*"]) for action in rows_by}
    for key, found in (("rows_by_action", dict(rows_by)), ("users_by_action", users_by)):
        if (stated := expected.pop(key)) != found:
            yield f"{key} {found}, expected {stated}"
    actions = ACTIONS[answer.document["format"]]
    for zone, months in expected.pop("mau").items():
        counted = count(files, definition={"actions": actions, "timezone": zone})
        if counted.users_per_month() != months:
            yield f"{zone} {counted.users_per_month()}, expected {months}"
        if zone == "UTC":
            if counted.users_per_day() != expected.pop("dau_utc"):
                yield f"days {counted.users_per_day()}"
            told = counted.document["actions"].items()
            held = sum(
                rows["rows"]
                for name, rows in told
                if any(fnmatchcase(name, glob) for glob in actions if " !" not in name)
            )
            if held != expected.pop("counted_rows"):
                yield f"{held} counted rows"
    if (users := _users(files, actions)) != expected.pop("users_counted"):
        yield f"{users} users counted"
    if expected:
        yield f"not compared: {sorted(expected)}"


def _users(files: list[Path], actions: list[str]) -> int:
    """Return the distinct users of actions in the whole of some files."""
    (period,) = count(files, definition={"actions": actions}, flags=_LONG).document["periods"]
    return period["active_users"]


def _counts(expected: dict[str, Any], answer: Answer) -> Iterator[str]:
    numbers = {count["day"]: count["users"] for count in answer.document["reported"]}
    found = {
        "days": len(numbers),
        "max": max(numbers.values()),
        "min": min(numbers.values()),
        "sum": sum(numbers.values()),
    }
    for key in ("missing_days", "days_recorded_twice"):
        days = expected.pop(key, [])
        if not all(any(day in remark for remark in answer.remarks) for day in days):
            yield f"no remark names {days}"
    # The header is found wherever it stands; the rows show that it was.
    expected.pop("header_lines_before_the_table", None)
    yield from (
        f"{key} {found.get(key)}, expected {stated}" for key, stated in expected.items() if found.get(key) != stated
    )


def _list(expected: dict[str, Any], told: dict[str, Any]) -> Iterator[str]:
    for key, stated in expected.items():
        found = told["users"] if key == "users" else _FIGURES[key](told)
        if found != stated:
            yield f"{key} {found}, expected {stated}"


def _named(figures: dict[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): number for name, number in figures.items() if name.startswith(prefix)}
