"""Licences and keys, in light, in dark and at 390 px: the contract's licence, the vendor's keys, the customer's page."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from licenses.models import LicenseFile
from licenses.operations.activate_instance import activate_instance
from licenses.operations.announce_vendor_key import announce_vendor_key
from licenses.operations.issue_license import issue_license
from licenses.operations.replace_vendor_key import replace_vendor_key
from licenses.operations.revoke_instance_key import revoke_instance_key
from licenses.operations.revoke_vendor_key import revoke_vendor_key
from rollcall.signing import SigningKey
from tests.browser.conftest import Visit
from tests.browser.desk.test_contract_desk import sound
from tests.browser.desk.test_desk_is_sound import LOOKS
from tests.cast import BUILDER
from tests.licenses.test_license_files import answer
from tests.portal.conftest import TODAY, Played

Addresses = dict[str, str]


@pytest.fixture(scope="module")
def addresses(played: Played) -> Addresses:
    """The instance has its third key, one of them revoked; the vendor revoked its first key and announced its third."""
    house, now = played.house, TODAY - timedelta(days=2)
    first = house.legal_entity.keys.get()
    for days in range(3):
        at = now + timedelta(hours=days)
        row: LicenseFile = issue_license(actor=BUILDER, contract=house.contract_a, now=at)
        text = answer(row, house.instance_a.public_id, SigningKey.generate())
        key = activate_instance(actor=house.customer_admin_a.actor, text=text, now=at)
        if days == 1:
            revoke_instance_key(actor=house.finance.actor, key=key, from_seq=4, reason="A disk was lost.", now=at)
    replace_vendor_key(actor=house.finance.actor, legal_entity=house.legal_entity, reason="Yearly.", now=TODAY)
    revoke_vendor_key(
        actor=house.finance.actor, key=first, cut_off=now, reason="A backup was stolen from the car.", now=TODAY
    )
    announce_vendor_key(actor=house.finance.actor, legal_entity=house.legal_entity, now=TODAY)
    return {
        "license": f"/admin/contracts/{house.contract_a.public_id}/license/",
        "signing-keys": "/admin/signing-keys/",
        "portal-license": "/instances/license/",
        "portal-instances": "/instances/",
    }


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", [*LOOKS, "narrow-dark"])
def test_their_pages_are_sound(visit: Callable[..., Visit], addresses: Addresses, look: str) -> None:
    width, scheme = LOOKS.get(look, (390, "dark"))
    for email, side in (("finance@vendor.example", "desk"), ("admin@aurel.example", "portal")):
        window = visit(width=width, scheme=scheme)
        window.sign_in(email)
        for name, address in addresses.items():
            if name.startswith("portal") == (side == "portal"):
                window.go(address)
                sound(window, f"licenses-{name}-{look}")
        assert window.complaints == []
