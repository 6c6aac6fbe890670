"""Days of a contract whose numbers a person left out of its bill."""

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class ExcusedDay(models.Model):
    """The vendor's word that a day does not count, or counts again, with the reason. Never changed, never removed.

    Of several words about one day and metric the last one is valid. What was reported for the day stays as it is: only
    the quantity that is made of the days leaves it out, and the bill says so. ``metric_name`` is empty for every metric
    of the contract that has a number a day.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="excused_days")
    metric_name = models.CharField(max_length=100, blank=True)
    day = models.DateField()
    is_excused = models.BooleanField()
    reason = models.TextField()
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "day", "id"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="excused_day_says_why")]

    def __str__(self) -> str:
        word = "excused" if self.is_excused else "counted again"
        return f"{self.day} of contract {self.contract.number} {word} by {self.decided_by}"
