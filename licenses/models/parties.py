"""The two sides of an invoice: the vendor's legal entity and the customer."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Now, Upper

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
    # Whom a customer may ask about an invoice; XRechnung demands name, telephone and mail.
    contact_name = models.CharField("contact for invoices", max_length=100, blank=True, db_default="")
    contact_phone = models.CharField("telephone of the contact", max_length=40, blank=True, db_default="")
    # "scheme:address" of the list EAS, such as 9930:DE123456789; empty: the VAT number stands for it.
    electronic_address = models.CharField(max_length=100, blank=True, db_default="")
    # In which documents in other currencies say their tax, too; empty: they need not.
    tax_currency = models.CharField("currency of the tax office", max_length=3, blank=True, db_default="")
    logo = models.CharField("storage key of the logo", max_length=200, blank=True)
    logo_sha256 = models.CharField("SHA-256 of the logo", max_length=64, blank=True, db_default="")
    # The color of rules and links on documents; empty: the color of the layout.
    accent = models.CharField("accent color (#rrggbb)", max_length=7, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "legal entities"
        constraints = [
            models.CheckConstraint(condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="legal_entity_country_code"),
            models.CheckConstraint(
                condition=models.Q(accent="") | models.Q(accent__regex=r"^#[0-9a-f]{6}$"), name="legal_entity_accent"
            ),
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
    # "scheme:address" of the list EAS, such as 0204:04011000-1234512345-35; empty: the VAT number stands for it.
    electronic_address = models.CharField(max_length=100, blank=True, db_default="")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="customers")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["name"], name="customer_by_name"),
            models.Index(fields=["country"], name="customer_by_country"),
            # As a search compares: any case, by the beginning.
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="customer_search_name"),
            models.Index(OpClass(Upper("number"), name="text_pattern_ops"), name="customer_search_number"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="customer_country_code")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
