"""What was counted, and what the instance claims."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class ActiveUserCount(models.Model):
    """Distinct users who satisfy one definition in one period, from one set of evidence. Never changed.

    A pure function of its key: counting again with the same key finds this row. New evidence is a new row.
    Where the contract bills reported users (`metric_kind`), the row holds what the daily counts come to in
    ``reported_users``; then nobody was counted, ``active_users`` is empty and there is no list of users.
    """

    class Kind(models.TextChoices):
        """Whose number it is."""

        ACTIVE = "active_users", "active users"
        REPORTED = "reported_users", "reported users"

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
                fields=["contract", "metric_digest", "period", "zone", "evidence_set_digest"],
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
                ),
                name="count_is_of_active_or_of_reported_users",
            ),
        ]

    def __str__(self) -> str:
        what = self.get_metric_kind_display()
        return f"{self.users} {what} of contract {self.contract_id} in {self.period} (count {self.pk})"

    @property
    def is_reported(self) -> bool:
        """Whether this is a number that the instances state, so that nobody's activity is behind it."""
        return self.metric_kind == self.Kind.REPORTED

    @property
    def users(self) -> int:
        """The quantity that the contract bills: active users, or reported ones where it bills those."""
        users = self.reported_users if self.is_reported else self.active_users
        if users is None:
            raise ValueError(f"Count {self.pk} has no number of users.")
        return users


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
        return f"{self.users} reported users of contract {self.contract_id} in {self.period} (row {self.pk})"
