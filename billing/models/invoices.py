"""The invoice, its lines, its stored documents and its history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from billing.models.series import InvoiceSeries
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet
from licenses.ranges import period_of


class StillADraft(ValueError):
    """The invoice is not finalized."""


class Invoice(models.Model):
    """What one customer owes for one or more rated periods.

    `draft` is recomputed when facts change and may be discarded. `finalized` is a snapshot under a number: nothing
    in the row changes again, and it is corrected only by another document. Sent, overdue and paid are facts about
    an invoice, kept elsewhere. The amounts stand in columns to be searched; the snapshot is what is printed.

    A credit note is such a document too: it `corrects` a finalized invoice, takes its number from a series of its own,
    and its amounts are positive, for they say what is given back.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "invoice"
        CREDIT_NOTE = "credit_note", "credit note"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        FINALIZED = "finalized", "finalized"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="invoices")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.INVOICE, db_default=Kind.INVOICE)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    series = models.ForeignKey(InvoiceSeries, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    sequence = models.BigIntegerField(null=True, blank=True)
    number = models.CharField(max_length=40, null=True, blank=True)
    currency = models.CharField(max_length=3)
    period = DateRangeField()
    zone = models.CharField(max_length=64)
    issue_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    net_amount = models.DecimalField(max_digits=20, decimal_places=4)
    tax_amount = models.DecimalField(max_digits=20, decimal_places=4)
    gross_amount = models.DecimalField(max_digits=20, decimal_places=4)
    # What credits of the contract pay of the amount with tax: it is owed no more (EN 16931, BT-113).
    prepaid_amount = models.DecimalField(max_digits=20, decimal_places=4, default=Decimal(0), db_default=Decimal(0))
    snapshot = models.JSONField(null=True, blank=True)
    snapshot_digest = models.CharField(max_length=71, blank=True, default="")
    # The chain runs over the snapshots of one series; "" before its first document.
    previous_digest = models.CharField(max_length=71, blank=True, default="")
    chain_digest = models.CharField(max_length=71, blank=True, default="")
    drafted_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True, blank=True)
    finalized_by = models.CharField(max_length=200, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("-issue_date", "-pk")
        indexes = (
            models.Index(fields=("customer", "-issue_date"), name="billing_invoice_by_customer"),
            models.Index(fields=("state", "-issue_date"), name="billing_invoice_by_state"),
            models.Index(fields=("currency", "-id"), name="billing_invoice_by_currency"),
            models.Index(fields=("kind", "-id"), name="billing_invoice_by_kind"),
            # What is past its day: all of it, or nothing in a million.
            models.Index(
                fields=("due_date",),
                condition=models.Q(kind="invoice", state="finalized"),
                name="billing_invoice_by_due_date",
            ),
            # As a search compares: any case, by the beginning.
            models.Index(OpClass(Upper("number"), name="text_pattern_ops"), name="billing_invoice_by_number"),
        )
        constraints = (
            # The targets of the composite foreign keys that keep customer_id honest in the tables below.
            models.UniqueConstraint(name="invoice_and_customer", fields=("id", "customer")),
            models.UniqueConstraint(name="invoice_contract_and_customer", fields=("id", "contract", "customer")),
            models.UniqueConstraint(name="invoice_number_once", fields=("series", "number")),
            models.UniqueConstraint(name="invoice_sequence_once", fields=("series", "sequence")),
            # One chain, not a tree: no two documents of a series follow the same document.
            models.UniqueConstraint(
                name="invoice_chain_does_not_fork",
                fields=("series", "previous_digest"),
                condition=Q(state="finalized"),
            ),
            models.CheckConstraint(
                name="invoice_net_and_tax_are_gross",
                condition=Q(gross_amount=F("net_amount") + F("tax_amount")),
            ),
            models.CheckConstraint(
                name="invoice_credit_note_corrects_one",
                condition=Q(kind="invoice", corrects__isnull=True)
                | (
                    Q(kind="credit_note", corrects__isnull=False, prepaid_amount__lte=F("gross_amount"))
                    & Q(net_amount__gt=0, tax_amount__gte=0)
                ),
            ),
            models.CheckConstraint(name="invoice_prepaid_not_negative", condition=Q(prepaid_amount__gte=0)),
            models.CheckConstraint(
                name="invoice_period_not_empty",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
            ),
            models.CheckConstraint(
                name="invoice_finalized_is_complete",
                condition=Q(
                    state="draft",
                    series__isnull=True,
                    sequence__isnull=True,
                    number__isnull=True,
                    snapshot__isnull=True,
                    finalized_at__isnull=True,
                )
                | (
                    Q(
                        state="finalized",
                        series__isnull=False,
                        sequence__isnull=False,
                        number__isnull=False,
                        issue_date__isnull=False,
                        due_date__gte=F("issue_date"),
                        snapshot__isnull=False,
                        finalized_at__isnull=False,
                    )
                    & ~Q(number="")
                    & ~Q(snapshot_digest="")
                    & ~Q(chain_digest="")
                    & ~Q(finalized_by="")
                ),
            ),
        )

    def __str__(self) -> str:
        draft = "draft credit note" if self.is_credit_note else "draft"
        return self.number or f"{draft} of {self.contract.number} for {period_of(self.period).words(self.zone)}"

    def due_when_issued(self, day: date) -> date:
        """The day on which the document is due when it is issued on this one: what is given back, at once."""
        return day if self.is_credit_note else day + timedelta(days=self.contract.payment_days)

    @property
    def is_credit_note(self) -> bool:
        return self.kind == self.Kind.CREDIT_NOTE

    @property
    def frozen(self) -> dict[str, Any]:
        """The snapshot of a finalized invoice. Raises StillADraft."""
        if self.snapshot is None:
            raise StillADraft(f"The {self} is not finalized, so nothing in it is frozen.")
        frozen: dict[str, Any] = self.snapshot
        return frozen


class InvoiceLine(models.Model):
    """One line: quantity times unit price is the amount, and the words say why.

    Where a part of a cycle is billed, `share` is that part ("16/31"), and the amount is the share of the product.

    `key` is the engine's stable key (`seats/price/tier-1`) under the period it is for, so rating twice gives the
    same line. A line is for a billing period, or settles a true-up, or gives back what a line of a finalized invoice
    billed, or is an adjustment; a true-up is settled by one line at most, and an adjustment billed by one.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    charge_key = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit_price = models.DecimalField(max_digits=24, decimal_places=10)
    share = models.CharField(max_length=40, default="1", db_default="1")
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    tax_category = models.CharField(max_length=4)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    words = models.TextField()
    period = DateRangeField()
    billing_period = models.ForeignKey(
        "billing.BillingPeriod", on_delete=models.PROTECT, null=True, blank=True, related_name="lines"
    )
    true_up = models.ForeignKey("billing.TrueUp", on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    adjustment = models.ForeignKey(
        "billing.Adjustment", on_delete=models.PROTECT, null=True, blank=True, related_name="lines"
    )
    # The line of a finalized invoice of which this line of a credit note gives something back.
    credited_line = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_lines"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("invoice_id", "position")
        constraints = (
            # The target of the composite foreign key that keeps the customer_id of a credit line honest.
            models.UniqueConstraint(name="invoice_line_and_customer", fields=("id", "customer")),
            models.UniqueConstraint(name="invoice_line_position_once", fields=("invoice", "position")),
            models.UniqueConstraint(
                name="invoice_line_key_once",
                fields=("invoice", "billing_period", "true_up", "credited_line", "adjustment", "key"),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                name="true_up_settled_once", fields=("true_up",), condition=Q(true_up__isnull=False)
            ),
            models.UniqueConstraint(
                name="adjustment_billed_once", fields=("adjustment",), condition=Q(adjustment__isnull=False)
            ),
            models.CheckConstraint(
                name="invoice_line_has_one_source",
                condition=Q(
                    Q(billing_period__isnull=False, true_up__isnull=True, credited_line__isnull=True)
                    | Q(billing_period__isnull=True, true_up__isnull=False, credited_line__isnull=True)
                    | Q(billing_period__isnull=True, true_up__isnull=True, credited_line__isnull=False),
                    adjustment__isnull=True,
                )
                | Q(
                    adjustment__isnull=False,
                    billing_period__isnull=True,
                    true_up__isnull=True,
                    credited_line__isnull=True,
                ),
            ),
            models.CheckConstraint(name="invoice_line_says_why", condition=~Q(words="") & ~Q(key="")),
        )

    def __str__(self) -> str:
        return f"{self.invoice_id} line {self.position}: {self.key}"


class InvoiceDocument(models.Model):
    """One stored rendering of a finalized invoice. The first that is stored is the original; it is never re-made."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        # EN 16931 in the syntax CII: the file that the PDF carries as Factur-X.
        E_INVOICE = "e_invoice", "e-invoice"
        EVIDENCE_CSV = "evidence_csv", "evidence list"
        # Everything with which the customer counts and rates the invoice again; signed, without salt and names.
        BUNDLE = "bundle", "evidence bundle"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    storage_key = models.CharField(max_length=300, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    stored_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("invoice_id", "kind")
        constraints = (
            models.UniqueConstraint(name="invoice_document_once_per_kind", fields=("invoice", "kind")),
            models.CheckConstraint(name="invoice_document_not_empty", condition=Q(size__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.kind} of invoice {self.invoice_id}"


class InvoiceEvent(models.Model):
    """One thing that was done to an invoice: who, what, why. Only ever added, and kept when a draft is discarded.

    The link to the invoice carries no foreign key in the database, because a discarded draft is gone and its
    history is not; `invoice_public_id` names it for ever.
    """

    invoice = models.ForeignKey(
        Invoice, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="events"
    )
    invoice_public_id = models.CharField(max_length=32, db_index=True)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=200)
    reason = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("invoice_public_id", "pk")
        constraints = (
            models.CheckConstraint(
                name="invoice_event_names_verb_and_actor", condition=~Q(verb="") & ~Q(actor_name="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_name} on {self.invoice_public_id} #{self.pk}"
