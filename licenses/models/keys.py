"""The vendor's signing key: what everybody may see of it, and the sealed half that signs."""

from django.db import models
from django.db.models.functions import Now

from licenses.models.parties import LegalEntity


class VendorKey(models.Model):
    """One Ed25519 key of a legal entity, with which it signs the bundle of an invoice.

    The fingerprint stands on every invoice. A key that was replaced is retired, never deleted: what it signed is
    checked with it for ever. One key of an entity is in force at most; nothing but its retirement changes in the row.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="keys")
    public_key = models.BinaryField(max_length=32)
    # "rollcall-key:...", made of the public key alone.
    fingerprint = models.CharField(max_length=100, unique=True)
    made_by = models.CharField(max_length=200)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=200, blank=True, default="")
    retired_reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["legal_entity_id", "id"]
        constraints = [
            models.UniqueConstraint(
                name="vendor_key_one_in_force", fields=["legal_entity"], condition=models.Q(retired_at__isnull=True)
            ),
            models.CheckConstraint(
                name="vendor_key_is_256_bits",
                condition=models.expressions.RawSQL("octet_length(public_key) = 32", (), models.BooleanField()),
            ),
            models.CheckConstraint(
                name="vendor_key_retired_with_reason",
                condition=models.Q(retired_at__isnull=True, retired_by="", retired_reason="")
                | (models.Q(retired_at__isnull=False) & ~models.Q(retired_by="") & ~models.Q(retired_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} of legal entity {self.legal_entity_id}"


class VendorKeySecret(models.Model):
    """The private half of a key, sealed with a key that only the settings know; closed to the portal."""

    key = models.OneToOneField(VendorKey, on_delete=models.PROTECT, related_name="secret", primary_key=True)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"secret of {self.key_id}"
