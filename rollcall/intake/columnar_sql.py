"""The SQL of the fast reader behind the rows: sums, names, evidence and its text.

Constant texts, filled with numbers and with literals that are quoted.
"""

from __future__ import annotations

from rollcall.intake.columnar_rows import CODES, FIRST_DAY, NOT_OWNED, OTHER_KINDS, literal
from rollcall.rows import PARQUET_COLUMNS

# Day, action and instance, as written, of a number that is a hash.
_KIND = "split_part(o, chr(0), 1)::INTEGER AS day, split_part(o, chr(0), 2) AS b, split_part(o, chr(0), 3) AS j"

SIZE = "SELECT coalesce(sum(size), 0)::BIGINT FROM counted"
USERS = "SELECT DISTINCT u, p FROM counted"
OTHERS = f"SELECT DISTINCT k, {_KIND} FROM counted WHERE o IS NOT NULL"


def quantity_type(*, whole: bool) -> str:
    """Return the type of a sum of quantities; `whole` where none has a fraction."""
    return "BIGINT" if whole else PARQUET_COLUMNS["quantity"]


def sums(*, whole: bool) -> str:
    """Return the query for the sums of `counted` by user and by what rows count as.

    A quantity has at most 15 digits, so a sum of whole ones that leaves 64 bits needs 9,000 rows of the largest; the
    query fails then.
    """
    return f"SELECT p, k, {_sums(whole=whole)} FROM counted GROUP BY p, k"


def grouped(*, whole: bool) -> str:
    """Return the query for sums, users and others in one reading, where rows are not kept."""
    return f"""
        SELECT p, k, u, o, other, {_sums(whole=whole)}, sum(size)::BIGINT AS size
        FROM (SELECT *, CASE WHEN o IS NOT NULL THEN k END AS other FROM counted)
        GROUP BY GROUPING SETS ((p, k), (u), (o, other))"""


# The parts of `grouped`, each like the query of its own.
GROUPED = {
    "sums": "SELECT p, k, n, q, m1, m2 FROM grouped WHERE p IS NOT NULL",
    "size": "SELECT coalesce(sum(size), 0)::BIGINT FROM grouped WHERE p IS NOT NULL",
    "users": "SELECT u, hash(u) AS p FROM grouped WHERE u IS NOT NULL",
    "others": f"SELECT other AS k, {_KIND} FROM grouped WHERE o IS NOT NULL",
}


def _sums(*, whole: bool) -> str:
    quantity = quantity_type(whole=whole)
    return f"count(*) AS n, sum(q)::{quantity} AS q, min(minute) AS m1, max(minute) AS m2"


# What the rows of the file count as, as written: the numbers made of codes, and those that are hashes.
SPELLED_KINDS = f"""
    SELECT k, b, j, (k // {CODES * CODES} + {FIRST_DAY})::INTEGER AS day
    FROM (SELECT DISTINCT k FROM sums WHERE k < {OTHER_KINDS})
    JOIN actions_coded ON actions_coded.rank = k % {CODES * CODES} // {CODES}
    JOIN places_coded ON places_coded.rank = k % {CODES}
    UNION ALL SELECT k, b, j, day FROM others"""


def _escaped(column: str) -> str:
    """Return a label with the escapes of canonical text: the backslash first."""
    text = f"{column}::VARCHAR"
    for plain, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = f"replace({text}, chr({ord(plain)}), {literal(written)})"
    return text


# What stands between the user and the numbers in a line of canonical text.
MIDDLE = f"concat(chr(9), {_escaped('i')}, chr(9), {_escaped('a')}, chr(9), DATE '1970-01-01' + day, chr(9))"


# What those mean, where their action and instance are good; `t` is the middle of their lines, where they have any.
MEANT = f"""
    SELECT k, i, a, day, CASE WHEN day >= 0 THEN {MIDDLE} END AS t
    FROM spelled_kinds JOIN actions USING (b) JOIN places USING (j)"""
MIDDLES = "SELECT any_value(t) FROM meant WHERE day >= 0 GROUP BY i, a, day ORDER BY i, a, day"

# How many hashes stand for two texts: none, or nobody can tell the rows apart by them.
COLLISIONS = (
    "SELECT (SELECT count(*) - count(DISTINCT p) FROM users) + (SELECT count(*) - count(DISTINCT k) FROM others)"
)

NAMED = "SELECT r, i, a, day, n, q, m1, m2, u FROM sums JOIN people USING (p) JOIN kinds USING (k)"


def evidence() -> str:
    """Return the query for the rows of evidence in the order of their canonical text; `t` is its middle."""
    return """
        SELECT r, i, a, day, n, q, m1, m2, t FROM sums JOIN people USING (p) JOIN kinds USING (k)
        WHERE day >= 0 ORDER BY r, t"""


def merged(named: str, *, whole: bool) -> str:
    """Return the query for the same where several spellings mean one user, action or instance; without `t`."""
    return f"""
        SELECT r, i, a, day, sum(n)::BIGINT AS n, sum(q)::{quantity_type(whole=whole)} AS q, min(m1) AS m1,
               max(m2) AS m2
        FROM ({named}) WHERE day >= 0 GROUP BY r, i, a, day ORDER BY r, i, a, day"""


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


def canonical_text(start: int, end: int, *, middle: str, whole: bool) -> str:
    """Return the query for one canonical line per row of `evidence` from one place up to another, 0 = the first.

    `middle` is `t` or how to make it, `whole` where no quantity has a fraction. concat leaves out NULL, so an absent
    quantity is the empty text. `evidence` is made in order and never changed, so a row's id is its place.
    """
    quantity = "q" if whole else "rtrim(rtrim(q::VARCHAR, '0'), '.')"
    line = f"concat(r, {middle}, n, chr(9), {quantity}, chr(9), m1, chr(9), m2, chr(10))"
    return f"SELECT {line} FROM evidence WHERE rowid >= {start} AND rowid < {end}"


# Of several spellings of one user the smallest is shown; of the users written in a table or query.
NAMES = """
    SELECT ref AS user_ref, any_value(coalesce(key, u)) AS user_key, min(u) AS raw
    FROM {} GROUP BY ref ORDER BY ref"""
ACCEPTED_USERS = "SELECT u FROM ({}) WHERE day >= 0"

# (rows of evidence, earliest and latest minute of the local clock)
COUNTS = """
    SELECT count(*), min(day * 1440::BIGINT + m1), max(day * 1440::BIGINT + m2)
    FROM evidence"""

ACTIONS = """
    SELECT a::VARCHAR AS action, sum(n)::BIGINT, count(*) FROM (SELECT a, r, sum(n) AS n FROM evidence GROUP BY a, r)
    GROUP BY a ORDER BY action"""

# (civil day, rows of the file)
DAYS = """
    SELECT (DATE '1970-01-01' + day)::VARCHAR, rows
    FROM (SELECT day, sum(n)::BIGINT AS rows FROM evidence GROUP BY day) ORDER BY day"""

# (month, counted since year 0, its users, those of them who were there the month before)
MONTHS = """
    WITH days AS (
        SELECT day, year(DATE '1970-01-01' + day) * 12 + month(DATE '1970-01-01' + day) - 1 AS month
        FROM (SELECT DISTINCT day FROM evidence)
    ), seen AS (SELECT DISTINCT month, r FROM evidence JOIN days USING (day))
    SELECT later.month, count(*), count(earlier.r)
    FROM seen AS later LEFT JOIN seen AS earlier ON earlier.r = later.r AND earlier.month = later.month - 1
    GROUP BY ALL ORDER BY ALL"""
