"""Keep what a person said about the columns of a file, to be offered for the next one of that shape."""

from datetime import datetime

from ground.actor import Actor
from usage.models import KeptMapping, UsageReport
from usage.queries.mappings import MAPPED_FORMATS, header_digest, kept_mapping


def keep_mapping(*, actor: Actor, report: UsageReport, now: datetime) -> KeptMapping | None:
    """Add a confirmed report's mapping to the history of its instance; None where nothing is new to say.

    Only files whose columns are mapped have one: a known format is read by its own rules. The caller's transaction.
    """
    columns = [column["name"] for column in (report.sniffed or {}).get("columns") or []]
    if report.mapping is None or not columns or report.mapping["format"] not in MAPPED_FORMATS:
        return None
    digest = header_digest(columns)
    known = kept_mapping(instance=report.instance, columns=columns)
    if known is not None and known.instance_id == report.instance_id and _says_the_same(known, report):
        return known
    return KeptMapping.objects.create(
        customer_id=report.customer_id,
        contract_id=report.contract_id,
        instance_id=report.instance_id,
        report=report,
        header_digest=digest,
        mapping=report.mapping,
        source_timezone=report.source_timezone,
        kept_by=actor.name,
        kept_at=now,
    )


def _says_the_same(known: KeptMapping, report: UsageReport) -> bool:
    return known.mapping == report.mapping and known.source_timezone == report.source_timezone
