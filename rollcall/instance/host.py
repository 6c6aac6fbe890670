"""What only this machine knows: its clocks, its starts, its randomness, and marks by which a clone shows."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rollcall import __version__

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, kw_only=True)
class Host:
    """One look at the machine: the time in whole seconds, seconds since its start, the name of this start."""

    now: datetime
    monotonic_seconds: int
    boot_id: str
    machine_id: str

    def marks(self, *, contract: str, home: Path) -> dict[str, str]:
        """Return salted hashes of what tells machines apart; the vendor can compare them and learns nothing else."""
        return {
            "machine": _mark(contract, self.machine_id),
            "install": _mark(contract, str(home.resolve())),
        }


def look() -> Host:
    """Return what the machine says now."""
    return Host(
        now=datetime.now(UTC).replace(microsecond=0),
        monotonic_seconds=int(time.monotonic()),
        boot_id=_first_line(_BOOT_ID),
        machine_id=_first_line(_MACHINE_ID),
    )


def new_secret() -> bytes:
    """Return 32 random bytes of the system."""
    return secrets.token_bytes(32)


def new_nonce() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


def program() -> str:
    """Return the name and version of this program, as reports state it."""
    return f"rollcall {__version__}"


def make_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _mark(contract: str, value: str) -> str:
    return hashlib.sha256(f"rollcall-host/1\n{contract}\n{value}\n".encode()).hexdigest()[:32] if value else "unknown"


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
