"""Checking a signed report against what the vendor knows: its keys, its contract, the definitions, the chain so far.

Owns: what is asked of the child, and every check that needs the database. Does not own: the state of the report, which
`operations.sniff_report` and `operations.confirm_signed` move.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ground.storage import stored_path
from licenses.licensing import revocation_of
from licenses.models import ContractVersion, Instance, InstanceKey
from licenses.queries import NothingAgreed, terms_at, terms_of
from licenses.vendor_signing import vendor_id_of
from rollcall.period import Period
from rollcall.signing.check_sandbox import run_check
from rollcall.signing.report import Statement
from rollcall.signing.report_chain import METRIC, Chain, ChainFinding, Known, follow
from rollcall.signing.report_check import KEY, Checked
from rollcall.terms.activity import ActivityDefinition
from usage.children import LOOK
from usage.limits import child_user, intake_limits
from usage.models import ReportState, SignedReport, UsageReport

# A table of rows is checked whole, which takes more than a first look.
CHECK_SECONDS, CHECK_MEMORY_BYTES = 600, 1_500_000_000
FOREIGN, REVOKED = "FOREIGN", "REVOKED"


@dataclass(frozen=True, kw_only=True)
class SignedFacts:
    """A report whose signature holds: by which key, what it says, and what is wrong with it by itself."""

    key: InstanceKey
    statement: Statement
    findings: tuple[ChainFinding, ...]


def check_alone(report: UsageReport) -> SignedFacts | ChainFinding:
    """Check a report without the others: its facts, or the finding for which nothing of it is believed.

    Raises ChildDied, StoredFileDamaged, StoredFileMissing.
    """
    keys = {key.fingerprint: key for key in InstanceKey.objects.filter(instance=report.instance)}
    found = run_check(
        stored_path(report.storage_key, report.sha256),
        keys={name: bytes(key.public_key) for name, key in keys.items()},
        definitions=agreed_definitions(report.instance),
        limits=replace(intake_limits(), sniff_seconds=CHECK_SECONDS, sniff_memory_bytes=CHECK_MEMORY_BYTES),
        user=child_user(),
        start=LOOK,
    )
    if found.refusal is not None:
        return _where_it_belongs(report, found) or found.refusal
    statement = found.statement
    assert statement is not None
    key = keys[found.signer]
    return _stranger(report, statement, key) or SignedFacts(key=key, statement=statement, findings=found.findings)


def findings_among(report: UsageReport, facts: SignedFacts) -> list[ChainFinding]:
    """Return what is wrong with a report beside those that are here. The caller holds the instance's lock."""
    said = facts.statement
    chain = _chain(report, facts.key, said.sequence)
    found = follow(said, digest=said.digest, chain=chain, received_at=report.received_at)
    return [*facts.findings, *_other_terms(report.instance, said), *found]


def _chain(report: UsageReport, key: InstanceKey, sequence: int) -> Chain:
    """What the other reports of a key say around a number; one that was refused or taken back says nothing more."""
    gone = (ReportState.REJECTED, ReportState.WITHDRAWN)
    rows = SignedReport.objects.filter(key=key).exclude(report=report).exclude(report__state__in=gone)
    near: dict[int, list[Known]] = {}
    for row in rows.filter(sequence__range=(sequence - 1, sequence + 1)):
        near.setdefault(row.sequence, []).append(
            Known(statement=Statement.from_payload(row.statement), digest=row.digest)
        )
    earlier = rows.filter(sequence__lt=sequence).values_list(
        "sequence", "statement__from", "statement__to", "statement__receipt__seq"
    )
    spans = [(number, Period(date.fromisoformat(start), date.fromisoformat(end))) for number, start, end, _ in earlier]
    return Chain(near=near, spans=spans, newest_receipt=max((receipt or 0 for *_, receipt in earlier), default=0))


def agreed_definitions(instance: Instance) -> dict[str, ActivityDefinition]:
    """Return every definition that the contract ever had, by digest."""
    found: dict[str, ActivityDefinition] = {}
    for version in ContractVersion.objects.filter(contract_id=instance.contract_id):
        found |= {one.digest(): one for one in _definitions(terms_of(version).metrics).values()}
    return found


def _definitions(metrics: Mapping[str, object]) -> dict[str, ActivityDefinition]:
    definitions = {name: getattr(metric, "definition", None) for name, metric in metrics.items()}
    return {name: one for name, one in definitions.items() if isinstance(one, ActivityDefinition)}


def _other_terms(instance: Instance, said: Statement) -> list[ChainFinding]:
    """Notice that the instance counted or disclosed otherwise than agreed for the first of its days."""
    try:
        terms = terms_at(contract=instance.contract, day=said.start)
    except NothingAgreed as nothing:
        return [ChainFinding(code=METRIC, words=str(nothing))]
    agreed = {name: one.digest() for name, one in _definitions(terms.metrics).items()}
    wrong = sorted(name for name in {*agreed, *said.definitions} if agreed.get(name) != said.definitions.get(name))
    if terms.timezone != said.timezone:
        words = f"The report has days of {said.timezone}; the contract counts days of {terms.timezone}."
        return [ChainFinding(code=METRIC, words=words)]
    if terms.disclosure != said.disclosure:
        words = (
            f"The report discloses {said.disclosure}; the contract agrees on {terms.disclosure} from {said.start} on."
        )
        return [ChainFinding(code=METRIC, words=f"{words} It needs the newest licence.")]
    if not wrong:
        return []
    words = f"From {said.start} on another definition of {' and '.join(wrong)} is agreed than the instance counts by."
    return [ChainFinding(code=METRIC, words=f"{words} It needs the newest licence.")]


def _where_it_belongs(report: UsageReport, found: Checked) -> ChainFinding | None:
    """Say it where the key of a refused report is that of another installation of the same customer."""
    if found.refusal is None or found.refusal.code != KEY:
        return None
    other = InstanceKey.objects.filter(fingerprint=found.signer, customer_id=report.customer_id).first()
    if other is None:
        return None
    words = f"This report is signed by {other.instance.name}. Send it on the page of that instance."
    return ChainFinding(code=FOREIGN, words=words)


def _stranger(report: UsageReport, said: Statement, key: InstanceKey) -> ChainFinding | None:
    contract = report.contract
    wrong = [
        f"{what} {stated!r}"
        for what, stated, own in (
            ("vendor", said.vendor_id, vendor_id_of(legal_entity=contract.customer.legal_entity)),
            ("contract", said.contract, contract.number),
            ("instance", said.instance, report.instance.public_id),
        )
        if stated != own
    ]
    if wrong:
        return ChainFinding(code=FOREIGN, words=f"The report was made for another {', '.join(wrong)}.")
    revoked = revocation_of(key)
    if revoked is not None and revoked.refuses_report(sequence=said.sequence, received_at=report.received_at):
        since = f"from its report {revoked.from_seq} on" if revoked.from_seq else "for all new reports"
        return ChainFinding(code=REVOKED, words=f"The key {key.fingerprint} was revoked {since}: {key.revoked_reason}")
    return None
