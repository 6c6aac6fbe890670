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

# What is trimmed from an event id, as in the plain reader.
_BLANKS = "chr(32) || chr(9) || chr(13) || chr(10)"

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

    def grouped(self, *, whole: bool) -> str:
        """Return the query that adds the rows up by user, instance, action and day, and lists the users beside.

        Rows with `listed` 0 are the distinct users with their hash; rows with 1 are the sums. Equal hashes of different
        users are for the caller to notice. `whole` takes only quantities without a fraction, which is quicker.
        """
        return f"""
            SELECT u, h, i, a, day, count(*) AS n, sum(q) AS q, min(minute) AS m1, max(minute) AS m2,
                   bool_or(odd) AS odd, grouping(u) AS listed
            FROM ({self._tested(whole=whole)})
            GROUP BY GROUPING SETS ((u, h), (h, i, a, day))"""

    def checksum(self) -> str:
        """Return the query for (rows, sum of instants, bytes of user ids) of the rows that became evidence."""
        return f"SELECT count(*), sum(us), sum(strlen(u)) FROM ({self._accepted()})"

    def repeats(self, *, accepted: bool) -> str:
        """Return the query for (rows with an event id, hashes of their ids, rows without, hashes of those rows).

        `accepted` looks at the rows that became evidence alone; else at all rows, which is quicker.
        """
        written = "hash(t, u, i, a, w)"
        return f"""
            SELECT count(*) FILTER (e <> ''), count(DISTINCT CASE WHEN e <> '' THEN hash(e) END),
                   count(*) FILTER (e = ''), count(DISTINCT CASE WHEN e = '' THEN {written} END)
            FROM ({self._accepted() if accepted else self._fields(whole=True)})"""

    def _accepted(self) -> str:
        return f"""
            SELECT * FROM ({self._tested(whole=False)})
            WHERE day >= 0 AND h IN (SELECT h FROM people) AND a IN (SELECT raw FROM actions)
              AND i IN (SELECT raw FROM places)"""

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

    def _tested(self, *, whole: bool) -> str:
        return f"""
            SELECT *, hash(u) AS h, {self._day()} AS day, local_us % {DAY} // {MINUTE} AS minute
            FROM (
                SELECT *, us + ({_offset_tree(self.source.reading.bill_zone)}) AS local_us
                FROM ({self._fields(whole=whole)})
            )"""

    def _fields(self, *, whole: bool) -> str:
        constants = self.source.mapping.constants
        return f"""
            SELECT {self._text("user", "")} AS u, {self._text("at", "")} AS t,
                   {self._text("instance", constants.get("instance") or self.instance)} AS i,
                   {self._text("action", constants.get("action") or "")} AS a,
                   trim({self._text("event_id", "")}, {_BLANKS}) AS e, {self._text("quantity", "")} AS w,
                   {self._quantity(whole=whole)} AS q, {self._instant()} AS us, {self._odd()} AS odd
            FROM {self._table()}"""

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
        if "event_id" in self.source.positions:
            good.append(f"strlen(e) <= {self.source.limits.id_characters}")
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


# Sums of good spellings: `people`, `actions` and `places` hold them, and what each one is in evidence.
_NAMED = """grouped AS g JOIN people USING (h) JOIN actions ON g.a = actions.raw JOIN places ON g.i = places.raw
        WHERE g.listed = 1"""


def sorted_evidence(*, merges: bool, whole: bool) -> str:
    """Return the statement that makes the table `evidence`, in the order of its canonical text.

    `merges` says that several spellings are one user, action or instance, so that their sums meet; `whole` that every
    sum of quantities is a whole number that fits 64 bits.
    """
    quantity, sums, again = "q", "n, {} AS q, m1, m2", ""
    if merges:
        quantity, sums = "sum(q)", "sum(n)::BIGINT AS n, {} AS q, min(m1) AS m1, max(m2) AS m2"
        again = "GROUP BY r, places.name, actions.name, day"
    sums = sums.format(f"({quantity})::{'BIGINT' if whole else PARQUET_COLUMNS['quantity']}")
    return f"""
        CREATE TABLE evidence AS
        SELECT r, places.name AS i, actions.name AS a, day, {sums} FROM {_NAMED} AND day >= 0 {again}
        ORDER BY r, i, a, day"""


def _escaped(column: str) -> str:
    """Return a label with the escapes of canonical text: the backslash first."""
    text = f"{column}::VARCHAR"
    for plain, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = f"replace({text}, chr({ord(plain)}), {literal(written)})"
    return text


_DAY = "DATE '1970-01-01' + day::INTEGER"


def canonical_text(*, escaped: bool, whole: bool) -> str:
    """Return the query for one canonical line per row of `evidence`, as bytes; `escaped` where a label needs it.

    concat_ws leaves out NULL, so an absent quantity is the empty text.
    """
    instance, action = (_escaped("i"), _escaped("a")) if escaped else ("i", "a")
    quantity = "q::VARCHAR" if whole else "rtrim(rtrim(q::VARCHAR, '0'), '.')"
    return f"""
        SELECT encode(concat_ws(chr(9), r, {instance}, {action}, {_DAY}, n, coalesce({quantity}, ''), m1,
                                m2 || chr(10)))
        FROM evidence"""


PARQUET_ROWS = f"""
    SELECT r::VARCHAR AS user_ref, i::VARCHAR AS instance, a::VARCHAR AS action, {_DAY} AS day, n::BIGINT AS events,
           q::{PARQUET_COLUMNS["quantity"]} AS quantity, m1::SMALLINT AS first_minute, m2::SMALLINT AS last_minute
    FROM evidence"""

# Of several spellings of one user the smallest is shown, of those that a good row has.
NAMES = f"""
    SELECT spelled.ref AS user_ref, any_value(key) AS user_key, min(listed.u) AS raw
    FROM spelled JOIN (SELECT u, h FROM grouped WHERE listed = 0) AS listed USING (h)
    WHERE h IN (SELECT h FROM {_NAMED} AND day >= 0)
    GROUP BY spelled.ref ORDER BY spelled.ref"""

# (rows, rows of other reports, whether a field is odd)
TOTALS = f"""
    SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(n) FILTER (day = {NOT_OWNED}), 0)::BIGINT,
           coalesce(bool_or(odd), false)
    FROM grouped WHERE listed = 1"""

NOT_OWNED_ROWS = f"SELECT coalesce(sum(n), 0)::BIGINT FROM {_NAMED} AND day = {NOT_OWNED}"

# (rows of evidence, events, earliest and latest minute of the local clock)
COUNTS = """
    SELECT count(*), coalesce(sum(n), 0)::BIGINT, min(day * 1440 + m1)::BIGINT, max(day * 1440 + m2)::BIGINT
    FROM evidence"""

ACTIONS = """
    SELECT a::VARCHAR, sum(n)::BIGINT, count(DISTINCT r) FROM evidence GROUP BY a ORDER BY a::VARCHAR"""

DAYS = "SELECT DISTINCT day FROM evidence ORDER BY day"

# The sums of quantities that cannot be kept in 64 bits, or have a fraction.
LARGE_SUMS = "SELECT count(*) FROM grouped WHERE listed = 1 AND day >= 0 AND q NOT BETWEEN 0 AND 1000000000000"
