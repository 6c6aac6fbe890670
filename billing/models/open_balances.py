"""What a customer still owed in the system before this one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ground.audit import tracked
from ground.scoping import ScopedQuerySet


@tracked
class OpenBalance(models.Model):
    """One document of the old system that is not settled: its number there, what is open of it, and when it is due.

    It came with the first run and is shown, never collected from here; a credit of the old system is negative.
    Every change of a row is kept in its history.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="open_balances")
    number = models.CharField("number in the old system", max_length=40)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    due_date = models.DateField()
    recorded_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("customer_id", "due_date", "number")
        constraints = (
            models.UniqueConstraint(name="open_balance_once_per_document", fields=("customer", "number")),
            models.CheckConstraint(name="open_balance_names_its_document", condition=~Q(number="")),
            models.CheckConstraint(name="open_balance_is_not_nothing", condition=~Q(amount=0)),
            models.CheckConstraint(name="open_balance_has_a_currency", condition=Q(currency__regex=r"^[A-Z]{3}$")),
        )

    def __str__(self) -> str:
        return f"{self.number} of {self.customer.name}"
