"""The SQL of the fast reader: constant texts, filled with numbers and with literals that are quoted here.

Every field is read as text, in its place, and tested strictly; DuckDB's own casts accept far too much. Times become
microseconds since 1970 in UTC, and the zone of the bill is the same table of instants that the plain reader uses.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rollcall.formats import times
from rollcall.intake.checks import QUANTITY_PATTERN
from rollcall.intake.request import Bounds
from rollcall.intake.scan import Scan
from rollcall.intake.source import Source
from rollcall.rows import PARQUET_COLUMNS
from rollcall.zones import DAY, EARLIEST, LATEST, MINUTE, ZoneTable

# A bad row has no day; a row that another report owns has this one.
NOT_OWNED = -1

_NAIVE = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?"
_ZONED = _NAIVE + "(Z|[+](0[0-9]|1[0-3]):[0-5][0-9]|[+]14:00|-(0[0-9]|1[01]):[0-5][0-9]|-12:00)"
_EPOCH = {
    "epoch_s": ("[0-9]{10}", "* 1000000"),
    "epoch_ms": ("[0-9]{13}", "* 1000"),
    "epoch_us": ("[0-9]{16}", ""),
    "epoch_ns": ("[0-9]{19}", "// 1000"),
}
_LINE_ENDS = {"\n": "\\n", "\r\n": "\\r\\n"}

# Stands in no line that a spreadsheet or a program writes; where it does, DuckDB leaves the line out, which shows.
_NO_DELIMITER = "\x02"

# Formats of times that the fast reader knows; files with others are read plainly.
TIME_FORMATS = (times.ISO, *_EPOCH)


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, kw_only=True)
class FileQueries:
    """The queries that read one file. `instance` is the instance of rows that name none."""

    path: Path
    source: Source
    scan: Scan
    bounds: Bounds
    instance: str

    def rows(self, *, whole: bool) -> str:
        """Return the query that splits the file and tests its fields: one row per record, as `rows`.

        u, b and j are user, action and instance as written; q the quantity, us the instant, both NULL or -1 when they
        are none; id is the hash of the event id, NULL where there is none. `whole` takes only quantities without a
        fraction, which is quicker.
        """
        constants, has_ids = self.source.mapping.constants, "event_id" in self.source.positions
        event, instant = self._text("event_id", ""), self._instant()
        if has_ids:
            instant = f"CASE WHEN strlen({event}) <= {self.source.limits.id_characters} THEN {instant} END"
        return f"""
            SELECT {self._text("user", "")} AS u, {self._text("action", constants.get("action") or "")} AS b,
                   {self._text("instance", constants.get("instance") or self.instance)} AS j,
                   {self._quantity(whole=whole)} AS q, {instant} AS us,
                   {f"CASE WHEN {event} <> '' THEN hash({event}) END" if has_ids else "NULL::UBIGINT"} AS id,
                   {self._written()} AS written
            FROM {self._table()}"""

    def dated(self, rows: str) -> str:
        """Return rows with the day and the minute of the zone of the bill.

        A row is evidence when its day is 0 or more, and its user, action and instance are good; a bad row has no day,
        and a row of another report has NOT_OWNED.
        """
        return f"""
            SELECT u, b, j, q, us, id, written, ({self._day()})::INTEGER AS day,
                   (local_us % {DAY} // {MINUTE})::SMALLINT AS minute
            FROM (SELECT *, us + ({_offset_tree(self.source.reading.bill_zone)}) AS local_us FROM {rows})"""

    def marks(self) -> str:
        """Return the query for one hash per record, `h`, by which records are told from each other; `known`; and `odd`.

        The hash is that of the event id where the file has one, else of what means something. A record is odd when a
        quote stands inside a field: there readers of CSV differ, and the plain one decides.
        """
        if "event_id" in self.source.positions:
            event = self._text("event_id", "")
            return f"SELECT hash({event}) AS h, {event} <> '' AS known, {self._odd()} AS odd FROM {self._table()}"
        if self.scan.has_quotes or set(self.source.positions.values()) != set(range(len(self.source.header))):
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

    def kept(self, *, whole: bool) -> str:
        """Return the query that turns `settled`, good rows as text, into sums like those of evidence."""
        return f"""
            SELECT ref::ref_type AS r, instance::places_type AS i, action::actions_type AS a,
                   (local_us // {DAY})::INTEGER AS day, 1 AS n, q::{_quantity_type(whole=whole)} AS q,
                   (local_us % {DAY} // {MINUTE})::SMALLINT AS m1, m1 AS m2, u
            FROM (
                SELECT *, us + ({_offset_tree(self.source.reading.bill_zone)}) AS local_us
                FROM (SELECT * REPLACE (us::BIGINT AS us) FROM settled)
            )"""

    def _table(self, delimiter: str | None = None, *, width: int | None = None) -> str:
        """Return the table function that reads every column as text, by position."""
        source = self.source
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width or len(source.header)))
        quote = literal('"' if self.scan.has_quotes else "")
        return (
            f"read_csv({literal(glob.escape(str(self.path)))}, header = false, auto_detect = false, "
            f"skip = {source.mapping.header_line}, delim = {literal(delimiter or source.mapping.delimiter)}, "
            f"quote = {quote}, escape = {quote}, new_line = {literal(_LINE_ENDS[self.scan.line_end or chr(10)])}, "
            f"columns = {{{columns}}}, ignore_errors = true, max_line_size = {source.limits.field_characters})"
        )

    def _text(self, role: str, constant: str) -> str:
        place = self.source.positions.get(role)
        return literal(constant) if place is None else f"coalesce(c{place}, '')"

    def _instant(self) -> str:
        """Return a row's instant; NULL when its time is not in the one spelling of this file."""
        column, reading = f"c{self.source.positions['at']}", self.source.reading
        if reading.format in _EPOCH:
            pattern, scale = _EPOCH[reading.format]
            instant = f"try_cast({column} AS BIGINT) {scale}"
        elif self.source.is_naive and reading.zone is not None:
            pattern, local = _NAIVE, f"epoch_us(try_cast({column} AS TIMESTAMP))"
            instant = f"{local} - ({_tree(_local_steps(reading.zone, reading.bill_zone), local)})"
        else:
            pattern, instant = _ZONED, f"epoch_us(try_cast({column} AS TIMESTAMPTZ))"
        return f"CASE WHEN regexp_full_match({column}, {literal(pattern)}) THEN {instant} END"

    def _quantity(self, *, whole: bool) -> str:
        """Return a row's quantity: NULL for none, -1 for one that is no number."""
        place = self.source.positions.get("quantity")
        if place is None:
            return "NULL::BIGINT"
        pattern, kind = ("[0-9]{1,15}", "BIGINT") if whole else (QUANTITY_PATTERN, "DECIMAL(21, 6)")
        good = f"WHEN regexp_full_match(c{place}, {literal(pattern)}) THEN try_cast(c{place} AS {kind})"
        return f"CASE WHEN c{place} IS NULL THEN NULL {good} ELSE -1 END"

    def _written(self) -> str:
        nothing = literal("")
        return f"hash({', '.join(f'coalesce(c{place}, {nothing})' for place in self.source.positions.values())})"

    def _odd(self) -> str:
        if not self.scan.has_quotes:
            return "false"
        return " OR ".join(f"coalesce(contains(c{place}, '\"'), false)" for place in range(len(self.source.header)))

    def _day(self) -> str:
        bounds = self.bounds
        good = [f"us >= {EARLIEST}", f"us < {LATEST}", "coalesce(q, 0) >= 0"]
        if bounds.contract_from is not None:
            good.append(f"us >= {bounds.contract_from}")
        if bounds.contract_to is not None:
            good.append(f"us < {bounds.contract_to}")
        if bounds.now is not None:
            good.append(f"us <= {bounds.now}")
        day = f"CASE WHEN {_owned(bounds)} THEN local_us // {DAY} ELSE {NOT_OWNED} END"
        return f"CASE WHEN {' AND '.join(good)} THEN {day} END"


def _owned(bounds: Bounds) -> str:
    if bounds.spans is None:
        return "true"
    return " OR ".join(f"us >= {start} AND us < {end}" for start, end in bounds.spans) or "false"


def _offset_tree(zone: ZoneTable) -> str:
    return _tree(list(zip(zone.starts, zone.offsets, strict=True)), "us")


def _local_steps(zone: ZoneTable, bill_zone: ZoneTable) -> list[tuple[int, int | None]]:
    """Return (local clock from which it holds, offset), in order.

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


def _quantity_type(*, whole: bool) -> str:
    return "BIGINT" if whole else PARQUET_COLUMNS["quantity"]


def sums(dated: str, *, whole: bool) -> str:
    """Return the query for the sums by user, action and instance as written, and day; bad rows have no day.

    A quantity has at most 15 digits, so a sum of whole ones that leaves 64 bits needs 9,000 rows of the largest; the
    query fails then.
    """
    return f"""
        SELECT u, b, j, day, count(*) AS n, sum(q)::{_quantity_type(whole=whole)} AS q, min(minute) AS m1,
               max(minute) AS m2
        FROM ({dated}) GROUP BY u, b, j, day"""


NAMED = (
    "SELECT r, i, a, day, n, q, m1, m2, u FROM sums JOIN people USING (u) JOIN actions USING (b) JOIN places USING (j)"
)


def evidence(named: str, *, merges: bool, whole: bool) -> str:
    """Return the query for the rows of evidence in the order of their canonical text.

    `merges` adds up the sums of several spellings of one user, action or instance.
    """
    good = f"SELECT r, i, a, day, n, q, m1, m2 FROM ({named}) WHERE day >= 0"
    if merges:
        good = f"""
            SELECT r, i, a, day, sum(n)::BIGINT AS n, sum(q)::{_quantity_type(whole=whole)} AS q, min(m1) AS m1,
                   max(m2) AS m2
            FROM ({good}) GROUP BY r, i, a, day"""
    return f"{good} ORDER BY r, i, a, day"


# The evidence as Parquet keeps it: enumerations of few names are written as they are and read as text.
STORED = f"""
    SELECT r::VARCHAR AS user_ref, i AS instance, a AS action, DATE '1970-01-01' + day AS day, n AS events,
           q::{PARQUET_COLUMNS["quantity"]} AS quantity, m1 AS first_minute, m2 AS last_minute
    FROM evidence"""

# Rows of the file, and those of them that are good but belong to another report.
TOTAL = "SELECT coalesce(sum(n), 0)::BIGINT FROM sums"
OF_OTHERS = f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({NAMED}) WHERE day = {NOT_OWNED}"

# (records, records with a quote inside a field, records with an event id)
MARKED = "SELECT count(*), count(*) FILTER (odd), count(*) FILTER (known) FROM marks"


def distinct_marks(*, known: bool, share: int, shares: int) -> str:
    """Return the query for the number of different hashes in one share of the records with or without an event id."""
    return f"SELECT count(DISTINCT h) FROM marks WHERE known = {known} AND h % {shares} = {share}"


REPEATED = "SELECT h FROM marks WHERE known GROUP BY h HAVING count(*) > 1"


def accepted(dated: str) -> str:
    """Return the query for the rows that became evidence."""
    return f"""
        SELECT us, u, id, written FROM ({dated})
        JOIN people USING (u) JOIN actions USING (b) JOIN places USING (j) WHERE day >= 0"""


def equal(accepted: str) -> str:
    """Return the query for the number of rows without an event id that are written like another."""
    return f"SELECT count(*) - count(DISTINCT written) FROM ({accepted}) WHERE id IS NULL"


def without_repeated(rows: str) -> str:
    """Return the rows without those whose event id is repeated."""
    return f"(SELECT * FROM {rows} WHERE id IS NULL OR id NOT IN (SELECT h FROM repeated))"


def checksum(accepted: str) -> str:
    """Return the query for (rows, sum of their instants, bytes of their users' ids)."""
    return f"SELECT count(*), sum(us), sum(strlen(u)) FROM ({accepted})"


def _escaped(column: str) -> str:
    """Return a label with the escapes of canonical text: the backslash first."""
    text = f"{column}::VARCHAR"
    for plain, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = f"replace({text}, chr({ord(plain)}), {literal(written)})"
    return text


def canonical_text(*, escaped: bool, whole: bool) -> str:
    """Return the query for one canonical line per row of `evidence`; `escaped` where a label needs it, `whole` where
    no quantity has a fraction. concat_ws leaves out NULL, so an absent quantity is the empty text.
    """
    instance, action = (_escaped("i"), _escaped("a")) if escaped else ("i", "a")
    quantity = "q::VARCHAR" if whole else "rtrim(rtrim(q::VARCHAR, '0'), '.')"
    return f"""
        SELECT concat_ws(chr(9), r, {instance}, {action}, DATE '1970-01-01' + day, n, coalesce({quantity}, ''), m1,
                         m2 || chr(10))
        FROM evidence"""


# Of several spellings of one user the smallest is shown; of the users written in a table or query.
NAMES = """
    SELECT ref AS user_ref, any_value(coalesce(key, u)) AS user_key, min(u) AS raw
    FROM {} GROUP BY ref ORDER BY ref"""
ACCEPTED_USERS = "SELECT u FROM ({}) WHERE day >= 0"

# (rows of evidence, rows of the file in them, earliest and latest minute of the local clock)
COUNTS = """
    SELECT count(*), coalesce(sum(n), 0)::BIGINT, min(day * 1440::BIGINT + m1), max(day * 1440::BIGINT + m2)
    FROM evidence"""

ACTIONS = """
    SELECT a::VARCHAR AS action, sum(n)::BIGINT, count(DISTINCT r) FROM evidence GROUP BY action ORDER BY action"""

DAYS = "SELECT DISTINCT (DATE '1970-01-01' + day)::VARCHAR FROM evidence ORDER BY 1"
