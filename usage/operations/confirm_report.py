"""Confirm what a file is and which days it covers, and have it read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.operations.enqueue_job import enqueue_job
from ground.presentation.format import day
from ground.standing_in_line import CONFIRMING_REPORTS, stand_in_line
from licenses.queries import zone_at
from licenses.ranges import Span, instants_range, span_of
from rollcall.formats.mapping import ColumnMapping
from rollcall.period import Period, zone
from usage.billed import LOWERED, NotMeant
from usage.models import EventDay, Grade, ReportState, UsageReport
from usage.operations.keep_mapping import keep_mapping
from usage.operations.move_report import MoveRefused, move_report
from usage.queries.listed import words_kept
from usage.queries.overlap import overlaps_of
from usage.queries.ownership import RANK, basis_of, claim_of, counted_reports
from usage.queries.proposed_days import first_day_of


class NothingCovered(Exception):
    """The days that the report is said to cover have not begun yet."""


class DaysBeforeBegin(NothingCovered):
    """The days begin before the contract, or before the instance reports."""


class MadeInTheFuture(Exception):
    """The report is said to have been made later than now."""


class OrderUnclear(Exception):
    """Nothing but the bytes would decide which of two files the days count from; a person has to say it."""


def confirm_report(
    *,
    actor: Actor,
    report: UsageReport,
    mapping: Mapping[str, Any] | None,
    source_timezone: str,
    covers: Period,
    generated_at: datetime | None,
    now: datetime,
    nobody_active: bool = False,
    day_as_stated: bool = False,
    repeated_files: str = "",
    meant: str = "",
) -> UsageReport:
    """Record a person's word about a file and have it read.

    ``covers`` are whole civil days in the contract's zone, of which the file is a complete account; they end at
    ``now`` at the latest. ``generated_at`` is when the exporter made the file; of two files for the same days the
    later made is valid. ``mapping`` is a column mapping (SHAPES.md), None for the one that was suggested.
    ``nobody_active`` is the person's word that a file without rows means nobody; a file with rows says who was.
    ``day_as_stated`` is the person's word that a list of accounts is of the stated day, whatever its file says, and
    ``repeated_files`` that a file which repeats a part of another one "replaces" it or "adds" to it. ``meant`` is the
    word that billed months are lowered on purpose, as ``usage.billed.what_is_meant`` or the question of the report says
    it: without it a file that lowers one is read, does not count, and asks.
    A file that touches days of a report of a higher grade waits for the account manager. One that shares days with a
    report of the same grade and time of export is refused. The mapping is kept for the next file of this shape.
    Days before the contract, or before the instance reports, are refused: no row of them can count.
    Raises NotAllowed, UnknownZone, MappingRefused, NothingCovered, MadeInTheFuture, OrderUnclear, MoveRefused, and
    NotMeant where this was asked for the same statement already.
    """
    actor.require_customer(report.customer_id)
    said = statement(
        actor=actor,
        report=report,
        mapping=mapping,
        source_timezone=source_timezone,
        covers=covers,
        generated_at=generated_at,
        nobody_active=nobody_active,
        day_as_stated=day_as_stated,
        repeated_files=repeated_files,
        meant=meant,
        now=now,
    )
    with transaction.atomic(), acting(actor=actor, verb="confirm_report"):
        return _confirmed(actor, report, said, now)


def statement(
    *,
    actor: Actor,
    report: UsageReport,
    mapping: Mapping[str, Any] | None,
    source_timezone: str,
    covers: Period,
    generated_at: datetime | None,
    nobody_active: bool,
    day_as_stated: bool,
    repeated_files: str,
    now: datetime,
    meant: str = "",
) -> dict[str, Any]:
    """Return the columns of a report that a person's word sets, checked. Raises what ``confirm_report`` raises."""
    if source_timezone:
        zone(source_timezone)
    if generated_at is not None and generated_at > now:
        raise MadeInTheFuture(f"The file cannot have been made at {generated_at:%d %b %Y %H:%M %Z}: that is to come.")
    _refuse_days_before(report, covers)
    found = mapping if mapping is not None else (report.sniffed or {}).get("mapping")
    return {
        "mapping": None if found is None else ColumnMapping.from_json(found).to_json(),
        "source_timezone": source_timezone,
        "covers": instants_range(_span_until_now(covers, zone_at(contract=report.contract, day=covers.start), now)),
        "generated_at": generated_at,
        "confirmed_by": actor.name,
        "confirmed_at": now,
        "remarks": words_kept(
            nobody_active=nobody_active, day_as_stated=day_as_stated, repeated_files=repeated_files, meant=meant
        ),
    }


def _confirmed(actor: Actor, report: UsageReport, said: dict[str, Any], now: datetime) -> UsageReport:
    """Move the report on with what the person said: to be read, or to the account manager."""
    # Each confirmation of an instance sees what the one before it claims.
    stand_in_line(CONFIRMING_REPORTS, of=report.instance_id)
    stored = UsageReport.objects.select_for_update().get(pk=report.pk)
    if stored.sniffed is None:
        raise MoveRefused(stored, ReportState.READING)
    _refuse_what_was_asked(stored, said)
    stored.covers, stored.generated_at = said["covers"], said["generated_at"]
    refuse_unclear_order(stored)
    outranked = outranking_reports(stored)
    confirmed = move_report(
        report_id=report.pk,
        to=ReportState.NEEDS_DECISION if outranked else ReportState.READING,
        confirmation=report.confirmation,
        **said,
        questions=[_question(outranked)] if outranked else [],
        refusal_code="",
        refusal_message="",
        finished_at=None,
    )
    confirmed.confirmation += 1
    confirmed.save(update_fields=["confirmation"])
    keep_mapping(actor=actor, report=confirmed, now=now)
    if not outranked:
        have_it_read(confirmed)
    return confirmed


def _refuse_what_was_asked(stored: UsageReport, said: Mapping[str, Any]) -> None:
    """Refuse the same statement once more while its question is not answered. Raises NotMeant."""
    asked = [question["message"] for question in stored.questions if question["code"] == LOWERED]
    same = ("mapping", "source_timezone", "covers", "generated_at", "remarks")
    if asked and all(getattr(stored, field) == said[field] for field in same):
        raise NotMeant(asked[0])


def have_it_read(report: UsageReport) -> None:
    """Enqueue the reading of a confirmed report; once per confirmation."""
    enqueue_job(
        key=f"usage.read_report:{report.pk}:{report.confirmation}",
        kind="usage.read_report",
        args={"report_id": report.pk},
        customer_id=report.customer_id,
    )


def refuse_unclear_order(report: UsageReport) -> None:
    """Refuse days that another report claims with the same right. Raises OrderUnclear."""
    assert report.covers is not None
    zone_name = zone_at(contract=report.contract, day=report.covers.lower.date())
    for overlap in overlaps_of(
        report=report, covers=span_of(report.covers), generated_at=report.generated_at, zone=zone_name
    ):
        if overlap.needs_time:
            days = ", ".join(period.words(zone_name) for period in overlap.days)
            raise OrderUnclear(
                f"{days} already counts from {overlap.other.file_name}, and nothing says which of the two files was "
                "exported later. State when this one was."
            )


def outranking_reports(report: UsageReport) -> list[UsageReport]:
    """Return the counted reports of a higher grade that cover instants which this report claims too."""
    own = claim_of(report)
    return [
        other
        for other in counted_reports(instance=report.instance, basis=basis_of(report))
        if RANK[Grade(other.grade)] > RANK[Grade(report.grade)]
        and (theirs := claim_of(other).span)[0] < own.span[1]
        and own.span[0] < theirs[1]
    ]


def _span_until_now(covers: Period, zone_name: str, now: datetime) -> Span:
    start, end = covers.instants(zone_name)
    if start >= now:
        raise NothingCovered(f"{covers.words(zone_name)} has not begun yet, so no file can cover it.")
    return start, min(end, now)


def _refuse_days_before(report: UsageReport, covers: Period) -> None:
    """Refuse days that begin too early. A day that was gathered from events is stated by nobody and stays as it is."""
    first = first_day_of(report.instance)
    if first is None or covers.start >= first or EventDay.objects.filter(report=report).exists():
        return
    vendor = report.customer.legal_entity
    raise DaysBeforeBegin(
        f"{day(covers.start)} is too early: {report.instance.name} reports from {day(first)} on. State that day or a "
        f"later one as the first day. If it should be an earlier one, ask {vendor.name} ({vendor.email})."
    )


def _question(outranked: list[UsageReport]) -> dict[str, Any]:
    names = ", ".join(sorted({f"{other.file_name} ({Grade(other.grade).label})" for other in outranked}))
    return {
        "code": "grade.lower",
        "message": f"Days of this file are already covered by {names}, which counts for more. "
        "The account manager decides whether the rest of the file is taken.",
        "choices": ["take the days that nothing better covers", "refuse the file"],
    }
