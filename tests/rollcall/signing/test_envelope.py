"""Envelope and keys against other code: the test vector of DSSE, and Ed25519 as `cryptography` computes it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from rollcall.signing import (
    EnvelopeRefused,
    KeyRefused,
    SignatureRefused,
    SigningKey,
    fingerprint,
    open_envelope,
    public_file,
    read_public_file,
    sign_payload,
)
from rollcall.signing.envelope import pre_authentication

KIND = "application/vnd.rollcall.test+json"
# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY = SigningKey(SEED)
# The worked example of RFC 8785, section 3.2.3, with strings instead of the numbers that nothing here signs.
UNSORTED = {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One"}
SORTED = '{"\\r":"Carriage Return","1":"One","\u20ac":"Euro Sign","\ufb33":"Hebrew Letter Dalet With Dagesh"}'


def test_what_is_signed_is_the_vector_of_the_specification() -> None:
    signed = pre_authentication("http://example.com/HelloWorld", b"hello world")
    assert signed == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_of_bytes() -> None:
    assert pre_authentication("ü", "ä€".encode()) == "DSSEv1 2 ü 5 ä€".encode()


def test_the_key_is_that_of_the_standard() -> None:
    assert bytes(KEY.verify_key) == PUBLIC
    assert Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw() == PUBLIC


def test_the_payload_is_canonical_and_other_code_accepts_the_signature() -> None:
    envelope = json.loads(sign_payload(payload=UNSORTED, payload_type=KIND, sign=KEY))
    payload = base64.b64decode(envelope["payload"])
    assert payload == SORTED.encode()
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    signed = f"DSSEv1 {len(KIND)} {KIND} {len(payload)} ".encode() + payload
    other = Ed25519PublicKey.from_public_bytes(PUBLIC)
    other.verify(signature, signed)
    with pytest.raises(InvalidSignature):
        other.verify(signature, signed + b" ")
    assert Ed25519PrivateKey.from_private_bytes(SEED).sign(signed) == signature


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none()))
def test_any_payload_comes_back(payload: dict[str, Any]) -> None:
    opened = open_envelope(sign_payload(payload=payload, payload_type=KIND, sign=KEY), payload_type=KIND)
    opened.check(PUBLIC)
    assert opened.payload == payload


def test_another_key_and_another_kind_are_refused() -> None:
    text = sign_payload(payload={"a": "b"}, payload_type=KIND, sign=KEY)
    other = bytes(SigningKey(b"x" * 32).verify_key)
    with pytest.raises(SignatureRefused, match=fingerprint(other)):
        open_envelope(text, payload_type=KIND).check(other)
    with pytest.raises(EnvelopeRefused, match="expected is 'another'"):
        open_envelope(text, payload_type="another")


def test_a_key_of_small_order_proves_nothing() -> None:
    text = json.loads(sign_payload(payload={"a": "b"}, payload_type=KIND, sign=KEY))
    zero = bytes([1]) + bytes(31)
    text["signatures"][0] = {"keyid": fingerprint(zero), "sig": base64.b64encode(zero + bytes(32)).decode()}
    with pytest.raises(SignatureRefused):
        open_envelope(json.dumps(text).encode(), payload_type=KIND).check(zero)


def encoded(text: str) -> str:
    """Return a text in base64."""
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"more": 1}, "must have the keys"),
        ({"payload": encoded('{"a": "b"}')}, "not in its canonical spelling"),
        ({"payload": encoded('{"a":"b","a":"c"}')}, "stands twice"),
        ({"payload": encoded("[]")}, "not a JSON object"),
        ({"payload": encoded('{"a":"bc"}').rstrip("=")}, "base64"),
        ({"payload": "e30\n="}, "base64"),
        ({"payload": "e31="}, "one way of base64"),
        ({"payload": 7}, "not a text in base64"),
        ({"signatures": []}, "exactly one signature"),
        ({"signatures": [{"sig": ""}]}, "must have the keys"),
        ({"signatures": [{"sig": "", "keyid": None}]}, "does not name its key"),
    ],
)
def test_another_spelling_is_refused(change: dict[str, Any], words: str) -> None:
    envelope = json.loads(sign_payload(payload={"a": "b"}, payload_type=KIND, sign=KEY))
    with pytest.raises(EnvelopeRefused, match=words):
        open_envelope(json.dumps(envelope | change).encode(), payload_type=KIND)


def test_the_name_of_a_key_and_its_file() -> None:
    digest = base64.b32encode(hashlib.sha256(PUBLIC).digest()).decode().lower().rstrip("=")
    assert fingerprint(PUBLIC) == f"rollcall-key:{digest}"
    text = public_file(PUBLIC)
    assert read_public_file(text) == PUBLIC
    assert read_public_file(f"Dear customer,\r\n{text.replace(chr(10), chr(13) + chr(10))}\r\nRegards\r\n") == PUBLIC


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not the file of one public key"),
        (public_file(PUBLIC) * 2, "not the file of one public key"),
        (public_file(PUBLIC).replace("rollcall-key:", "rollcall-key:a"), "but its key is"),
        (public_file(PUBLIC).replace("=\n", "\n"), "base64"),
        ("x" * 5000, "at most 4,096"),
    ],
)
def test_a_damaged_key_file_is_refused(text: str, words: str) -> None:
    with pytest.raises(KeyRefused, match=words):
        read_public_file(text)
