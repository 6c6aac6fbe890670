"""What the vendor sells: plans, their versions, and the metrics that plans price."""

from django.db import models
from django.db.models.functions import Now

from ground.audit import tracked
from ground.ids import new_public_id


@tracked
class PlanMetric(models.Model):
    """Something that is counted, defined once and priced in every plan that names it."""

    key = models.CharField(max_length=60, unique=True)
    # One metric as TERMS.json writes it, read by the engine before it is stored.
    metric = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


@tracked
class Plan(models.Model):
    """A price list under a name; what it says stands in its versions."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked
class PlanVersion(models.Model):
    """Terms that a contract may start from, once they are published; from then on they never change.

    ``terms`` are complete TERMS.json; the days of their term are an example, a contract puts its own in.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    terms_digest = models.CharField(max_length=71)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["plan_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="plan_version_number_from_1"),
            models.CheckConstraint(
                condition=models.Q(published_at__isnull=True) | ~models.Q(published_by=""),
                name="plan_version_is_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of plan {self.plan_id}"

    @property
    def is_published(self) -> bool:
        """Whether contracts may start from it."""
        return self.published_at is not None
