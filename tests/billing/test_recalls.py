"""A reporter that counts wrongly is recalled: what it made is listed, waits for a word, and is settled in the open."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import TrueUp
from billing.operations.review_recall import review_recall
from billing.queries.recalls import CORRECT, DECIDE, RECOUNT, SETTLED, concerned_by
from ground.actor import NotAllowed
from rollcall.instance.doctor import BAD, examine
from rollcall.instance.take_receipt import take_receipt
from rollcall.signing.reporter_versions import versions_of
from tests.billing.signing import activated, sent, works
from tests.billing.story import APRIL, Story, at, people
from tests.rollcall.instance.site import Site
from usage.models import ReporterRecall, ReportReceipt, SignedReport, UsageReport
from usage.operations.decide_report import ReasonMissing, decide_report
from usage.operations.issue_receipt import issue_receipt
from usage.operations.lift_recall import LiftedAlready, lift_recall
from usage.operations.read_report import read_report
from usage.operations.recall_reporter import RecalledAlready, recall_reporter

FIRST = date(2026, 4, 1)


@pytest.fixture
def site(plain_story: Story, tmp_path: Path) -> Site:
    """Twelve people work every day of April."""
    return works(activated(plain_story, tmp_path / "home"), people(12), FIRST, date(2026, 4, 30))


def reported(story: Story, site: Site, until: date, *, on: date | None = None, reason: str = "") -> UsageReport:
    """Write the next report, send it, and have it read and reviewed."""
    day = on or until
    site.now = at(day.month, day.day, 5)
    (path,) = site.write_until(until, since=FIRST, reason=reason).paths
    report = sent(story, path, now=at(day.month, day.day, 6))
    if report.is_counted:
        story.review(report, now=at(day.month, day.day, 7))
    return report


def recalled(story: Story, *, since: date | None = None, versions: str = "0.1.0 to 0.1.9") -> ReporterRecall:
    return recall_reporter(
        actor=story.manager,
        reporter="rollcall",
        versions=versions_of(versions),
        since=since,
        reason="It drops the first hour of every day",
        cure="Install 0.2.0 and correct the days.",
        now=at(5, 10),
    )


def next_steps(recall: ReporterRecall) -> list[tuple[date, str, str]]:
    return [(one.row.span.start, one.row.state, one.next) for one in concerned_by(recall).periods]


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Install a version of the reporter that counts rightly."""
    return lambda: monkeypatch.setattr("rollcall.instance.host.__version__", "0.2.0")


def test_a_billed_period_is_corrected_and_settled_by_a_true_up(
    plain_story: Story, site: Site, upgraded: Callable[[], None]
) -> None:
    story = plain_story
    reported(story, site, date(2026, 5, 1))
    invoice = story.bill(APRIL, now=at(5, 3))
    recall = recalled(story)
    assert [one.state_words for one in concerned_by(recall).reports] == ["accepted"]
    assert next_steps(recall) == [(FIRST, "invoiced", CORRECT)]
    # Counting again by the same reports changes nothing.
    assert review_recall(recall=recall, contract=story.contract, now=at(5, 11)).proposed == ()
    upgraded()
    works(site, people(2, first=100), FIRST, date(2026, 4, 30))
    correction = reported(story, site, date(2026, 5, 1), on=date(2026, 5, 12), reason="It was recalled.")
    assert (correction.state, SignedReport.objects.get(report=correction).findings) == ("accepted", [])
    true_up = TrueUp.objects.get()
    assert (true_up.kind, true_up.difference_amount) == ("correction", Decimal(2 * 29))
    assert next_steps(recall) == [(FIRST, "invoiced", DECIDE)]
    story.accept(true_up, now=at(5, 13))
    assert next_steps(recall) == [(FIRST, "invoiced", SETTLED)]
    assert [one.state_words for one in concerned_by(recall).reports] == ["replaced by corrected reports"]
    invoice.refresh_from_db()
    assert invoice.net_amount == 348


def test_a_draft_is_counted_again_by_the_corrected_report(
    plain_story: Story, site: Site, upgraded: Callable[[], None]
) -> None:
    story = plain_story
    reported(story, site, date(2026, 5, 1))
    story.close(APRIL, now=at(5, 3))
    recall = recalled(story)
    assert next_steps(recall) == [(FIRST, "drafted", CORRECT)]
    upgraded()
    works(site, people(2, first=100), FIRST, date(2026, 4, 30))
    site.now = at(5, 11)
    (path,) = site.write_until(date(2026, 5, 1), reason="The version was recalled.").paths
    sent(story, path, now=at(5, 11, 10))
    assert next_steps(recall) == [(FIRST, "drafted", RECOUNT)]
    assert review_recall(recall=recall, contract=story.contract, now=at(5, 12)).closed_again == 1
    assert next_steps(recall) == []
    assert story.row(APRIL).rated.net_amount == 14 * 29


def test_new_reports_of_a_recalled_version_wait_for_a_word_and_their_receipt_says_why(
    plain_story: Story, site: Site
) -> None:
    story = plain_story
    reported(story, site, date(2026, 4, 16))
    recall = recalled(story, since=date(2026, 4, 20))
    assert concerned_by(recall).reports == ()
    waiting = reported(story, site, date(2026, 5, 1))
    words = "rollcall 0.1.0 is recalled. It drops the first hour of every day. Install 0.2.0 and correct the days."
    assert (waiting.state, [one["message"] for one in waiting.questions]) == ("needs_decision", [words])
    assert [(one.signed.report_id, one.state_words) for one in concerned_by(recall).reports] == [
        (waiting.pk, waiting.get_state_display())
    ]
    assert concerned_by(recall).waiting == 1
    story.close(APRIL, now=at(5, 3))
    assert (story.row(APRIL).state, story.row(APRIL).held_code) == ("held", "report_waiting")
    decide_report(actor=story.manager, report=waiting, accept=True, reason="Checked by hand.", now=at(5, 11))
    read_report(report_id=waiting.pk, now=at(5, 11))
    issue_receipt(report_id=waiting.pk, now=at(5, 11))
    receipts = [
        take_receipt(home=site.home, text=row.document)
        for row in ReportReceipt.objects.order_by("report__signed__sequence")
    ]
    assert [(one.findings, one.recalled) for one in receipts] == [((), ""), (("RECALLED",), words)]
    assert [one.words for one in examine(site.home, site.host) if one.state == BAD] == [words]
    assert next_steps(recall) == [(FIRST, "held", CORRECT)]


def test_a_recall_is_lifted_once_with_a_reason_and_nothing_else_in_it_changes(plain_story: Story, site: Site) -> None:
    story = plain_story
    recall = recalled(story, versions="0.1")
    with pytest.raises(RecalledAlready, match=r"rollcall 0\.1 is recalled already, by"):
        recalled(story, versions="0.1")
    with pytest.raises(NotAllowed):
        lift_recall(actor=story.house.customer_admin_a.actor, recall=recall, reason="We like it.", now=at(5, 11))
    with pytest.raises(ReasonMissing):
        lift_recall(actor=story.manager, recall=recall, reason=" ", now=at(5, 11))
    lift_recall(actor=story.manager, recall=recall, reason="The count was right after all.", now=at(5, 11))
    with pytest.raises(LiftedAlready, match="The count was right after all"):
        lift_recall(actor=story.manager, recall=recall, reason="Again.", now=at(5, 12))
    for change in ("reason = 'x'", "lifted_at = now()", "lifted_at = NULL, lifted_by = '', lifted_reason = ''"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE usage_reporterrecall SET {change}")
    assert reported(story, site, date(2026, 5, 1)).state == "accepted"
    again = recalled(story, versions="0.1")
    assert [one.signed.sequence for one in concerned_by(again).reports] == [1]
