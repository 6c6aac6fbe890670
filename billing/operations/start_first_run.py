"""Take the files of an import in; they are read in the background, and nothing is written yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from billing.models import FirstRunImport
from ground.actor import Actor
from ground.audit import acting
from ground.operations import enqueue_job
from ground.storage import StoredFile, remove_stored, store_file

SHOW = "billing.show_first_run"
MOST_FILES = 20
LARGEST_BYTES = 20_000_000
# The store keeps files under a customer; those of the first run belong to none yet.
NOBODY = 0


class FilesRefused(ValueError):
    """The files are too many, too large, empty, or not of a kind that is read."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One file as it was sent: its name, for people only, and where its bytes lie."""

    name: str
    path: Path


def start_first_run(*, actor: Actor, files: Sequence[Sent], now: datetime) -> FirstRunImport:
    """Store the files and have them shown; return the import. Raises NotAllowed, FilesRefused."""
    actor.require_vendor("finance", "admin")
    _refuse(files)
    stored: list[StoredFile] = []
    try:
        for one in files:
            stored.append(store_file(customer_id=NOBODY, kind="first_run", source=one.path))
        with transaction.atomic(durable=True), acting(actor=actor, verb="start_first_run"):
            row = FirstRunImport.objects.create(
                files=[
                    {"name": _shown(one.name), "storage_key": kept.key, "sha256": kept.sha256, "size": kept.size}
                    for one, kept in zip(files, stored, strict=True)
                ],
                asked_by=actor.name,
                asked_at=now,
            )
            enqueue_job(key=f"{SHOW}:{row.pk}", kind=SHOW, args={"import_id": row.pk})
    except BaseException:
        for kept in stored:
            remove_stored(kept.key)
        raise
    return row


def _refuse(files: Sequence[Sent]) -> None:
    if not files:
        raise FilesRefused("Choose the files to import.")
    if len(files) > MOST_FILES:
        raise FilesRefused(f"At most {MOST_FILES} files at once. A workbook may hold all steps, one on each sheet.")
    for one in files:
        size = one.path.stat().st_size
        if not size:
            raise FilesRefused(f"{_shown(one.name)} is empty.")
        if size > LARGEST_BYTES:
            raise FilesRefused(
                f"{_shown(one.name)} has {size / 1_000_000:.0f} MB; at most {LARGEST_BYTES // 1_000_000} MB are read."
            )


def _shown(name: str) -> str:
    """A file's name as it is shown: one line of letters, never a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter if letter.isprintable() else " " for letter in last).strip()[:120] or "file"
