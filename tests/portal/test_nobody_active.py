"""A file without rows is a question; only a person's word makes it a report of nobody."""

import pytest
from django.test import Client

from billing.models import BillingPeriod, Invoice
from billing.operations.close_period import close_period
from billing.operations.release_period import release_period
from tests.billing.story import APRIL, at
from tests.cast import House
from tests.portal.conftest import fixed_today
from tests.portal.test_upload import answers, sent, text_of
from tests.usage.sending import run_jobs
from usage.models import EvidenceFile, UsageReport
from usage.queries import coverage

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)

HEADER_ONLY = b"user,time,what\n"
WORDS = "Tick this if it is so. If the export failed, export again and send that file."


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def test_without_a_word_nothing_counts(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, HEADER_ONLY)
    page = text_of(client.get(address))
    assert "Was there no usage, or did the export fail?" in page
    assert "Nobody was active on these days" in page

    response = client.post(f"{address}confirm/", answers())

    assert response.status_code == 422
    assert WORDS in text_of(response)
    assert not coverage(contract=committed_house.contract_a, period=APRIL).is_complete


def test_with_a_word_the_days_are_reported_and_the_bill_waits_for_the_vendor(
    client: Client, committed_house: House
) -> None:
    address = sent(client, committed_house, HEADER_ONLY)
    client.post(f"{address}confirm/", answers(nobody_active="on"))
    run_jobs()

    report = UsageReport.objects.get()
    assert (report.state, report.rows_read, report.rows_accepted, report.users) == ("accepted", 0, 0, 0)
    assert EvidenceFile.objects.get().rows == 0
    assert coverage(contract=committed_house.contract_a, period=APRIL).is_complete
    assert "said that nobody was active on these days" in text_of(client.get(address))

    actor, contract = committed_house.finance.actor, committed_house.contract_a
    now = at(5, 12)
    closing = close_period(actor=actor, contract=contract, period=APRIL, now=now, today=now.date())
    assert (closing.state, closing.held_code) == ("held", BillingPeriod.HeldCode.NOBODY_ACTIVE)
    assert not Invoice.objects.exists()

    released = release_period(
        actor=actor, contract=contract, period=APRIL, reason="Company holidays.", now=now, today=now.date()
    )
    assert released.state == "drafted"


def test_a_file_with_rows_offers_no_such_word(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)

    assert "Nobody was active on these days" not in text_of(client.get(address))
    client.post(f"{address}confirm/", answers(nobody_active="on"))
    run_jobs()

    report = UsageReport.objects.get()
    assert (report.rows_read, [remark["code"] for remark in report.remarks if remark["code"] == "usage.none"]) == (
        5,
        [],
    )
