"""What the bundle of an invoice is called, and the command that checks it: the same on paper, on screen and in docs."""

import re

KEY_FILE = "vendor.pub"


def file_stem(number: str | None) -> str:
    """Return an invoice's number as a file name that every system takes, without an ending."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", number or "") or "invoice"


def bundle_file(number: str | None) -> str:
    """Return the name under which a bundle is downloaded."""
    return f"{file_stem(number)}.zip"


def verify_command(number: str | None) -> str:
    """Return what one types to check a bundle that lies beside the vendor's key."""
    return f"rollcall verify {bundle_file(number)} --key {KEY_FILE}"
