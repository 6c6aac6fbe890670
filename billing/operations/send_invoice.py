"""Have a finalized document sent to the billing contacts of its contract."""

from datetime import datetime

from django.db import transaction

from billing.history import record_event
from billing.invoice_mail import invoice_mail
from billing.locks import lock_contract, lock_invoice
from billing.models import Delivery, Invoice, InvoiceDocument
from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.ids import new_public_id
from ground.operations import enqueue_job
from licenses.queries import billing_addresses

SEND = "billing.deliver_invoice"
# The pauses between attempts grow to half an hour: so many attempts last longer than the days after which it gives up.
MOST_ATTEMPTS = 200
HOW = Delivery.How


class SendRefused(Exception):
    """The document cannot be sent; the sentence says why and what cures it."""


class NotFinalized(SendRefused):
    """A draft is nobody's bill yet."""


class StillBeingMade(SendRefused):
    """The PDF is not stored yet."""


class NobodyToSendTo(SendRefused):
    """The contract has no billing contact."""


class NoPortalAddress(SendRefused):
    """A link was asked for, and nobody knows where the portal is."""


def send_invoice(
    *, actor: Actor, invoice: Invoice, how: str = HOW.PDF, now: datetime, reason: str = "", after: int | None = None
) -> Delivery:
    """Ask for one mail with the document (`how` "pdf": attached; "link": to sign in) and return its delivery.

    A job sends it after the commit. Asked again, the delivery that is queued or sent is returned unchanged; one that
    failed is followed by another. With a `reason` a document that was sent is sent again, once for each number
    `after` which it is asked (the delivery that the person saw; None: the newest).
    Raises NotAllowed, SendRefused: NotFinalized, StillBeingMade, NobodyToSendTo, NoPortalAddress.
    """
    actor.require_vendor("finance")
    how, reason = HOW(how), reason.strip()
    with transaction.atomic(durable=True), acting(actor=actor, verb="send_invoice", reason=reason):
        lock_contract(invoice.contract_id)
        locked = lock_invoice(invoice.pk)
        last = Delivery.objects.filter(invoice=locked).order_by("-number").first()
        if last is not None and not _goes_again(last, reason, after):
            return last
        delivery = _new(locked, how, last, actor=actor, now=now, reason=reason)
        delivery.save()
        record_event(
            invoice=locked,
            verb="sent again" if last is not None else "sent",
            actor=actor,
            at=now,
            reason=delivery.reason,
            data={"delivery": delivery.number, "how": how, "to": delivery.to},
        )
        enqueue_job(
            key=f"{SEND}:{delivery.pk}",
            kind=SEND,
            args={"delivery_id": delivery.pk},
            customer_id=locked.customer_id,
        )
        fault_point("send.before_asked")
    fault_point("send.after_asked")
    return delivery


def _goes_again(last: Delivery, reason: str, after: int | None) -> bool:
    """A failed delivery is followed by another; a sent one only for a reason, once per delivery that was seen."""
    if last.state == Delivery.State.QUEUED or (after is not None and last.number > after):
        return False
    return last.state == Delivery.State.FAILED or bool(reason)


def _new(
    invoice: Invoice, how: Delivery.How, last: Delivery | None, *, actor: Actor, now: datetime, reason: str
) -> Delivery:
    entity = invoice.customer.legal_entity
    to = billing_addresses(contract=invoice.contract)
    _refuse(invoice, how, to)
    link = f"{entity.portal_url.rstrip('/')}/invoices/{invoice.public_id}/" if entity.portal_url else ""
    mail = invoice_mail(invoice=invoice, how=how, link=link)
    if last is not None and not reason:
        reason = f"The delivery before failed: {last.last_error}"
    return Delivery(
        invoice=invoice,
        contract_id=invoice.contract_id,
        customer_id=invoice.customer_id,
        number=last.number + 1 if last is not None else 1,
        how=how,
        message_id=f"<{new_public_id()}@rollcall>",
        to=to,
        subject=mail.subject,
        body=mail.body,
        reason=reason,
        asked_by=actor.name,
        asked_at=now,
    )


def _refuse(invoice: Invoice, how: Delivery.How, to: list[str]) -> None:
    """Say what is in the way before anything is written."""
    if invoice.state != Invoice.State.FINALIZED:
        raise NotFinalized(f"The {invoice} is not finalized. Finalize it, then send it.")
    if not invoice.documents.filter(kind=InvoiceDocument.Kind.PDF).exists():
        raise StillBeingMade(f"The PDF of {invoice.number} is still being made. Send it in a moment.")
    if not to:
        raise NobodyToSendTo(
            f"Contract {invoice.contract.number} has no billing contact. Add one on the contract's page, then send."
        )
    if how == HOW.LINK and not invoice.customer.legal_entity.portal_url:
        raise NoPortalAddress(
            f"{invoice.customer.legal_entity.name} has no portal address, so there is nothing to link to. "
            "Send the PDF, or write the address into the legal entity."
        )
