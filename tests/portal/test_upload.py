"""The way of a file, with plain forms and no JavaScript: sent, looked at, confirmed, read, shown."""

import gzip
import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from ground.models import Job
from ground.operations.run_job import run_job
from tests.cast import House
from tests.portal.conftest import fixed_today
from tests.usage.sending import run_jobs
from usage.models import UsageReport

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)

APRIL = b"""user,time,what
Jane@Aurel.example,2026-04-01T08:00:00+02:00,login
jane@aurel.example ,2026-04-02T09:30:00+02:00,login
=cmd|'/c calc'!A1,2026-04-02T09:31:00+02:00,login
kim@aurel.example,not a time,login
,2026-04-03T08:00:00+02:00,login
"""
NAIVE = b"user_id,occurred_at,action\njane@aurel.example,2026-04-01 00:30:00,login\n"


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def send(client: Client, house: House, content: bytes, name: str = "april.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post("/usage/upload/", {"instance": house.instance_a.public_id, "file": file})


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def answers(**changes: str) -> dict[str, str]:
    """What a person confirms for the file above."""
    return {
        "column_0": "user",
        "column_1": "at",
        "column_2": "action",
        "covers_from": "2026-04-01",
        "covers_until": "2026-04-30",
    } | changes


def sent(client: Client, house: House, content: bytes = APRIL) -> str:
    """Send a file and have it looked at; return the address of its report."""
    address = send(client, house, content)["Location"]
    run_jobs()
    return str(address)


def test_a_file_goes_the_whole_way(client: Client, committed_house: House) -> None:
    response = send(client, committed_house, APRIL)
    address = response["Location"]
    assert response.status_code == 302

    looking = text_of(client.get(address))
    assert "We look at the file" in looking
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in looking
    run_jobs()

    checking = text_of(client.get(address))
    assert "Check the file before it counts" in checking
    assert 'name="covers_from" value="2026-04-01"' in checking
    assert 'name="covers_until" value="2026-04-03"' in checking
    assert "Jane@Aurel.example" in checking

    confirmed = client.post(f"{address}confirm/", answers())
    assert (confirmed.status_code, confirmed["Location"]) == (302, address)
    assert "We read the file" in text_of(client.get(address))
    run_jobs()

    result = text_of(client.get(address))
    assert "Berlin-1, April 2026" in result
    assert "accepted, some rows quarantined" in result
    report = UsageReport.objects.get()
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined, report.rows_duplicate) == (5, 3, 2, 0)
    for words in ("2 rows quarantined", "Time cannot be read", "User is empty", "time.invalid", "user.empty"):
        assert words in result
    assert '<td role="cell" class="n" data-label="Before"><span class="is-empty">nothing reported</span>' in result
    assert ">2</a>" in result
    # Before the worker has counted the month, the number leads to a page that says so.
    (leads_to,) = re.findall(r'href="(/counted/[^"]+)">2</a>', result)
    counted = text_of(client.get(html.unescape(leads_to)))
    assert "Nothing is counted for a period that begins on 1 Apr 2026." in counted


def test_the_findings_are_a_table_that_no_spreadsheet_computes(client: Client, committed_house: House) -> None:
    content = b"user_id,occurred_at,action\n" + b"=1+2,=cmd,login\n@SUM(A1),+5,login\njane,2026-04-01T08:00:00Z,login\n"
    address = sent(client, committed_house, content)
    client.post(f"{address}confirm/", answers())
    run_jobs()

    response = client.get(f"{address}rows.csv")

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert response["Content-Disposition"] == 'attachment; filename="april findings.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    cells = [cell.strip('"') for line in lines[1:] for cell in line.split(",")]
    assert len(lines) == 3
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}] == []


def test_the_file_comes_back_as_it_was_sent_and_is_never_shown(client: Client, committed_house: House) -> None:
    content = b"user_id,occurred_at,action\n<script>alert(1)</script>,2026-04-01T08:00:00Z,login\n"
    address = send(client, committed_house, content, name="<b>april</b>.csv")["Location"]
    run_jobs()

    response = client.get(f"{address}file")
    page = text_of(client.get(address))

    assert b"".join(response.streaming_content) == content
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>april</b>" not in page


def test_the_same_file_again_changes_nothing_and_says_so(client: Client, committed_house: House) -> None:
    first = send(client, committed_house, APRIL)["Location"]

    again = client.post(
        "/usage/upload/",
        {"instance": committed_house.instance_a.public_id, "file": SimpleUploadedFile("other name.csv", APRIL)},
        follow=True,
    )

    assert again.redirect_chain[-1][0] == first
    assert "These bytes were received before, on 12 May 2026, 11:30 CEST. Nothing was changed." in text_of(again)
    assert UsageReport.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "The submitted file is empty."), (None, "This field is required.")],
)
def test_without_bytes_nothing_is_taken(
    client: Client, committed_house: House, content: bytes | None, words: str
) -> None:
    data: dict[str, Any] = {"instance": committed_house.instance_a.public_id}
    if content is not None:
        data["file"] = SimpleUploadedFile("april.csv", content)

    response = client.post("/usage/upload/", data)

    assert response.status_code == 422
    assert words in text_of(response)
    assert not UsageReport.objects.exists()


def test_a_file_for_an_instance_of_others_is_refused(client: Client, committed_house: House) -> None:
    file = SimpleUploadedFile("april.csv", APRIL)

    response = client.post("/usage/upload/", {"instance": committed_house.instance_b.public_id, "file": file})

    assert response.status_code == 422
    assert not UsageReport.objects.exists()


def test_a_file_that_is_no_table_says_why(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, b"%PDF-1.7 not a table\n")

    page = text_of(client.get(address))

    assert "april.csv does not count." in page
    assert UsageReport.objects.get().refusal_message.split(".")[0] in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"column_1": ""}, "No column is read as Time. Choose the one that holds it."),
        ({"column_1": "user"}, "User is also read from the column user. Choose one of the two."),
        ({"column_2": ""}, "No column is read as Action."),
        ({"covers_until": "2026-03-01"}, "The last day lies before the first."),
        ({"covers_from": "2026-06-01", "covers_until": "2026-06-30"}, "has not begun yet"),
        ({"generated_at": "2026-05-12T11:31:00"}, "that is to come"),
        ({"covers_from": "soon"}, "Enter a valid date."),
    ],
)
def test_a_confirmation_that_cannot_be_right_is_refused(
    client: Client, committed_house: House, changes: dict[str, str], words: str
) -> None:
    address = sent(client, committed_house)

    response = client.post(f"{address}confirm/", answers(**changes))

    assert response.status_code == 422
    assert words in text_of(response)
    assert UsageReport.objects.get().state == "needs_confirmation"


def test_a_constant_stands_for_a_missing_action(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)

    client.post(f"{address}confirm/", answers(column_2="", action_constant="login"))

    mapping = UsageReport.objects.get().mapping
    assert mapping is not None
    assert (mapping["columns"]["action"], mapping["constants"]["action"]) == (None, "login")


def test_times_without_a_zone_are_a_question(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, NAIVE)
    page = text_of(client.get(address))
    assert "In which time zone are the times of this file?" in page

    without = client.post(f"{address}confirm/", answers())
    assert without.status_code == 422
    client.post(f"{address}confirm/", answers(source_timezone="Asia/Kolkata"))
    run_jobs()

    report = UsageReport.objects.get()
    # 00:30 in Kolkata is 31 March in Berlin: outside the days that the file was said to cover.
    assert (report.source_timezone, report.rows_read, report.rows_not_owned) == ("Asia/Kolkata", 1, 1)


def test_when_it_was_exported_is_read_in_the_zone_of_the_contract(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)

    client.post(f"{address}confirm/", answers(generated_at="2026-05-02T10:00:00"))

    exported = UsageReport.objects.get().generated_at
    assert exported is not None
    assert exported.isoformat() == "2026-05-02T08:00:00+00:00"


def test_a_compressed_file_is_taken(client: Client, committed_house: House) -> None:
    address = send(client, committed_house, gzip.compress(APRIL), name="april.csv.gz")["Location"]
    run_jobs()

    assert "Jane@Aurel.example" in text_of(client.get(address))


def test_progress_answers_while_it_runs_and_then_leads_on(client: Client, committed_house: House) -> None:
    address = send(client, committed_house, APRIL)["Location"]
    waiting = client.get(f"{address}progress/", headers={"HX-Request": "true"})
    assert "Waits for its turn" in text_of(waiting)
    run_jobs()

    over = client.get(f"{address}progress/", headers={"HX-Request": "true"})

    assert over["HX-Redirect"] == address
    assert client.get(f"{address}progress/")["Location"] == address


def test_work_can_be_cancelled(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)
    client.post(f"{address}confirm/", answers())
    job = Job.objects.get(kind="usage.read_report")

    stopped = text_of(client.post(f"{address}cancel/", follow=True))
    run_job(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert "The work was stopped. The file changed nothing." in stopped
    assert "Confirm again to have the file read." in stopped
    client.post(f"{address}confirm/", answers())
    run_jobs()
    assert UsageReport.objects.get().state == "quarantined"


def test_a_file_that_is_cancelled_before_it_was_looked_at_is_sent_again(client: Client, committed_house: House) -> None:
    address = send(client, committed_house, APRIL)["Location"]

    stopped = text_of(client.post(f"{address}cancel/", follow=True))

    assert "april.csv does not count." in stopped
    assert "Send the same file again to go on with it." in stopped
    run_job(Job.objects.get(kind="usage.sniff_report").pk)
    assert sent(client, committed_house) == address
    assert "Check the file before it counts" in text_of(client.get(address))


def test_work_that_is_over_cannot_be_cancelled(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)

    assert "The work was over before it could be stopped." in text_of(client.post(f"{address}cancel/", follow=True))

    assert UsageReport.objects.get().state == "needs_confirmation"


def test_a_rejected_reading_can_be_corrected(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)
    client.post(f"{address}confirm/", answers(column_0="at", column_1="user"))
    run_jobs()
    report = UsageReport.objects.get()
    assert report.state == "rejected"
    assert "Correct the columns" in text_of(client.get(address))

    client.post(f"{address}confirm/", answers())
    run_jobs()

    report.refresh_from_db()
    assert report.state == "quarantined"


def test_a_file_that_nobody_wants_is_put_aside_and_waits_no_more(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)
    assert "april.csv waits for you to confirm" in text_of(client.get("/usage/"))

    aside = text_of(client.post(f"{address}aside/", follow=True))

    assert "april.csv was put aside. It does not count; sent again, it is taken up again." in aside
    assert "waits for you to confirm" not in aside
    assert "Put this file aside" not in text_of(client.get(address))
    run_jobs()
    assert sent(client, committed_house) == address
    assert "Check the file before it counts" in text_of(client.get(address))


def test_a_file_that_counts_cannot_be_put_aside(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house)
    client.post(f"{address}confirm/", answers())
    run_jobs()

    client.post(f"{address}aside/")

    assert UsageReport.objects.get().state == "quarantined"
