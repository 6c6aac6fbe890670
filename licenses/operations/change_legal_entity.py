"""Change what documents say of the vendor's company from now on; documents that are finalized keep what they say."""

import struct
from typing import Any

from ground.actor import Actor
from ground.audit import acting
from ground.storage import store_file
from ground.together import own_transaction
from licenses.changing import require_changeable, set_fields
from licenses.models import LegalEntity

CHANGEABLE = frozenset(
    {"address_lines", "vat_id", "registration", "iban", "bic", "email", "portal_url"}
    | {"accent", "contact_name", "contact_phone", "electronic_address"}
)
MOST_BYTES, MOST_WIDE, MOST_HIGH = 200 * 1024, 2000, 1000
_PNG = b"\x89PNG\r\n\x1a\n"
# The store keeps files under their customer; a logo is of none.
_NO_CUSTOMER = 0


class LogoRefused(ValueError):
    """The file cannot be the logo of a document; the sentence says why."""


def change_legal_entity(
    *, actor: Actor, legal_entity: LegalEntity, logo: bytes | None = None, reason: str = "", **changes: Any
) -> LegalEntity:
    """Store the named fields (those of CHANGEABLE) and the logo, a PNG (empty: none any more), and return the company.

    Raises NotAllowed (finance and administrators change it), NotChangeable, LogoRefused, ValidationError for a field
    that is wrong.
    """
    actor.require_vendor("finance", "admin")
    require_changeable(changes.keys(), changeable=CHANGEABLE, what="a legal entity")
    if logo:
        check_logo(logo)
    with own_transaction(), acting(actor=actor, verb="change_legal_entity", reason=reason):
        locked = LegalEntity.objects.select_for_update().get(pk=legal_entity.pk)
        set_fields(locked, changes)
        if logo is not None:
            stored = store_file(customer_id=_NO_CUSTOMER, kind="logo", source=logo) if logo else None
            locked.logo, locked.logo_sha256 = (stored.key, stored.sha256) if stored else ("", "")
        locked.full_clean()
        locked.save()
    return locked


def check_logo(content: bytes) -> None:
    """Refuse what is no PNG of a size that fits a letter. Raises LogoRefused."""
    if len(content) > MOST_BYTES:
        raise LogoRefused(f"A logo has at most {MOST_BYTES // 1024} kB; this file has {len(content) // 1024}.")
    if content[:8] != _PNG or content[12:16] != b"IHDR" or len(content) < 33:
        raise LogoRefused("A logo is a PNG file. Save it as PNG, best with a transparent background.")
    width, height = struct.unpack(">II", content[16:24])
    if not (0 < width <= MOST_WIDE and 0 < height <= MOST_HIGH):
        raise LogoRefused(f"A logo has at most {MOST_WIDE} by {MOST_HIGH} pixels; this one has {width} by {height}.")
