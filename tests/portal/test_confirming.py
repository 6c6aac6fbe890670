"""What a person answers before a file is read: outcomes, the delimiter, the sheet, zones, dates, the day of a list."""

import io
from datetime import date

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from licenses.models import ProvisionedCount
from tests.cast import House
from tests.portal.conftest import fixed_today
from tests.portal.test_previews import run_everything
from tests.portal.test_upload import answers, sent, text_of
from usage.models import UsageReport

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)

RESULTS = b"""who,when,what,how
ada,2026-04-01T08:00:00Z,login,OK
bob,2026-04-01T08:05:00Z,login,Denied
cy,2026-04-01T08:10:00Z,login,ok
"""
ACCOUNTS = b"""created_at,id,login,email,role,suspended?,last_logged_ip,repos,ssh_keys,org_memberships,dormant?,last_active,raw_login,2fa_enabled?
2024-01-01,1,ada,ada@aurel.example,user,false,,0,0,0,false,2026-04-20 10:00:00 +0000,ada,true
2024-01-01,2,bob,bob@aurel.example,user,false,,0,0,0,false,2026-04-02 10:00:00 +0000,bob,true
"""


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def of_results(**changes: object) -> dict[str, object]:
    said = {"column_0": "user", "column_1": "at", "column_2": "action", "column_3": "outcome"}
    return said | {"covers_from": "2026-04-01", "covers_until": "2026-04-01"} | changes


def test_values_that_mean_success_are_ticked(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, RESULTS)
    unticked = client.post(f"{address}confirm/", of_results())
    page = text_of(unticked)
    assert unticked.status_code == 422
    assert "Tick the values of how that mean success." in page
    # Written in another case it is the same value; it is offered once.
    assert page.count('name="success"') == 2
    assert 'name="success" value="OK"' in page
    assert 'name="success" value="Denied"' in page

    client.post(f"{address}confirm/", of_results(success=["OK"]))
    run_everything()

    report = UsageReport.objects.get()
    assert report.mapping is not None
    assert (report.state, report.users, report.mapping["outcome"]) == ("accepted", 3, {"success": ["OK"]})
    # Offered as ticked for the next file.
    again = text_of(client.get(sent(client, committed_house, RESULTS.replace(b"04-01", b"04-02"))))
    assert 'name="success" value="OK" id="id_success_0" checked' in again
    assert 'name="success" value="Denied" id="id_success_1">' in again


def test_a_value_that_is_not_listed_is_typed(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, RESULTS)
    client.post(f"{address}confirm/", of_results(success=["OK"], more_success="partly\n\n OK \n"))
    run_everything()
    report = UsageReport.objects.get()
    assert report.mapping is not None
    assert report.mapping["outcome"] == {"success": ["OK", "partly"]}


def test_a_value_that_nobody_offered_is_not_taken_as_ticked(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, RESULTS)
    assert client.post(f"{address}confirm/", of_results(success=["made up"])).status_code == 422
    assert UsageReport.objects.get().state == "needs_confirmation"


def test_the_delimiter_is_corrected_on_the_page(client: Client, committed_house: House) -> None:
    content = b"who;x;y;z,when,what\n" + b"a;b;c;1,2026-04-01T08:00:00Z,login\nd;e;f;2,2026-04-01T08:00:00Z,login\n"
    address = sent(client, committed_house, content)
    assert "columns parted by semicolons" in text_of(client.get(address))

    again = client.post(f"{address}again/", {"encoding": "", "delimiter": ",", "source_timezone": ""})
    run_everything()

    page = text_of(client.get(address))
    assert again["Location"] == address
    assert "columns parted by commas" in page
    assert '<option value="," selected>commas</option>' in page
    client.post(f"{address}confirm/", answers(covers_until="2026-04-01"))
    run_everything()
    report = UsageReport.objects.get()
    assert (report.state, report.rows_accepted, report.users) == ("accepted", 2, 2)


def test_the_sheet_of_a_workbook_is_chosen_on_the_page(client: Client, committed_house: House) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        for name, user in (("May", "ada"), ("April", "bob")):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["user", "time", "what"])
            sheet.write_row(1, 0, [user, "2026-04-01T08:00:00Z", "login"])
    address = sent(client, committed_house, buffer.getvalue())
    page = text_of(client.get(address))
    assert "Which sheet holds the usage?" in page
    assert '<option value="April">April</option>' in page
    # The letters and the delimiter of a sheet are its own.
    assert 'name="encoding"' not in page
    assert 'name="delimiter"' not in page

    client.post(f"{address}again/", {"sheet": "April", "source_timezone": ""})
    run_everything()

    page = text_of(client.get(address))
    assert "Which sheet holds the usage?" not in page
    assert "bob" in page
    client.post(f"{address}confirm/", answers(covers_until="2026-04-01"))
    run_everything()
    report = UsageReport.objects.get()
    assert report.mapping is not None
    assert (report.state, report.rows_accepted, report.mapping["sheet"]) == ("accepted", 1, "April")


def test_the_zone_is_asked_for_before_an_unknown_file_is_read(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, b"who,when,what\nada,2026-04-01 00:30:00,login\n")
    page = text_of(client.get(address))
    assert "In which time zone are the times of this file?" in page
    assert 'name="source_timezone" required' in page

    client.post(f"{address}confirm/", answers(covers_until="2026-04-01", source_timezone="Europe/Berlin"))
    run_everything()
    assert UsageReport.objects.get().state == "accepted"


def test_another_column_of_times_asks_for_its_own_zone(client: Client, committed_house: House) -> None:
    content = b"who,made,what,when\nada,2026-04-01T08:00:00Z,login,02.04.2026 08:00\nbob,2026-04-01T08:00:00Z,login,13.04.2026 09:00\n"
    address = sent(client, committed_house, content)
    assert 'name="source_timezone" required' not in text_of(client.get(address))

    other = {"column_1": "", "column_3": "at", "covers_until": "2026-04-30"}
    asked = client.post(f"{address}confirm/", answers(**other))
    assert asked.status_code == 422
    assert "In which time zone are the times of this file?" in text_of(asked)

    client.post(f"{address}confirm/", answers(**other, source_timezone="Europe/Berlin"))
    run_everything()
    report = UsageReport.objects.get()
    # The times are read as that column writes them, not as the first one did.
    assert (report.state, report.rows_accepted, report.rows_quarantined) == ("accepted", 2, 0)


def test_the_order_of_dates_is_answered_on_the_page(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, b"user,time,what\nada,03/04/2026 10:00 UTC,login\n")
    page = text_of(client.get(address))
    assert "written with the day or the month first?" in page
    assert 'name="date_order" required' in page
    client.post(f"{address}confirm/", answers(covers_from="2026-04-03", covers_until="2026-04-03", date_order="dmy"))
    run_everything()
    report = UsageReport.objects.get()
    assert (report.state, report.rows_accepted) == ("accepted", 1)


def test_a_list_of_accounts_asks_for_one_day(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, ACCOUNTS)
    page = text_of(client.get(address))
    assert "The day on which this list was made" in page
    assert 'name="covers_from"' in page
    assert 'name="covers_until"' not in page

    client.post(f"{address}confirm/", {"covers_from": "2026-04-30", "then": "look"})
    run_everything()
    page = text_of(client.get(f"{address}preview/"))
    assert "Would count" not in page
    assert "2 would be listed, nobody counts by them" in page
    assert "Take this list" in page
    client.post(f"{address}preview/count/", {"preview": UsageReport.objects.get().previews.get().public_id})
    run_everything()

    listed = ProvisionedCount.objects.get(contract=committed_house.contract_a, report_public_id__gt="")
    assert (listed.users, listed.date) == (2, date(2026, 4, 30))


@pytest.mark.parametrize("then", ["look", ""])
def test_a_day_before_the_last_activity_of_a_list_is_a_question(
    client: Client, committed_house: House, then: str
) -> None:
    address = sent(client, committed_house, ACCOUNTS)
    client.post(f"{address}confirm/", {"covers_from": "2026-04-10", "then": then})
    run_everything()
    page = text_of(client.get(f"{address}confirm/"))
    assert "Somebody in the list was active on 2026-04-20" in page
    assert 'name="day_as_stated"' in page
    assert not ProvisionedCount.objects.filter(report_public_id__gt="").exists()

    client.post(f"{address}confirm/", {"covers_from": "2026-04-10", "day_as_stated": "on"})
    run_everything()

    report = UsageReport.objects.get()
    assert report.state == "accepted"
    assert ProvisionedCount.objects.get(report_public_id=report.public_id).date == date(2026, 4, 10)
    assert "said that the list is of the day that was stated" in text_of(client.get(address))


@pytest.mark.parametrize(("answer", "rows", "users"), [("replaces", 2, 1), ("adds", 3, 2)])
def test_a_file_that_repeats_a_part_of_another_is_answered_on_the_page(
    client: Client, committed_house: House, answer: str, rows: int, users: int
) -> None:
    head, ada = "id,user,time,what\n", "{0},ada,2026-04-01T08:0{0}:00Z,login\n"
    whole = head + ada.format(1) + "2,bob,2026-04-01T08:02:00Z,login\n" + ada.format(3)
    files = [
        SimpleUploadedFile("1 whole.csv", whole.encode()),
        SimpleUploadedFile("2 part.csv", (head + ada.format(1) + ada.format(3)).encode()),
    ]
    address = str(
        client.post("/usage/upload/", {"instance": committed_house.instance_a.public_id, "file": files})["Location"]
    )
    run_everything()
    said = {"column_0": "event_id", "column_1": "user", "column_2": "at", "column_3": "action"}
    said |= {"covers_from": "2026-04-01", "covers_until": "2026-04-01", "then": "look"}
    client.post(f"{address}confirm/", said)
    run_everything()
    assert "Does it replace that file, or add to it?" in text_of(client.get(f"{address}preview/"))
    page = text_of(client.get(f"{address}confirm/"))
    assert 'name="repeated_files" required' in page

    client.post(f"{address}confirm/", said | {"repeated_files": answer})
    run_everything()
    client.post(f"{address}preview/count/", {"preview": UsageReport.objects.get().previews.last().public_id})
    run_everything()

    report = UsageReport.objects.get()
    assert (report.state, report.rows_accepted, report.users) == ("accepted", rows, users)
    assert "Whoever confirmed them said that" in text_of(client.get(address))
