"""Who at the customer receives the bills of a contract."""

from django.db import models
from django.db.models.functions import Lower, Now

from ground.scoping import ScopedQuerySet


class BillingContact(models.Model):
    """One address to which the documents of a contract are sent, and nothing else is.

    A contact that is removed stays as a row, so that it can be read later who received what; nothing but its removal
    changes. Addresses are lower case, so that one address is one contact however it is typed.
    """

    customer = models.ForeignKey("licenses.Customer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("licenses.Contract", on_delete=models.PROTECT, related_name="billing_contacts")
    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=200, blank=True, default="")
    added_by = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    removed_by = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["contract_id", "email", "id"]
        constraints = [
            models.UniqueConstraint(
                name="billing_contact_once",
                fields=["contract", "email"],
                condition=models.Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="billing_contact_is_lower_case"),
            models.CheckConstraint(
                name="billing_contact_removed_by_somebody",
                condition=models.Q(removed_at__isnull=True, removed_by="")
                | (models.Q(removed_at__isnull=False) & ~models.Q(removed_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} of contract {self.contract.number}"
