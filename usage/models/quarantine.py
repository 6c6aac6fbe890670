"""What was decided about rows that were kept apart."""

from django.db import models
from django.db.models.functions import Now

from ground.presentation.format import count_of
from ground.scoping import ScopedQuerySet


class QuarantineWaiver(models.Model):
    """The vendor's word that the quarantined rows of a report are left as they are. Never changed, never removed.

    Nothing is counted differently: the rows stay out. The report only waits for nobody any more. It holds for the
    confirmation under which the rows were found: a file that is read again under another one has other rows.
    """

    report = models.ForeignKey("usage.UsageReport", on_delete=models.PROTECT, related_name="waivers")
    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    confirmation = models.PositiveIntegerField()
    rows = models.PositiveBigIntegerField()
    reason = models.TextField()
    waived_by = models.CharField(max_length=200)
    waived_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["report_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "confirmation"], name="waiver_once_per_reading"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="waiver_says_why"),
        ]

    def __str__(self) -> str:
        return f"{count_of(self.rows, 'row')} of report {self.report_id} waived by {self.waived_by}"
