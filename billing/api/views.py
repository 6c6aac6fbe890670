"""Invoices with their documents, credit notes and true-ups: to be read."""

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from billing.api import serializers as shapes
from billing.documents.bundle_words import bundle_file, file_stem
from billing.e_invoices import export_name, exported
from billing.einvoice import EInvoiceRefused
from billing.models import Invoice, InvoiceDocument, TrueUp
from billing.queries import document_of, finalized_invoices, true_ups_for
from ground.api.filters import ByOwner
from ground.api.views import Listing, Single, Walled
from ground.storage import open_stored
from licenses.models import Scope


class Invoices(Listing):
    """The finalized invoices that the key may see."""

    scope = Scope.BILLING_READ
    serializer_class = shapes.InvoiceShape
    filter_backends = (ByOwner,)
    owners = {"contract": "contract__public_id"}
    kind = Invoice.Kind.INVOICE

    def get_queryset(self) -> QuerySet[Invoice]:
        """Return them in the order of their making."""
        return finalized_invoices(actor=self.actor).filter(kind=self.kind).prefetch_related("lines")


class CreditNotes(Invoices):
    """The finalized credit notes that the key may see; `corrects` names the invoice of each."""

    kind = Invoice.Kind.CREDIT_NOTE


class OneInvoice(Single):
    """One finalized invoice or credit note."""

    scope = Scope.BILLING_READ
    serializer_class = shapes.InvoiceShape

    def get_queryset(self) -> QuerySet[Invoice]:
        """Return those among which it is looked for."""
        return finalized_invoices(actor=self.actor)


class TrueUps(Listing):
    """The settlements of closed periods. For the vendor's keys; a customer reads the document that settles them."""

    scope = Scope.BILLING_READ
    for_vendor_only = True
    serializer_class = shapes.TrueUpShape
    filter_backends = (ByOwner,)
    owners = {"contract": "contract__public_id"}

    def get_queryset(self) -> QuerySet[TrueUp]:
        """Return them in the order of their making."""
        return true_ups_for(actor=self.actor)


class OneTrueUp(Single):
    """One settlement."""

    scope = Scope.BILLING_READ
    for_vendor_only = True
    serializer_class = shapes.TrueUpShape

    def get_queryset(self) -> QuerySet[TrueUp]:
        """Return those among which it is looked for."""
        return true_ups_for(actor=self.actor)


class Pdf(Walled):
    """The stored PDF of an invoice."""

    scope = Scope.BILLING_READ

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: str) -> FileResponse:
        """Send the first stored rendering, which is the original."""
        document = stored(self, public_id, InvoiceDocument.Kind.PDF)
        return FileResponse(
            open_stored(document.storage_key, document.sha256),
            as_attachment=True,
            filename=f"{file_stem(document.invoice.number)}.pdf",
            content_type="application/pdf",
        )


class Bundle(Walled):
    """The evidence bundle of an invoice, with which anybody recomputes it."""

    scope = Scope.BILLING_READ

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: str) -> FileResponse:
        """Send the signed bundle without names."""
        document = stored(self, public_id, InvoiceDocument.Kind.BUNDLE)
        return FileResponse(
            open_stored(document.storage_key, document.sha256),
            as_attachment=True,
            filename=bundle_file(document.invoice.number),
            content_type="application/zip",
        )


class Xml(Walled):
    """The e-invoice of an invoice in one profile."""

    scope = Scope.BILLING_READ

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: str, profile: str) -> HttpResponse:
        """Send the XML: `factur-x`, or one of the other profiles that the invoice lists."""
        invoice = finalized_invoices(actor=self.actor).filter(public_id=public_id).first()
        if invoice is None:
            raise Http404("This invoice does not exist.")
        try:
            content = exported(invoice, profile)
        except (EInvoiceRefused, KeyError, InvoiceDocument.DoesNotExist) as missing:
            raise Http404("There is no such e-invoice of this invoice.") from missing
        name = export_name(invoice, profile)
        return HttpResponse(
            content,
            content_type="application/xml",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def stored(view: Walled, public_id: str, kind: InvoiceDocument.Kind) -> InvoiceDocument:
    """Return a stored document of an invoice. Raises Http404, also for another customer's."""
    try:
        return document_of(actor=view.actor, public_id=public_id, kind=kind)
    except InvoiceDocument.DoesNotExist as error:
        raise Http404("There is no such document, or it is still being made.") from error
