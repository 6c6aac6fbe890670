"""Counts rest on evidence that is there, and evidence is what it was."""

from collections import Counter
from datetime import date

from billing.invariants.report import CheckResult
from ground.models import Job
from ground.storage import StoredFileDamaged, StoredFileMissing, stored_path
from licenses.models import ContractVersion
from licenses.queries import terms_of
from licenses.ranges import period_of
from rollcall.counting.answer import COUNTED, HEADER, CountResult, Verdicts, read_verdicts
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import said_digest
from usage.models import ActiveUserCount, DailyReportedCount, EvidenceFile
from usage.operations.count_reported_users import digest_of_reported
from usage.queries.evidence import events_in, evidence_set_digest

REPLAY = "billing.replay"


def counts_rest_on_evidence() -> CheckResult:
    """Every count's list of users is stored unchanged, adds up to the count, and names evidence that exists."""
    result = CheckResult(name="counts rest on their evidence", figures={"counts": 0, "users": 0})
    files, definitions = EvidenceFile.objects.in_bulk(), _definitions()
    for count in ActiveUserCount.objects.order_by("pk").iterator(chunk_size=200):
        result.count("counts")
        who = f"count row {count.pk} ({count.metric_name}, {count.period})"
        with result.reading(who):
            if count.is_reported:
                _reported(result, count, who)
                continue
            if not count.has_people:
                # Accounts and seats: dated numbers and the terms, with nobody's activity behind them.
                continue
            _names_evidence(result, count, files, who)
            _verdicts(result, count, definitions.get((count.contract_id, count.metric_digest), ""), who)
    return result


def evidence_is_unchanged() -> CheckResult:
    """The bytes of every evidence file and of its names are those that were stored."""
    result = CheckResult(name="evidence files are there and unchanged", figures={"evidence files": 0, "rows": 0})
    for file in EvidenceFile.objects.order_by("pk").iterator(chunk_size=200):
        result.count("evidence files")
        result.count("rows", file.rows)
        stored = [("evidence", file.storage_key, file.storage_sha256)]
        if file.names_key:
            stored.append(("names", file.names_key, file.names_sha256))
        for what, key, sha256 in stored:
            try:
                stored_path(key, sha256)
            except (StoredFileDamaged, StoredFileMissing) as wrong:
                result.findings.append(f"{what} of evidence row {file.pk} (report row {file.report_id}): {wrong}")
    return result


def _names_evidence(result: CheckResult, count: ActiveUserCount, files: dict[int, EvidenceFile], who: str) -> None:
    named = [files.get(entry["evidence_id"]) for entry in count.evidence]
    there = [file for file in named if file is not None]
    result.expect(len(there) == len(named), f"{who}: evidence that it names does not exist")
    result.expect(
        [file.digest for file in there] == [entry["digest"] for entry in count.evidence],
        f"{who}: the evidence it names has another digest now",
    )
    result.expect(evidence_set_digest(there) == count.evidence_set_digest, f"{who}: its set of evidence changed")


def _reported(result: CheckResult, count: ActiveUserCount, who: str) -> None:
    """The daily counts that it names stand in their reports, and give its digest again."""
    for entry in count.evidence:
        rows = DailyReportedCount.objects.filter(report__public_id=entry["report"], day__in=entry["days"])
        stored = {(row.day.isoformat(), row.users) for row in rows}
        result.expect(
            set(entry["days"].items()) <= stored, f"{who}: {entry['file_name']} states other daily counts than it names"
        )
    again = digest_of_reported(
        metric_digest=count.metric_digest, period=period_of(count.period), daily=count.daily, users=count.users
    )
    result.expect(again == count.digest, f"{who}: what it says gives another digest")


def _definitions() -> dict[tuple[int, str], str]:
    """The digest of the definition behind each metric that a contract ever agreed, or that was tried on its past."""
    found: dict[tuple[int, str], str] = {}
    # Terms that cannot be read are a finding of their own; what they define is then unknown here.
    with CheckResult(name="definitions").reading("terms"):
        for version in ContractVersion.objects.order_by("pk"):
            for metric in terms_of(version).metrics.values():
                found[version.contract_id, metric.digest()] = said_digest(metric)
        # A replay counts the past under terms that nobody agreed; what they were stands in its job.
        for args in Job.objects.filter(kind=REPLAY).order_by("pk").values_list("args", flat=True):
            for metric in ContractTerms.from_json(args["terms"]).metrics.values():
                found.setdefault((args["contract_id"], metric.digest()), said_digest(metric))
    return found


def _verdicts(result: CheckResult, count: ActiveUserCount, definition_digest: str, who: str) -> None:
    """Make the digests of the list and of the whole count again."""
    try:
        path = stored_path(count.verdicts_key, count.verdicts_sha256)
    except (StoredFileDamaged, StoredFileMissing) as wrong:
        result.findings.append(f"{who}: {wrong}")
        return
    by_verdict = Counter(verdict.why for verdict in read_verdicts(path))
    counted = by_verdict[COUNTED]
    result.count("users", counted)
    result.expect(counted == count.active_users, f"{who}: its list counts {counted} users, not {count.active_users}")
    _steps(result, count, by_verdict, who)
    content = path.read_bytes()
    result.expect(content.startswith(HEADER), f"{who}: its list has another header")
    again = CountResult(
        period=period_of(count.period),
        definition_digest=definition_digest,
        active_users=count.active_users or 0,
        daily_active_users={date.fromisoformat(day): users for day, users in count.daily.items() if users},
        verdicts=Verdicts(lambda: [content[len(HEADER) :]]),
    )
    result.expect(again.verdicts.digest == count.verdicts_digest, f"{who}: its list gives another digest")
    result.expect(again.digest == count.digest, f"{who}: what it says gives another digest")


def _steps(result: CheckResult, count: ActiveUserCount, by_verdict: Counter[str], who: str) -> None:
    """Every row of the files fell at exactly one step, and every person of the list has the verdict that is counted."""
    funnel = count.funnel
    if not funnel:
        result.findings.append(f"{who}: it does not say how its rows became people")
        return
    there = sum(map(events_in, count.evidence))
    rows = funnel["outside"] + funnel["not_qualifying"] + funnel["qualifying"]
    result.expect(rows == there, f"{who}: its steps hold {rows} rows, its files {there}")
    result.expect(funnel["verdicts"] == dict(by_verdict), f"{who}: its list has other verdicts than its steps")
    people = sum(funnel["ids_by_instance"].values()) - funnel["same_person"] - funnel["on_several"]
    result.expect(people == by_verdict.total(), f"{who}: its steps lead to {people} people, not {by_verdict.total()}")
