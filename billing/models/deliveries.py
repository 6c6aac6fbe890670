"""What became of sending a document: one row per time that somebody asked for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ground.scoping import ScopedQuerySet


class Delivery(models.Model):
    """One mail with one finalized document to the billing contacts of its contract, and what became of it.

    The words and the addresses are frozen when somebody asks. `handed_over_at` is set before the mail server is spoken
    to: a row that is still queued with it set was cut off at that moment, and is never sent a second time by itself.
    `sent` and `failed` are final; sending again is another row, with its number and its reason.
    """

    class How(models.TextChoices):
        PDF = "pdf", "with the PDF"
        LINK = "link", "with a link to sign in"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"

    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="deliveries")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    # 1 for the first time; the key of the delivery together with the invoice.
    number = models.PositiveIntegerField()
    how = models.CharField(max_length=10, choices=How.choices)
    # The Message-ID: the same mail, should it ever arrive twice, is recognized by it.
    message_id = models.CharField(max_length=250, unique=True)
    to = models.JSONField()
    subject = models.CharField(max_length=250)
    body = models.TextField()
    reason = models.TextField(blank=True, default="")
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    # What the mail server said last; the reason where the delivery failed.
    last_error = models.TextField(blank=True, default="")
    # The addresses that were still billing contacts when the mail went out.
    sent_to = models.JSONField(default=list, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("invoice_id", "number")
        verbose_name_plural = "deliveries"
        indexes = (models.Index(fields=("state", "asked_at"), name="delivery_by_state"),)
        constraints = (
            models.UniqueConstraint(name="delivery_numbered_once", fields=("invoice", "number")),
            models.UniqueConstraint(name="delivery_one_at_a_time", fields=("invoice",), condition=Q(state="queued")),
            models.CheckConstraint(name="delivery_number_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(name="delivery_again_with_reason", condition=Q(number=1) | ~Q(reason="")),
            models.CheckConstraint(name="delivery_goes_to_somebody", condition=~Q(to=[])),
            models.CheckConstraint(
                name="delivery_says_what_became_of_it",
                condition=Q(state="queued", ended_at__isnull=True, sent_to=[])
                | (Q(state="sent", ended_at__isnull=False, handed_over_at__isnull=False) & ~Q(sent_to=[]))
                | (Q(state="failed", ended_at__isnull=False) & ~Q(last_error="")),
            ),
        )

    def __str__(self) -> str:
        return f"mail {self.number} with {self.invoice}"
