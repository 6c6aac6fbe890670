"""The vendor's signing key: one in force per entity, its private half sealed, a replaced one kept for what it signed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from ground.actor import NotAllowed
from licenses.models import LegalEntity, VendorKey, VendorKeySecret
from licenses.operations.create_legal_entity import create_legal_entity
from licenses.operations.make_vendor_key import make_vendor_key
from licenses.operations.replace_vendor_key import ReasonMissing, replace_vendor_key
from licenses.queries import key_in_force
from licenses.sealing import NotOpened, seal, unseal
from licenses.vendor_signing import NoKey, signing_key_of
from rollcall.signing import SigningKey, fingerprint, read_public_file
from tests.cast import BUILDER, House

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def in_force(house: House) -> VendorKey:
    key = key_in_force(legal_entity=house.legal_entity)
    assert key is not None
    return key


def test_an_entity_has_a_key_from_its_first_day(house: House) -> None:
    key = in_force(house)
    assert key.fingerprint == fingerprint(bytes(key.public_key))
    opened = signing_key_of(legal_entity=house.legal_entity)
    assert bytes(opened.verify_key) == bytes(key.public_key)
    assert make_vendor_key(actor=BUILDER, legal_entity=house.legal_entity) == key


def test_the_private_half_is_not_readable_in_the_database(house: House) -> None:
    stored = bytes(VendorKeySecret.objects.get().sealed)
    private = bytes(signing_key_of(legal_entity=house.legal_entity))
    assert private not in stored
    assert seal(private) != seal(private)
    assert unseal(stored) == private


def test_with_another_secret_nothing_is_signed(house: House, settings: Any) -> None:
    settings.ROLLCALL_KEY_SECRET = "another " * 10
    with pytest.raises(NotOpened, match="ROLLCALL_KEY_SECRET is not the one it was sealed with"):
        signing_key_of(legal_entity=house.legal_entity)


def test_a_sealed_key_of_another_is_noticed(house: House) -> None:
    """Whoever can write rows puts a private half of its own beside the known public key: it signs nothing."""
    strange = SigningKey.generate()
    key = VendorKey.objects.create(
        legal_entity=create_legal_entity(actor=BUILDER, name="Birnam SAS", address_lines=["Paris"], country="FR"),
        public_key=bytes(strange.verify_key),
        fingerprint=fingerprint(bytes(strange.verify_key)),
        made_by="an intruder",
        retired_at=datetime(2026, 1, 1, tzinfo=UTC),
        retired_by="an intruder",
        retired_reason="So that it is not the one in force.",
    )
    VendorKeySecret.objects.create(key=key, sealed=seal(bytes(SigningKey.generate())))
    with pytest.raises(NotOpened, match="belongs to another key"):
        signing_key_of(legal_entity=key.legal_entity, fingerprint=key.fingerprint)


def test_a_replaced_key_is_retired_with_its_reason_and_still_signs_what_names_it(house: House) -> None:
    first = in_force(house)
    second = replace_vendor_key(
        actor=house.finance.actor, legal_entity=house.legal_entity, reason="Laptop lost.", now=NOW
    )
    first.refresh_from_db()
    assert (first.retired_by, first.retired_reason) == ("Fiona Nance", "Laptop lost.")
    assert first.retired_at == NOW
    assert in_force(house) == second
    for key in (first, second):
        opened = signing_key_of(legal_entity=house.legal_entity, fingerprint=key.fingerprint)
        assert bytes(opened.verify_key) == bytes(key.public_key)
    with pytest.raises(NoKey):
        signing_key_of(legal_entity=house.legal_entity, fingerprint="rollcall-key:unknown")


def test_only_finance_and_administrators_make_keys(house: House) -> None:
    for person in (house.account_manager, house.customer_admin_a, house.stranger):
        with pytest.raises(NotAllowed):
            make_vendor_key(actor=person.actor, legal_entity=house.legal_entity)
        with pytest.raises(NotAllowed):
            replace_vendor_key(actor=person.actor, legal_entity=house.legal_entity, reason="Why not.", now=NOW)
    with pytest.raises(ReasonMissing):
        replace_vendor_key(actor=house.finance.actor, legal_entity=house.legal_entity, reason=" ", now=NOW)
    assert VendorKey.objects.count() == 1


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE licenses_vendorkey SET public_key = decode(repeat('00', 32), 'hex')", "never changes"),
        ("UPDATE licenses_vendorkey SET fingerprint = 'rollcall-key:mine'", "never changes"),
        ("DELETE FROM licenses_vendorkey", "never deleted"),
        ("UPDATE licenses_vendorkey SET retired_at = now()", "vendor_key_retired_with_reason"),
        ("UPDATE licenses_vendorkeysecret SET sealed = 'x'", "permission denied"),
    ],
)
def test_the_database_keeps_a_key_as_it_is(house: House, statement: str, words: str) -> None:
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_command_shows_writes_and_replaces(
    committed_house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "vendor.pub"
    call_command("vendor_key", write=target)
    key = in_force(committed_house)
    assert read_public_file(target.read_text()) == bytes(key.public_key)
    call_command("vendor_key", replace="Yearly.")
    newer = in_force(committed_house)
    assert newer != key
    said = capsys.readouterr().out.split()
    assert said == [key.fingerprint, newer.fingerprint]
    assert LegalEntity.objects.count() == 1
