"""The ways of the fast reader: whatever its sample of a file knows, and whether it keeps the rows, the answer is one."""

from collections.abc import Iterator
from itertools import combinations, product

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall.intake import columnar, columnar_names, columnar_sample, fast
from rollcall.intake.columnar_rows import MIDNIGHT_TWICE, shape_tests, short_number, zoned_test
from rollcall.intake.columnar_sample import Sample
from rollcall.zones import EARLIEST, LATEST
from tests.rollcall.intake import test_readers_agree as agree
from tests.rollcall.intake.readings import reading


def _knows_nothing(*_: object, **__: object) -> Sample:
    return Sample()


def _knows_wrongly(*_: object, **__: object) -> Sample:
    return Sample(actions=("nobody does this", "login"), instances=("", "EU-1"), instants=(0, 1))


SAMPLES = {"as it is": columnar_sample.sample_of, "nothing": _knows_nothing, "wrong": _knows_wrongly}


@pytest.fixture(scope="module", params=[(size, sample) for size in ("kept", "read twice") for sample in SAMPLES])
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    size, sample = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "clean_reader", lambda: None)
        patch.setattr(columnar, "KEPT_BYTES", columnar.KEPT_BYTES if size == "kept" else -1)
        patch.setattr(columnar, "sample_of", SAMPLES[sample])
        # So the text of few rows is put together in several parts.
        patch.setattr(columnar, "_LINES_AT_A_TIME", 7)
        yield


@pytest.mark.usefixtures("_way")
@settings(max_examples=agree.WELL_WRITTEN // 5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(agree.ROWS, max_size=25), agree.COLUMNS, agree.LAYOUT, agree.ASKED)
def test_every_way_agrees_with_the_plain_reader(rows, columns, layout, asked):
    agree.assert_agree(agree.written(rows, columns, layout), **asked)


@pytest.mark.usefixtures("_way")
def test_every_way_reads_a_good_file_fast_and_names_what_is_rare(tmp_path):
    rows = [f"u{number % 9},2026-06-{number % 28 + 1:02d}T10:00:0{number % 7}Z,login,{number}" for number in range(900)]
    rows += [f"u1,2026-12-24T10:00:00+0{number % 10}:30,rare {number},2" for number in range(70)]
    text = "\n".join(["user,time,action,quantity", *rows, *rows[:3]]) + "\n"
    result = agree.assert_agree(text.encode(), timezone="America/Los_Angeles")
    assert (result.engine, result.rows.accepted, len(result.actions)) == ("columnar", 973, 71)
    assert "rows.equal" in [remark.code for remark in result.remarks]


def test_users_whose_hashes_are_one_are_told_apart_by_the_plain_reader(tmp_path, monkeypatch):
    rows = b"user,time,action\nann,2026-06-01T10:00:00Z,login\nbob,2026-06-01T10:00:00Z,login\n"
    monkeypatch.setattr(columnar_names.sql, "COLLISIONS", "SELECT 1")
    assert reading(tmp_path, rows, engine="columnar").engine == "plain"


@pytest.mark.parametrize(("rows", "engine"), [(4_000, "plain"), (5_000, "columnar")])
def test_a_small_file_is_not_worth_the_start_of_the_fast_reader(tmp_path, rows, engine):
    text = "user,time\n" + "ann,2026-06-01T10:00:00+00:00\n" * rows
    assert reading(tmp_path, text.encode(), engine="auto").engine == engine


CHARACTERS = [chr(number) for number in range(1, 128)] + ["\xe9", "\xa0", "\u0663", "\u2009", "\U0001f600"]
TELLING = " 0123456789+-.:TZe_/"
FEW = " 09-+:"


def spoiled(time: str, telling: tuple[tuple[int, str], ...] = ((2, TELLING), (3, FEW))) -> Iterator[str]:
    """Yield the time with every character in every place, and with telling ones in every two and three places."""
    for place, character in product(range(len(time)), CHARACTERS):
        yield time[:place] + character + time[place + 1 :]
    for many, characters in telling:
        for places in combinations(range(len(time)), many):
            for found in product(characters, repeat=many):
                letters = list(time)
                for place, character in zip(places, found, strict=True):
                    letters[place] = character
                yield "".join(letters)


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-13T13:59:07+02:00",
        "2024-02-29 24:00:00-05:30",
        "2026-10-13T24:00:00Z",
        "2026-12-31 23:59:59Z",
        "2000-01-10T00:00:00+14:00",
    ],
)
def test_the_cheap_tests_of_a_time_take_nothing_that_the_strict_one_refuses(time):
    shapes = " OR ".join(shape_tests("t", Sample(parts_clock_by=time[10])))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TABLE times AS SELECT unnest($1::VARCHAR[]) AS t", [list(spoiled(time))])
        [(tried, passed, wrong)] = connection.execute(f"""
            SELECT count(*), count(*) FILTER (usual), count(*) FILTER (usual AND NOT strict)
            FROM (SELECT {zoned_test("t")} AS strict, ({shapes}) AND NOT contains(t, '{MIDNIGHT_TWICE}') AS usual,
                         epoch_us(try_cast(t AS TIMESTAMPTZ)) AS us FROM times)
            WHERE us >= {EARLIEST} AND us < {LATEST}""").fetchall()
    assert tried > 300
    assert passed > 100
    assert wrong == 0


def test_a_midnight_has_one_name(tmp_path):
    rows = "".join(
        f"u,2026-06-01{by}{hour}:00:00{zone}\n" for by in "T " for hour in ("24", "00") for zone in ("Z", "+02:00")
    )
    result = agree.assert_agree(("user,time\n" + rows).encode())
    assert (result.rows.accepted, result.rows.quarantined) == (4, 4)


@pytest.mark.parametrize("place", ["", "1", "12", "999999999999999"])
def test_a_quantity_is_read_strictly_whatever_is_put_before_or_behind_it(tmp_path, place):
    """DuckDB's cast takes 1e2, 1_0, +1, .5 and blanks for whole numbers."""
    odd = [*(f"{a}{b}" for a, b in product(" +-._e0x1b", repeat=2)), *" +-._e0x1b"]
    told = (
        [place + text for text in odd]
        + [text + place for text in odd]
        + [f"{place[:1]}{text}{place[1:]}" for text in odd]
    )
    for delimited in (told, [text for text in told if text.strip().isdecimal()]):
        rows = "".join(f"u{number},2026-06-01T10:00:00Z,{text}\n" for number, text in enumerate(delimited))
        result = agree.assert_agree(("user,time,quantity\n" + rows).encode())
        assert result.rows.read == len(delimited)


def _texts(characters: str, length: int) -> str:
    """Return the query for every text of so many of these characters."""
    letters = [f"letter{number}" for number in range(length)]
    each = ", ".join(f"(SELECT unnest({characters}) AS {letter})" for letter in letters)
    return f"SELECT concat({', '.join(letters)}) AS t FROM {each}"


def test_the_cheap_test_of_a_quantity_takes_digits_alone():
    """DuckDB's cast knows signs, points, exponents, gaps, blanks and other bases."""
    every = "[chr(x::INTEGER) FOR x IN range(1, 128)]"
    lax, few = "string_split('019+-._eExbo, ', '')", "string_split('019exb_+.', '')"
    texts = [_texts(every, 1), _texts(every, 2), _texts(every, 3), _texts(lax, 4), _texts(few, 5), _texts(few, 6)]
    texts.append(
        "SELECT format('0{}{:0' || width || 'X}', base, number) FROM range(0, 65536) AS hexadecimal(number), "
        "(VALUES ('x'), ('X')) AS bases(base), (VALUES (1), (4)) AS widths(width)"
    )
    with duckdb.connect() as connection:
        found = connection.execute(f"""
            SELECT count(*) FILTER (usual), count(*) FILTER (usual AND NOT strict),
                   count(*) FILTER (strict AND NOT usual AND NOT starts_with(t, '0') AND number % 100 <> 0)
            FROM (SELECT *, coalesce({short_number("number", "t")}, false) AS usual,
                         regexp_full_match(t, '[0-9]{{1,15}}') AS strict
                  FROM (SELECT t, try_cast(t AS BIGINT) AS number FROM ({" UNION ALL ".join(texts)})))""")
        passed, wrong, missed = found.fetchone()
    assert passed > 1_000
    assert (wrong, missed) == (0, 0)


def test_a_connection_that_was_opened_early_is_used_once_and_never_left_open(tmp_path, monkeypatch):
    monkeypatch.setattr(fast, "_LARGE", 0)
    opened = []

    monkeypatch.setattr(fast, "clean_reader", lambda: None)

    def connected(*asked):
        opened.append(columnar.connected(*asked))
        return opened[-1]

    monkeypatch.setattr(fast, "connected", connected)
    good = "user,time,action\nann,2026-06-01T10:00:00Z,login\n"
    # A quote behind the beginning makes a second attempt.
    late = good + "".join(f"user{number},2026-06-01T10:00:00Z,view\n" for number in range(60_000)) + '"a",b,c\n'
    for text, connections in ((good, 1), (late, 2), ('{"user": 1}\n', 1), ("", 1)):
        opened.clear()
        reading(tmp_path, text)
        assert len(opened) == connections
        for connection in opened:
            with pytest.raises(duckdb.ConnectionException):
                connection.execute("SELECT 1")
