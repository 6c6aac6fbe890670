"""Take a file in: bytes unchanged, hashed, stored once, whoever sends them twice."""

import hashlib
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.db import IntegrityError, transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.operations.enqueue_job import enqueue_job
from ground.storage import remove_stored, store_file
from licenses.models import Instance
from usage.files import incoming
from usage.limits import largest_upload
from usage.models import Grade, ReportState, UsageReport
from usage.operations.move_report import MoveRefused, move_report

BLOCK = 1024 * 1024
CHILD_DIED = "child.died"


class FileTooLarge(Exception):
    """The file is larger than this service takes."""


class FileEmpty(Exception):
    """The file holds no byte, so it reports nothing; a day without activity needs a person's word."""


class ByteStream(Protocol):
    """Where the bytes come from: an upload, a file, a request body."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Received:
    """The report of these bytes; ``already_received`` when they were here before and nothing was done."""

    report: UsageReport
    already_received: bool


@dataclass(frozen=True, kw_only=True)
class Staged:
    """Bytes on their way in: a temporary file, its hex SHA-256 and its size."""

    path: Path
    sha256: str
    size: int


def receive_report(
    *,
    actor: Actor,
    instance: Instance,
    file_name: str,
    stream: ByteStream,
    now: datetime,
    grade: Grade = Grade.UPLOAD,
) -> Received:
    """Store the bytes of one file for an instance and have them looked at.

    The same bytes are one report per instance, also when two clients send them at the same moment: the database
    decides. A report that was withdrawn is taken up again. Raises NotAllowed, FileTooLarge, FileEmpty.
    """
    actor.require_customer(instance.customer_id)
    with staged(stream) as arrived:
        fault_point("ingest.after_stage")
        known = UsageReport.objects.filter(instance=instance, sha256=arrived.sha256).first()
        if known is not None:
            return _again(actor, known)
        stored = store_file(customer_id=instance.customer_id, kind="report", source=arrived.path)
    fault_point("ingest.after_store")
    report = UsageReport(
        customer_id=instance.customer_id,
        contract_id=instance.contract_id,
        instance=instance,
        file_name=shown_name(file_name),
        sha256=stored.sha256,
        size=stored.size,
        storage_key=stored.key,
        grade=grade,
        received_by=actor.name,
        received_at=now,
    )
    try:
        with transaction.atomic(), acting(actor=actor, verb="receive_report"):
            report.save(force_insert=True)
            _look_at(report)
            fault_point("ingest.before_receive_commit")
    except IntegrityError:
        remove_stored(stored.key)
        known = UsageReport.objects.filter(instance=instance, sha256=arrived.sha256).first()
        if known is None:
            raise
        return _again(actor, known)
    fault_point("ingest.after_receive_commit")
    return Received(report=report, already_received=False)


def shown_name(file_name: str) -> str:
    """Return a file's name as it is shown to people: the last part, without invisible characters, never empty."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    return visible[:255] or "unnamed file"


def _again(actor: Actor, known: UsageReport) -> Received:
    """Answer for bytes that are here already; a report that was withdrawn, or never looked at, begins anew, once."""
    reading_died = known.state == ReportState.REJECTED and known.refusal_code == CHILD_DIED and known.sniffed is None
    if known.state != ReportState.WITHDRAWN and not reading_died:
        return Received(report=known, already_received=True)
    with transaction.atomic(), acting(actor=actor, verb="receive_report", reason="sent again"):
        try:
            report = move_report(
                report_id=known.pk,
                to=ReportState.RECEIVED,
                confirmation=known.confirmation,
                withdrawn_by="",
                withdrawn_reason="",
                withdrawn_at=None,
                refusal_code="",
                refusal_message="",
                finished_at=None,
            )
        except MoveRefused:
            return Received(report=UsageReport.objects.get(pk=known.pk), already_received=True)
        report.confirmation += 1
        report.save(update_fields=["confirmation"])
        _look_at(report)
    return Received(report=report, already_received=False)


def _look_at(report: UsageReport) -> None:
    enqueue_job(
        key=f"usage.sniff_report:{report.pk}:{report.confirmation}",
        kind="usage.sniff_report",
        args={"report_id": report.pk},
        customer_id=report.customer_id,
    )


@contextmanager
def staged(stream: ByteStream) -> Iterator[Staged]:
    """Write the stream to a temporary file within the limit. Raises FileTooLarge, FileEmpty."""
    limit = largest_upload()
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=incoming()) as file:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > limit:
                raise FileTooLarge(
                    f"The file is larger than {limit // 1024**2:,} MiB, the most that is taken at once. "
                    "Send it in parts, one after the other."
                )
            digest.update(block)
            file.write(block)
        if not size:
            raise FileEmpty("The file is empty: it holds no byte. Export it again, or say that nobody was active.")
        file.flush()
        yield Staged(path=Path(file.name), sha256=digest.hexdigest(), size=size)
