"""Going through a received file again: what a child is asked, as it was asked when the file was read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ground.storage import stored_path
from licenses.queries import agreed_days, salt_of
from licenses.ranges import Span
from rollcall.formats.mapping import ColumnMapping
from rollcall.intake.request import ReadRequest
from usage.limits import intake_limits
from usage.models import UsageReport
from usage.queries.look_back import look_back_of
from usage.queries.reports import repeated_files_said, says_nobody_active
from usage.spans import spans_json


def rereading(*, report: UsageReport, zone: str, spans: Sequence[Span] | None, out: Path) -> ReadRequest:
    """Return the request for a report's file under its confirmed mapping; ``spans`` None takes every instant.

    Raises StoredFileDamaged, StoredFileMissing.
    """
    days = agreed_days(contract=report.contract)
    return ReadRequest(
        files=(str(stored_path(report.storage_key, report.sha256)),),
        filenames=(report.file_name,),
        out_dir=str(out),
        timezone=zone,
        mapping=None if report.mapping is None else ColumnMapping.from_json(report.mapping),
        source_timezone=report.source_timezone or None,
        contract_from=(days.start - look_back_of(contract=report.contract)).isoformat(),
        contract_to=days.end.isoformat(),
        # The instant of arrival, not of this reading: the same bytes give the same rows whenever they are read.
        now=report.received_at.isoformat(),
        salt_hex=salt_of(contract=report.contract).hex(),
        instance=report.instance.public_id,
        nobody_active=says_nobody_active(report),
        repeated_files=repeated_files_said(report),
        spans=None if spans is None else tuple((start, end) for start, end in spans_json(spans)),
        # The contract says which share of rows refuses the file (``queries.quarantine``), not the installation.
        limits=replace(intake_limits(), quarantined_percent=100),
    )
