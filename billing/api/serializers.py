"""Invoices, credit notes and true-ups as they are sent."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from billing.e_invoices import exports_of
from billing.models import Invoice, InvoiceDocument, TrueUp
from ground.api.fields import Days, DecimalText


class LineShape(serializers.Serializer[Any]):
    """One line with the words that stand on the document."""

    key = serializers.CharField()
    kind = serializers.CharField()
    quantity = DecimalText()
    unit_price = DecimalText()
    amount = DecimalText()
    words = serializers.CharField()


class LinkShape(serializers.Serializer[Any]):
    """Where a document is downloaded."""

    kind = serializers.CharField(help_text="pdf, bundle, or a profile of the e-invoice")
    href = serializers.CharField()


class InvoiceShape(serializers.Serializer[Any]):
    """One finalized invoice or credit note, as it was sent."""

    id = serializers.CharField(source="public_id")
    contract = serializers.CharField(source="contract.public_id")
    kind = serializers.ChoiceField(choices=Invoice.Kind.choices)
    corrects = serializers.CharField(source="corrects.public_id", default=None, allow_null=True)
    number = serializers.CharField()
    currency = serializers.CharField()
    period = Days()
    zone = serializers.CharField()
    issue_date = serializers.DateField()
    due_date = serializers.DateField()
    net_amount = DecimalText()
    tax_amount = DecimalText()
    gross_amount = DecimalText()
    prepaid_amount = DecimalText(help_text="paid by credits of the contract")
    lines = LineShape(many=True)
    snapshot_digest = serializers.CharField()
    chain_digest = serializers.CharField()
    finalized_at = serializers.DateTimeField()
    documents = serializers.SerializerMethodField()

    @extend_schema_field(LinkShape(many=True))
    def get_documents(self, invoice: Invoice) -> list[dict[str, str]]:
        """Return the documents that are there by now."""
        request = self.context.get("request")
        stored = {document.kind for document in invoice.documents.all()}
        links = [
            (kind, f"api:invoice_{kind}")
            for kind in (InvoiceDocument.Kind.PDF.value, InvoiceDocument.Kind.BUNDLE.value)
            if kind in stored
        ]
        found = [
            {"kind": kind, "href": reverse(name, args=[invoice.public_id], request=request)} for kind, name in links
        ]
        return found + [
            {
                "kind": export.key,
                "href": reverse("api:invoice_xml", args=[invoice.public_id, export.key], request=request),
            }
            for export in exports_of(invoice)
            if not export.refusal
        ]


class TrueUpShape(serializers.Serializer[Any]):
    """What a billed period would cost today, beside what was settled for it, and what was decided."""

    id = serializers.CharField(source="public_id")
    contract = serializers.CharField(source="contract.public_id")
    charge_key = serializers.CharField()
    kind = serializers.ChoiceField(choices=TrueUp.Kind.choices)
    state = serializers.ChoiceField(choices=TrueUp.State.choices)
    currency = serializers.CharField()
    difference_amount = DecimalText()
    settled_amount = DecimalText(allow_null=True)
    words = serializers.CharField()
    reason = serializers.CharField()
    new_users = serializers.IntegerField()
    gone_users = serializers.IntegerField()
    proposed_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    invoice = serializers.CharField(source="invoice.public_id", default=None, allow_null=True)
