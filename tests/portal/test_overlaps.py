"""Two files for the same days: the person reads, before confirming, which of them counts, and nothing is left to bytes."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import House
from tests.portal.conftest import fixed_today
from tests.portal.test_upload import answers, text_of
from tests.usage.sending import run_jobs
from usage.models import UsageReport

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)

HEADER = "user,time,what\n"
FIRST = HEADER + "ada,2026-04-01T08:00:00+02:00,login\nbob,2026-04-09T08:00:00+02:00,login\n"
SECOND = HEADER + "ada,2026-04-05T08:00:00+02:00,login\n"
UNSTATED = "already covered by"


@pytest.fixture
def client(committed_house: House) -> Client:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    return client


def sent(client: Client, house: House, content: str, name: str) -> str:
    file = SimpleUploadedFile(name, content.encode())
    response = client.post("/usage/upload/", {"instance": house.instance_a.public_id, "file": file})
    run_jobs()
    return str(response["Location"])


def counted(client: Client, house: House, content: str, name: str, **changes: str) -> str:
    address = sent(client, house, content, name)
    assert client.post(f"{address}confirm/", answers(**changes)).status_code == 302
    run_jobs()
    return address


def shown(response: Any) -> str:
    """What the page was shown with, as a browser sends it back."""
    return str(response.context["overlaps_shown"])


TEN_DAYS = {"covers_from": "2026-04-01", "covers_until": "2026-04-10"}
LATER_DAYS = {"covers_from": "2026-04-05", "covers_until": "2026-04-20"}


def test_bytes_alone_never_decide(client: Client, committed_house: House) -> None:
    counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS)
    address = sent(client, committed_house, SECOND, "second.csv")

    refused = client.post(f"{address}confirm/", answers(**LATER_DAYS))

    assert refused.status_code == 422
    assert "5 to 10 Apr 2026: already covered by" in text_of(refused)
    assert "State when this file was exported: nothing else says which of the two files is the later." in text_of(
        refused
    )
    assert UsageReport.objects.get(file_name="second.csv").state == "needs_confirmation"
    stated = answers(**LATER_DAYS, generated_at="2026-04-21T10:00:00", overlaps_shown=shown(refused))
    assert client.post(f"{address}confirm/", stated).status_code == 302
    run_jobs()
    first = client.get(f"/usage/reports/{UsageReport.objects.get(file_name='first.csv').public_id}/")
    assert "5 to 10 Apr 2026 (Europe/Berlin): these days count from another file." in text_of(first)
    assert "of this one the time is not known" in text_of(first)
    assert "accepted + quarantined + duplicates + 1 on days of another file" in text_of(first)


def test_what_is_replaced_is_read_before_it_is_confirmed(client: Client, committed_house: House) -> None:
    counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS, generated_at="2026-04-11T10:00:00")
    address = sent(client, committed_house, SECOND, "second.csv")
    said = answers(**LATER_DAYS, generated_at="2026-04-21T10:00:00")

    unread = client.post(f"{address}confirm/", said)

    assert unread.status_code == 422
    assert "Read below which file they count from, then confirm." in text_of(unread)
    assert "With this file they count from it alone: it was exported later than 11 Apr 2026, 10:00 CEST." in text_of(
        unread
    )
    assert client.post(f"{address}confirm/", said | {"overlaps_shown": shown(unread)}).status_code == 302


@pytest.mark.parametrize(
    ("exported", "words"),
    [
        ("2026-04-10T23:00:00", "and this file earlier"),
        ("", "and this file names no time. If this file is the later one, state when it was exported"),
    ],
)
def test_an_older_file_says_that_it_does_not_count(
    client: Client, committed_house: House, exported: str, words: str
) -> None:
    counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS, generated_at="2026-04-11T10:00:00")
    address = sent(client, committed_house, SECOND, "second.csv")
    said = answers(**LATER_DAYS, generated_at=exported)

    unread = client.post(f"{address}confirm/", said)

    assert unread.status_code == 422
    assert "These days stay with first.csv" in text_of(unread)
    assert words in text_of(unread)
    client.post(f"{address}confirm/", said | {"overlaps_shown": shown(unread)})
    run_jobs()
    assert "these days count from another file." in text_of(client.get(address))
    assert UsageReport.objects.get(file_name="second.csv").rows_not_owned == 1


def test_two_files_exported_in_the_same_second_are_told_apart(client: Client, committed_house: House) -> None:
    counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS, generated_at="2026-04-11T10:00:00")
    address = sent(client, committed_house, SECOND, "second.csv")

    refused = client.post(f"{address}confirm/", answers(**LATER_DAYS, generated_at="2026-04-11T10:00:00"))

    assert "first.csv was exported at the very same time. State the exact times." in text_of(refused)


def test_the_page_says_so_before_anything_is_sent(client: Client, committed_house: House) -> None:
    counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS)
    address = sent(client, committed_house, SECOND, "second.csv")

    page = client.get(address)

    assert "5 Apr 2026: already covered by" in text_of(page)
    assert "If first.csv is the later one, put this file aside or leave these days out." in text_of(page)
    assert f'value="{shown(page)}"' in text_of(page)


def test_files_for_other_days_are_not_mentioned(client: Client, committed_house: House) -> None:
    counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS)
    address = sent(client, committed_house, SECOND, "second.csv")

    confirmed = client.post(f"{address}confirm/", answers(covers_from="2026-04-11", covers_until="2026-04-20"))

    assert confirmed.status_code == 302


def test_the_time_of_export_stays_what_it_was(client: Client, committed_house: House) -> None:
    address = counted(client, committed_house, FIRST, "first.csv", **TEN_DAYS, column_0="at", column_1="user",
                      generated_at="2026-04-11T10:00:00")  # fmt: skip

    assert 'value="2026-04-11T10:00:00"' in text_of(client.get(f"{address}confirm/"))
