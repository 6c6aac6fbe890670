"""The vendor's key at work: what it is called, and whatever signs with its private half.

The one place that knows where private halves are: sealed in the database, or with a program of the vendor's own
(ROLLCALL_SIGNER_COMMAND) that gets the bytes and gives the signature, such as one that asks a hardware module.
"""

import os
import subprocess
from dataclasses import dataclass

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from licenses.models import LegalEntity, VendorKey, VendorKeySecret
from licenses.queries import key_in_force
from licenses.sealing import NotOpened, unseal
from rollcall.signing import SigningKey
from rollcall.signing.keys import Signer

SIGNATURE_BYTES = 64
# A program that waits for a person or a module may take a while; a job that waits longer is tried again.
SIGNER_SECONDS = 30


class NoKey(LookupError):
    """The vendor has no key, or not the one that is asked for."""


class NotSigned(Exception):
    """The program that keeps the private half did not give a signature."""


@dataclass(frozen=True)
class Signature:
    """What the program gave back."""

    signature: bytes


@dataclass(frozen=True)
class SignerCommand:
    """A key whose private half a program keeps. It is started once per signature, with the fingerprint of the key in
    ROLLCALL_KEY_FINGERPRINT; it reads the bytes to sign and writes 64 bytes, and nothing else."""

    arguments: tuple[str, ...]
    fingerprint: str
    verify_key: VerifyKey

    def sign(self, message: bytes) -> Signature:
        """Return the signature, which was checked. Raises NotSigned."""
        try:
            done = subprocess.run(
                self.arguments,
                input=message,
                capture_output=True,
                timeout=SIGNER_SECONDS,
                check=False,
                env={"PATH": os.environ.get("PATH", os.defpath), "ROLLCALL_KEY_FINGERPRINT": self.fingerprint},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotSigned(f"ROLLCALL_SIGNER_COMMAND did not answer for {self.fingerprint}: {error}") from error
        if done.returncode or len(done.stdout) != SIGNATURE_BYTES:
            raise NotSigned(
                f"ROLLCALL_SIGNER_COMMAND ended with {done.returncode} and {len(done.stdout)} bytes for "
                f"{self.fingerprint}; it must end with 0 and write the {SIGNATURE_BYTES} bytes of the signature."
            )
        try:
            self.verify_key.verify(message, done.stdout)
        except CryptoError as error:
            raise NotSigned(f"What ROLLCALL_SIGNER_COMMAND wrote is no signature by {self.fingerprint}.") from error
        return Signature(done.stdout)


def vendor_key_of(*, legal_entity: LegalEntity, fingerprint: str = "") -> VendorKey:
    """Return the key of this fingerprint, retired or not, or without one the key in force. Raises NoKey."""
    if not fingerprint:
        key = key_in_force(legal_entity=legal_entity)
    else:
        key = VendorKey.objects.filter(legal_entity=legal_entity, fingerprint=fingerprint).first()
    if key is None:
        raise NoKey(f"{legal_entity} has no key {fingerprint or 'in force'}; `manage.py vendor_key` makes one.")
    return key


def signing_key_of(*, legal_entity: LegalEntity, fingerprint: str = "") -> Signer:
    """Return what signs with a key: its private half, or the program that keeps it. Raises NoKey, NotOpened."""
    key = vendor_key_of(legal_entity=legal_entity, fingerprint=fingerprint)
    secret = VendorKeySecret.objects.filter(key=key).first()
    if secret is None:
        return _command_of(key)
    opened = SigningKey(unseal(bytes(secret.sealed)))
    if bytes(opened.verify_key) != bytes(key.public_key):
        raise NotOpened(f"The private half stored for {key.fingerprint} belongs to another key.")
    return opened


def vendor_id_of(*, legal_entity: LegalEntity) -> str:
    """Return the name by which signed documents know the vendor: the fingerprint of its first key, for ever.

    Raises NoKey for an entity that never had one.
    """
    first = VendorKey.objects.filter(legal_entity=legal_entity).order_by("pk").first()
    if first is None:
        raise NoKey(f"{legal_entity} has no key yet; `manage.py vendor_key` makes one.")
    return first.fingerprint


def _command_of(key: VendorKey) -> SignerCommand:
    arguments = tuple(settings.ROLLCALL_SIGNER_COMMAND)
    if not arguments:
        raise NoKey(
            f"The private half of {key.fingerprint} is not in the database, and ROLLCALL_SIGNER_COMMAND names no "
            "program that keeps it."
        )
    return SignerCommand(arguments, key.fingerprint, VerifyKey(bytes(key.public_key)))
