"""Writes a bundle: fixed names, sorted, without the time of day, so that the same contents give the same bytes.

The bytes are those of one release of zlib; hashes and signature cover what is inside and do not depend on it.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

import rfc8785

import rollcall
from rollcall.evidence.contents import BundleContents, Content, evidence_member
from rollcall.evidence.readme import readme_text
from rollcall.signing import Signer, sign_payload

PAYLOAD_TYPE = "application/vnd.rollcall.bundle+json"
MANIFEST, NAMES, SALT = "MANIFEST.json", "names.csv", "SALT.txt"
SCHEMA = 1
PACKED_ABOVE = 1 << 18
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20


class NotABundleOfOne(ValueError):
    """Two things in the contents would have the same name."""


def write_bundle(contents: BundleContents, path: Path, *, sign: Signer) -> None:
    """Write the signed bundle of an invoice to a path. Raises NotABundleOfOne for names that occur twice."""
    members = _members(contents)
    payload = {
        "schema": SCHEMA,
        "invoice": {
            "number": contents.number,
            "snapshot_digest": contents.snapshot_digest,
            "previous_digest": contents.previous_digest,
            "chain_digest": contents.chain_digest,
        },
        "engine_version": contents.engine_version,
        "tzdata_version": contents.tzdata_version,
        "members": {name: _measured(content) for name, content in sorted(members.items())},
    }
    manifest = sign_payload(payload=payload, payload_type=PAYLOAD_TYPE, sign=sign) + b"\n"
    write_members({**members, MANIFEST: manifest}, path)


def add_names(source: Path, target: Path, *, names: Path | None = None, salt: bytes | None = None) -> None:
    """Copy a bundle and add what only its customer may see: names.csv and the contract's salt, unsigned.

    The signed members are copied as they are.
    """
    shutil.copyfile(source, target)
    added: dict[str, Content] = {} if names is None else {NAMES: names}
    if salt is not None:
        added[SALT] = f"{salt.hex()}\n".encode()
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _put(archive, added)


def packing(size: int) -> int:
    """Return how a member of so many bytes is packed: small ones lie open, so that each of their bytes is one byte."""
    return zipfile.ZIP_DEFLATED if size > PACKED_ABOVE else zipfile.ZIP_STORED


def write_members(members: Mapping[str, Content], path: Path) -> None:
    """Write members as they are, sorted by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _put(archive, members)


def _put(archive: zipfile.ZipFile, members: Mapping[str, Content]) -> None:
    for name, content in sorted(members.items()):
        entry = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
        entry.file_size = content.stat().st_size if isinstance(content, Path) else len(content)
        entry.compress_type, entry.create_system, entry.external_attr = packing(entry.file_size), 3, 0o644 << 16
        with opened(content) as source, archive.open(entry, "w") as target:
            shutil.copyfileobj(source, target, _BLOCK)


def _members(contents: BundleContents) -> dict[str, Content]:
    """Return everything but the manifest by name."""
    found: dict[str, Content] = {}
    for name, content in _each_member(contents):
        if name in found:
            raise NotABundleOfOne(f"The bundle of {contents.number} would have two members called {name}.")
        found[name] = content
    return found


def _each_member(contents: BundleContents) -> Iterator[tuple[str, Content]]:
    yield "README.txt", readme_text(contents).encode()
    yield "INVOICE.json", rfc8785.dumps(dict(contents.invoice))
    if contents.invoice_xml is not None:
        yield "INVOICE.xml", contents.invoice_xml
    yield "REPORTS.json", rfc8785.dumps([dict(report) for report in contents.reports])
    for digest, content in contents.evidence.items():
        yield evidence_member(digest), content
    for count in contents.counts:
        folder = f"counts/{count.folder}"
        yield f"{folder}/COUNT.json", rfc8785.dumps(dict(count.document))
        if count.resolution is not None:
            yield f"{folder}/RESOLUTION.json", rfc8785.dumps(dict(count.resolution))
        if count.verdicts is not None:
            yield f"{folder}/verdicts.csv", count.verdicts
    for number, rated in enumerate(contents.rated, start=1):
        folder = f"rated/{number:02d}-{rated.charge}"
        documents = {"TERMS": rated.terms, "USAGE": rated.usage, "RATING": rated.rating, "RATED": rated.document()}
        if rated.versions is not None:
            documents["VERSIONS"] = rated.versions
        for name, document in documents.items():
            yield f"{folder}/{name}.json", rfc8785.dumps(dict(document))
    yield "recount.py", Path(rollcall.__file__).with_name("recount.py").read_bytes()


def _measured(content: Content) -> dict[str, str | int]:
    digest, size = hashlib.sha256(), 0
    with opened(content) as source:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"sha256": digest.hexdigest(), "size": size}


@contextmanager
def opened(content: Content) -> Iterator[IO[bytes]]:
    """Yield the bytes of a content as a file."""
    if isinstance(content, Path):
        with content.open("rb") as file:
            yield file
    else:
        yield BytesIO(content)
