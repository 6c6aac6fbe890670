"""The questions that a file leaves open and only a person can answer."""

from __future__ import annotations

from collections.abc import Iterable

from rollcall.formats import generic_csv, times
from rollcall.formats.daily_counts import columns_beside, has_day_counts
from rollcall.formats.generic_csv import Table
from rollcall.formats.mapping import ColumnMapping, recognize
from rollcall.intake.findings import FileRefused, Question
from rollcall.intake.records import shown

OUTCOME = "outcome.unknown"
ACTION = "action.unknown"
# A file of a report repeats a part of another.
FILE_REPEATS = "file.replaces"


def about_columns(table: Table, *, of_json: bool = False) -> Iterable[Question]:
    """Yield what the header of a table leaves open, or the fields of JSON records.

    Raises FileRefused when no person could answer it.
    """
    known = recognize(table.header)
    line = table.header_line
    where = "fields of the JSON" if of_json else f"header on line {line}"
    for name in known.twice:
        yield Question(code="column.twice", message=f"The {where} has the column {name} twice; which one is meant?")
    if not known.missing:
        return
    missing = " and ".join(known.missing)
    if not of_json:
        refuse_row_as_header(table, missing)
    if len(known.missing) == 1:
        name = known.missing[0]
        if not _could_be(table, name):
            raise FileRefused("column.missing", f"The column {name} is missing from the {where}.")
    yield Question(
        code="columns.unknown",
        message=f"Which column of the {where} is the {missing}? None has that name.{_about_day_counts(table)}",
        choices=tuple(shown(name) for name in table.header[:100]),
    )


def refuse_row_as_header(table: Table, needed: str = "user_id and occurred_at") -> None:
    """Raise FileRefused where a row stands in place of the header: read as names, its event would be lost."""
    if generic_csv.looks_like_a_row(table.header):
        words = f"There is no header: line {table.header_line} is already a row."
        raise FileRefused("header.missing", f"{words} Needed is a line with the columns {needed}.")


def _about_day_counts(table: Table) -> str:
    """Return what to do where a table looks like daily numbers of users, but by person or by part."""
    beside = columns_beside(table)
    if not has_day_counts(table) or not beside:
        return ""
    named = ", ".join(map(shown, beside[:5]))
    return (
        f" Daily numbers of users stand alone beside their day: with {named} beside them a number may be that of one"
        " person or of one part. If these are such numbers, send the day and the number of all users, one row for each"
        " day."
    )


def _could_be(table: Table, name: str) -> bool:
    """Return whether some column of the table might be the missing one, so that a person can say so."""
    if name == "user_id":
        return len(table.header) > 1
    return any(generic_csv.looks_like_a_row(row) for row in table.records[:50])


def about_days_apart(mapping: ColumnMapping, table: Table) -> Iterable[Question]:
    """Yield the question for the time where day and time of day stand in two columns, so that neither is one."""
    clocks = generic_csv.columns_of(table, times.is_clock_alone)
    at = mapping.columns.get("at")
    if not clocks or (at is not None and _is_read(generic_csv.column(table, at), at, clocks)):
        return
    clock = at if at in clocks else clocks[0]
    days = generic_csv.columns_of(table, times.is_day_alone)
    where = f"the day stands in the column {shown(days[0])}" if days else "no column holds the day"
    example = next(filter(None, generic_csv.column(table, clock)))
    cure = "Write both into one column, such as 2026-06-30 10:15:00, and send the file again"
    yield Question(
        code="time.day_apart",
        message=f"The column {shown(clock)} holds times of day such as '{shown(example)}'; {where}. {cure}.",
        choices=tuple(shown(name) for name in table.header[:100]),
    )


def _is_read(values: Iterable[str], name: str, clocks: Iterable[str]) -> bool:
    """Return whether a column that is taken for the time can be read as one: with its day, or as days alone."""
    written = list(filter(None, values))
    is_day = bool(written) and all(map(times.is_day_alone, written))
    return name not in clocks and not (is_day and times.classify(written[0]) != times.DATE)


def about_times(mapping: ColumnMapping, samples: Iterable[str]) -> Iterable[Question]:
    """Yield what the times of a file leave open: their zone, their date order."""
    written = [text for text in samples if times.classify(text)]
    rule = mapping.time
    if rule.format == times.ORDERED and rule.date_order is None:
        _, contradiction = times.date_order(written)
        if contradiction:
            raise FileRefused("date_order.mixed", "Some dates have the day first, others the month first.")
        if written:
            yield Question(
                code="date_order.unknown",
                message=f"Is '{written[0]}' written with the day or the month first? No date of the file settles it.",
                choices=times.DATE_ORDERS[:2],
            )
    if rule.source_timezone is None and written and not any(map(times.names_a_zone, written)):
        yield zone_question(written[0])


def about_outcomes(mapping: ColumnMapping, table: Table) -> Iterable[Question]:
    """Yield the question for the values that mean success, where a column looks as if it held outcomes."""
    name = mapping.columns.get("outcome")
    if name is not None and not mapping.success:
        yield outcome_question(name, generic_csv.outcomes(generic_csv.column(table, name)))


def about_actions(mapping: ColumnMapping, table: Table) -> Iterable[Question]:
    """Yield the question which column holds the action, where only the name of one says that it might."""
    unsure = generic_csv.unsure_actions(mapping, table)
    if unsure:
        named = ", ".join(map(shown, unsure[:5]))
        words = "its name alone does not say so. Choose the column of the action, or name one action for every row"
        yield Question(
            code=ACTION,
            message=f"Which column says what was done in a row? It might be {named}, but {words}.",
            choices=tuple(map(shown, unsure)),
        )


def outcome_question(column: str, values: Iterable[str] = ()) -> Question:
    """Return the question for the values of an outcome column that mean success; `values` are those seen."""
    words = f"Which values of the column {shown(column)} mean that the action succeeded? Rows with others do not count."
    return Question(code=OUTCOME, message=words, choices=tuple(map(shown, values)))


def zone_question(example: str) -> Question:
    """Return the question for the zone of times that name none."""
    what = "is a day without a zone" if times.classify(example) == times.DATE else "has no zone"
    return Question(code="zone.missing", message=f"In which time zone are the times of this file? '{example}' {what}.")


def no_rows(nobodies: int = 0) -> Question:
    """Return the question for a file in which nobody is active; `nobodies` rows have nobody behind them."""
    what = "The file has a header and no rows."
    if nobodies:
        what = f"Nobody stands behind {'the only row' if nobodies == 1 else f'any of the {nobodies:,} rows'}."
    return Question(
        code="rows.none",
        message=f"{what} Was there no usage, or did the export fail?",
        choices=("no_usage", "export_failed"),
    )


def of_formats(formats: Iterable[str]) -> Question:
    """Return the question of files of several formats that came as one report."""
    words = (
        f"The files are of different formats ({', '.join(sorted(formats))}). Send those of one format by themselves."
    )
    return Question(code="files.formats", message=words)


def of_days(zone: str | None, timezone: str) -> Question:
    """Return the question of a file whose days are those of another zone than the bill's."""
    words = f"The file has days of the zone {zone}; they cannot become days of {timezone}, as billed."
    return Question(code="zone.of_days", message=words)
