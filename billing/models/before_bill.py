"""What a customer is told before the bill: this cycle's estimate, and notices that a limit comes near."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from ground.scoping import ScopedQuerySet
from usage.models import Grade


class RunningEstimate(models.Model):
    """What a period that still runs would cost if it ended with the users counted so far. Never billed from.

    One row per period of the main charge, written anew after each count. `net_amount` is None where it cannot be said
    yet, with the reason in `why_none`. `counted_at` is the instant of the count, `grade` the weakest evidence in it.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="running_estimates")
    billing_period = models.OneToOneField(
        "billing.BillingPeriod", on_delete=models.PROTECT, related_name="running_estimate"
    )
    period = DateRangeField()
    users = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    net_amount = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    why_none = models.TextField(blank=True, default="")
    grade = models.CharField(max_length=20, blank=True, default="")
    counted_at = models.DateTimeField(null=True, blank=True)
    # The last day of which something is known.
    through = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("contract_id", "period")
        constraints = (
            models.CheckConstraint(
                name="running_estimate_says_why_none",
                condition=Q(net_amount__isnull=False, why_none="", counted_at__isnull=False) & ~Q(currency="")
                | Q(net_amount__isnull=True) & ~Q(why_none=""),
            ),
        )

    def __str__(self) -> str:
        return f"estimate of {self.billing_period}"

    @property
    def grade_words(self) -> str:
        """The weakest evidence in words; "" where nobody's activity is counted."""
        return str(Grade(self.grade).label) if self.grade else ""


class Notice(models.Model):
    """One thing that was said before the bill; only ever added, and never said twice.

    `percent` is the step that was reached: 50, 75, 90 or 100 of a floor, a commitment, a pool or a cap; of a period
    that runs ahead of the last three it is 0. `period` is the term where the limit holds for the term. `facts` holds
    the figures that the words give.
    """

    class Kind(models.TextChoices):
        FLOOR = "floor", "floor"
        COMMITMENT = "commitment", "commitment"
        POOL = "pool", "credit"
        CAP = "cap", "cap"
        AHEAD = "ahead", "running ahead"

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="notices")
    charge_key = models.CharField(max_length=100)
    period = DateRangeField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    percent = models.PositiveSmallIntegerField()
    words = models.TextField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("contract", "-at"), name="notice_by_contract"),)
        constraints = (
            models.UniqueConstraint(
                name="notice_said_once", fields=("contract", "charge_key", "period", "kind", "percent")
            ),
            models.CheckConstraint(
                name="notice_step",
                condition=Q(kind="ahead", percent=0) | (~Q(kind="ahead") & Q(percent__in=(50, 75, 90, 100))),
            ),
            models.CheckConstraint(name="notice_says_what", condition=~Q(words="") & ~Q(charge_key="")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.percent} of contract {self.contract.number}"


class NoticePreference(models.Model):
    """Which notices of a contract are sent by mail, and to whom. Without a row all are, to both sides.

    A kind that is off is still found and shown on the pages.
    """

    contract = models.OneToOneField(
        "licenses.Contract", on_delete=models.PROTECT, related_name="notice_preference", primary_key=True
    )
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    off_kinds = models.JSONField(default=list, blank=True)
    is_sent_to_customer = models.BooleanField(default=True, db_default=True)
    is_sent_to_vendor = models.BooleanField(default=True, db_default=True)
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(name="notice_preference_names_who", condition=~Q(changed_by="")),)

    def __str__(self) -> str:
        return f"notices of contract {self.contract.number}"
