"""A real export: 81,966 events over 21 years, with the months' active users known from outside for five zones."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.period import BillingCycle, Period
from tests.rollcall.counting import world

REAL = Path(__file__).resolve().parents[4] / "shared" / "cases" / "usage" / "real"
EXPORT = REAL / "git-activity.csv.gz"
ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland")
TERM = Period(date(2005, 4, 1), date(2026, 10, 1))

pytestmark = pytest.mark.skipif(
    not EXPORT.exists(), reason="The real export did not run: the folder ../shared with its cases is not there."
)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """What the export must give, by zone."""
    document: dict[str, Any] = json.loads((REAL / "expected.json").read_text())
    return document


@pytest.mark.parametrize("zone", ZONES)
def test_every_month_in_every_zone(zone: str, expected: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "evidence"
    request = ReadRequest(
        files=(str(EXPORT),), filenames=(EXPORT.name,), out_dir=str(out), timezone=zone, salt_hex="5a17"
    )
    taken = read(request)
    assert (taken.outcome, taken.rows.read, taken.rows.accepted) == ("accepted", 81_966, 81_966)
    assert taken.users == expected["users"]
    assert taken.evidence_file
    evidence = out / taken.evidence_file
    rows = world.rows_of(evidence)
    rows_by_month: dict[Period, list[Any]] = {}
    cycle = BillingCycle("month", TERM.start)
    for row in rows:
        rows_by_month.setdefault(cycle.period_of(row.day), []).append(row)

    every_action = world.define(timezone=zone)
    months: dict[str, int] = {}
    # The fast counter opens the file for each of 257 months: every month in one zone, in the others every fourth.
    step = 1 if zone == "UTC" or world.CAMPAIGN > 1 else 4
    for number, (period, found) in enumerate(sorted(rows_by_month.items())):
        plain = world.count_plainly(found, every_action, period)
        months[f"{period.start:%Y-%m}"] = plain.active_users
        if number % step == 0:
            fast = world.count_by_columns([evidence], every_action, period)
            assert (fast.active_users, fast.daily_active_users) == (plain.active_users, plain.daily_active_users)
    assert months == expected["mau"][zone]
    again = recounted_months([str(EXPORT)], zone, tmp_path)
    assert again == months
    text = world.write_canonical(rows, tmp_path / "evidence.tsv")
    assert recounted_months([str(text)], zone, tmp_path) == months


def recounted_months(files: list[str], zone: str, folder: Path) -> dict[str, int]:
    """Return the months with activity as the recount program finds them."""
    definition = folder / "every_action.json"
    definition.write_text('{"actions": ["*"]}')
    span = ["--from", str(TERM.start), "--to", str(TERM.end), "--timezone", zone]
    answer = world.run_recount(["--definition", str(definition), *span, *files])
    assert answer["rows"]["set_aside"] == answer["rows"]["repeated"] == 0
    return {month["start"][:7]: month["active_users"] for month in answer["periods"] if month["active_users"]}


def test_one_action_alone(expected: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "evidence"
    taken = read(ReadRequest(files=(str(EXPORT),), filenames=(EXPORT.name,), out_dir=str(out), salt_hex="5a17"))
    assert taken.evidence_file
    commits = {month: users for month, users in expected["mau_utc_by_action"]["commit"].items() if month > "2025"}
    counted = {}
    for month in commits:
        first = date.fromisoformat(f"{month}-01")
        definition = world.define(actions=["Commit"])
        result = world.count_by_columns(
            [out / taken.evidence_file], definition, BillingCycle("month", TERM.start).period_of(first)
        )
        counted[month] = result.active_users
    assert counted == commits
