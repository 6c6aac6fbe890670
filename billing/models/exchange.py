"""Published exchange rates, by which the tax of a document is said in the currency of the seller's tax office."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class ExchangeRate(models.Model):
    """On `day` one unit of `base` was worth `rate` units of `quote`, as `source` published it.

    Rows are only added. Of several for one day the last one holds: so a mistake is corrected, and stays readable.
    Documents carry the rate they used in their snapshot.
    """

    base = models.CharField("currency (ISO 4217) of the one unit", max_length=3)
    quote = models.CharField("currency (ISO 4217) it is worth", max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    day = models.DateField()
    source = models.CharField(max_length=200)
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("-day", "-pk")
        indexes = (models.Index(fields=("base", "quote", "-day"), name="exchange_rate_by_day"),)
        constraints = (
            models.CheckConstraint(name="exchange_rate_above_zero", condition=Q(rate__gt=0)),
            models.CheckConstraint(
                name="exchange_rate_currency_codes",
                condition=Q(base__regex=r"^[A-Z]{3}$", quote__regex=r"^[A-Z]{3}$") & ~Q(base=F("quote")),
            ),
            models.CheckConstraint(name="exchange_rate_names_its_source", condition=~Q(source="") & ~Q(added_by="")),
        )

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate.normalize():f} {self.quote} on {self.day}"
