"""Signed reports and their receipts: the stored bytes, the keys, and what was counted of them."""

from datetime import timedelta

from billing.invariants.report import CheckResult
from billing.invariants.vendor_keys import keys_in_time, why_not_signed
from ground.storage import StoredFileDamaged, StoredFileMissing, stored_path
from licenses.models import KeyRevocation
from rollcall.signing.armor import unarmored
from rollcall.signing.envelope import open_exactly
from rollcall.signing.receipt import RECEIPT_TYPE, ReceiptStatement
from rollcall.signing.report import Statement
from rollcall.signing.report_again import why_changed
from usage.models import Grade, ReportReceipt, SignedReport, UsageReport

# A report that was being checked while its key was revoked is taken.
BEING_CHECKED = timedelta(minutes=5)


def signed_reports_are_as_they_came() -> CheckResult:
    """Every statement gives its digest and its row, and stands in the stored file, signed by its key.

    Nothing is of the grade of signed reports but what was signed, and no report counts that came after its key's
    cut-off.
    """
    result = CheckResult(name="signed reports are as they came", figures={"reports": 0})
    revoked = {row.instance_key_id: row for row in KeyRevocation.objects.exclude(instance_key=None)}
    rows = SignedReport.objects.select_related("report", "key", "contract", "instance").order_by("pk")
    for row in rows.iterator(chunk_size=100):
        result.count("reports")
        who = _who(row)
        with result.reading(who):
            said = Statement.from_payload(row.statement)
            result.expect(said.digest == row.digest, f"{who}: its statement gives another digest")
            result.expect(_said(said) == _columns(row), f"{who}: its row says something else than its statement")
            result.expect(row.key.instance_id == row.instance_id, f"{who}: its key is that of another instance")
            _stored(result, row, who)
        entry = revoked.get(row.key_id)
        if entry is not None and row.report.is_counted:
            result.expect(not _is_refused(entry, row), f"{who}: it counts, although its key was revoked before it")
    unsigned = UsageReport.objects.filter(grade=Grade.SIGNED, signed=None).order_by("pk")
    for pk, name in unsigned.values_list("pk", "file_name"):
        result.findings.append(f"report {name} (row {pk}): it is graded as signed, and nobody signed it")
    return result


def receipts_name_their_reports() -> CheckResult:
    """Every receipt is signed by the vendor's key of its date and names the report that it is for."""
    result = CheckResult(name="receipts are signed and name their reports", figures={"receipts": 0})
    keys = keys_in_time()
    rows = ReportReceipt.objects.select_related("report__contract", "report__instance", "report__signed", "customer")
    for row in rows.order_by("pk").iterator(chunk_size=200):
        result.count("receipts")
        who = f"receipt of report row {row.report_id} (row {row.pk})"
        signed = getattr(row.report, "signed", None)
        if signed is None:
            result.findings.append(f"{who}: nobody signed the report")
            continue
        with result.reading(who):
            envelope = open_exactly(unarmored("RECEIPT", row.document), payload_type=RECEIPT_TYPE)
            said = ReceiptStatement.from_payload(envelope.payload)
            why = why_not_signed(envelope, at=said.issued_at, keys=keys.get(row.customer.legal_entity_id, {}))
            result.expect(not why, f"{who}: {why}")
            result.expect(said.digest == row.digest, f"{who}: it gives another digest")
            named = (said.contract, said.instance, said.sequence, said.report)
            own = (row.report.contract.number, row.report.instance.public_id, signed.sequence, signed.digest)
            result.expect(named == own, f"{who}: it names another report")
    return result


def _stored(result: CheckResult, row: SignedReport, who: str) -> None:
    """The file is there, unchanged since it came, and holds the statement with a signature by the key."""
    result.expect(row.report.grade == Grade.SIGNED or not row.report.is_counted, f"{who}: it counts as an upload")
    try:
        path = stored_path(row.report.storage_key, row.report.sha256)
    except (StoredFileDamaged, StoredFileMissing) as wrong:
        result.findings.append(f"{who}: {wrong}")
        return
    why = why_changed(path, statement=row.statement, public_key=bytes(row.key.public_key))
    result.expect(not why, f"{who}: {why}")


def _is_refused(entry: KeyRevocation, row: SignedReport) -> bool:
    """Whether a report came after the entry and is one that it refuses; what was taken before it stays."""
    if row.checked_at <= entry.revoked_at + BEING_CHECKED:
        return False
    return row.sequence >= entry.from_seq if entry.from_seq is not None else row.report.received_at >= entry.at


def _said(said: Statement) -> tuple[object, ...]:
    return (said.contract, said.instance, said.sequence)


def _columns(row: SignedReport) -> tuple[object, ...]:
    return (row.contract.number, row.instance.public_id, row.sequence)


def _who(row: SignedReport) -> str:
    return f"signed report {row.sequence} of {row.instance.name} (row {row.pk})"
