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
        are none; known and id whether there is an event id, and its hash; written, where there is no event id, the
        hash of all columns that mean something. `whole` takes only quantities without a fraction, which is quicker.
        """
        constants, has_ids = self.source.mapping.constants, "event_id" in self.source.positions
        user, event = self._text("user", ""), self._text("event_id", "")
        action = self._text("action", constants.get("action") or "")
        instance = self._text("instance", constants.get("instance") or self.instance)
        instant = self._instant()
        if has_ids:
            instant = f"CASE WHEN strlen({event}) <= {self.source.limits.id_characters} THEN {instant} END"
        written = f"hash({user}, {action}, {instance}, {self._text('at', '')}, {self._text('quantity', '')})"
        if has_ids:
            written = f"CASE WHEN {event} = '' THEN {written} END"
        return f"""
            SELECT {user} AS u, {action} AS b, {instance} AS j, {self._quantity(whole=whole)} AS q, {instant} AS us,
                   {f"{event} <> ''" if has_ids else "false"} AS known, {f"hash({event})" if has_ids else "0"} AS id,
                   {written} AS written, {self._odd()} AS odd
            FROM {self._table()}"""

    def judged(self) -> str:
        """Return the rows with what they are in evidence: person r, place i, action a, day and minute.

        A row is evidence when its day is 0 or more; a bad row has no day, and a row of another report has NOT_OWNED.
        """
        day = f"CASE WHEN p.r IS NOT NULL AND x.a IS NOT NULL AND y.i IS NOT NULL THEN {self._day()} END"
        return f"""
            SELECT p.r, y.i, x.a, {day} AS day, local_us % {DAY} // {MINUTE} AS minute, q, us, u, known, id, written
            FROM (SELECT *, us + ({_offset_tree(self.source.reading.bill_zone)}) AS local_us FROM rows)
            LEFT JOIN people AS p USING (u) LEFT JOIN actions AS x USING (b) LEFT JOIN places AS y USING (j)"""

    def repeated_ids(self) -> str:
        """Return the query for the event ids, as written, whose hash is in `repeated`."""
        event = self._text("event_id", "")
        return f"SELECT DISTINCT {event} FROM {self._table()} WHERE hash({event}) IN (SELECT id FROM repeated)"

    def kept(self, *, whole: bool) -> str:
        """Return the query that turns `settled`, good rows as text, into rows like those of `judged`."""
        return f"""
            SELECT ref::ref_type AS r, instance::places_type AS i, action::actions_type AS a, local_us // {DAY} AS day,
                   local_us % {DAY} // {MINUTE} AS minute, q::{"BIGINT" if whole else "DECIMAL(21, 6)"} AS q, us, u,
                   true AS known, NULL AS id, NULL AS written
            FROM (
                SELECT *, us + ({_offset_tree(self.source.reading.bill_zone)}) AS local_us
                FROM (SELECT * REPLACE (us::BIGINT AS us) FROM settled)
            )"""

    def _table(self) -> str:
        """Return the table function that reads every column as text, by position."""
        source = self.source
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(source.header)))
        quote = literal('"' if self.scan.has_quotes else "")
        return (
            f"read_csv({literal(glob.escape(str(self.path)))}, header = false, auto_detect = false, "
            f"skip = {source.mapping.header_line}, delim = {literal(source.mapping.delimiter)}, quote = {quote}, "
            f"escape = {quote}, new_line = {literal(_LINE_ENDS[self.scan.line_end or chr(10)])}, "
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

    def _odd(self) -> str:
        """Return whether a quote stands inside a field: there readers of CSV differ, and the plain one decides."""
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


# Every distinct user, action and instance as written: (kind, text).
SPELLINGS = """
    SELECT CASE WHEN grouping(u) = 0 THEN 'user' WHEN grouping(b) = 0 THEN 'action' ELSE 'instance' END,
           coalesce(u, b, j)
    FROM rows GROUP BY GROUPING SETS ((u), (b), (j))"""


def evidence(judged: str, *, whole: bool) -> str:
    """Return the query for the rows of evidence, as Parquet keeps them, in the order of their canonical text.

    A quantity has at most 15 digits, so a sum of whole ones that leaves 64 bits needs 9,000 rows of the largest; the
    query fails then.
    """
    quantity = f"sum(q)::{'BIGINT' if whole else PARQUET_COLUMNS['quantity']}"
    return f"""
        SELECT r::VARCHAR AS user_ref, i::VARCHAR AS instance, a::VARCHAR AS action, DATE '1970-01-01' + day AS day,
               n AS events, q::{PARQUET_COLUMNS["quantity"]} AS quantity, m1 AS first_minute, m2 AS last_minute
        FROM (
            SELECT r, i, a, day::INTEGER AS day, count(*) AS n, {quantity} AS q,
                   min(minute)::SMALLINT AS m1, max(minute)::SMALLINT AS m2
            FROM ({judged}) WHERE day >= 0 GROUP BY r, i, a, day ORDER BY r, i, a, day
        )"""


def left_out(judged: str) -> str:
    """Return the query for (bad rows, rows of other reports)."""
    return f"SELECT count(*) FILTER (day IS NULL), count(*) FILTER (day = {NOT_OWNED}) FROM ({judged})"


def accepted(judged: str) -> str:
    """Return the query for the rows that became evidence."""
    return f"(SELECT * FROM ({judged}) WHERE day >= 0)"


def repeats(rows: str, *, has_ids: bool) -> str:
    """Return the query for (rows with an event id, hashes of ids, rows without an id, hashes of those rows)."""
    if not has_ids:
        return f"SELECT 0, 0, count(*), count(DISTINCT written) FROM {rows}"
    # The empty id has a hash of its own.
    ids = "count(DISTINCT id) - coalesce(bool_or(NOT known), false)::INTEGER"
    with_id, without_id = "count(*) FILTER (known)", "count(*) FILTER (NOT known)"
    return f"SELECT {with_id}, {ids}, {without_id}, count(DISTINCT written) FROM {rows}"


def repeated(judged: str) -> str:
    """Return the query for the hashes of event ids that occur more than once among good rows."""
    return f"SELECT id FROM ({judged}) WHERE day >= 0 AND known GROUP BY id HAVING count(*) > 1"


def without_repeated(judged: str) -> str:
    """Return the query for the rows without the good ones whose event id is repeated."""
    return f"SELECT * FROM ({judged}) WHERE day IS NULL OR day < 0 OR NOT known OR id NOT IN (SELECT id FROM repeated)"


def checksum(rows: str) -> str:
    """Return the query for (rows, sum of their instants, bytes of their users' ids)."""
    return f"SELECT count(*), sum(us), sum(strlen(u)) FROM {rows}"


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
    instance, action = (_escaped("instance"), _escaped("action")) if escaped else ("instance", "action")
    quantity = "quantity::BIGINT::VARCHAR" if whole else "rtrim(rtrim(quantity::VARCHAR, '0'), '.')"
    return f"""
        SELECT concat_ws(chr(9), user_ref, {instance}, {action}, day, events, coalesce({quantity}, ''), first_minute,
                         last_minute || chr(10))
        FROM evidence"""


# Of several spellings of one user the smallest is shown; `accepted` holds those that a good row has, where not all do.
NAMES = """
    SELECT ref AS user_ref, any_value(coalesce(key, u)) AS user_key, min(u) AS raw
    FROM spelled GROUP BY ref ORDER BY ref"""
KEEP_ACCEPTED = "DELETE FROM spelled WHERE u NOT IN (SELECT u FROM accepted)"

# (rows of evidence, rows of the file in them, earliest and latest minute of the local clock)
COUNTS = """
    SELECT count(*), coalesce(sum(events), 0)::BIGINT,
           min((day - DATE '1970-01-01') * 1440::BIGINT + first_minute),
           max((day - DATE '1970-01-01') * 1440::BIGINT + last_minute)
    FROM evidence"""

ACCEPTED = "SELECT coalesce(sum(events), 0)::BIGINT FROM evidence"

ACTIONS = """
    SELECT action, sum(events)::BIGINT, count(DISTINCT user_ref) FROM evidence GROUP BY action ORDER BY action"""

DAYS = "SELECT DISTINCT day::VARCHAR FROM evidence ORDER BY 1"
