"""The two sides of an invoice: the vendor's legal entity and the customer."""

from django.db import models
from django.db.models.functions import Now

from ground.audit import tracked
from ground.ids import new_public_id
from ground.scoping import ScopedQuerySet


class CustomerQuerySet(ScopedQuerySet["Customer"]):
    """Customers; in their own table the key itself names the customer."""

    customer_field = "id"


@tracked
class LegalEntity(models.Model):
    """The vendor's company that issues invoices; its data is copied into each invoice's snapshot."""

    name = models.CharField(max_length=200, unique=True)
    address_lines = models.JSONField(default=list)
    country = models.CharField("country (ISO 3166-1 alpha-2)", max_length=2)
    vat_id = models.CharField("VAT number", max_length=20, blank=True)
    registration = models.CharField(max_length=200, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    email = models.EmailField(blank=True)
    portal_url = models.URLField(blank=True)
    logo = models.CharField("storage key of the logo", max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "legal entities"
        constraints = [
            models.CheckConstraint(condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="legal_entity_country_code")
        ]

    def __str__(self) -> str:
        return self.name


@tracked
class Customer(models.Model):
    """The company that signs."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    # The vendor's own customer number, printed on the invoice.
    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    address_lines = models.JSONField(default=list)
    country = models.CharField("country (ISO 3166-1 alpha-2)", max_length=2)
    vat_id = models.CharField("VAT number", max_length=20, blank=True)
    language = models.CharField(max_length=8, default="en")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="customers")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="customer_country_code")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
