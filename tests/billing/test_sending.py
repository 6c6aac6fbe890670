"""Sending a finalized document: to whom, once, again with a reason, and what a mail server may do to it."""

import smtplib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, connection, transaction

from billing.invoice_mail import invoice_mail
from billing.models import Delivery, Invoice
from billing.operations.deliver_invoice import GIVES_UP_AFTER, MailServerAway, deliver_invoice
from billing.operations.render_document import render_document
from billing.operations.send_invoice import (
    SEND,
    NobodyToSendTo,
    NoPortalAddress,
    NotFinalized,
    StillBeingMade,
    send_invoice,
)
from ground import clock
from ground.actor import NotAllowed
from ground.models import Job
from ground.operations import run_job
from ground.storage import open_stored, remove_stored
from licenses.models import Contract, LegalEntity
from licenses.operations.add_billing_contact import add_billing_contact
from licenses.operations.remove_billing_contact import remove_billing_contact
from tests.billing.story import APRIL, Story, at, people
from tests.cast import BUILDER

NOW = at(5, 4)
HERE = "tests.billing.test_sending"


def contact(story: Story, email: str = "Rechnung@aurel.example ") -> None:
    add_billing_contact(actor=story.finance, contract=story.contract, email=email, name="Rita Rechnung", now=NOW)


@pytest.fixture
def billed(plain_story: Story) -> Invoice:
    """A finalized invoice of April with its PDF: ten users at 29.00, with tax 345.10 EUR."""
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))
    render_document(invoice_id=invoice.pk, now=at(5, 3))
    return invoice


def run(delivery: Delivery) -> Delivery:
    """Do the delivery's job as a worker does."""
    Job.objects.filter(key=f"{SEND}:{delivery.pk}").update(run_after=None)
    run_job(Job.objects.get(key=f"{SEND}:{delivery.pk}").pk)
    delivery.refresh_from_db()
    return delivery


def test_the_pdf_goes_to_the_billing_contacts_and_nobody_else(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    contact(plain_story, "ap@aurel.example")
    delivery = run(send_invoice(actor=plain_story.finance, invoice=billed, how="pdf", now=NOW))

    assert (delivery.state, delivery.number, delivery.attempts) == ("sent", 1, 1)
    [sent] = mail.outbox
    assert sent.recipients() == ["ap@aurel.example", "rechnung@aurel.example"] == delivery.sent_to
    assert sent.extra_headers["Message-ID"] == delivery.message_id
    assert sent.subject == "Invoice R-0001 of Atlas Software GmbH: EUR 345.10"
    assert "To be paid: EUR 345.10\nDue on: 2 June 2026\n" in sent.body
    assert f"/invoices/{billed.public_id}/" in sent.body
    [(name, content, kind)] = cast("list[tuple[str, bytes, str]]", sent.attachments)
    stored = billed.documents.get(kind="pdf")
    with open_stored(stored.storage_key, stored.sha256) as file:
        assert (name, content, kind) == ("R-0001.pdf", file.read(), "application/pdf")


def test_a_link_carries_no_file(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    run(send_invoice(actor=plain_story.finance, invoice=billed, how="link", now=NOW))
    [sent] = mail.outbox
    assert sent.attachments == []
    assert "is ready for you" in sent.body
    assert f"https://billing.vendor.example/invoices/{billed.public_id}/" in sent.body


WORDS = {
    "en": (
        "Invoice R-0001 of Atlas Software GmbH: EUR 345.10",
        "attached is invoice R-0001 of 3 May 2026 for Atlas Analytics Server, 1 to 30 April 2026 (contract K-2026-009, "
        "your order PO-7711).\n\nTo be paid: EUR 345.10\nDue on: 2 June 2026\n",
    ),
    "de-AT": (
        "Rechnung R-0001 von Atlas Software GmbH: 345,10 EUR",
        "anbei erhalten Sie die Rechnung R-0001 vom 3. Mai 2026 für Atlas Analytics Server, 1. bis 30. April 2026 "
        "(Vertrag K-2026-009, Ihre Bestellung PO-7711).\n\nZu zahlen: 345,10 EUR\nFällig am: 2. Juni 2026\n",
    ),
    "fr": (
        "Facture R-0001 (Atlas Software GmbH) : 345,10 EUR",
        "veuillez trouver ci-joint la facture R-0001 du 3 mai 2026 pour Atlas Analytics Server, 1er au 30 avril 2026 "
        "(contrat K-2026-009, votre commande PO-7711).\n\nÀ payer : 345,10 EUR\nÉchéance : 2 juin 2026\n",
    ),
}


@pytest.mark.parametrize("language", WORDS)
def test_the_mail_speaks_the_language_of_its_document(billed: Invoice, language: str) -> None:
    billed.snapshot = billed.frozen | {"language": language}
    written = invoice_mail(invoice=billed, how="pdf", link="https://portal.vendor.example/invoices/x/")
    subject, body = WORDS[language]
    assert written.subject == subject
    assert body in written.body
    assert written.body.rstrip().endswith("https://portal.vendor.example/invoices/x/\n\nAtlas Software GmbH")
    linked = invoice_mail(invoice=billed, how="link", link="https://portal.vendor.example/invoices/x/")
    assert linked.body != written.body
    assert "R-0001" in linked.body


def test_asked_twice_it_is_one_delivery_and_one_mail(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    first = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW)
    assert send_invoice(actor=plain_story.finance, invoice=billed, now=NOW) == first
    run(first)
    assert send_invoice(actor=plain_story.finance, invoice=billed, now=NOW) == first
    assert deliver_invoice(actor=BUILDER, delivery_id=first.pk, now=NOW).state == "sent"
    assert len(mail.outbox) == 1


def test_again_takes_a_reason_and_one_click_is_one_mail(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    first = run(send_invoice(actor=plain_story.finance, invoice=billed, now=NOW))
    again = [
        send_invoice(actor=plain_story.finance, invoice=billed, now=NOW, reason="Lost by the customer.", after=1)
        for _ in range(3)
    ]
    assert {(one.pk, one.number) for one in again} == {(again[0].pk, 2)}
    run(again[0])
    late_click = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW, reason="Lost.", after=first.number)
    assert late_click == again[0]
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == len(mail.outbox) == 2
    assert [event.verb for event in billed.events.filter(verb__startswith="sent").order_by("pk")] == [
        "sent",
        "sent again",
    ]


def test_what_cannot_be_sent_is_refused_with_its_cure(plain_story: Story) -> None:
    plain_story.deliver(people(10), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 2)).invoice
    assert draft is not None
    with pytest.raises(NotFinalized, match="Finalize it, then send it"):
        send_invoice(actor=plain_story.finance, invoice=draft, now=NOW)
    invoice = plain_story.bill(APRIL, now=at(5, 3))
    with pytest.raises(NotAllowed):
        send_invoice(actor=plain_story.manager, invoice=invoice, now=NOW)
    with pytest.raises(StillBeingMade, match=r"R-0001 is still being made"):
        send_invoice(actor=plain_story.finance, invoice=invoice, now=NOW)
    render_document(invoice_id=invoice.pk, now=at(5, 3))
    with pytest.raises(NobodyToSendTo, match=r"K-2026-009 has no billing contact\. Add one"):
        send_invoice(actor=plain_story.finance, invoice=invoice, now=NOW)
    contact(plain_story)
    LegalEntity.objects.update(portal_url="")
    with pytest.raises(NoPortalAddress, match="Send the PDF"):
        send_invoice(actor=plain_story.finance, invoice=Invoice.objects.get(pk=invoice.pk), how="link", now=NOW)
    assert not Delivery.objects.exists()


def test_an_address_that_is_no_contact_any_more_gets_nothing(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    contact(plain_story, "ap@aurel.example")
    delivery = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW)
    for one in plain_story.contract.billing_contacts.filter(email="ap@aurel.example"):
        remove_billing_contact(actor=plain_story.finance, contact=one, now=NOW)
    assert run(delivery).sent_to == ["rechnung@aurel.example"]
    again = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW, reason="Once more.")
    for one in plain_story.contract.billing_contacts.filter(removed_at=None):
        remove_billing_contact(actor=plain_story.finance, contact=one, now=NOW)
    failed = run(again)
    assert (failed.state, failed.last_error) == (
        "failed",
        "None of the addresses is a billing contact any more. Add one, then send again.",
    )
    assert len(mail.outbox) == 1


class Away(EmailBackend):
    """Nobody answers at the mail server's address."""

    def open(self) -> bool:
        raise ConnectionRefusedError("Connection refused")


class Refusing(EmailBackend):
    """Says no for ever."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPRecipientsRefused({"rechnung@aurel.example": (550, b"no such mailbox")})


class Busy(EmailBackend):
    """Says: later."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPDataError(451, b"try again later")


class Breaking(EmailBackend):
    """Takes the mail, and breaks the connection before it says so."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        super().send_messages(messages)
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


@pytest.mark.parametrize("backend", ["Away", "Busy"])
def test_a_mail_server_that_is_away_is_waited_for(
    plain_story: Story, billed: Invoice, settings: Any, backend: str
) -> None:
    contact(plain_story)
    delivery = send_invoice(actor=plain_story.finance, invoice=billed, now=clock.now())
    well = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{HERE}.{backend}"
    for _ in range(8):
        assert run(delivery).state == "queued"
    job = Job.objects.get(key=f"{SEND}:{delivery.pk}")
    assert (job.state, job.attempts) == ("queued", 8)
    assert delivery.last_error.startswith("The mail server")
    settings.EMAIL_BACKEND = well
    assert run(delivery).state == "sent"
    assert len(mail.outbox) == 1


def test_after_three_days_it_is_given_up_with_words(plain_story: Story, billed: Invoice, settings: Any) -> None:
    contact(plain_story)
    delivery = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW)
    settings.EMAIL_BACKEND = f"{HERE}.Away"
    with pytest.raises(MailServerAway, match="cannot be reached: Connection refused"):
        deliver_invoice(actor=BUILDER, delivery_id=delivery.pk, now=NOW + timedelta(days=2))
    ended = deliver_invoice(actor=BUILDER, delivery_id=delivery.pk, now=NOW + GIVES_UP_AFTER)
    assert ended.state == "failed"
    assert ended.last_error == "Given up after 3 days. The mail server cannot be reached: Connection refused"


def test_a_refusal_for_ever_fails_at_once_and_can_be_sent_again(
    plain_story: Story, billed: Invoice, settings: Any
) -> None:
    contact(plain_story)
    well = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{HERE}.Refusing"
    failed = run(send_invoice(actor=plain_story.finance, invoice=billed, now=NOW))
    assert failed.state == "failed"
    assert "550" in failed.last_error
    settings.EMAIL_BACKEND = well
    again = run(send_invoice(actor=plain_story.finance, invoice=billed, now=NOW))
    assert (again.number, again.state) == (2, "sent")
    assert again.reason.startswith("The delivery before failed: The mail server refused")


def test_a_connection_that_breaks_after_the_mail_never_sends_it_twice(
    plain_story: Story, billed: Invoice, settings: Any
) -> None:
    contact(plain_story)
    settings.EMAIL_BACKEND = f"{HERE}.Breaking"
    delivery = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW)
    for _ in range(3):
        run(delivery)
    assert delivery.state == "failed"
    assert delivery.last_error.startswith("It is not known whether the mail server took the mail")
    assert len(mail.outbox) == 1


def test_a_pdf_that_was_damaged_is_not_sent(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    remove_stored(billed.documents.get(kind="pdf").storage_key)
    failed = run(send_invoice(actor=plain_story.finance, invoice=billed, now=NOW))
    assert failed.state == "failed"
    assert "Restore the file from a backup" in failed.last_error
    assert mail.outbox == []


def test_four_workers_with_the_same_delivery_send_one_mail(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    delivery = send_invoice(actor=plain_story.finance, invoice=billed, now=NOW)

    def work(_: int) -> str:
        try:
            return deliver_invoice(actor=BUILDER, delivery_id=delivery.pk, now=NOW).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        states = set(pool.map(work, range(8)))
    assert states <= {"queued", "sent"}
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert len(mail.outbox) == 1


def test_eight_clicks_at_once_are_one_delivery(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    actor = plain_story.finance

    def click(_: int) -> int:
        try:
            return send_invoice(actor=actor, invoice=billed, now=NOW).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(click, range(8)))) == 1


def test_a_name_cannot_write_headers(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    evil = billed.frozen | {"seller": billed.frozen["seller"] | {"name": "Atlas\r\nBcc: all@evil.example"}}
    billed.snapshot = evil
    with pytest.raises(ValidationError, match="valid email"):
        contact(plain_story, "a@b.example\nBcc: x@evil.example")
    delivery = Delivery(**_mail_of(billed))
    assert "\n" not in delivery.subject
    assert "\r" not in delivery.subject


def _mail_of(invoice: Invoice) -> dict[str, Any]:
    return {"subject": invoice_mail(invoice=invoice, how="pdf", link="").subject}


def test_the_database_keeps_what_became_of_it(plain_story: Story, billed: Invoice) -> None:
    contact(plain_story)
    delivery = run(send_invoice(actor=plain_story.finance, invoice=billed, now=NOW))
    changes: list[dict[str, Any]] = [
        {"state": "queued"},
        {"body": "other"},
        {"to": ["x@evil.example"]},
        {"sent_to": []},
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Delivery.objects.filter(pk=delivery.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        delivery.delete()
    other = Contract.objects.get(number="K-2026-002")
    with pytest.raises(DatabaseError), transaction.atomic():
        Delivery.objects.create(
            invoice=billed, contract=other, customer=other.customer, number=2, how="pdf", message_id="<x@y>",
            to=["b@birch.example"], subject="s", body="b", reason="r", asked_by="x", asked_at=NOW,
        )  # fmt: skip
