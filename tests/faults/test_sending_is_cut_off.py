"""A process is killed at every named point of sending; then the sweeper's work is done, and a person looks.

No mail goes out twice under one delivery. A delivery that was cut off while the mail was handed over fails with words,
and the person sends again: the customer has the document, and whoever was sent two mails sees two deliveries.
"""

import email
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from billing.models import Delivery, Invoice
from billing.operations.send_invoice import send_invoice
from ground import clock, faults
from licenses.operations.add_billing_contact import add_billing_contact
from tests.cast import House
from tests.faults.month import drain, new_month, play
from tests.faults.test_fault_points import in_a_child, short_leases

__all__ = ["short_leases"]

POINTS = (
    "send.before_asked",
    "send.after_asked",
    "send.before_mail",
    "send.after_mail",
    "send.before_commit",
    "send.after_commit",
)
# Where the mail server may have the mail and nobody can know.
IN_DOUBT = {"send.before_mail", "send.after_mail", "send.before_commit"}


def mails(folder: Path) -> list[str]:
    """The Message-IDs of all mails that were sent."""
    return [
        str(email.message_from_string(part)["Message-ID"])
        for file in folder.glob("*.log")
        for part in file.read_text(encoding="utf-8").split("\n" + "-" * 79 + "\n")
        if "Message-ID" in part
    ]


def test_a_kill_at_any_point_of_sending_sends_nothing_twice_and_loses_nothing(
    committed_house: House, short_leases: None, tmp_path: Path, settings: Any, figure: Callable[[str], None]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    finance = committed_house.finance.actor
    hits: Counter[str] = Counter()
    for point in POINTS:
        month = new_month(committed_house, 50 + len(hits))
        play(month)
        add_billing_contact(actor=finance, contract=month.contract, email="ap@aurel.example", now=clock.now())
        invoice = Invoice.objects.get(contract=month.contract)

        def send(invoice: Invoice = invoice) -> None:
            send_invoice(actor=finance, invoice=invoice, now=clock.now())
            drain()

        def send_and_die(point: str = point, send: Callable[[], None] = send) -> None:
            faults.disarm()
            faults.arm(point, action="kill")
            send()

        assert in_a_child(send_and_die) != 0, f"{point} was not reached"
        hits[point] += 1
        assert in_a_child(send) == 0, f"not taken up again after {point}"
        [delivery] = Delivery.objects.filter(invoice=invoice)
        if point in IN_DOUBT:
            assert delivery.state == "failed"
            assert delivery.last_error.startswith("It is not known whether")
            assert in_a_child(send) == 0
            assert Delivery.objects.get(invoice=invoice, number=2).state == "sent"
        else:
            assert delivery.state == "sent"
        found = mails(tmp_path / "mail")
        assert len(set(found)) == len(found), f"a mail went out twice after {point}"
        own = set(Delivery.objects.filter(invoice=invoice).values_list("message_id", flat=True))
        assert own & set(found), f"nothing was sent after {point}"
    for point in POINTS:
        figure(f"fault point {point}: {hits[point]} kills")
    figure(f"sending: {len(POINTS)} points, 0 mails twice, 0 lost without words")
