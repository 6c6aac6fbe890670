"""A bulk step of the billing run: what was to be done to which contracts of a month, and what became of each."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet
from licenses.ranges import period_of
from rollcall.period import Period


class BillingRun(models.Model):
    """One bulk step for one month, as somebody started it after its dry run.

    How far it is stands in its job and in the outcomes of its items; nothing here repeats it. A run is never changed,
    but for the word of the person who stopped it.
    """

    class Kind(models.TextChoices):
        COUNT = "count", "count"
        DRAFT = "draft", "count and draft"
        FINALIZE = "finalize", "finalize"
        SEND = "send", "send"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    # Of the dry run that was confirmed: confirming it twice is one run.
    token = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField()
    job = models.OneToOneField("ground.Job", on_delete=models.PROTECT, related_name="billing_run")
    asked_by = models.CharField(max_length=200)
    asked_by_account = models.BigIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()
    cancelled_by = models.CharField(max_length=200, blank=True, default="")
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("month", "-id"), name="billing_run_by_month"),)
        constraints = (
            models.CheckConstraint(name="billing_run_of_a_month", condition=Q(month__day=1)),
            models.CheckConstraint(name="billing_run_names_who", condition=~Q(asked_by="") & ~Q(token="")),
            models.CheckConstraint(
                name="billing_run_cancelled_by_somebody",
                condition=Q(cancelled_at__isnull=True, cancelled_by="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancelled_by="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.month:%B %Y}"

    @property
    def is_over(self) -> bool:
        return self.job.is_over

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked to stop it and its worker has not come to that yet."""
        return self.cancelled_at is not None and not self.job.is_over


class BillingRunItem(models.Model):
    """One contract's part of a run: a period to count or draft, or a document to finalize or send.

    The outcome is written once, with the sentence that the person reads. `waiting` is what a run has not come to; the
    database lets nothing else be changed. A discarded draft is gone while its item stays, so the document is named by
    its public id.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", "not reached"
        DONE = "done", "done"
        SAME = "same", "nothing changed"
        HELD = "held", "held"
        REFUSED = "refused", "refused"
        FAILED = "failed", "failed"
        LEFT_OUT = "left_out", "left out"

    run = models.ForeignKey(BillingRun, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    period = DateRangeField()
    zone = models.CharField(max_length=64)
    invoice_public_id = models.CharField(max_length=32, blank=True, default="")
    # Before tax, as the dry run showed it: a draft that says something else by now is not finalized unseen.
    seen_amount = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    words = models.TextField(blank=True, default="")
    # What it came to, before tax.
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    # Times that a worker began on it: one that ends a worker again and again is passed over.
    attempts = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("run_id", "position")
        constraints = (
            models.UniqueConstraint(name="billing_run_item_has_a_place", fields=("run", "position")),
            models.CheckConstraint(
                name="billing_run_item_has_days",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
            ),
            models.CheckConstraint(
                name="billing_run_item_money_has_currency",
                condition=Q(seen_amount__isnull=True, amount__isnull=True) | ~Q(currency=""),
            ),
            models.CheckConstraint(
                name="billing_run_item_ends_with_words",
                condition=Q(outcome="waiting", ended_at__isnull=True, words="")
                | (~Q(outcome="waiting") & Q(ended_at__isnull=False) & ~Q(words="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.outcome}: contract {self.contract_id} in run {self.run_id}"

    @property
    def span(self) -> Period:
        """The civil period as the engine's value."""
        return period_of(self.period)
