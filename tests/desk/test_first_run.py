"""The first run at the desk: from a workbook to customers that can be billed, and files that nobody should open."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing.imports.samples import sample_workbook
from billing.models import FirstRunImport
from billing.operations.record_open_balance import record_open_balance
from ground.models import Job
from ground.operations import run_job
from licenses.models import Contract, Customer
from tests.billing.story import at
from tests.cast import House, Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]


def work() -> None:
    """Do what the first run left to the background."""
    for job in Job.objects.filter(kind__endswith="first_run", state=Job.State.QUEUED).order_by("pk"):
        done = run_job(job.pk)
        assert done is not None
        assert done.state == Job.State.SUCCEEDED, done.error


def sent(browser: Browser, *files: tuple[str, bytes]) -> FirstRunImport:
    """Send files, let them be read, and open their page."""
    token = browser.open(reverse("desk:first_run")).forms[""]["csrfmiddlewaretoken"][0]
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    response = browser.client.post(reverse("desk:first_run"), {"files": uploads, "csrfmiddlewaretoken": token})
    assert response.status_code == 302, response.content.decode()[:2000]
    work()
    browser.open(response["Location"])
    return FirstRunImport.objects.latest("pk")


def test_a_workbook_is_shown_imported_once_and_shown_as_the_same(committed_house: House, desk: Desk) -> None:
    finance = desk(committed_house.finance)
    book = sample_workbook().read()
    first = sent(finance, ("first-run.xlsx", book))

    assert first.state == "shown"
    assert "What the import would do" in finance.page
    assert "name : Nordlicht Werke GmbH" in finance.page
    assert not Customer.objects.filter(number="C-2001").exists()

    finance.send("/import/")
    assert "The import runs." in finance.page
    work()
    finance.open(finance.address)
    assert "Fiona Nance imported it on" in finance.page
    assert Contract.objects.filter(number__in=["K-2001", "K-2002"]).count() == 2

    finance.open(reverse("desk:first_run"))
    assert "first-run.xlsx" in finance.page
    assert sent(finance, ("first-run.xlsx", book)).state == "shown"
    assert "Everything in these files stands here already." in finance.page
    assert not finance.has_form("/import/")


def test_several_csv_files_go_in_together_in_the_order_of_the_steps(committed_house: House, desk: Desk) -> None:
    finance = desk(committed_house.finance)
    shown = sent(
        finance,
        ("b.csv", b"contract,name,reports_from\nK-7,Hall-1,2026-01-01\n"),
        (
            "a.csv",
            b"number;customer;product;terms_from;starts;ends\nK-7;C-7;Atlas;floor-in-users;2026-01-01;2026-12-31\n",
        ),
        ("c.csv", "number;name;address;country\nC-7;Süd GmbH;Weg 1|80331 München;DE\n".encode()),
    )
    assert [one["kind"] for one in shown.outcomes] == ["customers", "contracts", "instances"]
    finance.send("/import/")
    work()
    assert Contract.objects.get(number="K-7").customer.address_lines == ["Weg 1", "80331 München"]


def test_a_wrong_row_is_named_and_nothing_can_be_imported(committed_house: House, desk: Desk) -> None:
    finance = desk(committed_house.finance)
    rows = b"number,name,address,country\nC-8,Good,Street 1,DE\nC-9,Bad,Street 2,Germany\n"
    sent(finance, ("customers.csv", rows))
    assert "1 row is wrong, so nothing can be imported." in finance.page
    assert "country : Write the country as two letters, such as DE, not as “Germany”." in finance.page
    assert not finance.has_form("/import/")
    finance.open(f"{finance.address}?rows=wrong")
    assert "C-9" in finance.page
    assert "C-8" not in finance.page


def test_the_steps_say_what_is_missing(committed_house: House, desk: Desk) -> None:
    finance = desk(committed_house.finance)
    finance.open(reverse("desk:first_run"))
    assert "2 contracts without a billing contact: nothing can be sent K-2026-001, K-2026-002" in finance.page
    assert "1 company whose numbers begin at 1 unless you say otherwise" in finance.page
    manager = desk(committed_house.account_manager).open(reverse("desk:first_run"))
    assert "Finance and administrators import." in manager.page


@pytest.mark.parametrize("name", ["customers", "contracts", "series"])
def test_samples_are_there_to_take(committed_house: House, desk: Desk, name: str) -> None:
    finance = desk(committed_house.finance)
    assert finance.download(f"/admin/first-run/samples/{name}.csv").startswith(b"\xef\xbb\xbf")
    assert finance.client.get("/admin/first-run/samples/nothing.csv").status_code == 404
    assert BytesIO(finance.download("/admin/first-run/samples/first-run.xlsx")).read(2) == b"PK"


def test_open_balances_have_a_list_to_take_home(house: House) -> None:
    row = record_open_balance(
        actor=house.finance.actor,
        customer=house.customer_a,
        number="RE-17",
        currency="EUR",
        amount=Decimal("1190.00"),
        due_date=date(2026, 1, 15),
        now=at(5, 1),
    )
    client = Client()
    client.force_login(house.finance.user)
    address = reverse("admin:billing_openbalance_changelist")
    shown = client.get(address).content.decode()
    assert "RE-17" in shown
    assert "1,190.00" in shown
    taken = client.get(f"{address}?as=csv")
    assert b'"RE-17","C-1001","Aurel Maschinenbau GmbH","1190.00","EUR"' in b"".join(taken.streaming_content)
    assert client.get(reverse("admin:billing_openbalance_change", args=[row.pk])).status_code == 200
