"""Let a signed report speak for itself: its grade, its days and its users need no person's word."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from ground.faults import fault_point
from licenses.models import Instance
from licenses.ranges import instants_range
from rollcall.period import Period
from rollcall.signing.report_chain import HOLDING, ChainFinding
from usage.models import Grade, ReportState, SignedReport, UsageReport
from usage.operations.confirm_report import have_it_read
from usage.operations.move_report import MoveRefused, move_report
from usage.queries.recalls import recall_of, recall_words
from usage.queries.reports import NOBODY_ACTIVE
from usage.signed_check import SignedFacts, findings_among

WORKER = Actor.system("worker")
# The program that made it counts wrongly, as the vendor has said since.
RECALLED = "RECALLED"


def confirm_signed(*, report: UsageReport, facts: SignedFacts, sniffed: dict[str, Any], now: datetime) -> UsageReport:
    """Keep the checked statement and have the report read; one that does not fit waits for the account manager.

    `report` was just received and its signature holds; `sniffed` is what a look at the file saw. What is wrong between
    reports is decided under the lock of the instance, so two that come at once see each other. Again, after a kill at
    any point, nothing is done twice.
    """
    said = facts.statement
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="confirm_signed"):
        Instance.objects.select_for_update(no_key=True).get(pk=report.instance_id)
        signed = SignedReport.objects.filter(report=report).first() or _kept(report, facts, now)
        held = [one for one in signed.findings if one["code"] in HOLDING or one["code"] == RECALLED]
        try:
            move_report(
                report_id=report.pk,
                to=ReportState.NEEDS_CONFIRMATION,
                confirmation=report.confirmation,
                sniffed=sniffed,
                kind=sniffed.get("kind") or "",
            )
            confirmed = move_report(
                report_id=report.pk,
                to=ReportState.NEEDS_DECISION if held else ReportState.READING,
                confirmation=report.confirmation,
                grade=Grade.SIGNED,
                mapping=sniffed.get("mapping"),
                covers=instants_range(Period(said.start, said.end).instants(said.timezone)),
                generated_at=said.clock.wall,
                confirmed_by=f"signed by the instance, report {said.sequence}",
                confirmed_at=now,
                # That nobody was active is what the instance has signed.
                remarks=[] if said.table_rows else [NOBODY_ACTIVE],
                questions=[_question(one) for one in held],
                refusal_code="",
                refusal_message="",
                finished_at=None,
            )
        except MoveRefused:
            return UsageReport.objects.get(pk=report.pk)
        confirmed.confirmation += 1
        confirmed.save(update_fields=["confirmation"])
        if not held:
            have_it_read(confirmed)
        fault_point("signed.before_commit")
    return confirmed


def _kept(report: UsageReport, facts: SignedFacts, now: datetime) -> SignedReport:
    findings = [*findings_among(report, facts), *_recalled(facts)]
    return SignedReport.objects.create(
        report=report,
        customer_id=report.customer_id,
        contract_id=report.contract_id,
        instance_id=report.instance_id,
        key=facts.key,
        sequence=facts.statement.sequence,
        digest=facts.statement.digest,
        statement=facts.statement.to_payload(),
        findings=[{"code": one.code, "words": one.words} for one in findings],
        checked_at=now,
    )


def _recalled(facts: SignedFacts) -> list[ChainFinding]:
    """Notice that the version which made the report is recalled."""
    recall = recall_of(facts.statement)
    return [] if recall is None else [ChainFinding(code=RECALLED, words=recall_words(recall, facts.statement))]


def _question(found: dict[str, str]) -> dict[str, object]:
    return {
        "code": f"signed.{found['code'].lower()}",
        "message": found["words"],
        "choices": ["take the report", "refuse the report"],
    }
