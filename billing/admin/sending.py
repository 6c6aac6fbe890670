"""Send a document, and say who receives the documents of a contract."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.admin.contract import contract_or_404
from billing.admin.invoice import invoice_or_404
from billing.admin.refusals import said_to
from billing.models import Delivery
from billing.operations.send_invoice import send_invoice
from ground import clock
from ground.middleware import actor_of
from licenses.operations.add_billing_contact import add_billing_contact
from licenses.operations.remove_billing_contact import remove_billing_contact
from licenses.queries import billing_contacts_of


@require_POST
def send(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send the document to the contract's billing contacts; a document that was sent goes again with a reason."""
    invoice = invoice_or_404(request, public_id)
    how, after = request.POST.get("how", ""), request.POST.get("after", "")
    reason = request.POST.get("reason", "").strip()
    before = invoice.deliveries.order_by("-number").first()
    if how not in Delivery.How.values:
        messages.error(request, "Choose how it is sent: with the PDF, or with a link.")
    elif before is not None and before.state == Delivery.State.SENT and not reason:
        messages.error(request, "It was sent already. Say why it is sent again: the history keeps it.")
    else:
        with said_to(request):
            delivery = send_invoice(
                actor=actor_of(request),
                invoice=invoice,
                how=how,
                now=clock.now(),
                reason=reason,
                after=int(after) if after.isdecimal() else None,
            )
            messages.success(request, f"On its way to {', '.join(delivery.to)}.")
    return redirect(f"{reverse('desk:invoice', args=[public_id])}#sending")


@require_POST
def add_contact(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Add a billing contact to a contract."""
    contract = contract_or_404(request, public_id)
    try:
        contact = add_billing_contact(
            actor=actor_of(request),
            contract=contract,
            email=request.POST.get("email", ""),
            name=request.POST.get("name", ""),
            now=clock.now(),
        )
    except ValidationError:
        messages.error(request, "This is no e-mail address. Write it as name@company.example.")
    else:
        messages.success(request, f"{contact.email} receives the invoices of {contract.number} from now on.")
    return redirect(f"{reverse('desk:contract', args=[public_id])}#billing-contacts")


@require_POST
def remove_contact(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Remove a billing contact of a contract."""
    contract = contract_or_404(request, public_id)
    wanted = request.POST.get("contact", "")
    contact = billing_contacts_of(contract=contract).filter(pk=int(wanted) if wanted.isdecimal() else 0).first()
    if contact is None:
        messages.error(request, "This billing contact is gone; somebody removed it.")
    else:
        remove_billing_contact(actor=actor_of(request), contact=contact, now=clock.now())
        messages.success(request, f"{contact.email} receives no invoices of {contract.number} any more.")
    return redirect(f"{reverse('desk:contract', args=[public_id])}#billing-contacts")
