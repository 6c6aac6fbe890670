"""What was counted, and what the instance claims."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet
from licenses.ranges import period_of
from rollcall.money import shortest


class ActiveUserCount(models.Model):
    """Distinct users who satisfy one definition in one period, from one set of evidence. Never changed.

    A pure function of its key: counting again with the same key finds this row. New evidence is a new row.
    Where the contract bills reported users (`metric_kind`), the row holds what the daily counts come to in
    ``reported_users``; then nobody was counted, ``active_users`` is empty and there is no list of users. Provisioned
    users and seats have a ``quantity`` alone. An action's quantity has the people behind it and their list as well.
    """

    class Kind(models.TextChoices):
        """Whose number it is."""

        ACTIVE = "active_users", "active users"
        REPORTED = "reported_users", "reported users"
        PROVISIONED = "provisioned_users", "provisioned users"
        SEATS = "seats", "seats"
        ACTION = "action_quantity", "what actions add up to"

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="counts")
    metric_name = models.CharField(max_length=100)
    metric_kind = models.CharField(max_length=30, choices=Kind.choices, default=Kind.ACTIVE)
    # Digest of the whole metric: kind, definition, calculation.
    metric_digest = models.CharField(max_length=71)
    period = DateRangeField()
    zone = models.CharField(max_length=64)
    # [{"evidence_id", "report", "file_name", "instance", "grade", "digest"}, ...] in the order of the digests.
    evidence = models.JSONField()
    evidence_set_digest = models.CharField(max_length=71)
    active_users = models.PositiveBigIntegerField(null=True, blank=True)
    # {"2026-09-01": 12, ...}: the days on which anybody qualified; a day that is absent was quiet or not reported,
    # which ``queries.coverage`` tells apart. Of reported users: the days that every instance has reported.
    daily = models.JSONField()
    # {"": {"2026-09-01": 12, ...}}: the numbers of the days from which the contract makes its quantity: zero where a
    # day was reported and quiet, absent where it was not reported. By the name of the instance where each is reduced on
    # its own. Of provisioned users: the dated numbers. Empty where users are counted once in the window.
    series = models.JSONField(default=dict, blank=True)
    # What is billed before rules over several periods; empty where it is the number of users.
    quantity = models.DecimalField(max_digits=38, decimal_places=6, null=True, blank=True)
    # [["12.5", 4], ...]: one person's quantity and how many people had it; only where a cap looks at single people.
    quantity_by_user = models.JSONField(default=list, blank=True)
    # Counted actions for which no quantity is stated; they add nothing.
    without_quantity = models.PositiveBigIntegerField(default=0)
    # {"start": "2026-08-05", "missing": {"Berlin-1": ["2026-08-20"]}}: the days before the period that a rolling window
    # looks at, and those of them that nobody reported.
    look_back = models.JSONField(default=dict, blank=True)
    # How many rows of the evidence and how many people each step takes away: ``rollcall.counting.funnel``, and under
    # "verdicts" the people by verdict. Empty where nobody's activity was counted. What fell before the evidence was
    # made stands in ``evidence``, by file.
    funnel = models.JSONField(default=dict, blank=True)
    # What the row rests on besides evidence: the days that were reported, where its quantity depends on them, and
    # whether single people's quantities are kept.
    basis_digest = models.CharField(max_length=71, blank=True)
    provisioned_users = models.PositiveBigIntegerField(null=True, blank=True)
    provisioned_date = models.DateField(null=True, blank=True)
    provisioned_source = models.CharField(max_length=100, blank=True)
    reported_users = models.PositiveBigIntegerField(null=True, blank=True)
    # The list of users, empty for reported users.
    verdicts_key = models.CharField(max_length=200, blank=True)
    verdicts_sha256 = models.CharField(max_length=64, blank=True)
    verdicts_digest = models.CharField(max_length=71, blank=True)
    digest = models.CharField("digest of the count itself", max_length=71)
    engine_version = models.CharField(max_length=40)
    tzdata_version = models.CharField(max_length=40)
    counted_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "period", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "metric_digest", "period", "zone", "evidence_set_digest", "basis_digest"],
                name="count_once_per_evidence_set",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(fields=["id", "contract", "customer"], name="count_contract_and_customer"),
            models.CheckConstraint(
                condition=models.Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="count_period_has_days",
            ),
            models.CheckConstraint(
                condition=models.Q(metric_kind="active_users", active_users__isnull=False) & ~models.Q(verdicts_key="")
                | models.Q(
                    metric_kind="reported_users",
                    active_users__isnull=True,
                    reported_users__isnull=False,
                    verdicts_key="",
                )
                | models.Q(
                    metric_kind="action_quantity",
                    active_users__isnull=False,
                    quantity__isnull=False,
                )
                & ~models.Q(verdicts_key="")
                | models.Q(
                    metric_kind__in=("provisioned_users", "seats"),
                    active_users__isnull=True,
                    quantity__isnull=False,
                    verdicts_key="",
                ),
                name="count_is_of_what_its_kind_says",
            ),
        ]

    def __str__(self) -> str:
        what = self.get_metric_kind_display()
        return f"{self.users:,} {what}, {self.contract.number}, {period_of(self.period).words(self.zone)}"

    @property
    def is_reported(self) -> bool:
        """Whether this is a number that the instances state, so that nobody's activity is behind it."""
        return self.metric_kind == self.Kind.REPORTED

    @property
    def has_days(self) -> bool:
        """Whether the quantity is made of the numbers of days, so that one can be left out."""
        return self.metric_kind in (self.Kind.REPORTED, self.Kind.PROVISIONED) or bool(self.series)

    @property
    def has_people(self) -> bool:
        """Whether there is a list of users behind the number."""
        return bool(self.verdicts_key)

    @property
    def users(self) -> int:
        """The people behind the number: active users, reported ones, accounts or seats; whole, where it is a mean."""
        if self.metric_kind in (self.Kind.PROVISIONED, self.Kind.SEATS):
            return int(self.quantity or 0)
        users = self.reported_users if self.is_reported else self.active_users
        if users is None:
            raise ValueError(f"Count {self.pk} has no number of users.")
        return users

    def given(self) -> dict[str, Any]:
        """Return the quantity as USAGE.json writes it: what rating starts from."""
        found: dict[str, Any]
        if self.metric_kind == self.Kind.PROVISIONED and self.series:
            found = {"levels": self.series[""]}
        elif self.metric_kind == self.Kind.ACTION:
            found = {"quantity_by_user": self.quantity_by_user} if self.quantity_by_user else self._quantity()
            if self.without_quantity:
                found = {**found, "without_quantity": self.without_quantity}
        elif self.metric_kind in (self.Kind.PROVISIONED, self.Kind.SEATS):
            found = self._quantity()
        elif "" in self.series:
            found = {"daily_users": self.series[""]}
        elif self.series:
            found = {"daily_users_by_instance": self.series}
        else:
            found = {"daily_users": dict(self.daily)} if self.is_reported and self.daily else {"users": self.users}
        unseen = {day for days in self.look_back.get("missing", {}).values() for day in days}
        return {**found, "look_back_missing_days": len(unseen)} if unseen else found

    def _quantity(self) -> dict[str, str]:
        return {"quantity": shortest(self.quantity or Decimal(0))}


class ReportedCount(models.Model):
    """The number of active users that an instance or its owner claims for a period; shown beside our count.

    Rows are only added; of several for one period the last one added is valid. ``instance`` is empty for a number
    that stands for the whole contract.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="reported_counts")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    report = models.ForeignKey("usage.UsageReport", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    period = DateRangeField()
    users = models.PositiveBigIntegerField()
    source = models.CharField(max_length=100)
    recorded_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "period", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="reported_count_period_has_days",
            ),
            models.CheckConstraint(condition=~models.Q(source=""), name="reported_count_has_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.users:,} reported users, {self.contract.number}, {period_of(self.period).words()}"
