"""The home folder of the reporter: key, licence, customer's key, state of the chain, outbox and receipts.

Every change of the state is written whole beside the old one and renamed over it. A report goes out in three steps that
a kill may part anywhere: it is written under a name that nobody sends, the state takes its number, the file gets its
own name. So no number is ever used for two reports.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from rollcall.instance.host import make_private
from rollcall.signing.fields import PayloadFields
from rollcall.signing.keys import SigningKey
from rollcall.signing.license import License, read_license, trust_of
from rollcall.signing.revocations import Revocations, VendorKeys

KEY, LICENSE, STATE, VENDOR = "instance.key", "license.txt", "state.json", "vendor.json"
CUSTOMER_KEY, PEOPLE = "customer.key", "people.json"
OUTBOX, RECEIPTS, SENT, KEPT = "outbox", "receipts", "sent", "kept"
_PENDING = ".pending"
NOTHING_REVOKED = Revocations()
# So many days of roots are remembered, to notice what came late.
DAYS_REMEMBERED = 800


class HomeRefused(Exception):
    """The home folder cannot be used as it is; the message says what is missing and how to get it."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Where the chain stands. `days` are {ISO date: [root, report's number]}, `reported_to` the first day to come."""

    sequence: int = 0
    previous: str = ""
    seal: str = ""
    reported_to: str = ""
    receipt: dict[str, Any] | None = None
    boots: int = 0
    boot_id: str = ""
    wall: str = ""
    pending: str = ""
    days: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def next_day(self) -> date | None:
        """The first day that no report covers; None before the first report."""
        return date.fromisoformat(self.reported_to) if self.reported_to else None


class Home:
    """An open home folder; one process at a time writes in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[State]:
        """Give the state while nobody else changes it. Raises HomeRefused where there is no home."""
        if not self.folder.is_dir():
            raise HomeRefused(f"{self.folder} is no home of a reporter; `rollcall report init` makes one.")
        with open(self.folder / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._recovered(self.state())

    def state(self) -> State:
        """Return the state as it is stored."""
        path = self.folder / STATE
        return State(**json.loads(path.read_text())) if path.exists() else State()

    def save(self, state: State) -> None:
        """Store the state, all of it or nothing."""
        kept = dict(sorted(state.days.items())[-DAYS_REMEMBERED:])
        between = self.folder / f".{STATE}"
        with open(between, "w", encoding="ascii") as file:
            json.dump(asdict(replace(state, days=kept)), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(between, self.folder / STATE)

    def key(self) -> SigningKey:
        """Return the instance's own key. Raises HomeRefused."""
        path = self.folder / KEY
        if not path.exists():
            raise HomeRefused(f"{path} is not there; `rollcall report init` makes the key of this instance.")
        if path.stat().st_mode & 0o077:
            raise HomeRefused(f"{path} can be read by others; `chmod 600 {path}`, then ask the vendor about a new key.")
        return SigningKey(bytes.fromhex(path.read_text().strip()))

    def customer_key(self) -> bytes:
        """Return the key of the customer's pseudonyms. Raises HomeRefused."""
        path = self.folder / CUSTOMER_KEY
        if not path.exists():
            raise HomeRefused(
                f"The contract reports pseudonyms, and {path} is not there. Copy the customer's key to every instance: "
                "64 hexadecimal digits, made once with `rollcall report customer-key`."
            )
        return bytes.fromhex(path.read_text().strip())

    def make_key(self, seed: bytes) -> SigningKey:
        """Store a new key of the instance. Raises FileExistsError where there is one."""
        make_private(self.folder / KEY, seed.hex().encode())
        return self.key()

    def people(self) -> dict[str, Any]:
        """Return what the customer alone says of its people, {"aliases": {...}, "excluded": [...]}, empty without file.

        Raises HomeRefused.
        """
        path = self.folder / PEOPLE
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if not isinstance(found, dict) or set(found) - {"aliases", "excluded"}:
            raise HomeRefused(f"{path} must be an object with 'aliases' and 'excluded' and nothing else.")
        return {"aliases": found.get("aliases", {}), "excluded": found.get("excluded", [])}

    def trusted(self) -> VendorKeys:
        """Return the vendor's keys that this home was told to trust, under every revocation that it has heard of.

        Raises HomeRefused.
        """
        path = self.folder / VENDOR
        if not path.exists():
            raise HomeRefused(f"{path} is not there: no key of the vendor is trusted yet.")
        known = json.loads(path.read_text())
        return VendorKeys(
            keys={name: bytes.fromhex(key) for name, key in known["keys"].items()},
            revocations=Revocations.from_fields(PayloadFields.of(known["revocations"], "revocations")),
        )

    def trust(self, keys: dict[str, bytes], revocations: Revocations = NOTHING_REVOKED) -> None:
        """Trust these keys of the vendor from now on, beside those before; what was revoked once stays so."""
        path = self.folder / VENDOR
        known = (self.trusted() if path.exists() else VendorKeys(keys={})).with_more(keys, revocations)
        said = {name: key.hex() for name, key in sorted(known.keys.items())}
        between = self.folder / f".{VENDOR}"
        between.write_text(json.dumps({"keys": said, "revocations": known.revocations.to_payload()}))
        os.replace(between, path)

    def trust_more(self, license: License) -> None:
        """Trust the keys that a checked licence announces, and none that it revokes."""
        found = trust_of(license, trusted=self.trusted())
        self.trust(found.keys, found.revocations)

    def license(self) -> License:
        """Return the licence, checked with the trusted keys. Raises HomeRefused, SignatureRefused, EnvelopeRefused."""
        path = self.folder / LICENSE
        if not path.exists():
            raise HomeRefused(f"{path} is not there; get the licence file in the vendor's portal.")
        return read_license(path.read_text(), trusted=self.trusted())

    def pending(self) -> Path:
        """Return the path under which the next report is written; what lies there was never sent."""
        path = self.outbox() / _PENDING
        path.unlink(missing_ok=True)
        return path

    def outbox(self) -> Path:
        """Return the folder of reports that were not sent yet; nothing in it expires."""
        return self._made(OUTBOX)

    def sent(self) -> Path:
        """Return the folder of reports that the vendor has."""
        return self._made(SENT)

    def kept(self) -> Path:
        """Return the folder of the rows behind reports of totals; nobody sends them."""
        return self._made(KEPT)

    def receipts(self) -> Path:
        """Return the folder of the vendor's receipts."""
        return self._made(RECEIPTS)

    def publish(self, state: State) -> Path:
        """Give the pending report its name, once the state has its number."""
        path = self.outbox() / state.pending
        os.replace(self.outbox() / _PENDING, path)
        self.save(replace(state, pending=""))
        return path

    def _recovered(self, state: State) -> State:
        """Finish what a kill interrupted after the state took the number of a report."""
        if not state.pending:
            return state
        if (self.outbox() / _PENDING).exists():
            self.publish(state)
        else:
            self.save(replace(state, pending=""))
        return self.state()

    def _made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path
