"""Signing: who says so. Ed25519 keys, their names and files, and the envelope around what was signed.

Owns: the fingerprint by which people compare keys, the text file of a public key, the DSSE envelope over canonical JSON
(RFC 8785) with its strict reader, its text armor, and what the signed documents say: licence, activation, revocations,
report, receipt.
Does not own: where private keys lie and which key is in force.

Invariants: the signature covers type and payload together, so a signed text of one kind never passes for another; a
payload is read from the very bytes that were signed; keys and signatures are those of PyNaCl, which refuses points of
small order. A signature makes tampering evident; nothing makes it impossible.
"""

from rollcall.signing.envelope import Envelope, EnvelopeRefused, SignatureRefused, open_envelope, sign_payload
from rollcall.signing.keys import KeyRefused, Signer, SigningKey, fingerprint, public_file, read_public_file

__all__ = [
    "Envelope",
    "EnvelopeRefused",
    "KeyRefused",
    "SignatureRefused",
    "Signer",
    "SigningKey",
    "fingerprint",
    "open_envelope",
    "public_file",
    "read_public_file",
    "sign_payload",
]
