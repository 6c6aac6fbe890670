"""The files that were received: REPORTS.json against evidence and counts, and the files that the invoice names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.contents import evidence_member
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.findings import Difference, unequal
from rollcall.evidence.read import Bundle
from rollcall.evidence.rows_csv import ReadRows

PLACE = "REPORTS.json"
_TEXTS = ("report", "file_name", "sha256", "instance", "grade", "received_at")
_NUMBERS = ("rows_read", "rows_accepted", "rows_quarantined")
# What the invoice prints of a file.
_PRINTED = {
    "file_name": "The name",
    "sha256": "The SHA-256",
    "instance": "The instance",
    "grade": "The grade",
    "rows_read": "The number of rows read",
    "rows_accepted": "The number of rows accepted",
    "rows_quarantined": "The number of rows kept apart",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """One received file as REPORTS.json states it; `evidence` is the member that was made of it, if one was."""

    said: Mapping[str, Any]

    @property
    def evidence(self) -> str | None:
        """The member with its rows; None where it states numbers only."""
        return None if self.said["evidence"] is None else str(self.said["evidence"])

    @property
    def words(self) -> str:
        """The file for a sentence."""
        return f"{self.said['file_name']} ({self.said['report']})"


def read_reports(bundle: Bundle) -> list[Report]:
    """Return the entries of REPORTS.json. Raises BundleRefused for another shape."""
    document = bundle.document(PLACE)
    try:
        for entry in document:
            texts, numbers = [entry[key] for key in _TEXTS], [entry[key] for key in _NUMBERS]
            # Where a row stands for several activities they are told: together more than the rows.
            numbers += [entry["events"] - entry["rows_accepted"]] if "events" in entry else []
            if not all(isinstance(text, str) for text in texts) or not isinstance(entry["evidence"], str | None):
                raise ValueError("something is no text")
            if not all(type(number) is int and number >= 0 for number in numbers):
                raise ValueError("a number of rows is none")
    except (TypeError, KeyError, ValueError) as error:
        raise BundleRefused(f"{PLACE} is not written as reports are: {error!r}.") from error
    return [Report(said=entry) for entry in document]


def compare_reports(
    bundle: Bundle, reports: Sequence[Report], counts: Iterable[StoredCount], read: Mapping[str, ReadRows]
) -> Iterator[Difference]:
    """Yield where reports do not fit the evidence and the counts. `read` is what was read, by member."""
    yield from _compare_members(bundle, reports)
    yield from _compare_rows(reports, read)
    yield from _compare_stated(reports, counts)


def _compare_members(bundle: Bundle, reports: Sequence[Report]) -> Iterator[Difference]:
    """Every evidence file must be that of a report."""
    named = {report.evidence for report in reports if report.evidence is not None}
    here = {name for name in bundle.archive.names if name.startswith("evidence/")}
    for name in sorted(named ^ here):
        yield Difference(code="reports", place=PLACE, sentence=f"{name} has no report, or is not in the bundle.")


def _compare_rows(reports: Sequence[Report], read: Mapping[str, ReadRows]) -> Iterator[Difference]:
    """Each accepted row of a file is one event of its evidence, or of as many as the report says rows stand for."""
    for report in reports:
        said, rows = report.said, read.get(report.evidence or "")
        if rows is not None:
            what = f"The number of {'activities' if 'events' in said else 'rows accepted'} of {report.words}"
            yield from unequal("reports.rows", PLACE, what, said.get("events", said["rows_accepted"]), rows.events)
        if said["rows_accepted"] + said["rows_quarantined"] > said["rows_read"]:
            sentence = f"of {report.words} more rows were accepted and kept apart than read."
            yield Difference(code="reports.rows", place=PLACE, sentence=sentence)


def _compare_stated(reports: Sequence[Report], counts: Iterable[StoredCount]) -> Iterator[Difference]:
    """The files whose numbers a count adds up must be those that were received without evidence, and the same."""
    without = {report.said["report"]: report for report in reports if report.evidence is None}
    used: set[str] = set()
    for count in counts:
        for entry in count.said["reported"]:
            report = without.get(entry["report"])
            if report is None:
                sentence = f"adds up the numbers of report {entry['report']}, which is not in {PLACE}."
                yield Difference(code="reports", place=count.place, sentence=sentence)
                continue
            used.add(entry["report"])
            what = f"The instance of {report.words}"
            yield from unequal("reports.instance", count.place, what, entry["instance"], report.said["instance"])
    for name in sorted(set(without) - used):
        sentence = f"{without[name].words} has no evidence, and no count adds up its numbers."
        yield Difference(code="reports", place=PLACE, sentence=sentence)


def compare_files(
    invoice: Mapping[str, Any], reports: Sequence[Report], counts: Sequence[StoredCount]
) -> Iterator[Difference]:
    """Yield where the files that an invoice names are not those behind its counts. `counts` are those it prints."""
    behind = _behind(reports, counts)
    entries = {_key(entry["report_public_id"], entry["digest"]): entry for entry in invoice["evidence"]}
    if len(entries) != len(invoice["evidence"]):
        yield _of_invoice("a file stands twice in the list of evidence.")
    for key, entry in entries.items():
        found = behind.get(key)
        if found is None:
            sentence = f"the file {entry['file_name']} with evidence {entry['digest']} is behind none of the counts."
            yield _of_invoice(sentence)
            continue
        for fact, what in _PRINTED.items():
            words = f"{what} of the file {found.words}"
            yield from unequal("invoice.evidence", "INVOICE.json", words, entry[fact], found.said[fact])
    for key, report in behind.items():
        if key not in entries:
            yield _of_invoice(f"the file {report.words} is behind a count, but not in the list of evidence.")


def _behind(reports: Sequence[Report], counts: Sequence[StoredCount]) -> dict[tuple[str, str], Report]:
    """Return the reports behind counts, each with the digest by which an invoice names its evidence."""
    digests = {evidence_member(digest): digest for count in counts for digest in count.said["evidence"]}
    # A file that states numbers is named by the digest of all numbers behind its count.
    stated = {
        entry["report"]: count.said["evidence_set_digest"] for count in counts for entry in count.said["reported"]
    }
    found: dict[tuple[str, str], Report] = {}
    for report in reports:
        name = report.said["report"]
        if report.evidence in digests:
            found[_key(name, digests[report.evidence])] = report
        elif report.evidence is None and name in stated:
            found[_key(name, stated[name])] = report
    return found


def _key(report: object, digest: object) -> tuple[str, str]:
    return str(report), str(digest)


def _of_invoice(sentence: str) -> Difference:
    return Difference(code="invoice.evidence", place="INVOICE.json", sentence=sentence)
