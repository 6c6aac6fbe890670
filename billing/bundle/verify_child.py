"""The child process that checks stored bundles as a customer would, with the program that customers have."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from rollcall.evidence.verify import verify_bundle
from rollcall.evidence.write import MANIFEST, PAYLOAD_TYPE
from rollcall.signing import open_envelope


def main() -> None:
    """Check every bundle of the document with the key beside it."""
    document = json.load(sys.stdin)
    json.dump({"bundles": [_checked(Path(one["path"]), bytes.fromhex(one["key"])) for one in document]}, sys.stdout)


def _checked(path: Path, key: bytes) -> dict[str, Any]:
    found = verify_bundle(path, key=key)
    return {
        "status": found.status,
        "differences": [difference.words() for difference in found.differences],
        "invoice": _manifest(path)["invoice"] if found.status == 0 else {},
    }


def _manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return open_envelope(archive.read(MANIFEST).rstrip(b"\n"), payload_type=PAYLOAD_TYPE).payload
