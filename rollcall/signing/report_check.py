"""Checking one report by itself: envelope, key, signature, table, seals, and the counts that it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rollcall.period import Period
from rollcall.signing.envelope import EnvelopeRefused, SignatureRefused
from rollcall.signing.keys import KeyRefused, require_sound_key
from rollcall.signing.report import Statement
from rollcall.signing.report_chain import COUNT, METRIC, ChainFinding, follows_by_itself
from rollcall.signing.report_counts import counts_of
from rollcall.signing.report_file import ReportFileRefused, read_report_file, rows_of
from rollcall.signing.report_rows import RowsRefused
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.rules import ROWS

ENVELOPE, KEY, SIGNATURE, TABLE = "ENVELOPE", "KEY", "SIGNATURE", "TABLE"
# The first of these means that nothing of the file can be believed.
REFUSING = frozenset((ENVELOPE, KEY, SIGNATURE, TABLE))


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A report and what is wrong with it; `statement` is None where nothing of it could be read."""

    statement: Statement | None
    signer: str
    findings: tuple[ChainFinding, ...]

    @property
    def refusal(self) -> ChainFinding | None:
        """The finding for which nothing of the file is believed, if there is one."""
        return next((one for one in self.findings if one.code in REFUSING), None)


def check_report(
    path: Path, *, keys: Mapping[str, bytes], definitions: Mapping[str, ActivityDefinition] | None = None
) -> Checked:
    """Check a file with the keys of instances ({fingerprint: 32 bytes}).

    `definitions` are those that were ever agreed, by digest; without them, and where totals alone are disclosed, the
    counts are not computed again.
    """
    statement, signer = None, ""
    try:
        read = read_report_file(path)
        statement, signer = read.statement, read.envelope.signer
        public_key = keys.get(signer)
        if public_key is None:
            known = ", ".join(sorted(keys)) or "none"
            words = f"The report is signed by {signer}; the keys given are {known}."
            return _refused(KEY, words, statement, signer)
        require_sound_key(public_key)
        read.envelope.check(public_key)
    except (ReportFileRefused, EnvelopeRefused) as refused:
        return _refused(ENVELOPE, str(refused), None, "")
    except KeyRefused as refused:
        return _refused(KEY, str(refused), statement, signer)
    except SignatureRefused as refused:
        return _refused(SIGNATURE, str(refused), statement, signer)
    except RowsRefused as refused:
        return _refused(TABLE, str(refused), statement, signer)
    if read.differences:
        return _refused(TABLE, " ".join(read.differences), statement, signer)
    findings = follows_by_itself(statement)
    if definitions is not None and statement.disclosure == ROWS:
        findings += _counted(path, statement, definitions)
    return Checked(statement=statement, signer=signer, findings=tuple(findings))


def _counted(path: Path, said: Statement, definitions: Mapping[str, ActivityDefinition]) -> list[ChainFinding]:
    """Count the rows again under the definitions that the statement names."""
    found = [
        ChainFinding(code=METRIC, words=f"The instance counts {name} by a definition that was never agreed.")
        for name, digest in sorted(said.definitions.items())
        if digest not in definitions
    ]
    counts = counts_of(
        (row for row, _ in rows_of(path)),
        definitions={name: definitions[digest] for name, digest in said.definitions.items() if digest in definitions},
        period=Period(said.start, said.end),
        timezone=said.timezone,
    )
    for name, number in counts.items():
        if said.counts[name] != number:
            words = f"The report states {said.counts[name]:,} active users ({name}); its own rows count to {number:,}."
            found.append(ChainFinding(code=COUNT, words=words))
    return found


def _refused(code: str, words: str, statement: Statement | None, signer: str) -> Checked:
    return Checked(statement=statement, signer=signer, findings=(ChainFinding(code=code, words=words),))
