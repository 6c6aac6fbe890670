"""A trial reading: what a file would change, shown to the person who is about to confirm it."""

from django.db import models
from django.db.models.functions import Now

from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


class PreviewState(models.TextChoices):
    """Where a trial reading stands."""

    ASKED = "asked", "being tried"
    READY = "ready", "ready"
    REFUSED = "refused", "refused"


class ReportPreview(models.Model):
    """What a person said about a file, and what the file would change if that were confirmed. Nothing counts by it.

    ``said`` is the statement that is tried, and afterwards confirmed word for word. ``basis`` is the digest of the
    other reports of the contract as they stood: when it is another by then, the person looks again. What was asked
    never changes; the result is written once.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    report = models.ForeignKey("usage.UsageReport", on_delete=models.PROTECT, related_name="previews")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    # {"mapping", "source_timezone", "covers": [first day, end), "generated_at", "nobody_active",
    # "day_as_stated", "repeated_files"}
    said = models.JSONField()
    said_digest = models.CharField(max_length=71)
    basis = models.CharField(max_length=71)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=PreviewState.choices, default=PreviewState.ASKED)
    # What the trial found; the keys are those of ``operations.try_report.Trial``.
    result = models.JSONField(null=True, blank=True)
    # Written by billing where a price is known; nothing in usage reads it.
    amounts = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["report_id", "id"]
        indexes = [models.Index(fields=["report", "said_digest", "basis"], name="preview_of_statement")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PreviewState.values), name="preview_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state="asked") | models.Q(result__isnull=False, finished_at__isnull=False),
                name="preview_finished_has_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"preview {self.public_id} of report {self.report_id}"
