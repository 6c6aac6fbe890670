"""Before confirming, the person sees users and money; a mapping is offered again; files are dropped together."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ground.models import Job
from ground.operations.run_job import run_job
from tests.cast import House
from tests.portal.conftest import fixed_today
from tests.portal.test_upload import answers, sent, text_of
from tests.usage.sending import run_jobs
from usage.models import UsageReport
from usage.operations.pack_files import pack_files

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)

APRIL = "user,time,what\n" + "".join(f"user{n}@aurel.example,2026-04-02T08:00:00Z,login\n" for n in range(410))


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def run_everything() -> None:
    """Run the jobs of usage, and what billing does after them."""
    run_jobs()
    while job := Job.objects.filter(state=Job.State.QUEUED).order_by("pk").first():
        run_job(job.pk)
        run_jobs()


def test_users_and_money_are_seen_before_the_file_counts(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, APRIL.encode())
    looked = client.post(f"{address}confirm/", answers(then="look"))
    assert looked["Location"] == f"{address}preview/"
    assert "We try the file" in text_of(client.get(f"{address}preview/"))
    run_everything()

    shown = text_of(client.get(f"{address}preview/"))

    assert "What this file will change" in shown
    assert "Active users, April 2026" in shown
    assert ">410</td>" in shown
    # 410 users at 29.00 are more than the floor of 400.
    assert "11,890.00" in shown
    assert UsageReport.objects.get().state == "needs_confirmation"
    preview = UsageReport.objects.get().previews.get()
    client.post(f"{address}preview/count/", {"preview": preview.public_id})
    run_everything()
    assert UsageReport.objects.get().state == "accepted"


def test_the_money_comes_into_the_page_as_it_stands(client: Client, committed_house: House) -> None:
    """Whoever reads what the users will be keeps the place; a page whose trial is another one loads anew."""
    address = sent(client, committed_house, APRIL.encode())
    client.post(f"{address}confirm/", answers(then="look"))
    run_jobs()
    assert "The money is being worked out" in text_of(client.get(f"{address}preview/"))
    asked = {"path": f"{address}preview/work/?for=money", "headers": {"HX-Request": "true"}}
    assert "The money is being worked out" in text_of(client.get(**asked))
    run_everything()

    answer = client.get(**asked)
    assert "11,890.00" in text_of(answer)
    assert (answer["HX-Retarget"], answer["HX-Reselect"], answer["HX-Reswap"]) == ("#main", "#main", "outerHTML")

    preview = UsageReport.objects.get().previews.get()
    client.post(f"{address}preview/count/", {"preview": preview.public_id})
    counted = client.get(**asked)
    assert (counted["HX-Redirect"], counted.content) == (f"{address}preview/", b"")


def test_an_older_page_cannot_confirm(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, APRIL.encode())
    client.post(f"{address}confirm/", answers(then="look"))
    run_everything()

    stale = client.post(f"{address}preview/count/", {"preview": "another"}, follow=True)

    assert "Something else was tried since." in text_of(stale)
    assert UsageReport.objects.get().state == "needs_confirmation"


def test_a_refused_trial_says_why_and_leads_back(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, APRIL.encode())
    client.post(f"{address}confirm/", answers(then="look", covers_from="2026-04-10"))
    run_everything()

    page = text_of(client.get(f"{address}preview/"))

    assert "None of the 410 rows lies on the days that you state" in page
    assert "Correct the columns and days" in page
    assert "Count with this file" not in page


def test_the_last_mapping_is_offered_for_the_next_file(client: Client, committed_house: House) -> None:
    first = sent(client, committed_house, b"user,time,what,note\nada,2026-04-01T08:00:00Z,x,login\n")
    said = answers(column_2="", column_3="action", covers_until="2026-04-01")
    client.post(f"{first}confirm/", said)
    run_everything()

    second = sent(client, committed_house, b"note;what;time;user\nlogin;y;2026-04-02T08:00:00Z;bob\n")
    page = text_of(client.get(second))

    assert "As in your last file from Berlin-1." in page
    assert '<option value="action" selected>Action</option>' in page
    assert page.count(" selected>Action</option>") == 1
    assert "semicolons" in page


def test_an_answer_about_the_encoding_is_given_on_the_page(client: Client, committed_house: House) -> None:
    rows = "".join(f"jörg{n},2026-04-01T08:00:00Z,login\n" for n in range(9))
    content = f"user,time,what\n{rows}".encode("cp1252")
    address = sent(client, committed_house, content)
    assert "One answer first" in text_of(client.get(address))

    again = client.post(f"{address}again/", {"encoding": "cp1252", "source_timezone": ""})
    run_everything()

    assert again["Location"] == address
    assert "jörg3" in text_of(client.get(address))
    client.post(f"{address}confirm/", answers(covers_until="2026-04-01"))
    run_everything()
    report = UsageReport.objects.get()
    assert (report.state, report.rows_accepted) == ("accepted", 9)
    assert report.mapping is not None
    assert report.mapping["encoding"] == "cp1252"


def upload(client: Client, house: House, *files: SimpleUploadedFile) -> str:
    response = client.post("/usage/upload/", {"instance": house.instance_a.public_id, "file": list(files)})
    return str(response["Location"])


def test_several_files_are_one_report_whatever_their_order(client: Client, committed_house: House) -> None:
    one, two = b"user,time,what\nada,2026-04-01T08:00:00Z,login\n", b"user,time,what\nbob,2026-04-02T08:00:00Z,login\n"
    first = upload(client, committed_house, SimpleUploadedFile("b.csv", two), SimpleUploadedFile("a.csv", one))
    again = upload(client, committed_house, SimpleUploadedFile("a.csv", one), SimpleUploadedFile("b.csv", two))
    assert (again, UsageReport.objects.count()) == (first, 1)
    run_everything()
    client.post(f"{first}confirm/", answers())
    run_everything()
    report = UsageReport.objects.get()
    assert (report.state, report.rows_read, report.users) == ("accepted", 2, 2)
    assert report.file_name == "2 files, a.csv and others.zip"


def test_an_archive_depends_on_nothing_but_its_files() -> None:
    files = {"x/june.csv": b"1", "y/june.csv": b"2", "may.csv": b"3"}
    archives = []
    for names in (list(files), list(reversed(files))):
        with pack_files([(name, io.BytesIO(files[name])) for name in names]) as archive:
            archives.append(archive.read())
    assert archives[0] == archives[1]
    with zipfile.ZipFile(io.BytesIO(archives[0])) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            "june.csv": b"1",
            "june (2).csv": b"2",
            "may.csv": b"3",
        }
        assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}


def test_too_many_files_are_refused_with_words(client: Client, committed_house: House) -> None:
    files = [SimpleUploadedFile(f"{n}.csv", b"x") for n in range(501)]
    response = client.post("/usage/upload/", {"instance": committed_house.instance_a.public_id, "file": files})
    assert response.status_code == 422
    assert "These are 501 files; 500 are taken at once." in text_of(response)


def test_a_file_is_taken_back_and_the_trace_stays(client: Client, committed_house: House) -> None:
    address = sent(client, committed_house, APRIL.encode())
    client.post(f"{address}confirm/", answers())
    run_everything()
    assert "No other file covers its days." in text_of(client.get(f"{address}recall/"))

    without = client.post(f"{address}recall/", {"reason": ""})
    taken = client.post(f"{address}recall/", {"reason": "Of another product."}, follow=True)
    run_everything()

    assert without.status_code == 422
    assert "was taken back" in text_of(taken)
    report = UsageReport.objects.get()
    assert (report.state, report.withdrawn_by, report.withdrawn_reason, report.withdrawn_at) == (
        "withdrawn",
        "Anna Aurel",
        "Of another product.",
        datetime(2026, 5, 12, 9, 30, tzinfo=UTC),
    )
    assert "withdrawn by Anna Aurel on 12 May 2026" in text_of(client.get(address))
    assert b"".join(client.get(f"{address}file").streaming_content) == APRIL.encode()
    # Sent again, it is taken up again, and another mapping is no contradiction.
    assert sent(client, committed_house, APRIL.encode()) == address
    client.post(f"{address}confirm/", answers(column_2="", action_constant="call"))
    run_everything()
    assert UsageReport.objects.get().state == "accepted"
