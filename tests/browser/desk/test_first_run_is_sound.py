"""The first run, the sending of an invoice and the billing contacts, in light, in dark and at 390 px."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from billing.imports.samples import sample_csv, sample_workbook
from billing.imports.steps import BY_KIND
from billing.models import Invoice
from billing.operations.confirm_first_run import confirm_first_run
from billing.operations.deliver_invoice import deliver_invoice
from billing.operations.import_first_run import import_first_run
from billing.operations.send_invoice import send_invoice
from billing.operations.show_first_run import show_first_run
from billing.operations.start_first_run import Sent, start_first_run
from licenses.operations.add_billing_contact import add_billing_contact
from tests.billing.story import Story, at
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played

NOW = at(5, 7)


def imported(story: Story, folder: Path, name: str, content: bytes, *, confirm: bool = False) -> str:
    """Send one file, have it shown, import it where asked; return the address of its page."""
    path = folder / name
    path.write_bytes(content)
    row = start_first_run(actor=story.finance, files=[Sent(name=name, path=path)], now=NOW)
    shown = show_first_run(import_id=row.pk, now=NOW)
    if confirm:
        confirm_first_run(actor=story.finance, first_run=shown, now=NOW)
        assert import_first_run(import_id=row.pk, now=NOW).state == "imported"
    return f"/admin/first-run/{row.public_id}/"


@pytest.fixture(scope="module")
def addresses(played: Played, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Imports in each state, an invoice that was sent twice, and a contract with contacts."""
    story, folder = played.story, tmp_path_factory.mktemp("first-run")
    wrong = sample_csv(BY_KIND["customers"]).read() + b"C-2003,Ost GmbH,Weg 1,Germany,DE1,de,Atlas Software GmbH\n"
    found = {
        "shown": imported(story, folder, "first-run.xlsx", sample_workbook().read()),
        "wrong": imported(story, folder, "customers.csv", wrong),
        "refused": imported(story, folder, "notes.csv", b"dear,colleague\nplease,see\n"),
        "imported": imported(story, folder, "customers-2.csv", sample_csv(BY_KIND["customers"]).read(), confirm=True),
    }
    add_billing_contact(actor=story.finance, contract=story.contract, email="ap@aurel.example", name="Ada Pay", now=NOW)
    invoice = Invoice.objects.filter(contract=story.contract, state="finalized").order_by("pk")[0]
    first = send_invoice(actor=story.finance, invoice=invoice, now=NOW)
    deliver_invoice(actor=story.finance, delivery_id=first.pk, now=NOW)
    again = send_invoice(
        actor=story.finance, invoice=invoice, how="link", now=NOW + timedelta(hours=2), reason="Their mailbox was full."
    )
    deliver_invoice(actor=story.finance, delivery_id=again.pk, now=NOW + timedelta(hours=2))
    return {
        "steps": "/admin/first-run/",
        **found,
        "sending": f"/admin/invoices/{invoice.public_id}/",
        "contacts": f"/admin/contracts/{story.contract.public_id}/",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_the_first_run_and_sending_are_sound(visit: Callable[..., Visit], addresses: dict[str, str], look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("finance@vendor.example")
    assert window.look_at(addresses, picture=f"desk-first-run-{{}}-{look}", but=FRAME) == {}


@pytest.mark.parametrize("page", ["look", "first-run"])
def test_a_chosen_file_writes_into_no_other_field(visit: Callable[..., Visit], played: Played, page: str) -> None:
    window = visit()
    window.sign_in("admin@vendor.example")
    window.go(f"/admin/{page}/")
    fields = window.page.locator("main form input[type=text]:not([disabled])")
    before = [field.input_value() for field in fields.all()]

    window.page.locator("main input[type=file]").set_input_files(
        [{"name": "logo.png", "mimeType": "image/png", "buffer": b"\x89PNG"}]
    )

    assert [field.input_value() for field in fields.all()] == before
    assert window.complaints == []
