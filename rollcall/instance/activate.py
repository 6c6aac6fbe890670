"""Taking a licence, and answering one that does not name this instance's key yet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rollcall.instance.home import LICENSE, Home, HomeRefused
from rollcall.signing.activation import Activation, write_activation
from rollcall.signing.keys import fingerprint
from rollcall.signing.license import License, LicensedInstance, read_license

ANSWER = "activation.txt"


def take_license(*, home: Home, text: str) -> License:
    """Check a licence, trust the keys that it announces, and keep it in place of an older one.

    Raises HomeRefused for one that is older than the licence here, EnvelopeRefused, SignatureRefused.
    """
    license = read_license(text, trusted=home.trusted())
    if (home.folder / LICENSE).exists() and home.license().serial > license.serial:
        raise HomeRefused(f"A licence with a higher serial than {license.serial} is here already.")
    home.trust_more(license)
    (home.folder / LICENSE).write_text(text)
    return license


def names_the_key(license: License, home: Home) -> bool:
    """Return whether a licence names the key of this home, so that its reports are taken."""
    return fingerprint(bytes(home.key().verify_key)) in {one.key for one in license.instances}


def answer_license(
    *, home: Home, license: License, instance: str | None, now: datetime
) -> tuple[Path, LicensedInstance]:
    """Write the file that proves this home's key to the vendor; return it and the instance that the key is for.

    `instance` is a name or an id of the licence, None where it names one alone. Raises HomeRefused.
    """
    found = [one for one in license.instances if instance in (None, one.name, one.id)]
    if len(found) != 1:
        names = ", ".join(one.name for one in license.instances) or "none"
        raise HomeRefused(f"Say with --instance which one this is; the licence names {names}.")
    key = home.key()
    answer = Activation(
        license_id=license.license_id,
        challenge=license.challenge,
        instance=found[0].id,
        public_key=bytes(key.verify_key),
        made_at=now.replace(microsecond=0),
    )
    path = home.folder / ANSWER
    path.write_text(write_activation(answer, sign=key))
    return path, found[0]
