"""The evidence made from a report: facts about the file, never its rows."""

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class EvidenceFile(models.Model):
    """Evidence of one report in one zone, of exactly the instants that the report owned when it was made.

    A report that loses instants to another gets a new row; the old one stays readable for the counts that used it.
    Nothing changes but the key of the names, which an erasure replaces or empties.
    """

    report = models.ForeignKey("usage.UsageReport", on_delete=models.PROTECT, related_name="evidence_files")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    # The confirmation under which it was made: the same bytes under another mapping are other rows.
    confirmation = models.PositiveIntegerField()
    zone = models.CharField("time zone of its civil days", max_length=64)
    # Half-open instants in UTC, [[start, end], ...], sorted; their digest is the key.
    spans = models.JSONField()
    spans_digest = models.CharField(max_length=71)
    digest = models.CharField("digest of the canonical rows", max_length=71)
    storage_key = models.CharField(max_length=200)
    storage_sha256 = models.CharField(max_length=64)
    names_key = models.CharField(max_length=200, blank=True)
    names_sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveBigIntegerField()
    users = models.PositiveBigIntegerField()
    # {"read", "accepted", "quarantined", "duplicate", "not_owned"}: the raw file's rows as this reading sorted them.
    row_counts = models.JSONField()
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    # ["2026-09-01", ...]: the civil days with activity; the other days of the spans were reported and quiet.
    active_days = models.JSONField(default=list, blank=True)
    engine_version = models.CharField(max_length=40)
    tzdata_version = models.CharField(max_length=40)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["report_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "confirmation", "zone", "spans_digest"], name="evidence_once_per_ownership"
            ),
            models.CheckConstraint(
                condition=models.Q(rows=0) | models.Q(first_day__isnull=False, last_day__isnull=False),
                name="evidence_with_rows_has_days",
            ),
        ]

    def __str__(self) -> str:
        return f"evidence {self.digest} of report {self.report_id}"
