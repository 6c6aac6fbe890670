"""The reconciliation desk in a browser without a screen: the queue, one case, what is decided there."""

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
from django.core import mail

from billing.models import Difference
from billing.operations.look_for_differences import look_for_differences
from ground.models import Job
from ground.operations.run_job import run_job
from licenses.models import Instance
from tests.billing.story import APRIL, Story, at, people
from tests.cast import Person
from tests.desk.browser import Browser
from usage.operations.record_reported_count import record_reported_count

Desk = Callable[[Person], Browser]


def look(story: Story) -> None:
    look_for_differences(actor=story.finance, contract=story.contract, now=at(5, 3))


def work() -> None:
    """Do every job of billing that waits, as a worker would."""
    while job := Job.objects.filter(state=Job.State.QUEUED, kind__startswith="billing.").order_by("pk").first():
        ran = run_job(job.pk)
        assert ran is not None
        assert ran.state == Job.State.SUCCEEDED, ran.error


@pytest.fixture
def claimed(plain_story: Story) -> Story:
    """1,371 users were counted in April and 1,412 are claimed, EUR 29.00 each."""
    Instance.objects.update(reports_from=APRIL.start)
    plain_story.deliver(people(1371), APRIL, now=at(5, 1))
    record_reported_count(
        actor=plain_story.finance,
        contract=plain_story.contract,
        period=APRIL,
        users=1412,
        source="the console",
        now=at(5, 1),
    )
    plain_story.close(APRIL, now=at(5, 2))
    look(plain_story)
    return plain_story


def address(row: Difference) -> str:
    return f"/admin/reconcile/{row.public_id}/"


def test_the_queue_says_users_money_owner_and_age(claimed: Story, desk: Desk) -> None:
    page = desk(claimed.house.finance).open("/admin/reconcile/")

    assert page.status == 200
    assert "1 difference to explain" in page.page
    assert "At stake before tax: 1,189.00 EUR" in page.page
    assert "1,412 reported, 1,371 counted: 41 users fewer than the reports and not explained." in page.page
    assert "nobody" in page.page
    # The number stands beside the entry of the side bar, on every page.
    assert "Reconcile 1" in desk(claimed.house.finance).open("/admin/close/").page


def test_one_case_from_reported_to_billable(claimed: Story, desk: Desk) -> None:
    page = desk(claimed.house.finance).open(address(Difference.objects.get())).page

    for words in (
        "Aurel Maschinenbau GmbH, April 2026",
        "Reported by the instances",
        "1,412",
        "not explained",
        "\N{MINUS SIGN}41",
        "Counted up to 29 Apr 2026, without the last 1 day",
        "Bill what is known and say so",
        "We are reconciling".lower(),
    ):
        assert words in page, words


def test_take_note_and_explain_with_a_reason(claimed: Story, desk: Desk) -> None:
    row = Difference.objects.get()
    browser = desk(claimed.house.account_manager).open(address(row))

    browser.send("/take/", owner="me")
    assert "Amir Manders answers for this difference now." in browser.page
    browser.send("/note/", note="The console counts deleted users.")
    browser.send("/decide/", choice="explain", reason="The console counts 41 deleted users.")

    row.refresh_from_db()
    assert (row.state, row.closed_by, row.reason) == (
        "explained",
        "Amir Manders",
        "The console counts 41 deleted users.",
    )
    assert [entry.verb for entry in row.entries.order_by("pk")] == ["found", "taken", "noted", "explained"]
    assert "Every number is explained." in browser.open("/admin/reconcile/").page
    assert "The console counts 41 deleted users." in browser.open("/admin/reconcile/?state=explained").page


def test_nothing_leaves_without_a_reason(claimed: Story, desk: Desk) -> None:
    browser = desk(claimed.house.finance).open(address(Difference.objects.get()))

    browser.send("/decide/", choice="explain", reason="ok")

    assert "Say what explains the difference" in browser.page
    assert Difference.objects.get().state == "open"


def test_the_customer_is_asked_in_so_many_words(claimed: Story, desk: Desk) -> None:
    browser = desk(claimed.house.finance).open(address(Difference.objects.get()))

    browser.send("/ask/", subject="April", body="Which 41 users do we not see?")
    work()

    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == ("April", "Which 41 users do we not see?", ["admin@aurel.example"])
    row = Difference.objects.get()
    assert (row.state, row.asked_at) == ("open", at(5, 3))
    assert "Asked admin@aurel.example by Fiona Nance" in browser.open(address(row)).page


def test_billed_with_and_said_on_the_invoice(claimed: Story, desk: Desk) -> None:
    browser = desk(claimed.house.finance).open(address(Difference.objects.get()))

    browser.send("/decide/", choice="bill", reason="41 users of the console have no activity.")

    draft = claimed.row(APRIL).invoice
    assert draft is not None
    invoice = claimed.finalize(claimed.close(APRIL, now=at(5, 3)), now=at(5, 3))
    said = [entry["words"] for entry in invoice.frozen["working"] if entry["step"] == "difference"]
    assert said == [
        "1,412 reported, 1,371 counted: 41 users fewer than the reports and not explained. "
        "41 users of the console have no activity."
    ]


def test_what_is_filtered_is_what_is_exported(claimed: Story, desk: Desk) -> None:
    browser = desk(claimed.house.finance)

    table = browser.download("/admin/reconcile/?as=csv&find=Aurel").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert (row["customer"], row["users"], row["amount"], row["currency"], row["days open"]) == (
        "Aurel Maschinenbau GmbH",
        "-41",
        "1189.0000",
        "EUR",
        "0",
    )
    assert "Aurel" not in browser.download("/admin/reconcile/?as=csv&find=nobody+is+called+so").decode()
    book = zipfile.ZipFile(io.BytesIO(browser.download("/admin/reconcile/?as=xlsx")))
    assert "Aurel Maschinenbau GmbH" in book.read("xl/sharedStrings.xml").decode()
    assert "<v>-41</v>" in book.read("xl/worksheets/sheet1.xml").decode()


def test_the_same_period_under_another_definition(claimed: Story, desk: Desk) -> None:
    """Two active days instead of one: everybody logged in once, so nobody would be counted."""
    browser = desk(claimed.house.finance).open(address(Difference.objects.get()))

    browser.send("/try/", min_days="2")
    work()

    page = browser.open(browser.address).page
    assert "1,371" in page
    assert "gone" in page


def test_a_number_recorded_at_the_desk_is_compared(claimed: Story, desk: Desk) -> None:
    """The console was read again: 1,371. The difference is gone, and its history says by what."""
    browser = desk(claimed.house.finance).open(address(Difference.objects.get()))

    browser.send("/claim/", users="1371", source="the console, read again")
    work()

    row = Difference.objects.get()
    assert row.state == "gone"
    assert row.reason.endswith("Since it was found: 1,371 users were reported by the console, read again (3 May 2026).")


def test_customers_do_not_enter(claimed: Story, desk: Desk) -> None:
    row = Difference.objects.get()
    for person in (claimed.house.customer_admin_a, claimed.house.customer_admin_b, claimed.house.stranger):
        browser = desk(person)
        for where in ("/admin/reconcile/", address(row), "/admin/reconcile/?as=csv"):
            response = browser.client.get(where)
            assert response.status_code in (302, 403, 404)
            assert b"1,412" not in response.content
        assert browser.client.post(f"{address(row)}decide/", {"choice": "explain"}).status_code in (302, 403, 404)
    row.refresh_from_db()
    assert row.state == "open"
