"""A real export, twenty-one years of it: through the portal's own operations every month equals the known answer."""

import gzip
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from licenses.operations.register_instance import register_instance
from licenses.queries import terms_at
from rollcall.period import Period
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import NOW, send
from usage.models import Finding, ReportState
from usage.operations.count_period import count_period

ROOT = Path(__file__).parents[2]
CASE = ROOT.parent / "shared" / "cases" / "usage" / "real"
ZONES = ["UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]
SPAN = Period(date(2005, 4, 1), date(2026, 9, 1))

pytestmark = pytest.mark.skipif(
    not CASE.exists(), reason="The real export lies beside this checkout, in ../shared/cases/usage/real, and is absent."
)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
    return answer


def months_of(periods: list[dict[str, Any]], users: str) -> dict[str, int]:
    """{"2005-04": 23, ...}; months in which nobody was active are left out, as the known answer does."""
    return {period["start"][:7]: period[users] for period in periods if period[users]}


@pytest.mark.parametrize("zone", ZONES)
def test_every_month_of_the_export_is_counted_as_it_is_known(
    house: House, expected: dict[str, Any], zone: str, tmp_path: Path
) -> None:
    terms = terms_json(
        timezone=zone,
        term={"start": "2005-04-01", "end": "2026-09-01"},
        cycle={"unit": "month", "anchor": "2005-04-01"},
    )
    contract = sign_contract(house.customer_a, f"K-{zone}", terms, SPAN)
    instance = register_instance(actor=BUILDER, contract=contract, name="git", reports_from=SPAN.start)
    content = (CASE / "git-activity.csv.gz").read_bytes()

    report = send(instance, content, SPAN, name="git-activity.csv.gz")

    assert report.state == ReportState.ACCEPTED, (report.refusal_message, list(Finding.objects.values()[:3]))
    assert (report.rows_read, report.rows_accepted, report.users) == (81_966, 81_966, expected["users"])
    assert months_of(report.effects, "after") == expected["mau"][zone]
    for month in (SPAN.start, date(2015, 3, 1), date(2026, 8, 1)):
        period = terms_at(contract=contract, day=month).period_of(month)
        assert period is not None
        count = count_period(
            contract=contract,
            metric_name="active",
            terms=terms_at(contract=contract, day=month),
            period=period,
            now=NOW,
        )
        assert count.active_users == expected["mau"][zone][f"{month:%Y-%m}"]
    assert months_of(recounted(tmp_path, content, zone), "active_users") == expected["mau"][zone]


def recounted(folder: Path, content: bytes, zone: str) -> list[dict[str, Any]]:
    """What the independent script counts from the plain export."""
    (folder / "git.csv").write_bytes(gzip.decompress(content))
    (folder / "definition.json").write_text('{"actions": ["*"]}', encoding="utf-8")
    command = [
        sys.executable, "-I", str(ROOT / "rollcall" / "recount.py"), "--definition", str(folder / "definition.json"),
        "--timezone", zone, "--from", SPAN.start.isoformat(), "--to", SPAN.end.isoformat(), "--json",
        str(folder / "git.csv"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["rows"]["read"] == 81_966
    periods: list[dict[str, Any]] = answer["periods"]
    return periods
