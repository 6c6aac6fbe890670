"""The demo in small: two months of its customers, played over HTTP, and every document that comes of them is right.

The scenes are those of the year: a floor, tiers with credit and cap, a held month, a late file with its true-up, two
adjustments, one of them above the limit, a contract that is compared before it is billed, tax decided by rule.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django.live_server_helper import LiveServer

from billing.invariants import CHECKS
from billing.models import Adjustment, BillingPeriod, Invoice, TrueUp
from billing.shadow import shadow_view
from config.demo.companies import Company, Installation
from config.demo.scene import set_scene
from config.demo.script import YEAR, Script, months_from
from config.demo.story import JobFailed, Story
from config.demo.table import table
from ground.models import Job
from ground.operations.run_job import run_job
from tests.documents.said_by_all import disagreements, in_database
from usage.models import UsageReport

NOVEMBER, DECEMBER = months_from(date(2025, 11, 1), 2)


# What is to be paid for each document, in the order of their numbers.
FINAL = [
    # 306 x 3.20 less 160.00, with 19 %; the amount that is the floor; two tiers and support less the welcome credit.
    ("K-0077", "974.85"),
    ("K-0233", "4500.00"),
    ("K-0390", "11450.00"),
    # 400 x 29.00 with 19 %; 188 x 24.00 abroad.
    ("K-0412", "13804.00"),
    ("K-0521", "4512.00"),
    # Who reports by itself: 54 x 24.00 and 43 x 19.00 with 19 %, as many as the products' own logs have.
    ("K-0611", "1542.24"),
    ("K-0634", "972.23"),
    # 294 x 3.20 with 19 %; the floor and 257 x 18.50 less 4,500.00 of November; 71 x 34.00 abroad.
    ("K-0077", "1119.55"),
    ("K-0233", "4754.50"),
    ("K-0412", "13804.00"),
    ("K-0588", "2414.00"),
    ("K-0611", "1542.24"),
    ("K-0634", "972.23"),
]
WAITING = (
    "held      Hollin & Marsh Ltd, 1 to 31 Dec 2025: Days without a report, York-1: 17 to 19 Dec 2025 (3 days).",
    "compared  Veltheim Optik AG, 1 to 30 Nov 2025: 2,176.00 EUR before tax",
    "to approve Calvane Werke AG: −1,250.00 EUR by Jonas Reuter",
)


class Earlier(Company):
    """A company whose contract begins with the story."""

    @property
    def terms(self) -> dict[str, Any]:
        found = super().terms
        found["term"]["start"] = found["cycle"]["anchor"] = self.first_month.isoformat()
        return found


def earlier(company: Company, **changes: Any) -> Earlier:
    return Earlier(**{one.name: getattr(company, one.name) for one in fields(company)} | changes)


def in_small() -> Script:
    """The script of the year with its scenes in two months, and the largest customer in a twentieth of its size."""
    one_server = (Installation(name="Linz-1", dialect="audit"),)
    silent = Installation(name="York-1", dialect="local", silent_days={DECEMBER: (17, 18, 19)})
    changes: dict[str, dict[str, Any]] = {
        "nordwald": {"provisioned": 5000, "active": (306, 294, 310)},
        "calvane": {"installations": one_server},
        "hollin": {"installations": (Installation(name="Leeds-1", dialect="local"), silent)},
    }
    companies = [
        earlier(one, first_month=NOVEMBER)
        if one.reports_by
        else earlier(one, first_month=NOVEMBER, live_from=DECEMBER)
        if one.live_from
        else replace(one, events_per_person=3, **changes.get(one.key, {}))
        for one in YEAR.companies
    ]
    credit = replace(YEAR.adjusted[0], month=NOVEMBER)
    waiting = replace(YEAR.adjusted[1], month=DECEMBER)
    return Script(
        companies=companies,
        months=(NOVEMBER, DECEMBER),
        late=replace(YEAR.late, month=NOVEMBER),
        adjusted=(credit, waiting),
        left_as_draft=YEAR.left_as_draft,
    )


class InOneProcess(Story):
    """The story, with this process for its worker."""

    def _wait(self) -> None:
        while job := Job.objects.filter(state=Job.State.QUEUED).order_by("pk").first():
            ran = run_job(job.pk)
            if ran is None or ran.state != Job.State.SUCCEEDED:
                raise JobFailed(f"{job.key}: {ran and ran.error}")


def test_every_document_of_the_demo_says_the_same_everywhere(
    portal_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    monkeypatch.setattr(django_settings, "ROLLCALL_DEMO", True)
    monkeypatch.setattr(django_settings, "ROLLCALL_DEMO_CLOCK", str(tmp_path / "clock"))
    script = in_small()
    set_scene(portal_url="http://localhost:8000", companies=script.companies)
    story = InOneProcess(
        script=script, base=portal_server.url, folder=tmp_path, clock_file=tmp_path / "clock", say=lambda words: None
    )

    for month in script.months:
        story.play_month(month)

    final = list(Invoice.objects.filter(state=Invoice.State.FINALIZED).order_by("sequence"))
    assert amounts_of(final) == FINAL
    assert disagreements(final, tmp_path) == {}
    assert_scenes()
    assert [finding for check in CHECKS for finding in check().findings] == []
    said = "\n".join(table(folder=tmp_path, companies=script.companies))
    for words in WAITING:
        assert words in said
    before = rows()
    for month in script.months:
        story.play_month(month)
    assert rows() == before, "a second run changes nothing"
    figure(f"demo in small: {len(final)} documents, pages = XML = database, by schema and rules")


def amounts_of(invoices: Iterable[Invoice]) -> list[tuple[str, str]]:
    return [(invoice.contract.number, f"{in_database(invoice)['payable']:.2f}") for invoice in invoices]


def rows() -> list[int]:
    return [model.objects.count() for model in (UsageReport, BillingPeriod, Invoice, Adjustment, TrueUp)]


def assert_scenes() -> None:
    """A newcomer finds each scene at the desk as the script has it."""
    adjusted = Adjustment.objects.order_by("pk").values_list("contract__number", "amount", "state")
    assert list(adjusted) == [("K-0077", Decimal(-160), "stands"), ("K-0390", Decimal(-1250), "needs_approval")]
    drafts = Invoice.objects.filter(state=Invoice.State.DRAFT).order_by("contract__number")
    assert [(one.contract.number, f"{one.net_amount:.2f}") for one in drafts] == [
        ("K-0390", "16425.00"),
        ("K-0588", "2176.00"),
    ]
    compared = shadow_view(drafts[1])
    assert compared is not None
    assert compared.old is not None
    assert (compared.old.amount, compared.difference) == (Decimal("3000.00"), Decimal("-824.00"))
    abroad = Invoice.objects.get(contract__number="K-0521", state=Invoice.State.FINALIZED)
    assert abroad.frozen["tax"]["decided_by"] == "rule"
    assert TrueUp.objects.get().state == TrueUp.State.ACCEPTED
