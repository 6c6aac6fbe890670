"""The vendor's key at work: what it is called, and the private half opened for one signature.

The one place that a program of the vendor's own, which keeps keys outside the database, would replace.
"""

from licenses.models import LegalEntity, VendorKey
from licenses.queries import key_in_force
from licenses.sealing import NotOpened, unseal
from rollcall.signing import SigningKey


class NoKey(LookupError):
    """The vendor has no key, or not the one that is asked for."""


def vendor_key_of(*, legal_entity: LegalEntity, fingerprint: str = "") -> VendorKey:
    """Return the key of this fingerprint, retired or not, or without one the key in force. Raises NoKey."""
    if not fingerprint:
        key = key_in_force(legal_entity=legal_entity)
    else:
        key = VendorKey.objects.filter(legal_entity=legal_entity, fingerprint=fingerprint).first()
    if key is None:
        raise NoKey(f"{legal_entity} has no key {fingerprint or 'in force'}; `manage.py vendor_key` makes one.")
    return key


def signing_key_of(*, legal_entity: LegalEntity, fingerprint: str = "") -> SigningKey:
    """Open the private half of a key. Raises NoKey, NotOpened."""
    key = vendor_key_of(legal_entity=legal_entity, fingerprint=fingerprint)
    opened = SigningKey(unseal(bytes(key.secret.sealed)))
    if bytes(opened.verify_key) != bytes(key.public_key):
        raise NotOpened(f"The private half stored for {key.fingerprint} belongs to another key.")
    return opened
