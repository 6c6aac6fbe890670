"""Give the signed receipt of a signed report that counts: the customer's proof that it reported."""

from datetime import datetime

from django.db import transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.vendor_signing import signing_key_of, vendor_id_of
from rollcall.signing.receipt import ReceiptStatement, write_receipt
from rollcall.signing.report import Statement
from usage.models import ReportReceipt, UsageReport
from usage.queries.recalls import recall_of, recall_words

WORKER = Actor.system("worker")


def issue_receipt(*, report_id: int, now: datetime) -> ReportReceipt | None:
    """Return the receipt of a report, made now if there is none; None for a report that is not signed or not counted.

    Raises NoKey, NotOpened where the vendor's key cannot sign.
    """
    report = UsageReport.objects.select_related("contract__customer__legal_entity", "instance").get(pk=report_id)
    signed = getattr(report, "signed", None)
    if signed is None or not report.is_counted:
        return None
    known = ReportReceipt.objects.filter(report=report).first()
    if known is not None:
        return known
    entity = report.contract.customer.legal_entity
    said = Statement.from_payload(signed.statement)
    receipt = ReceiptStatement(
        vendor_id=vendor_id_of(legal_entity=entity),
        contract=report.contract.number,
        instance=report.instance.public_id,
        sequence=signed.sequence,
        report=signed.digest,
        received_at=report.received_at.replace(microsecond=0),
        issued_at=now.replace(microsecond=0),
        counts=said.counts,
        findings=tuple(one["code"] for one in signed.findings),
        recalled="" if (recall := recall_of(said)) is None else recall_words(recall, said),
    )
    row = ReportReceipt(
        report=report,
        customer_id=report.customer_id,
        document=write_receipt(receipt, sign=signing_key_of(legal_entity=entity)),
        digest=receipt.digest,
        issued_at=now,
    )
    with transaction.atomic(durable=True), acting(actor=WORKER, verb="issue_receipt"):
        # Two workers at once: the first receipt is the one.
        ReportReceipt.objects.bulk_create([row], ignore_conflicts=True)
    return ReportReceipt.objects.get(report=report)
