"""The vendor's signing key: what everybody may see of it, and the sealed half that signs."""

from django.db import models
from django.db.models.functions import Now

from licenses.models.parties import LegalEntity


class VendorKey(models.Model):
    """One Ed25519 key of a legal entity, with which it signs licences, receipts and the bundles of invoices.

    The fingerprint stands on every invoice. A key may be announced first: licences name it, and it signs nothing until
    it is taken up. A key that was replaced is retired, never deleted: what it signed is checked with it for ever. One
    key of an entity is in force at most, and one announced; nothing but these steps changes in the row.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="keys")
    public_key = models.BinaryField(max_length=32)
    # "rollcall-key:...", made of the public key alone.
    fingerprint = models.CharField(max_length=100, unique=True)
    made_by = models.CharField(max_length=200)
    # A key that was announced signs from the instant at which it was taken up; one that was not signs at once.
    announced_at = models.DateTimeField(null=True, blank=True)
    taken_up_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=200, blank=True, default="")
    retired_reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["legal_entity_id", "id"]
        constraints = [
            models.UniqueConstraint(
                name="vendor_key_one_in_force",
                fields=["legal_entity"],
                condition=models.Q(retired_at__isnull=True)
                & (models.Q(announced_at__isnull=True) | models.Q(taken_up_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="vendor_key_one_announced",
                fields=["legal_entity"],
                condition=models.Q(announced_at__isnull=False, taken_up_at__isnull=True, retired_at__isnull=True),
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

    @property
    def is_announced(self) -> bool:
        """Whether licences name it as the next one, and it signs nothing yet."""
        return self.announced_at is not None and self.taken_up_at is None and self.retired_at is None


class VendorKeySecret(models.Model):
    """The private half of a key, sealed with a key that only the settings know; closed to the portal.

    A key without this row is kept by the program of ROLLCALL_SIGNER_COMMAND, which alone signs with it.
    """

    key = models.OneToOneField(VendorKey, on_delete=models.PROTECT, related_name="secret", primary_key=True)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"secret of {self.key_id}"
