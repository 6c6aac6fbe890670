"""A contract that bills reported users: the instance signs a number a day, and the rows stay at the customer's site."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from billing.invariants import CHECKS
from billing.models import Difference
from billing.operations.look_for_differences import look_for_differences
from licenses.operations.add_contract_version import add_contract_version
from rollcall.instance.home import Home
from rollcall.period import Period
from rollcall.signing.report import sign_report
from rollcall.signing.report_file import kept_rows_of, statement_of, write_report_file
from rollcall.signing.report_rows import facts_of
from rollcall.zones import zone_table
from tests.billing.signing import activated, sent, works
from tests.billing.story import APRIL, MAY, Story, at, people, story_of, terms_json
from tests.cast import House
from tests.rollcall.instance.site import Site
from usage.models import DailyReportedCount, EvidenceFile, Grade, ReportReceipt
from usage.operations.confirm_report import confirm_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report

TERMS = {
    "metrics": {"seats": {"kind": "reported_users", "calculation": "max"}},
    "charges": {"seats": {"metric": "seats", "price": {"model": "per_user", "unit_price": "10.00"}}},
    "gap_rule": {"rule": "hold"},
    "disclosure": "totals",
}
FIRST = date(2026, 4, 1)


@pytest.fixture
def story(committed_house: House) -> Story:
    """EUR 10.00 for each user of the day with most users; missing days are held."""
    return story_of(committed_house, terms=terms_json(**TERMS))


@pytest.fixture
def site(story: Story, tmp_path: Path) -> Site:
    """Twelve people work every day of April, and three more on the 7th."""
    site = works(activated(story, tmp_path / "home"), people(12), FIRST, date(2026, 4, 30))
    return works(site, people(3, first=100), date(2026, 4, 7), date(2026, 4, 7))


def written(site: Site, until: date, *, day: int = 1, reason: str = "") -> Path:
    site.now = at(5, day, 5)
    return site.write_until(until, since=FIRST, reason=reason).paths[-1]


def test_a_month_of_numbers_is_billed_without_anybodys_word_or_name(story: Story, site: Site) -> None:
    report = sent(story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    assert (report.state, report.grade, report.kind) == ("accepted", Grade.SIGNED, "counts")
    assert report.signed.findings == []
    assert ReportReceipt.objects.filter(report=report).exists()
    assert DailyReportedCount.objects.filter(report=report).count() == 30
    assert not EvidenceFile.objects.filter(report=report).exists()
    invoice = story.bill(APRIL, now=at(5, 3))
    count = story.count(APRIL)
    assert (count.reported_users, count.active_users, invoice.net_amount) == (15, None, 150)
    assert [(one["report"], one["grade"], one["days"]["2026-04-07"]) for one in count.evidence] == [
        (report.public_id, Grade.SIGNED, 15)
    ]
    assert [finding for check in CHECKS for finding in check().findings] == []


def test_an_upload_of_numbers_takes_no_day_from_what_was_signed(story: Story, site: Site) -> None:
    sent(story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    lines = "".join(f"{day},4\n" for day in APRIL.each_day())
    admin = story.house.customer_admin_a.actor
    received = receive_report(
        actor=admin,
        instance=story.instance,
        file_name="less.csv",
        stream=io.BytesIO(f"date,users\n{lines}".encode()),
        now=at(5, 2),
    )
    asked = confirm_report(
        actor=admin,
        report=sniff_report(report_id=received.report.pk, now=at(5, 2)),
        mapping=None,
        source_timezone="",
        covers=APRIL,
        generated_at=at(5, 2),
        now=at(5, 2),
    )
    assert (asked.state, [one["code"] for one in asked.questions]) == ("needs_decision", ["grade.lower"])
    story.close(APRIL, now=at(5, 3))
    assert story.row(APRIL).held_code == "report_waiting"


def test_a_correction_takes_its_day_and_changes_the_bill(story: Story, site: Site) -> None:
    sent(story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    works(site, people(5, first=200), date(2026, 4, 7), date(2026, 4, 7))
    correction = sent(story, written(site, date(2026, 5, 1), day=2, reason="A shipper was late."), now=at(5, 2, 6))
    assert (correction.state, correction.signed.findings) == ("accepted", [])
    assert story.bill(APRIL, now=at(5, 3)).net_amount == 200


def test_days_that_are_not_reported_hold_the_month(story: Story, site: Site) -> None:
    sent(story, written(site, date(2026, 4, 21)), now=at(5, 1, 6))
    story.close(APRIL, now=at(5, 3))
    assert story.row(APRIL).held_code == "days_missing"


def test_rows_where_totals_are_agreed_wait_for_the_account_manager(story: Story, site: Site, tmp_path: Path) -> None:
    """The same days, signed by the same key, but with everybody named."""
    said = statement_of(written(site, date(2026, 5, 1)))[0]
    (kept,) = site.home.kept().iterdir()
    rows = list(kept_rows_of(kept))
    facts = facts_of(rows, zone=zone_table(said.timezone))
    told = replace(said, disclosure="rows", table_sha256=facts.sha256, table_bytes=facts.size, table_rows=facts.rows)
    path = tmp_path / "told.txt"
    write_report_file(path, envelope=sign_report(told, sign=site.key), lines=[line for _, line in rows])
    asked = sent(story, path, now=at(5, 1, 6))
    assert (asked.state, [one["code"] for one in asked.questions]) == ("needs_decision", ["signed.metric"])
    assert "The report discloses rows; the contract agrees on totals" in asked.questions[0]["message"]


def test_totals_where_rows_are_agreed_wait_for_the_account_manager(
    plain_story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody made the program at the customer's site believe in another licence."""
    site = works(activated(plain_story, tmp_path / "home"), people(2), FIRST, FIRST)
    other = replace(site.license, disclosure="totals", definitions={})
    monkeypatch.setattr(Home, "license", lambda home: other)
    asked = sent(plain_story, written(site, date(2026, 4, 2)), now=at(5, 1, 6))
    assert (asked.state, asked.questions[0]["code"]) == ("needs_decision", "signed.metric")
    assert "discloses totals; the contract agrees on rows" in asked.questions[0]["message"]


def test_a_contract_that_goes_over_to_active_users_is_compared_by_grade(story: Story, site: Site) -> None:
    sent(story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    story.bill(APRIL, now=at(5, 3))
    charges = {"seats": {**TERMS["charges"]["seats"], "metric": "active"}}  # type: ignore[index]
    rest_of_year = Period(MAY.start, date(2027, 1, 1))
    terms = terms_json(charges=charges)
    add_contract_version(
        actor=story.finance, contract=story.contract, terms=terms, active=rest_of_year, agreed_at=at(5, 4)
    )
    story.deliver(people(5), MAY, now=at(6, 1))
    story.close(MAY, now=at(6, 3))
    look_for_differences(actor=story.manager, contract=story.contract, now=at(6, 4))
    words = Difference.objects.get(code=Difference.Code.EVIDENCE_GRADE).words
    assert "is uploaded by a person, where evidence was signed by the instance" in words
