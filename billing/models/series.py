"""The counters from which documents take their numbers, and the days up to which the accounts are closed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

YEAR = "{year}"


class InvoiceSeries(models.Model):
    """The counter from which the documents of one kind of one legal entity take their numbers.

    Numbers run from `first_number` without a gap: a rolled-back finalization gives its number back with the row. A
    series that is `reset` every year has a row per year, whose `prefix` has the year where the `pattern` has "{year}";
    it numbers the documents that are dated in that year.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "invoice"
        CREDIT_NOTE = "credit_note", "credit note"

    class Reset(models.TextChoices):
        NEVER = "never", "never"
        YEARLY = "yearly", "every year"

    legal_entity = models.ForeignKey("licenses.LegalEntity", on_delete=models.PROTECT, related_name="invoice_series")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.INVOICE)
    prefix = models.CharField(max_length=20)
    reset = models.CharField(max_length=10, choices=Reset.choices, default=Reset.NEVER, db_default=Reset.NEVER)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    pattern = models.CharField(max_length=30, blank=True, default="", db_default="")
    first_number = models.BigIntegerField(default=1)
    next_number = models.BigIntegerField(default=1)

    class Meta:
        verbose_name_plural = "invoice series"
        constraints = (
            models.UniqueConstraint(
                name="invoice_series_one_per_kind", fields=("legal_entity", "kind", "year"), nulls_distinct=False
            ),
            models.UniqueConstraint(name="invoice_series_prefix_names_one", fields=("legal_entity", "prefix")),
            models.CheckConstraint(
                name="invoice_series_counts_up",
                condition=Q(first_number__gte=1, next_number__gte=F("first_number")),
            ),
            models.CheckConstraint(
                name="invoice_series_year_of_its_reset",
                condition=Q(reset="never", year__isnull=True, pattern="")
                | Q(reset="yearly", year__gte=2000, year__lte=9999, pattern__contains=YEAR),
            ),
        )

    def __str__(self) -> str:
        return f"{self.prefix}, {self.get_kind_display()}, {self.legal_entity}"

    def number_text(self, sequence: int) -> str:
        """The number as it is printed: the prefix and at least four digits."""
        return f"{self.prefix}{sequence:04d}"


class AccountingClose(models.Model):
    """The accounts of a legal entity were closed: no document is dated before `closed_to`, which is the first open day.

    Rows are only added, and each closes more than the one before it.
    """

    legal_entity = models.ForeignKey("licenses.LegalEntity", on_delete=models.PROTECT, related_name="closes")
    closed_to = models.DateField()
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=200)
    reason = models.TextField()

    class Meta:
        ordering = ("legal_entity_id", "-closed_to")
        constraints = (
            models.UniqueConstraint(name="accounting_close_once", fields=("legal_entity", "closed_to")),
            models.CheckConstraint(
                name="accounting_close_says_who_and_why", condition=~Q(closed_by="") & ~Q(reason="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.legal_entity} closed before {self.closed_to}"
