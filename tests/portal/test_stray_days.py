"""One wrong date in a file never claims the days between; the same file at two instances is said."""

from datetime import date

import pytest
from django.test import Client

from licenses.models import Instance
from licenses.operations.register_instance import register_instance
from tests.cast import BUILDER, House
from tests.portal.conftest import fixed_today
from tests.portal.test_upload import answers, sent, text_of
from tests.usage.sending import receive, run_jobs
from usage.models import UsageReport

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)

HEADER = "user,time,what\n"
APRIL = [f"user{n}@aurel.example,2026-04-{n % 15 + 6:02}T08:00:00+02:00,login\n" for n in range(200)]


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def checked(client: Client, house: House, *strays: str, rows: list[str] = APRIL) -> str:
    """Send the rows with rows of other days among them, and return the page on which they are checked."""
    wrong = [f"eve@aurel.example,{day}T08:00:00+02:00,login\n" for day in strays]
    return text_of(client.get(sent(client, house, "".join([HEADER, *rows[:9], *wrong, *rows[9:]]).encode())))


def proposes(page: str, first: str, last: str) -> bool:
    return f'name="covers_from" value="{first}"' in page and f'name="covers_until" value="{last}"' in page


def test_a_row_before_the_contract_is_left_out_of_the_days(client: Client, committed_house: House) -> None:
    page = checked(client, committed_house, "2019-04-09")

    assert proposes(page, "2026-04-06", "2026-04-20")
    assert "The file has rows of 9 Apr 2019. For Berlin-1 only 1 Jan to 12 May 2026 can count" in page


def test_a_row_far_from_all_others_is_left_out_and_said(client: Client, committed_house: House) -> None:
    page = checked(client, committed_house, "2026-01-09")

    assert proposes(page, "2026-04-06", "2026-04-20")
    assert "1 row of 9 Jan 2026: more than a month away from all others." in page


def test_where_either_may_be_meant_the_days_are_asked_for(client: Client, committed_house: House) -> None:
    page = checked(client, committed_house, "2026-01-09", rows=APRIL[:5])

    assert "value=" not in page.split('name="covers_from"')[1].split(">")[0]
    assert "The rows lie more than a month apart: 1 row of 9 Jan 2026 and 5 rows of 6 to 10 Apr 2026." in page
    assert "already covered" not in page


def test_days_before_the_instance_reports_are_refused_with_words(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, "".join([HEADER, *APRIL]).encode())

    for then in ("look", ""):
        refused = client.post(f"{address}confirm/", answers(covers_from="2025-04-09", then=then))
        assert refused.status_code == 422
        assert "9 Apr 2025 is too early: Berlin-1 reports from 1 Jan 2026 on." in text_of(refused)
    assert UsageReport.objects.get().state == "needs_confirmation"


@pytest.fixture
def second(committed_house: House) -> Instance:
    """Another installation of customer A."""
    return register_instance(
        actor=BUILDER, contract=committed_house.contract_a, name="Munich-2", reports_from=date(2026, 1, 1)
    )


def test_the_same_file_for_another_instance_is_said_and_asked(
    client: Client, committed_house: House, second: Instance
) -> None:
    content = "".join([HEADER, *APRIL]).encode()
    first = sent(client, committed_house, content)
    client.post(f"{first}confirm/", answers())
    run_jobs()
    report = receive(second, content).report
    run_jobs()
    address = f"/usage/reports/{report.public_id}/"

    page = text_of(client.get(address))
    without = client.post(f"{address}confirm/", answers())
    meant = client.post(f"{address}confirm/", answers(same_file_too="on"))
    run_jobs()

    assert f'The same file was counted for <a href="{first}">Berlin-1</a> on 12 May 2026, 11:30 CEST.' in page
    assert without.status_code == 422
    assert "If the file was sent for Munich-2 by mistake, put it aside." in text_of(without)
    assert meant.status_code == 302
    assert UsageReport.objects.get(pk=report.pk).state == "accepted"


def test_of_several_instances_none_is_taken_for_meant(client: Client, second: Instance) -> None:
    page = text_of(client.get("/usage/upload/"))
    named = text_of(client.get(f"/usage/upload/?instance={second.public_id}"))

    assert '<option value="" selected>Choose</option>' in page
    assert f'<option value="{second.public_id}" selected>Munich-2</option>' in named
