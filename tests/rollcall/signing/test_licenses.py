"""Licence, activation and revocation files: one spelling, strict places, keys that can prove something."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rollcall.signing import KeyRefused, SignatureRefused, sign_payload
from rollcall.signing.activation import ACTIVATION_TYPE, Activation, read_activation, write_activation
from rollcall.signing.armor import ArmorRefused, armored, pasted, unarmored
from rollcall.signing.fields import PayloadRefused
from rollcall.signing.keys import require_sound_key
from rollcall.signing.license import LICENSE_TYPE, License, open_license, read_license, trust_of, write_license
from rollcall.signing.revocations import (
    KeyRevoked,
    Revocation,
    RevocationList,
    Revocations,
    read_revocations,
    write_revocations,
)
from tests.rollcall.signing.licenses import INSTANCE, NEXT, NOW, PLAIN, THIRD, VENDOR, name, public, trusted

# The eight points of small order, as "Taming the many EdDSAs" and libsodium list them.
SMALL_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
)
ACTIVATION = Activation(
    license_id="lic-1", challenge="0123456789abcdef" * 2, instance="i-1", public_key=public(INSTANCE), made_at=NOW
)


def forged(**changes: Any) -> bytes:
    """The envelope of a payload that no honest program would write, with a good signature of the vendor."""
    payload = {**PLAIN.to_payload(), **changes}
    return sign_payload(
        payload={key: value for key, value in payload.items() if value != "gone"},
        payload_type=LICENSE_TYPE,
        sign=VENDOR,
    )


def revoked(key: Any, *, days: int = 0, **changes: Any) -> Revocation:
    entry = {"fingerprint": name(key), "kind": "vendor", "from_seq": None, "at": NOW + timedelta(days=days)}
    return Revocation(**{**entry, **changes})


def test_armor_has_one_spelling_and_the_one_of_windows() -> None:
    text = armored("LICENSE", b"x" * 100)
    assert text == (
        "-----BEGIN ROLLCALL LICENSE-----\n"
        "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\n"
        "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\n"
        "eHh4eA==\n"
        "-----END ROLLCALL LICENSE-----\n"
    )
    assert unarmored("LICENSE", text) == unarmored("LICENSE", text.replace("\n", "\r\n")) == b"x" * 100
    assert unarmored("LICENSE", pasted(f" \r\n{text.replace(chr(10), chr(13) + chr(10))}\n\n")) == b"x" * 100
    for broken in (text[:-1], f"{text}\n", f" {text}", text.replace("\n", "\r\n", 2), text.replace("eA==", "eB==")):
        with pytest.raises(ArmorRefused):
            unarmored("LICENSE", broken)
    with pytest.raises(ArmorRefused, match="a file of the kind LICENSE; needed is one of the kind RECEIPT"):
        unarmored("RECEIPT", text)
    with pytest.raises(ArmorRefused, match="longer than the 1,500,000"):
        unarmored("LICENSE", "x" * 1_500_001)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"serial": "gone"}, "serial is missing"),
        ({"more": 1}, "more is not a key that this version knows"),
        ({"v": 2}, "v must be 1"),
        ({"typ": "receipt"}, "typ must be one of license"),
        ({"serial": True}, "serial must be a whole number"),
        ({"serial": 0}, "from 1 to"),
        ({"grace_days": 3661}, "from 0 to 3660"),
        ({"expires": "2026-05-04T09:00:00Z"}, "expires must come after not_before"),
        ({"expires": "2027-05-04T09:00:00+00:00"}, "expires must be an instant such as"),
        ({"expires": "2027-02-30T09:00:00Z"}, "not an instant of the calendar"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"challenge": "0" * 31}, "32 hexadecimal digits"),
        ({"next_keys": [name(THIRD)]}, "which is not among the keys"),
        ({"entitlements": [{"feature": "a", "limit": -1, "enforced": "billed"}]}, r"entitlements\[0\].limit"),
        ({"entitlements": [{"feature": "a", "limit": 1, "enforced": "blocked"}]}, "must be one of product, billed"),
        ({"entitlements": [{"feature": "a", "limit": 1, "enforced": "billed"}] * 2}, "grants a feature twice"),
        ({"instances": [{"id": "i", "name": "n", "key": ""}] * 2}, "names an instance twice"),
        ({"instances": [{"id": "i", "name": "n", "key": "mine"}]}, "the fingerprint of a key, or empty"),
        ({"keys": [{"fingerprint": name(NEXT), "public_key": "AA=="}]}, "must be 32 bytes"),
        ({"definitions": {"m": {"definition": {"actions": ["*"]}, "digest": "sha256:" + "0" * 64}}}, "written out"),
        ({"revocations": {"number": 0, "revoked": [revoked(NEXT).to_payload()]}}, "lower than the number"),
        ({"revocations": {"number": 1, "revoked": [{**revoked(NEXT).to_payload(), "from_seq": 3}]}}, "no reports"),
        ({"last_receipts": {"i-1": {"seq": 3, "report": "sha256:ab"}}}, "64 hexadecimal digits"),
    ],
)
def test_a_payload_with_another_shape_is_refused_by_its_place(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PayloadRefused, match=words):
        open_license(forged(**changes))


def test_a_definition_that_is_not_that_of_its_digest_is_refused() -> None:
    payload = json.loads(json.dumps(PLAIN.to_payload()))
    payload["definitions"]["active"]["definition"]["actions"] = ["*"]
    with pytest.raises(PayloadRefused, match=r"definitions\.active\.digest is not that of the definition"):
        License.from_payload(payload)


def test_a_key_of_a_licence_belongs_to_its_name() -> None:
    payload = PLAIN.to_payload()
    payload["keys"][0]["fingerprint"] = name(THIRD)
    with pytest.raises(PayloadRefused, match="is not that of the key beside it"):
        License.from_payload(payload)


def test_announced_keys_are_trusted_after_the_licence_that_announces_them() -> None:
    first = write_license(PLAIN, sign=VENDOR)
    second = write_license(replace(PLAIN, serial=2), sign=NEXT)
    given = trusted(VENDOR)
    with pytest.raises(SignatureRefused, match="the keys given are"):
        read_license(second, trusted=given)
    more = trust_of(read_license(first, trusted=given), trusted=given)
    assert read_license(second, trusted=more).serial == 2
    # Whoever signs with a key of its own announces nothing.
    with pytest.raises(SignatureRefused):
        read_license(write_license(PLAIN, sign=THIRD), trusted=given)


def test_a_revoked_vendor_key_is_refused_from_its_cut_off_on_and_not_before() -> None:
    cut_off = Revocations(number=1, revoked=(revoked(VENDOR, days=10),))
    known = trusted(VENDOR, NEXT, revocations=cut_off)
    for days, is_refused in ((0, False), (9, False), (10, True), (11, True)):
        text = write_license(replace(PLAIN, issued_at=NOW + timedelta(days=days)), sign=VENDOR)
        if is_refused:
            with pytest.raises(KeyRevoked, match="was revoked from 2026-05-14T09:00:00Z on"):
                read_license(text, trusted=known)
        else:
            assert read_license(text, trusted=known).serial == 1


def test_a_thief_takes_nothing_off_the_list() -> None:
    """The thief has the old key and signs a licence whose own list is longer, and empty of the key."""
    known = trusted(VENDOR, revocations=Revocations(number=1, revoked=(revoked(VENDOR),)))
    empty = replace(PLAIN, revocations=Revocations(number=99))
    with pytest.raises(KeyRevoked):
        read_license(write_license(empty, sign=VENDOR), trusted=known)
    # A licence that revokes its own signer is refused by what it says itself.
    own = replace(PLAIN, revocations=Revocations(number=1, revoked=(revoked(VENDOR),)))
    with pytest.raises(KeyRevoked):
        read_license(write_license(own, sign=VENDOR), trusted=trusted(VENDOR))


def test_an_instance_key_is_refused_from_a_report_on_or_without_one_from_then_on() -> None:
    by_number = revoked(INSTANCE, kind="instance", from_seq=4)
    later = NOW + timedelta(days=900)
    assert [by_number.refuses_report(sequence=number, received_at=later) for number in (3, 4)] == [False, True]
    at_once = revoked(INSTANCE, kind="instance")
    assert [at_once.refuses_report(sequence=1, received_at=at) for at in (NOW - timedelta(seconds=1), NOW)] == [
        False,
        True,
    ]


def test_the_list_of_revoked_keys_is_a_file_of_its_own() -> None:
    listed = RevocationList(
        vendor="Atlas",
        vendor_id=name(VENDOR),
        made_at=NOW + timedelta(days=1),
        revocations=Revocations(number=2, revoked=(revoked(VENDOR), revoked(INSTANCE, kind="instance", from_seq=7))),
    )
    text = write_revocations(listed, sign=NEXT)
    assert read_revocations(text, trusted=[public(VENDOR), public(NEXT)]) == listed
    with pytest.raises(KeyRevoked):
        read_revocations(write_revocations(listed, sign=VENDOR), trusted=[public(VENDOR)])
    with pytest.raises(SignatureRefused):
        read_revocations(text, trusted=[public(THIRD)])


def test_an_activation_proves_the_private_half() -> None:
    text = write_activation(ACTIVATION, sign=INSTANCE)
    assert read_activation(text) == ACTIVATION
    with pytest.raises(ValueError, match="signed by the key that it names"):
        write_activation(ACTIVATION, sign=THIRD)
    foreign = sign_payload(payload=ACTIVATION.to_payload(), payload_type=ACTIVATION_TYPE, sign=THIRD)
    with pytest.raises(SignatureRefused, match="The signature is not by"):
        read_activation(armored("ACTIVATION", foreign))


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_a_key_of_small_order_is_refused_wherever_keys_come_in(encoding: str) -> None:
    weak = bytes.fromhex(encoding)
    with pytest.raises(KeyRefused, match="can prove anything"):
        require_sound_key(weak)
    payload = replace(ACTIVATION, public_key=weak).to_payload()
    envelope = json.loads(sign_payload(payload=payload, payload_type=ACTIVATION_TYPE, sign=INSTANCE))
    with pytest.raises(KeyRefused, match="can prove anything"):
        read_activation(armored("ACTIVATION", json.dumps(envelope, separators=(",", ":"), sort_keys=True).encode()))
    licensed = replace(PLAIN, keys={**PLAIN.keys, "weak": weak}).to_payload()
    with pytest.raises(PayloadRefused, match="is refused"):
        License.from_payload(licensed)
