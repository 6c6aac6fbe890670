"""Take a person's word that nobody was active on days of an instance: a report without a file."""

import csv
import io
from datetime import UTC, datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from ground.storage import store_file
from licenses.models import Instance
from licenses.queries import zone_at
from rollcall.period import Period, civil_day
from usage.declared import DECLARATION
from usage.models import Grade, ReportState, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.queries.coverage import DayState, coverage, days_owed, spans_of_days
from usage.queries.reports import reports_waiting

# A declaration is kept as an export of no rows, so it is read, counted and recounted like any other file.
COLUMNS = ("user_id", "occurred_at", "action")
MAPPING = {
    "format": "csv",
    "encoding": "utf-8",
    "delimiter": ",",
    "header_line": 1,
    "columns": {"user": COLUMNS[0], "at": COLUMNS[1], "action": COLUMNS[2]},
}


class DeclarationRefused(Exception):
    """The days cannot be declared: some are to come, are not owed, were reported, or wait in a file."""


def declare_nobody_active(*, actor: Actor, instance: Instance, days: Period, now: datetime) -> UsageReport:
    """Record that nobody was active on these whole civil days of an instance, and let them count as reported.

    Only missing days that are over can be declared. Who said it and when stand in the report and in its bytes; a file
    for the same days, whenever it comes, counts in its place. Raises NotAllowed, DeclarationRefused.
    """
    actor.require_customer(instance.customer_id)
    zone = zone_at(contract=instance.contract, day=days.start)
    _refuse_other_days(instance, days, zone, now)
    statement = _statement(actor, instance, days, zone, now)
    stored = store_file(customer_id=instance.customer_id, kind="report", source=statement)
    fault_point("ingest.after_store")
    with transaction.atomic(), acting(actor=actor, verb="declare_nobody_active"):
        report = UsageReport.objects.create(
            customer_id=instance.customer_id,
            contract_id=instance.contract_id,
            instance=instance,
            file_name=f"nobody active {days.start} to {days.last_day}.csv",
            sha256=stored.sha256,
            size=stored.size,
            storage_key=stored.key,
            grade=Grade.UPLOAD,
            received_by=actor.name,
            received_at=now,
            state=ReportState.NEEDS_CONFIRMATION,
            sniffed={"outcome": "ok", "format": DECLARATION, "kind": "events", "mapping": MAPPING, "questions": []},
        )
        return confirm_report(
            actor=actor,
            report=report,
            mapping=MAPPING,
            source_timezone="",
            covers=days,
            generated_at=None,
            now=now,
            nobody_active=True,
        )


def _refuse_other_days(instance: Instance, days: Period, zone: str, now: datetime) -> None:
    if days.end > civil_day(now, zone):
        raise DeclarationRefused(f"{days.words(zone)} is not over. Say it when the last of these days has ended.")
    if len(days_owed(instance=instance, period=days)) != days.days:
        raise DeclarationRefused(f"{instance.name} owes no report for all of {days.words(zone)}.")
    covered = coverage(contract=instance.contract, period=days, zone=zone)
    (own,) = (one for one in covered.instances if one.instance.pk == instance.pk)
    reported = [day.day for day in own.days if day.state is not DayState.MISSING]
    if reported:
        raise DeclarationRefused(
            f"{instance.name} has reported {', '.join(span.words() for span in spans_of_days(reported))} already. "
            "Only days that are missing can be declared."
        )
    waiting = reports_waiting(contract=instance.contract, period=days, zone=zone)
    names = ", ".join(report.file_name for report in waiting if report.instance_id == instance.pk)
    if names:
        raise DeclarationRefused(f"A file that may hold these days is not counted yet: {names}. Confirm it first.")


def _statement(actor: Actor, instance: Instance, days: Period, zone: str, now: datetime) -> bytes:
    """Write the word as a header without rows; its last column says who said what, and when."""
    said = (
        f"Nobody was active on {instance.name} on {days.words(zone)}. "
        f"Said by {actor.name} at {now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}."
    )
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([*COLUMNS, said])
    return text.getvalue().encode()
