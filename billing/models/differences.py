"""What does not agree: one row per difference that somebody has to explain, and everything that was done about it."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet
from licenses.ranges import period_of
from rollcall.period import Period


@tracked
class Difference(models.Model):
    """Two facts about one contract and period that do not agree, or one that stands out. Never deleted.

    `key` names the same difference whenever it is looked for, so it is one row for ever. It leaves the list with a
    reason: `explained` by a person, or `gone` because facts changed, with the words that say which. Found again with
    other numbers it is open again, and its history says so. `users` is what is counted less what was claimed or
    expected; `amount` is what hangs on it before tax, None where nobody can say.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        EXPLAINED = "explained", "explained"
        GONE = "gone", "gone"

    class Code(models.TextChoices):
        """What does not agree with what; each has a file of its name in `billing/differences/`."""

        REPORTED_AGAINST_COUNTED = "reported_against_counted", "reported against counted"
        INSTANCE_AGAINST_INSTANCE = "instance_against_instance", "one instance against another"
        MONTH_AGAINST_TREND = "month_against_trend", "this period against the trend"
        EVIDENCE_GRADE = "evidence_grade", "evidence grade"
        DAYS_MISSING = "days_missing", "days without a report"
        QUARANTINED_SHARE = "quarantined_share", "quarantined rows"
        SPIKE = "spike", "a spike"
        MIXED_NAMESPACES = "mixed_namespaces", "mixed namespaces"
        HELD = "held", "held"
        BILLED_AGAINST_COUNTED = "billed_against_counted", "billed against counted"

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="differences")
    billing_period = models.ForeignKey(
        "billing.BillingPeriod", on_delete=models.PROTECT, null=True, blank=True, related_name="differences"
    )
    period = DateRangeField()
    zone = models.CharField(max_length=64)
    code = models.CharField(max_length=40, choices=Code.choices)
    key = models.CharField(max_length=300, unique=True)
    words = models.TextField()
    users = models.BigIntegerField(null=True, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    # What the page shows of where it is: the shape belongs to the file of its code.
    facts = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey("licenses.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, default="")
    found_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # The last time that the customer was asked about it.
    asked_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("found_at", "pk")
        indexes = (
            models.Index(fields=("state", "found_at"), name="difference_by_state"),
            models.Index(fields=("contract", "state"), name="difference_by_contract"),
        )
        constraints = (
            models.UniqueConstraint(name="difference_and_owner", fields=("id", "contract", "customer")),
            models.CheckConstraint(
                name="difference_has_days",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
            ),
            models.CheckConstraint(name="difference_says_what", condition=~Q(words="") & ~Q(key="") & ~Q(code="")),
            models.CheckConstraint(
                name="difference_closed_with_reason",
                condition=Q(state="open", closed_at__isnull=True, closed_by="", reason="")
                | (Q(state__in=("explained", "gone"), closed_at__isnull=False) & ~Q(closed_by="") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="difference_money_has_currency", condition=Q(amount__isnull=True) | ~Q(currency="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_code_display()}, {self.contract.number}, {self.span.words(self.zone)}"

    @property
    def span(self) -> Period:
        """The civil period as the engine's value."""
        return period_of(self.period)

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class DifferenceEvent(models.Model):
    """One thing that happened to a difference: found, taken, noted, asked about, explained, gone. Only ever added."""

    difference = models.ForeignKey(Difference, on_delete=models.PROTECT, related_name="entries")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=200)
    reason = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("difference_id", "pk")
        constraints = (
            models.CheckConstraint(
                name="difference_event_names_verb_and_actor", condition=~Q(verb="") & ~Q(actor_name="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_name} on difference {self.difference_id} #{self.pk}"
