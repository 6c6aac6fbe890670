"""Gather what an instance sent as events into one report a day, so that a count reads few files.

A stream appends: each day's report holds every good event that any batch brought for that day, each once. When more
arrives for a day it is gathered anew; the newer report holds all of the older one and takes the day from it by the
ordinary rule (`rollcall.ownership`), because it was made later. The same events give the same bytes, so gathering
again without news makes no report.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.standing_in_line import GATHERING_EVENTS, stand_in_line
from ground.storage import stored_path
from licenses.models import Instance
from licenses.queries import zone_at
from rollcall.intake.events_sandbox import Sent, gather_day
from rollcall.period import Period, civil_day
from usage.children import LOOK
from usage.files import working_folder
from usage.limits import child_user, intake_limits
from usage.models import EventBatch, EventDay, Grade, UsageReport
from usage.operations.receive_report import receive_report

WORKER = Actor.system("worker")
A_DAY = timedelta(days=1)
# A day that is not over is gathered once something of it has waited so long.
LONGEST_WAIT = timedelta(hours=1)


def gather_events(*, instance_id: int, now: datetime) -> list[UsageReport]:
    """Make the reports of all days for which an instance sent events that are in no report yet; return the new ones.

    Nothing happens before a day is over or a batch has waited an hour. Raises StoredFileDamaged, StoredFileMissing,
    BatchRefused, ChildDied: then nothing was changed.
    """
    instance = Instance.objects.select_related("contract").get(pk=instance_id)
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="gather_events"):
        stand_in_line(GATHERING_EVENTS, of=instance_id)
        waiting = list(waiting_batches().filter(instance=instance).order_by("pk"))
        days = _days_of(instance, waiting)
        if not any(_is_ripe(instance, batch, now) for batch in waiting):
            return []
        made_at = _after_the_last(instance, now)
        reports = [report for day in days if (report := _gathered(instance, day, made_at, now)) is not None]
        fault_point("events.after_gather")
        EventBatch.objects.filter(pk__in=[batch.pk for batch in waiting]).update(gathered_at=now)
    return reports


def waiting_batches() -> QuerySet[EventBatch]:
    """Return the batches whose events are in no report yet."""
    return EventBatch.objects.filter(gathered_at__isnull=True, events_accepted__gt=0)


def _days_of(instance: Instance, batches: Sequence[EventBatch]) -> list[date]:
    """Return the civil days on which these batches may have events, in the zone of each."""
    found: set[date] = set()
    for utc_day in {day for batch in batches for day in batch.utc_days}:
        zone_name = zone_at(contract=instance.contract, day=utc_day)
        midnight = datetime(utc_day.year, utc_day.month, utc_day.day, tzinfo=UTC)
        found |= {civil_day(midnight, zone_name), civil_day(midnight + A_DAY - timedelta(microseconds=1), zone_name)}
    return sorted(found)


def _is_ripe(instance: Instance, batch: EventBatch, now: datetime) -> bool:
    assert batch.last_at is not None
    _, ends = _instants(
        instance, civil_day(batch.last_at, zone_at(contract=instance.contract, day=batch.last_at.date()))
    )
    return ends <= now or now - batch.received_at >= LONGEST_WAIT


def _instants(instance: Instance, day: date) -> tuple[datetime, datetime]:
    return Period(day, day + A_DAY).instants(zone_at(contract=instance.contract, day=day))


def _gathered(instance: Instance, day: date, made_at: datetime, now: datetime) -> UsageReport | None:
    """Make the report of one day; None where there is no event, or nothing that is not in its report already."""
    start, end = _instants(instance, day)
    batches = EventBatch.objects.filter(
        instance=instance, events_accepted__gt=0, first_at__lt=end, last_at__gte=start
    ).order_by("pk")
    sent = [
        Sent(path=stored_path(batch.storage_key, batch.sha256), form=batch.form, received_at=batch.received_at)
        for batch in batches
    ]
    with working_folder() as folder:
        path = gather_day(sent, folder, since=start, until=end, limits=intake_limits(), user=child_user(), start=LOOK)
        if path is None:
            return None
        return _kept(instance, day, path, len(sent), made_at, now)


def _kept(
    instance: Instance, day: date, path: Path, batches: int, made_at: datetime, now: datetime
) -> UsageReport | None:
    with path.open("rb") as stream:
        received = receive_report(
            actor=WORKER,
            instance=instance,
            file_name=f"events of {day.isoformat()}.ndjson",
            stream=stream,
            now=now,
            grade=Grade.INSTANCE_API,
        )
    if received.already_received:
        return None
    EventDay.objects.get_or_create(
        report=received.report,
        defaults={"customer_id": instance.customer_id, "day": day, "batches": batches, "gathered_at": made_at},
    )
    return received.report


def _after_the_last(instance: Instance, now: datetime) -> datetime:
    """Return an instant after every earlier gathering of the instance: what is gathered later holds more."""
    last = EventDay.objects.filter(report__instance=instance).order_by("-gathered_at").first()
    return now if last is None else max(now, last.gathered_at + timedelta(microseconds=1))
