"""Rows that lie in a closed period are named with their number before the file is confirmed."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.portal.conftest import Played
from tests.portal.test_previews import run_everything
from tests.portal.test_upload import answers, text_of
from usage.models import UsageReport


def test_rows_of_a_billed_month_are_counted_beside_its_invoice(played: Played, customer_a: Client) -> None:
    rows = [f"late{number}@aurel.example,2026-04-{number % 3 + 10}T08:00:00Z,login" for number in range(17)]
    rows += [f"late{number}@aurel.example,2026-05-02T08:00:00Z,login" for number in range(5)]
    content = "\n".join(["user,time,what", *rows]).encode()
    instance = played.house.instance_a.public_id
    sent = customer_a.post("/usage/upload/", {"instance": instance, "file": SimpleUploadedFile("late.csv", content)})
    address = sent["Location"]
    run_everything()
    said = answers(covers_until="2026-05-09", generated_at="2026-05-11T10:00:00", then="look")
    unread = customer_a.post(f"{address}confirm/", said)
    customer_a.post(f"{address}confirm/", said | {"overlaps_shown": str(unread.context["overlaps_shown"])})
    run_everything()

    page = text_of(customer_a.get(f"{address}preview/"))

    invoice = f'<a href="/invoices/{played.invoice.public_id}/">{played.invoice.number}</a>'
    assert f"April 2026, billed with {invoice}: 430 users now, 17 with this file; 17 rows of it lie" in page
    # May runs: nothing is said about its five rows.
    assert page.count("of it lie in the month") == 1
    preview = UsageReport.objects.get(file_name="late.csv").previews.get()
    assert preview.result is not None
    assert preview.result["rows_by_day"] == {
        "2026-04-10": 6, "2026-04-11": 6, "2026-04-12": 5, "2026-05-02": 5,
    }  # fmt: skip
