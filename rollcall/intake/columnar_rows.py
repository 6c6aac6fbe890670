"""The SQL of the fast reader that looks at every row: which fields it has, whether they are good, what they mean.

Every field is read as text, in its place, and tested strictly; DuckDB's own casts accept far too much. A cheap test of
the most usual spelling comes first; whatever it does not know goes to the strict one. Times become microseconds since
1970 in UTC, and the zone of the bill is the same table of instants that the plain reader uses.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rollcall.formats import times
from rollcall.intake.checks import QUANTITY_PATTERN
from rollcall.intake.columnar_sample import Sample
from rollcall.intake.request import Bounds
from rollcall.intake.scan import Scan
from rollcall.intake.source import Source
from rollcall.zones import DAY, EARLIEST, LATEST, MINUTE, ZoneTable

# The days of a row that another report owns, and of a bad one.
NOT_OWNED, FIRST_DAY = -1, -2

# What a row counts as has one number: its day, FIRST_DAY or later, and the codes of its action and its instance. Where
# the sample does not know one of them, the number is a hash above all others.
CODES = 64
OTHER_KINDS = 1 << 62

# What may stand behind the seconds of a local time, and of one that names its zone.
LOCAL_END = "([.][0-9]{1,9})?"
ZONED_END = LOCAL_END + "(Z|[+](0[0-9]|1[0-3]):[0-5][0-9]|[+]14:00|-(0[0-9]|1[01]):[0-5][0-9]|-12:00)"
_CLOCK = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_NAIVE, _ZONED = _CLOCK + LOCAL_END, _CLOCK + ZONED_END
_EPOCH = {
    "epoch_s": ("[0-9]{10}", "* 1000000"),
    "epoch_ms": ("[0-9]{13}", "* 1000"),
    "epoch_us": ("[0-9]{16}", ""),
    "epoch_ns": ("[0-9]{19}", "// 1000"),
}

# {length: shape}, in which T stands for what parts day and clock. What has one of these shapes, and is a plausible time
# to DuckDB's cast, passes the strict pattern above unless it is a midnight called 24:00:00; a test tries every
# character in every place. A shape costs a third of the pattern. The cast of a local time is too lax for shapes.
_SHAPES = {20: "????-??-?[0-9]T[0-2]?:??:?[0-9]Z", 25: "????-??-?[0-9]T[0-2]?:??:?[0-9]?0?:[0-5]?"}
MIDNIGHT_TWICE = "24:00:00"

_DAY_MINUTES = DAY // MINUTE

_LINE_ENDS = {"\n": "\\n", "\r\n": "\\r\\n"}

# Stands in no line that a spreadsheet or a program writes; where it does, DuckDB leaves the line out, which shows.
_NO_DELIMITER = "\x02"

# DuckDB reads a file in pieces of this size. Larger ones, as it would choose, cost memory that nobody has touched yet;
# smaller ones cost their edges.
_PIECE_BYTES = 8 << 20

# Formats of times that the fast reader knows; files with others are read plainly.
TIME_FORMATS = (times.ISO, *_EPOCH)


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, kw_only=True)
class FileQueries:
    """The queries that read one file. `instance` is the instance of rows that name none; `sample` says which actions
    and instances most rows have, and when they were. Whatever it says, the answers are the same.
    """

    path: Path
    source: Source
    scan: Scan
    bounds: Bounds
    instance: str
    sample: Sample

    @property
    def measures(self) -> bool:
        """Whether the sizes of the fields are known, and nothing else stands in the file but delimiters and ends."""
        return not self.scan.has_quotes and uses_every_column(self.source)

    @property
    def has_ids(self) -> bool:
        """Whether a column holds event ids."""
        return "event_id" in self.source.positions

    def rows(self, *, whole: bool) -> str:
        """Return the query that splits the file and tests its fields: one row per record, as `rows`.

        u, b and j are user, action and instance as written; q the quantity, us the instant, both NULL or -1 when they
        are none; id is the hash of the event id, NULL where there is none. `whole` takes only quantities without a
        fraction, which is quicker. `clock` and `amount` are the time and the quantity as written. A record is `odd`
        when a quote stands inside a field: there readers of CSV differ, and the plain one decides. `size` is that of
        its fields, where it `measures` them.
        """
        event, instant = self._text("event_id", ""), self._instant()
        if self.has_ids:
            instant = f"CASE WHEN strlen({event}) <= {self.source.limits.id_characters} THEN {instant} END"
        return f"""
            SELECT {self._text("user", "")} AS u, {self._text("action", self._constant("action"))} AS b,
                   {self._text("instance", self._constant("instance"))} AS j,
                   {self._quantity(whole=whole)} AS q, {instant} AS us,
                   {f"CASE WHEN {event} <> '' THEN hash({event}) END" if self.has_ids else "NULL::UBIGINT"} AS id,
                   {self._written()} AS written, {self._text("at", "")} AS clock,
                   {self._text("quantity", "")} AS amount, {self._odd()} AS odd,
                   {self._size()} AS size
            FROM (SELECT *, {self._whole_number()} AS number, {self._cast_time()} AS moment FROM {self._table()})"""

    def dated(self, rows: str) -> str:
        """Return rows with the day and the minute of the zone of the bill.

        A row is evidence when its day is 0 or more, and its user, action and instance are good; a bad row has
        FIRST_DAY, and a row of another report has NOT_OWNED.
        """
        return f"""
            SELECT *, {self._day()} AS day, (local_minute % {_DAY_MINUTES})::SMALLINT AS minute
            FROM (SELECT *, try_cast((us + ({self._offset()})) // {MINUTE} AS INTEGER) AS local_minute FROM {rows})"""

    def counted(self, rows: str) -> str:
        """Return rows as they are added up: p, the hash of the user as written, and k, the number of what they count
        as, with q and minute; `o` says day, action and instance of a number that is a hash, with NUL between them.

        `h` is a hash by which records are told from each other: of the event id where the file has any, NULL where this
        record has none; else of all that means something.
        """
        code = f"{self._code('b', self.sample.actions)} * {CODES} + {self._code('j', self.sample.instances)}"
        mark = "id" if self.has_ids else "hash(p, k, clock, amount)"
        return f"""
            SELECT *, {mark} AS h FROM (
                SELECT *, CASE WHEN code IS NOT NULL THEN (day - {FIRST_DAY}) * {CODES * CODES} + code
                               ELSE {OTHER_KINDS} + (hash(b, j, day) >> 2)::BIGINT END AS k,
                       CASE WHEN code IS NULL THEN concat(day, chr(0), b, chr(0), j) END AS o
                FROM (SELECT *, hash(u) AS p, ({code})::BIGINT AS code FROM ({self.dated(rows)}))
            )"""

    def size_of_all(self, fields: int, rows: int) -> int | None:
        """Return the bytes of so many rows whose fields have so many together; None where nobody measures them."""
        ends = len(self.source.header) - 1 + len(self.scan.line_end or "")
        return fields + rows * ends if self.measures else None

    def split(self, rows: str) -> str:
        """Return the query for what is kept of `counted` rows where a file is small enough to be kept."""
        more = (", odd" if self.scan.has_quotes else "") + (", size" if self.measures else "")
        return f"SELECT u, p, k, o, q, minute, h{more} FROM ({self.counted(rows)})"

    def marks_of_split(self) -> str:
        """Return the query for `h`, whether it is `known` as an event id's, and `odd`, of rows that were kept."""
        return (
            f"SELECT h, {'h IS NOT NULL' if self.has_ids else 'false'} AS known, {self._odd('odd')} AS odd FROM counted"
        )

    def marks(self) -> str:
        """Return the query for the same by a reading of its own."""
        if self.has_ids:
            event = self._text("event_id", "")
            return f"SELECT hash({event}) AS h, {event} <> '' AS known, {self._odd()} AS odd FROM {self._table()}"
        if not self.measures:
            return f"SELECT {self._written()} AS h, false AS known, {self._odd()} AS odd FROM {self._table()}"
        # Every column means something and none is quoted: rows written alike are lines that are alike.
        return f"SELECT hash(c0) AS h, false AS known, false AS odd FROM {self._table(_NO_DELIMITER, width=1)}"

    def equal_without_id(self) -> str:
        """Return the query for the number of rows without an event id that are written like another."""
        where = f"WHERE {self._text('event_id', '')} = ''"
        return f"SELECT count(*) - count(DISTINCT {self._written()}) FROM {self._table()} {where}"

    def repeated_ids(self) -> str:
        """Return the query for the event ids, as written, whose hash is in `repeated`."""
        event = self._text("event_id", "")
        return f"SELECT DISTINCT {event} FROM {self._table()} WHERE hash({event}) IN (SELECT h FROM repeated)"

    def kept(self, *, quantity: str) -> str:
        """Return the query that turns `settled`, good rows as text, into sums like those of evidence."""
        return f"""
            SELECT ref::ref_type AS r, instance::places_type AS i, action::actions_type AS a,
                   (local_us // {DAY})::INTEGER AS day, 1 AS n, q::{quantity} AS q,
                   (local_us % {DAY} // {MINUTE})::SMALLINT AS m1, m1 AS m2, u
            FROM (
                SELECT *, us + ({self._offset()}) AS local_us FROM (SELECT * REPLACE (us::BIGINT AS us) FROM settled)
            )"""

    def _table(self, delimiter: str | None = None, *, width: int | None = None) -> str:
        """Return the table function that reads every column as text, by position."""
        source = self.source
        names = [literal(f"c{place}") for place in range(width or len(source.header))]
        columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
        quote = literal('"' if self.scan.has_quotes else "")
        return (
            f"read_csv({literal(glob.escape(str(self.path)))}, header = false, auto_detect = false, "
            f"skip = {source.mapping.header_line}, delim = {literal(delimiter or source.mapping.delimiter)}, "
            f"quote = {quote}, escape = {quote}, new_line = {literal(_LINE_ENDS[self.scan.line_end or chr(10)])}, "
            f"columns = {{{columns}}}, force_not_null = [{', '.join(names)}], "
            f"ignore_errors = true, max_line_size = {source.limits.field_characters}, buffer_size = {_PIECE_BYTES})"
        )

    def _text(self, role: str, constant: str) -> str:
        place = self.source.positions.get(role)
        return literal(constant) if place is None else f"c{place}"

    def _constant(self, role: str) -> str:
        """Return the action or the instance, as written, of a file that has no column of them."""
        return self.source.mapping.constants.get(role) or (self.instance if role == "instance" else "")

    def _cast_time(self) -> str:
        """Return what DuckDB takes a row's time for: an instant, or the local clock where no time names its zone."""
        column = f"c{self.source.positions['at']}"
        if self.source.reading.format in _EPOCH:
            return f"try_cast({column} AS BIGINT)"
        return f"epoch_us(try_cast({column} AS {'TIMESTAMP' if self.source.has_local_times else 'TIMESTAMPTZ'}))"

    def _instant(self) -> str:
        """Return a row's instant; NULL when its time is not in the one spelling of this file."""
        column, reading = f"c{self.source.positions['at']}", self.source.reading
        if reading.format in _EPOCH:
            pattern, scale = _EPOCH[reading.format]
            return f"CASE WHEN {strictly(column, pattern)} THEN moment {scale} END"
        if self.source.has_local_times and reading.zone is not None:
            instant = f"moment - ({_tree(local_steps(reading.zone, reading.bill_zone), 'moment')})"
            return f"CASE WHEN {strictly(column, _NAIVE)} THEN {instant} END"
        tests = [*shape_tests(column, self.sample), zoned_test(column)]
        return f"CASE {' '.join(f'WHEN {test} THEN moment' for test in tests)} END"

    def _whole_number(self) -> str:
        place = self.source.positions.get("quantity")
        return "NULL::BIGINT" if place is None else f"try_cast(c{place} AS BIGINT)"

    def _quantity(self, *, whole: bool) -> str:
        """Return a row's quantity: NULL for none, -1 for one that is no number."""
        place = self.source.positions.get("quantity")
        if place is None:
            return "NULL::BIGINT"
        short = f"WHEN {short_number('number', f'c{place}')} THEN number"
        pattern, kind = ("[0-9]{1,15}", "BIGINT") if whole else (QUANTITY_PATTERN, "DECIMAL(21, 6)")
        # Written as DuckDB itself writes this number: there is nothing lax in it.
        usual = f"WHEN number::VARCHAR = c{place} AND number BETWEEN 0 AND {10**15 - 1} THEN number"
        good = f"WHEN {strictly(f'c{place}', pattern)} THEN try_cast(c{place} AS {kind})"
        return f"CASE {short} WHEN c{place} = '' THEN NULL {usual} {good} ELSE -1 END"

    def _written(self) -> str:
        return f"hash({', '.join(f'c{place}' for place in self.source.positions.values())})"

    def _size(self) -> str:
        if not self.measures:
            return "NULL::BIGINT"
        return " + ".join(f"strlen(c{place})" for place in range(len(self.source.header)))

    def _odd(self, seen: str = "") -> str:
        if seen or not self.scan.has_quotes:
            return seen if self.scan.has_quotes else "false"
        return " OR ".join(f"contains(c{place}, '\"')" for place in range(len(self.source.header)))

    def _code(self, column: str, values: tuple[str, ...]) -> str:
        """Return the code of an action or instance as written, NULL for one that the sample does not have."""
        cases = " ".join(f"WHEN {literal(value)} THEN {code}" for code, value in enumerate(values))
        return f"CASE {column} {cases} END" if values else "NULL"

    def _offset(self) -> str:
        """Return the offset of the zone of the bill; first tried are those of the times in the sample."""
        zone = self.source.reading.bill_zone
        steps = list(zip(zone.starts, zone.offsets, strict=True))
        whole = _tree(steps, "us")
        if self.sample.instants is None:
            return whole
        first, last = self.sample.instants
        near = [step for step, after in pairwise([*steps, (2**62, 0)]) if step[0] <= last and after[0] > first]
        end = next((start for start, _ in steps if start > last), 2**62)
        return f"CASE WHEN us >= {near[0][0]} AND us < {end} THEN {_tree(near, 'us')} ELSE {whole} END"

    def _day(self) -> str:
        bounds = self.bounds
        good = [f"us >= {EARLIEST}", f"us < {LATEST}", "q IS DISTINCT FROM -1"]
        if self.source.reading.format not in _EPOCH:
            # Every midnight is a whole minute, so few rows are looked at for its other name.
            good.append(f"(us % {MINUTE} <> 0 OR NOT contains(clock, {literal(MIDNIGHT_TWICE)}))")
        if bounds.contract_from is not None:
            good.append(f"us >= {bounds.contract_from}")
        if bounds.contract_to is not None:
            good.append(f"us < {bounds.contract_to}")
        if bounds.now is not None:
            good.append(f"us <= {bounds.now}")
        owned = _owned(bounds)
        day = f"local_minute // {_DAY_MINUTES}"
        if owned is not None:
            day = f"CASE WHEN {owned} THEN {day} ELSE {NOT_OWNED} END"
        return f"CASE WHEN {' AND '.join(good)} THEN {day} ELSE {FIRST_DAY} END"


def uses_every_column(source: Source) -> bool:
    """Return whether every column of a file means something."""
    return set(source.positions.values()) == set(range(len(source.header)))


def strictly(column: str, pattern: str) -> str:
    """Return the test that a field matches a pattern as a whole."""
    return f"regexp_full_match({column}, {literal(pattern)})"


def short_number(number: str, text: str) -> str:
    """Return the cheap test that a text of few characters is the whole number that DuckDB's cast takes it for.

    Its size says that there is a digit for each character, so there is no sign, point, gap or other base; only an
    exponent makes more of fewer digits, and then the number ends with zeros. A test tries every text.
    """
    digits = (f"WHEN {many} THEN {10 ** (many - 1)}" for many in range(2, 7))
    ends = f"({number} < 100 OR {number} % 100 <> 0)"
    return f"{number} >= CASE strlen({text}) WHEN 1 THEN 0 {' '.join(digits)} END AND {ends}"


def zoned_test(column: str) -> str:
    """Return the strict test that a field is a time with its zone."""
    return strictly(column, _ZONED)


def shape_tests(column: str, sample: Sample) -> list[str]:
    """Return the cheap tests that let most of these times pass, the one that is met most often first."""
    shapes = sorted(_SHAPES.items(), key=lambda shape: shape[0] != sample.time_length)
    return [f"{column} GLOB {literal(shape.replace('T', sample.parts_clock_by))}" for _, shape in shapes]


def _owned(bounds: Bounds) -> str | None:
    if bounds.spans is None:
        return None
    return " OR ".join(f"us >= {start} AND us < {end}" for start, end in bounds.spans) or "false"


def local_steps(zone: ZoneTable, bill_zone: ZoneTable) -> list[tuple[int, int | None]]:
    """Return (local clock from which it holds, offset), in order: what is taken from a local clock for its instant.

    The offset is None where a local time means no instant, or two that lie on different days of the bill.
    """
    steps: list[tuple[int, int | None]] = [(-(2**62), zone.offsets[0])]
    for start, (before, after) in zip(zone.starts[1:], pairwise(zone.offsets), strict=True):
        if after > before:
            steps += [(start + before, None), (start + after, after)]
            continue
        # Here the clock shows an hour twice; the first time is meant.
        corners = (start - (before - after), start - 1, start, start + (before - after) - 1)
        if len({bill_zone.local(instant) // DAY for instant in corners}) > 1:
            steps.append((start + after, None))
        steps.append((start + before, after))
    return steps


def _tree(steps: list[tuple[int, int]] | list[tuple[int, int | None]], clock: str) -> str:
    """Return a search tree over the steps, as nested CASEs."""
    if len(steps) == 1:
        return "NULL" if steps[0][1] is None else str(steps[0][1])
    middle = len(steps) // 2
    before, after = _tree(steps[:middle], clock), _tree(steps[middle:], clock)
    return f"CASE WHEN {clock} < {steps[middle][0]} THEN {before} ELSE {after} END"
