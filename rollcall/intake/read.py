"""Read files to evidence: one reading of one report, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rollcall.formats.profile import COUNTS, NOBODY, SNAPSHOT
from rollcall.intake.columnar import ColumnarReading
from rollcall.intake.evidence import NAMES_FILE, PARQUET_FILE, forget_evidence, write_evidence, write_names
from rollcall.intake.fast import Opening, read_fast
from rollcall.intake.findings import FileRefused, Question, QuestionsOpen, Remark
from rollcall.intake.limits import Limits
from rollcall.intake.plain import FINDINGS_FILE, Ledger, PlainReading, Progress
from rollcall.intake.questions import FILE_REPEATS, no_rows
from rollcall.intake.read_counts import read_counts
from rollcall.intake.remarks import remarks_of
from rollcall.intake.request import ADDS, REPLACES, Bounds, ReadRequest
from rollcall.intake.result import ACCEPTED, NEEDS_ANSWER, QUARANTINED, REJECTED, ReadResult, RowCounts
from rollcall.intake.source import Source
from rollcall.intake.sources import open_sources
from rollcall.intake.turnover import months_of_users, turnover_remarks
from rollcall.intake.unpack import compression
from rollcall.money import count_in_words

# The fast reader takes a tenth of a second before its first row; in that time the plain one has read a smaller file.
SMALL_BYTES = 150_000


def quiet(done: int, total: int, words: str) -> None:
    """Report progress to nobody."""


def read(request: ReadRequest, on_progress: Progress = quiet) -> ReadResult:
    """Read the files of a request and write evidence, names, findings and result.json into its `out_dir`.

    What a file contains never raises: it is rejected, or needs an answer, with a code and words. A file is taken whole
    or not at all: only an outcome of accepted or quarantined leaves evidence. Raises RequestRefused.
    """
    folder = request.evidence_dir
    folder.mkdir(parents=True, exist_ok=True)
    bounds = request.bounds()
    ledger = Ledger(folder, request.limits)
    sources: list[Source] = []
    try:
        with Opening(request) as opening:
            sources = open_sources(request)
            result = _read(request, sources, opening, bounds, ledger, on_progress)
    except FileRefused as refused:
        result = ReadResult(outcome=REJECTED, code=refused.code, message=str(refused))
    except QuestionsOpen as asked:
        result = ReadResult(outcome=NEEDS_ANSWER, questions=asked.questions, message=str(asked))
    finally:
        ledger.close()
    if result.evidence_file is None:
        forget_evidence(folder)
    result = replace(
        result,
        kind=sources[0].kind if sources else None,
        format=sources[0].format if sources else None,
        finding_counts=dict(sorted(ledger.finding_counts.items())),
        findings=tuple(ledger.findings),
        findings_file=FINDINGS_FILE,
    )
    result.write(folder)
    return result


def _read(
    request: ReadRequest,
    sources: list[Source],
    opening: Opening,
    bounds: Bounds,
    ledger: Ledger,
    on_progress: Progress,
) -> ReadResult:
    if sources[0].kind in (COUNTS, SNAPSHOT):
        return read_counts(request, sources=sources, bounds=bounds, ledger=ledger, on_progress=on_progress)
    if _may_be_fast(request, sources):
        found = read_fast(sources[0], opening, request=request, bounds=bounds, ledger=ledger, on_progress=on_progress)
        if found is not None:
            return _of_columns(request, found, ledger)
        ledger.clear()
    reading = _plainly(request, sources, bounds, ledger, on_progress)
    if request.repeated_files == REPLACES:
        replaced = {whole for _, whole in _repeated(reading, sources)}
        if replaced:
            ledger.clear()
            kept = [source for place, source in enumerate(sources) if place not in replaced]
            found_in_kept = _of_rows(request, _plainly(request, kept, bounds, ledger, on_progress), kept)
            left_out = ", ".join(sources[place].filename for place in sorted(replaced))
            words = f"{left_out} does not count: another file of the report replaces it."
            remark = Remark(code=FILE_REPEATS, message=words)
            return replace(found_in_kept, remarks=(remark, *found_in_kept.remarks))
    return _of_rows(request, reading, sources)


def _may_be_fast(request: ReadRequest, sources: Sequence[Source]) -> bool:
    """Return whether the fast reader is tried: for one table that is worth its start, unless somebody chose."""
    if request.engine == "plain" or len(sources) != 1 or not sources[0].is_plain_table or request.nobody_active:
        return False
    path = sources[0].path
    return request.engine == "columnar" or compression(path) != "none" or path.stat().st_size > SMALL_BYTES


def _plainly(
    request: ReadRequest, sources: Sequence[Source], bounds: Bounds, ledger: Ledger, on_progress: Progress
) -> PlainReading:
    reading = PlainReading(request, bounds=bounds, ledger=ledger)
    for source in sources:
        reading.add(source, on_progress)
    return reading


def _of_columns(request: ReadRequest, found: ColumnarReading, ledger: Ledger) -> ReadResult:
    refusal = refusal_of(found.rows, ledger, request.limits)
    if refusal is not None or not found.rows.read:
        if refusal is None:
            return _asked(found.rows, (no_rows(),), "columnar")
        return ReadResult(outcome=REJECTED, rows=found.rows, code=refusal.code, message=str(refusal), engine="columnar")
    days = tuple(found.rows_by_day)
    return ReadResult(
        outcome=QUARANTINED if found.rows.quarantined else ACCEPTED,
        rows=found.rows,
        users=found.users,
        first_at=found.first_at,
        last_at=found.last_at,
        days=days,
        rows_by_day=found.rows_by_day,
        actions=found.actions,
        remarks=(*remarks_of(days, found.keys, found.equal), *turnover_remarks(found.months)),
        digest=found.digest,
        evidence_rows=found.evidence_rows,
        evidence_file=PARQUET_FILE,
        names_file=NAMES_FILE,
        engine="columnar",
    )


def _of_rows(request: ReadRequest, reading: PlainReading, sources: Sequence[Source]) -> ReadResult:
    rows = reading.ledger.rows()
    refusal = refusal_of(rows, reading.ledger, request.limits)
    if refusal is not None:
        return ReadResult(outcome=REJECTED, rows=rows, code=refusal.code, message=str(refusal), engine="plain")
    questions = tuple(_questions(request, rows, reading, sources))
    return _asked(rows, questions, "plain") if questions else _written(request, reading, rows)


def _asked(rows: RowCounts, questions: tuple[Question, ...], engine: str) -> ReadResult:
    words = " ".join(question.message for question in questions)
    return ReadResult(outcome=NEEDS_ANSWER, rows=rows, questions=questions, message=words, engine=engine)


def refusal_of(rows: RowCounts, ledger: Ledger, limits: Limits) -> FileRefused | None:
    """Return why a file with these rows is refused as a whole, or None.

    Rows behind which nobody stands, such as failed log-ins of unknown names, are no fault and refuse no file.
    """
    nobodies = ledger.finding_counts[NOBODY]
    faulty, of = rows.quarantined - nobodies, rows.read - nobodies
    if not faulty:
        return None
    first = next((finding for finding in ledger.findings if finding.code != NOBODY), ledger.findings[0])
    where = f"first on line {first.line}: {first.message}"
    if faulty == of:
        return FileRefused("rows.all_quarantined", f"No row of the file can be counted, {where}")
    if faulty >= limits.quarantined_rows and faulty * 100 / of > limits.quarantined_percent:
        words = f"{faulty:,} of {of:,} rows cannot be counted, more than {limits.quarantined_percent} %"
        return FileRefused("rows.too_many_quarantined", f"{words}; {where}")
    return None


def _questions(
    request: ReadRequest, rows: RowCounts, reading: PlainReading, sources: Sequence[Source]
) -> Iterator[Question]:
    if rows.read == reading.ledger.finding_counts[NOBODY] and not request.nobody_active:
        yield no_rows(rows.read)
    for month, count in reading.rows_in_closed_months().items():
        yield Question(
            code="period.closed",
            message=f"{count_in_words(count, 'row belongs', 'rows belong')} to {month}, which is closed. "
            f"Take {'it' if count == 1 else 'them'} as late usage, or leave {'it' if count == 1 else 'them'} out?",
            choices=("late_usage", "leave_out"),
        )
    if request.repeated_files is None:
        ids = reading.ids_by_file
        for part, whole in _repeated(reading, sources):
            yield _replaces_or_adds(sources[part].filename, sources[whole].filename, len(ids[whole]) - len(ids[part]))


def _repeated(reading: PlainReading, sources: Sequence[Source]) -> Iterator[tuple[int, int]]:
    """Yield the places of (a file whose ids are some of those of another, that other file)."""
    for part, ids in enumerate(reading.ids_by_file):
        for whole, others in enumerate(reading.ids_by_file):
            # Pages of a named export may overlap, where events came in while they were fetched.
            if ids and whole != part and ids < others and sources[part].profile is None:
                yield part, whole


def _replaces_or_adds(part: str, whole: str, missing: int) -> Question:
    return Question(
        code=FILE_REPEATS,
        message=f"{part} repeats {whole} without {missing:,} of its rows. Does it replace that file, or add to it?",
        choices=(REPLACES, ADDS),
    )


def _written(request: ReadRequest, reading: PlainReading, rows: RowCounts) -> ReadResult:
    folder, tally = request.evidence_dir, reading.tally
    digest, count, evidence_file = write_evidence(tally.rows(request.salt), folder)
    names = tally.names(request.salt)
    days = tally.days()
    first_at, last_at = tally.span()
    return ReadResult(
        outcome=QUARANTINED if rows.quarantined else ACCEPTED,
        rows=rows,
        users=len(names),
        first_at=first_at,
        last_at=last_at,
        days=tuple(days),
        rows_by_day=tally.rows_by_day(),
        actions=tally.actions(),
        remarks=(
            *remarks_of(days, [key for key, _ in names.values()], reading.ledger.equal),
            *turnover_remarks(months_of_users(tally.users_by_month())),
        ),
        digest=digest,
        evidence_rows=count,
        evidence_file=evidence_file,
        names_file=write_names(names, folder),
        engine="plain",
    )
