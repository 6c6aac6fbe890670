"""Keys turn and old files stay good: two years of licences under three vendor keys and two of an instance."""

import stat
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from ground.actor import NotAllowed
from ground.models import Job
from licenses.instance_keys import instance_key
from licenses.models import InstanceKey, KeyRevocation, LicenseFile, VendorKey, VendorKeySecret
from licenses.operations.activate_instance import activate_instance
from licenses.operations.announce_vendor_key import announce_vendor_key
from licenses.operations.issue_license import issue_license
from licenses.operations.replace_vendor_key import ReasonMissing, replace_vendor_key
from licenses.operations.revoke_instance_key import revoke_instance_key
from licenses.operations.revoke_vendor_key import NotRevocable, revoke_vendor_key
from licenses.queries import key_in_force
from licenses.vendor_signing import NoKey, NotSigned, signing_key_of, vendor_id_of
from rollcall.period import Period
from rollcall.signing import KeyRefused, SigningKey, fingerprint, public_file
from rollcall.signing.armor import armored
from rollcall.signing.license import read_license, sign_license, trust_of
from rollcall.signing.revocations import KeyRevoked, VendorKeys
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.licenses.test_license_files import NOW, answer, content, run_jobs
from tests.rollcall.signing.second_verifier import payload_of

MONTHS = [datetime(2026 + month // 12, month % 12 + 1, 5, 8, tzinfo=UTC) for month in range(24)]
THREE_YEARS = Period(date(2026, 1, 1), date(2029, 1, 1))
SIGNER = """\
import os, sys
from nacl.signing import SigningKey
seed = {seed!r} if os.environ["ROLLCALL_KEY_FINGERPRINT"] == {name!r} else b"?" * 32
sys.stdout.buffer.write(SigningKey(seed).sign(sys.stdin.buffer.read()).signature{cut})
"""


def text_of(row: LicenseFile) -> str:
    return armored("LICENSE", bytes(row.envelope))


def public_keys() -> dict[str, bytes]:
    return {key.fingerprint: bytes(key.public_key) for key in VendorKey.objects.all()}


def two_years(house: House) -> tuple[list[LicenseFile], list[InstanceKey]]:
    """A licence a month; vendor keys announced in months 6 and 15 and taken up three months later; the instance's key
    is made in the first month and made anew in month 12."""
    contract = sign_contract(
        house.customer_a, "K-2026-020", terms_json(term={"start": "2026-01-01", "end": "2029-01-01"}), THREE_YEARS
    )
    instance = house.instance_a.__class__.objects.create(
        customer=house.customer_a, contract=contract, name="Ulm", reports_from=date(2026, 1, 1)
    )
    rows, keys = [], []
    for month, at in enumerate(MONTHS):
        if month in (6, 15):
            announce_vendor_key(actor=house.finance.actor, legal_entity=house.legal_entity, now=at)
        if month in (9, 18):
            replace_vendor_key(actor=house.finance.actor, legal_entity=house.legal_entity, reason="Yearly.", now=at)
        rows.append(issue_license(actor=BUILDER, contract=contract, now=at))
        if month in (0, 12):
            text = answer(rows[-1], instance.public_id, SigningKey.generate())
            keys.append(activate_instance(actor=BUILDER, text=text, now=at))
    return rows, keys


def test_two_years_of_licences_verify_under_keys_that_turned(house: House) -> None:
    rows, (first_key, second_key) = two_years(house)

    assert [row.vendor_key_id for row in rows] == sorted(row.vendor_key_id for row in rows)
    assert [sum(row.vendor_key == key for row in rows) for key in VendorKey.objects.order_by("pk")] == [9, 9, 6]
    for row in rows:
        said = read_license(text_of(row), trusted=VendorKeys(keys=public_keys()))
        assert payload_of(text_of(row), list(public_keys().values())) == said.to_payload()
        assert said.vendor_id == vendor_id_of(legal_entity=house.legal_entity)
    # An instance in a closed room knows the first key alone; each licence says which key may come next.
    first = rows[0].vendor_key
    trusted = VendorKeys(keys={first.fingerprint: bytes(first.public_key)})
    for row in rows:
        trusted = trust_of(read_license(text_of(row), trusted=trusted), trusted=trusted)
    assert set(trusted.keys) == set(public_keys())
    assert [bool(content(rows[month]).next_keys) for month in (5, 6, 8, 9, 14, 15, 17, 18)] == [
        *(False, True, True, False),
        *(False, True, True, False),
    ]
    # Both keys of the instance are found for ever, by what reports name.
    found = instance_key(first_key.fingerprint)
    assert found is not None
    assert (found.replaced_at, found.instance.contract.number) == (MONTHS[12], "K-2026-020")
    assert (instance_key(second_key.fingerprint), instance_key("rollcall-key:unknown")) == (second_key, None)
    assert [content(rows[month]).instances[0].key for month in (0, 1, 12, 13)] == [
        *("", first_key.fingerprint, first_key.fingerprint, second_key.fingerprint),
    ]


def test_a_revoked_vendor_key_is_refused_from_its_cut_off_on(house: House) -> None:
    rows, _ = two_years(house)
    run_jobs(MONTHS[22])
    stolen = rows[0].vendor_key
    for person in (house.account_manager, house.customer_admin_a):
        with pytest.raises(NotAllowed):
            revoke_vendor_key(actor=person.actor, key=stolen, cut_off=MONTHS[5], reason="Stolen.", now=MONTHS[23])
    with pytest.raises(NotRevocable, match="lies in the future"):
        revoke_vendor_key(actor=BUILDER, key=stolen, cut_off=MONTHS[23], reason="Stolen.", now=MONTHS[22])
    with pytest.raises(ReasonMissing):
        revoke_vendor_key(actor=BUILDER, key=stolen, cut_off=MONTHS[5], reason=" ", now=MONTHS[23])
    revoke_vendor_key(
        actor=house.finance.actor, key=stolen, cut_off=MONTHS[5], reason="A backup was stolen.", now=MONTHS[23]
    )
    with pytest.raises(NotRevocable, match="revoked already"):
        revoke_vendor_key(actor=BUILDER, key=stolen, cut_off=MONTHS[4], reason="Earlier.", now=MONTHS[23])

    assert run_jobs(MONTHS[23]) == ["revoked"]
    newest = LicenseFile.objects.filter(contract=rows[0].contract).order_by("serial").last()
    assert newest is not None
    trusted = VendorKeys(keys=public_keys(), revocations=content(newest).revocations)
    outcomes = []
    for row in rows:
        try:
            read_license(text_of(row), trusted=trusted)
            outcomes.append(True)
        except KeyRevoked:
            outcomes.append(False)
    assert outcomes == [True] * 5 + [False] * 4 + [True] * 15


def test_a_key_in_force_that_is_revoked_is_replaced_in_the_same_moment(house: House) -> None:
    issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    announced = announce_vendor_key(actor=house.finance.actor, legal_entity=house.legal_entity, now=NOW)
    assert announce_vendor_key(actor=BUILDER, legal_entity=house.legal_entity, now=NOW) == announced
    run_jobs(NOW)
    stolen = key_in_force(legal_entity=house.legal_entity)
    assert stolen is not None
    revoke_vendor_key(actor=BUILDER, key=stolen, cut_off=NOW, reason="Laptop lost.", now=NOW)

    assert key_in_force(legal_entity=house.legal_entity) == announced
    run_jobs(NOW + timedelta(hours=1))
    last = LicenseFile.objects.filter(contract=house.contract_a).order_by("serial").last()
    assert last is not None
    assert (last.vendor_key, content(last).revocations.number) == (announced, 1)
    assert KeyRevocation.objects.get().vendor_key == stolen
    with pytest.raises(KeyRevoked):
        read_license(
            text_of(issue_by(stolen, house)),
            trusted=VendorKeys(keys=public_keys(), revocations=content(last).revocations),
        )


def issue_by(key: VendorKey, house: House) -> LicenseFile:
    """What a thief writes today with the stolen private half: a licence with everything as the vendor writes it."""
    row = LicenseFile.objects.filter(contract=house.contract_a).order_by("serial").last()
    assert row is not None
    sign = signing_key_of(legal_entity=house.legal_entity, fingerprint=key.fingerprint)
    row.envelope = sign_license(content(row), sign=sign)
    return row


def test_revoking_the_key_of_an_instance_lets_it_make_a_new_one(house: House) -> None:
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    key = activate_instance(actor=BUILDER, text=answer(row, house.instance_a.public_id, SigningKey.generate()), now=NOW)
    revoke_instance_key(actor=BUILDER, key=key, from_seq=None, reason="Disk lost.", now=NOW)
    again = activate_instance(
        actor=BUILDER, text=answer(row, house.instance_a.public_id, SigningKey.generate()), now=NOW
    )
    found = instance_key(key.fingerprint)
    assert found is not None
    assert (again.is_live, found.is_live, found.revoked_reason, found.revoked_from_seq) == (
        *(True, False, "Disk lost."),
        None,
    )


def test_only_finance_and_administrators_turn_keys(house: House) -> None:
    for person in (house.account_manager, house.customer_admin_a, house.stranger):
        with pytest.raises(NotAllowed):
            announce_vendor_key(actor=person.actor, legal_entity=house.legal_entity, now=NOW)
    weak = bytes([1]) + bytes(31)
    with pytest.raises(KeyRefused, match="can prove anything"):
        announce_vendor_key(actor=BUILDER, legal_entity=house.legal_entity, now=NOW, public_key=weak)
    assert VendorKey.objects.count() == 1
    assert Job.objects.filter(kind="licenses.reissue_all").count() == 0


def signer(folder: Path, seed: bytes, cut: str = "") -> list[str]:
    """A program that keeps a private half and signs for its fingerprint alone."""
    path = folder / "signer.py"
    name = fingerprint(bytes(SigningKey(seed).verify_key))
    path.write_text(SIGNER.format(seed=seed, name=name, cut=cut))
    path.chmod(stat.S_IRUSR)
    return [sys.executable, str(path)]


def test_a_program_signs_in_place_of_the_sealed_half(house: House, settings: Any, tmp_path: Path) -> None:
    seed = b"kept in a module, far away......"
    public_key = bytes(SigningKey(seed).verify_key)
    key = replace_vendor_key(
        actor=BUILDER, legal_entity=house.legal_entity, reason="A module.", now=NOW, public_key=public_key
    )
    assert not VendorKeySecret.objects.filter(key=key).exists()
    settings.ROLLCALL_SIGNER_COMMAND = []
    with pytest.raises(NoKey, match="ROLLCALL_SIGNER_COMMAND names no program"):
        issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)

    settings.ROLLCALL_SIGNER_COMMAND = signer(tmp_path, seed)
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    assert row.vendor_key == key
    assert content(row).serial == 1
    # What it wrote is checked before it is used, and a program that fails stores nothing.
    for command, words in (
        (signer(tmp_path, b"x" * 32), "is no signature by"),
        ([sys.executable, "-c", "raise SystemExit(7)"], "ended with 7 and 0 bytes"),
        (["/no/such/program"], "did not answer"),
    ):
        settings.ROLLCALL_SIGNER_COMMAND = command
        with pytest.raises(NotSigned, match=words):
            issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    assert LicenseFile.objects.count() == 1


def test_the_command_takes_a_key_that_a_program_keeps(committed_house: House, tmp_path: Path) -> None:
    public_key = bytes(SigningKey(b"k" * 32).verify_key)
    file = tmp_path / "MODULE.pub"
    file.write_text(public_file(public_key))
    call_command("vendor_key", announce=True, public=file)
    assert [key.is_announced for key in VendorKey.objects.order_by("pk")] == [False, True]
    call_command("vendor_key", replace="To the module.")
    in_force = key_in_force(legal_entity=committed_house.legal_entity)
    assert in_force is not None
    assert bytes(in_force.public_key) == public_key
