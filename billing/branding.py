"""What makes a document the vendor's own: color, logo, and whom to ask; and where the parties are reached by programs.

Each is left out of the snapshot where the vendor has not chosen it. A logo is named by the SHA-256 of its bytes, so
that the document that is made from the snapshot can have no other.
"""

from collections.abc import Mapping
from typing import Any

from ground.storage import open_stored
from licenses.models import Customer, LegalEntity


def branding_entries(entity: LegalEntity) -> dict[str, Any]:
    """Return what the snapshot says of the vendor beside name, numbers and account."""
    contact = {"name": entity.contact_name, "phone": entity.contact_phone}
    logo = {"key": entity.logo, "sha256": entity.logo_sha256} if entity.logo else {}
    said = {
        "accent": entity.accent,
        "logo": logo,
        "contact": contact if any(contact.values()) else {},
        "electronic_address": entity.electronic_address,
    }
    return {name: value for name, value in said.items() if value}


def address_entry(customer: Customer) -> dict[str, str]:
    """Return where the customer is reached by programs."""
    return {"electronic_address": customer.electronic_address} if customer.electronic_address else {}


def logo_of(frozen: Mapping[str, Any]) -> bytes:
    """Return the logo that a snapshot names; empty where it names none. Raises StoredFileMissing, StoredFileDamaged."""
    logo = frozen["seller"].get("logo") or {}
    if not logo:
        return b""
    with open_stored(logo["key"], logo["sha256"]) as file:
        return file.read()
