"""Signed reports as they arrive: they count without a person's word, and every trick waits for the account manager."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from ground import faults
from ground.faults import InjectedFault
from licenses.operations.issue_license import issue_license
from licenses.operations.revoke_instance_key import revoke_instance_key
from rollcall.instance.take_receipt import take_receipt
from rollcall.signing.license import open_license
from rollcall.signing.report import sign_report
from rollcall.signing.report_file import rows_of, statement_of, write_report_file
from rollcall.terms.activity import ActivityDefinition
from tests.billing.signing import activated, live_key, sent, works
from tests.billing.story import APRIL, Story, at, people
from tests.rollcall.instance.site import Site
from tests.rollcall.signing.licenses import key
from usage.models import Grade, ReportReceipt, SignedReport, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.decide_report import decide_report

Arm = Callable[..., None]
USERS = people(12)
FIRST = date(2026, 4, 1)


@pytest.fixture
def site(plain_story: Story, tmp_path: Path) -> Site:
    """Twelve people work every day of April."""
    return works(activated(plain_story, tmp_path / "home"), USERS, FIRST, date(2026, 4, 30))


def written(site: Site, until: date, *, now: object = None, reason: str = "") -> Path:
    site.now = now or at(until.month, until.day, 5)  # type: ignore[assignment]
    (path,) = site.write_until(until, since=FIRST, reason=reason).paths
    return path


def test_a_month_of_reports_is_billed_without_anybodys_word(plain_story: Story, site: Site) -> None:
    for until in (date(2026, 4, 16), date(2026, 5, 1)):
        report = sent(plain_story, written(site, until), now=at(until.month, until.day, 6))
        assert (report.state, report.grade, report.confirmed_by[:22]) == (
            "accepted",
            Grade.SIGNED,
            "signed by the instance",
        )
        receipt = take_receipt(home=site.home, text=ReportReceipt.objects.get(report=report).document)
        assert (receipt.counts, receipt.findings) == ({"active": 12}, ())
    row = issue_license(actor=plain_story.finance, contract=plain_story.contract, now=at(5, 2))
    known = open_license(bytes(row.envelope)).license.last_receipts[plain_story.instance.public_id]
    assert (known.seq, known.report) == (2, report.signed.digest)
    invoice = plain_story.bill(APRIL, now=at(5, 3))
    assert (invoice.net_amount, plain_story.count(APRIL).active_users) == (348, 12)
    assert {one["grade"] for one in plain_story.count(APRIL).evidence} == {Grade.SIGNED}


def test_a_plain_upload_does_not_take_a_day_from_a_signed_report(plain_story: Story, site: Site) -> None:
    sent(plain_story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    uploaded = plain_story.deliver(people(30), APRIL, now=at(5, 2), read=False)
    asked = confirm_report(
        actor=plain_story.house.customer_admin_a.actor,
        report=uploaded,
        mapping=None,
        source_timezone="",
        covers=APRIL,
        generated_at=at(5, 2),
        now=at(5, 2),
    )
    assert (asked.state, asked.questions[0]["code"]) == ("needs_decision", "grade.lower")
    decide_report(actor=plain_story.manager, report=asked, accept=False, reason="The instance signed.", now=at(5, 2))
    assert plain_story.bill(APRIL, now=at(5, 3)).net_amount == 348


def test_a_correction_names_the_days_and_takes_them(plain_story: Story, site: Site) -> None:
    sent(plain_story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    works(site, people(2, first=100), date(2026, 4, 7), date(2026, 4, 7))
    correction = sent(
        plain_story, written(site, date(2026, 5, 1), now=at(5, 2), reason="A shipper was late."), now=at(5, 2)
    )
    assert (correction.state, SignedReport.objects.get(report=correction).findings) == ("accepted", [])
    assert plain_story.bill(APRIL, now=at(5, 3)).net_amount == 14 * 29


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace(b",1,\n", b",2,\n", 1), "signed.table"),
        (lambda text: text[:-30], "signed.table"),
        (lambda text: text.replace(b'"payload":"ey', b'"payload":"eY', 1), "signed.envelope"),
        (lambda text: text.replace(b'"keyid":"rollcall-key:', b'"keyid":"rollcall-key:a', 1), "signed.key"),
    ],
)
def test_a_changed_report_is_refused_and_kept(
    plain_story: Story, site: Site, tmp_path: Path, change: object, code: str
) -> None:
    path = written(site, date(2026, 5, 1))
    changed = tmp_path / "changed.txt"
    changed.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    refused = sent(plain_story, changed, now=at(5, 1, 6))
    assert (refused.state, refused.refusal_code, refused.grade) == ("rejected", code, Grade.UPLOAD)
    assert sent(plain_story, path, now=at(5, 1, 7)).state == "accepted"
    assert plain_story.bill(APRIL, now=at(5, 3)).net_amount == 348


def held(story: Story) -> str:
    """Close April; return why it waits."""
    story.close(APRIL, now=at(5, 3))
    row = story.row(APRIL)
    assert row.state == "held"
    return str(row.held_code)


def again(site: Site, path: Path, to: Path, **said: object) -> Path:
    """The same table under another statement, signed by whoever holds the key of the site."""
    statement = replace(statement_of(path)[0], **said)  # type: ignore[arg-type]
    write_report_file(to, envelope=sign_report(statement, sign=site.key), lines=[line for _, line in rows_of(path)])
    return to


def test_a_foreign_report_is_refused_in_words(plain_story: Story, site: Site, tmp_path: Path) -> None:
    path = written(site, date(2026, 5, 1))
    for said, words in (
        ({"contract": "K-9"}, "another contract 'K-9'"),
        ({"vendor_id": "somebody"}, "another vendor 'somebody'"),
        ({"instance": "i-9"}, "another instance 'i-9'"),
    ):
        refused = sent(plain_story, again(site, path, tmp_path / next(iter(said)), **said), now=at(5, 1, 6))
        assert (refused.state, refused.refusal_code) == ("rejected", "signed.foreign")
        assert words in refused.refusal_message
    swapped = replace(site, key=key(42))
    assert sent(plain_story, again(swapped, path, tmp_path / "swapped"), now=at(5, 1, 6)).refusal_code == "signed.key"


def test_a_revoked_key_is_refused_from_its_cut_off_on(plain_story: Story, site: Site) -> None:
    first, second = written(site, date(2026, 4, 16)), written(site, date(2026, 5, 1))
    revoke_instance_key(
        actor=plain_story.finance, key=live_key(plain_story), reason="The disk was stolen.", from_seq=2, now=at(5, 1)
    )
    assert sent(plain_story, first, now=at(5, 1, 6)).state == "accepted"
    refused = sent(plain_story, second, now=at(5, 1, 7))
    assert (refused.state, refused.refusal_code) == ("rejected", "signed.revoked")


def test_a_fork_waits_for_the_account_manager_and_holds_the_month(
    plain_story: Story, site: Site, tmp_path: Path
) -> None:
    path = written(site, date(2026, 5, 1))
    assert sent(plain_story, path, now=at(5, 1, 6)).state == "accepted"
    fewer = again(site, path, tmp_path / "fork", nonce="0" * 32)
    forked = sent(plain_story, fewer, now=at(5, 1, 7))
    assert (forked.state, [one["code"] for one in forked.questions]) == ("needs_decision", ["signed.fork"])
    assert "two reports with the number 1" in forked.questions[0]["message"]
    assert held(plain_story) == "report_waiting"
    decide_report(actor=plain_story.manager, report=forked, accept=False, reason="A test machine.", now=at(5, 4))
    assert plain_story.bill(APRIL, now=at(5, 4)).net_amount == 348
    assert UsageReport.objects.filter(instance=plain_story.instance).count() == 2
    # A report that was refused says nothing more about the chain.
    following = sent(plain_story, written(site, date(2026, 5, 2)), now=at(5, 2, 6))
    assert (following.state, following.signed.findings) == ("accepted", [])


def test_a_report_that_is_missing_leaves_its_days_missing_until_it_comes(plain_story: Story, site: Site) -> None:
    first, second, third = (written(site, until) for until in (date(2026, 4, 11), date(2026, 4, 21), date(2026, 5, 1)))
    assert sent(plain_story, first, now=at(5, 1, 6)).state == "accepted"
    after = sent(plain_story, third, now=at(5, 1, 7))
    assert (after.state, [one["code"] for one in after.signed.findings]) == ("accepted", ["GAP"])
    assert held(plain_story) == "days_missing"
    late = sent(plain_story, second, now=at(5, 3, 10))
    assert (late.state, late.signed.findings) == ("accepted", [])
    assert plain_story.bill(APRIL, now=at(5, 4)).net_amount == 348


def test_another_definition_than_the_agreed_one_waits(plain_story: Story, site: Site, tmp_path: Path) -> None:
    path = written(site, date(2026, 5, 1))
    other = ActivityDefinition(actions=("export",), timezone="Europe/Berlin")
    asked = sent(
        plain_story, again(site, path, tmp_path / "x", definitions={"active": other.digest()}), now=at(5, 1, 6)
    )
    assert asked.state == "needs_decision"
    assert {one["code"] for one in asked.questions} == {"signed.metric"}


def test_a_day_on_which_nobody_worked_is_signed_as_such(plain_story: Story, tmp_path: Path) -> None:
    site = activated(plain_story, tmp_path / "home")
    report = sent(plain_story, written(site, date(2026, 4, 2)), now=at(4, 2, 6))
    assert (report.state, report.users, [one["code"] for one in report.remarks]) == ("accepted", 0, ["usage.none"])


def test_no_report_rises_to_signed_by_itself(plain_story: Story) -> None:
    report = plain_story.deliver(USERS, APRIL, now=at(5, 1))
    with pytest.raises(DatabaseError, match="by a checked signature alone"), transaction.atomic():
        UsageReport.objects.filter(pk=report.pk).update(grade=Grade.SIGNED)
    assert connection.is_usable()


@pytest.mark.parametrize("point", ["signed.after_check", "signed.before_commit"])
def test_a_fault_while_checking_keeps_nothing_and_is_done_again(
    plain_story: Story, site: Site, armed: Arm, point: str
) -> None:
    path = written(site, date(2026, 5, 1))
    armed(point)
    with pytest.raises(InjectedFault):
        sent(plain_story, path, now=at(5, 1, 6))
    faults.disarm()
    assert (SignedReport.objects.count(), UsageReport.objects.get().state) == (0, "received")
    assert sent(plain_story, path, now=at(5, 1, 7)).state == "accepted"
    assert SignedReport.objects.count() == 1


def test_nobody_changes_what_an_instance_signed(plain_story: Story, site: Site) -> None:
    sent(plain_story, written(site, date(2026, 5, 1)), now=at(5, 1, 6))
    for model in (SignedReport, ReportReceipt):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            model.objects.update(customer_id=1)
