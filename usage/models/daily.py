"""The daily numbers that files of kind "counts" state."""

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class DailyReportedCount(models.Model):
    """How many users a report states for one day of its instance, and the line where it stands. Never changed.

    Which of several reports is valid for a day is computed from what each owns (``queries.reported``). The rows of an
    earlier confirmation of the same report are kept and read no more.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="+")
    instance = models.ForeignKey("licenses.Instance", on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey("usage.UsageReport", on_delete=models.PROTECT, related_name="daily_counts")
    confirmation = models.PositiveIntegerField()
    # The day as the exporter writes it: where its day begins is the exporter's business.
    day = models.DateField()
    users = models.PositiveBigIntegerField()
    file = models.CharField(max_length=255, blank=True)
    line = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["report_id", "day"]
        constraints = [
            models.UniqueConstraint(fields=["report", "confirmation", "day"], name="daily_count_once_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.users} reported users on {self.day} (report {self.report_id}, line {self.line})"
