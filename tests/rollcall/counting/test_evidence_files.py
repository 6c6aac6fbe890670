"""The fast counter and the world: it sees the evidence it was given, refuses what is not evidence, keeps one CSV."""

from __future__ import annotations

import csv
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pytest

from rollcall.counting import columnar
from rollcall.counting.aggregates import NoDailyCount
from rollcall.counting.answer import VERDICT_FIELDS, read_verdicts
from rollcall.counting.connection import EvidenceUnreadable, together
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define, row


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Evidence of two people, beside a file that is no business of a counter."""
    path = world.store([row("anna", 3, instance='=1+1, "eu"'), row("bert", 4, action="logout")], tmp_path / "evidence")
    (path.parent / "secret.csv").write_text("password\nhunter2\n")
    return path


@pytest.mark.parametrize(
    ("case", "statement"),
    [
        ("read a neighbour", "SELECT * FROM read_csv('{folder}/secret.csv')"),
        ("read text", "SELECT * FROM read_text('/etc/passwd')"),
        ("climb", "SELECT * FROM read_parquet('{folder}/../evidence/secret.csv')"),
        ("glob", "SELECT * FROM glob('{folder}/*')"),
        ("write", "COPY (SELECT 1) TO '{folder}/out.csv'"),
        ("attach", "ATTACH '{folder}/other.db'"),
        ("install", "INSTALL httpfs"),
        ("load", "LOAD httpfs"),
        ("open the door again", "SET enable_external_access = true"),
        ("unlock", "SET lock_configuration = false"),
        ("more memory", "SET memory_limit = '8GB'"),
        ("keep a secret", "CREATE SECRET (TYPE s3)"),
    ],
)
def test_a_counting_connection_is_locked(case: str, statement: str, evidence: Path) -> None:
    with columnar._counting(columnar._Asked.of([evidence], define(), JUNE, NO_RESOLUTION, None)) as connection:
        assert connection.execute("SELECT count(*) FROM evidence").fetchone() == (2,)
        with pytest.raises(duckdb.Error) as refused:
            connection.execute(statement.format(folder=evidence.parent))
    assert not isinstance(refused.value, duckdb.ParserException), case
    assert sorted(file.name for file in evidence.parent.iterdir()) == ["evidence.parquet", "secret.csv"]


def test_missing_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match=r"gone\.parquet is not there"):
        world.count_by_columns([tmp_path / "gone.parquet"], define(), JUNE)
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(EvidenceUnreadable, match=r"damaged\.parquet"):
        world.count_by_columns([damaged], define(), JUNE)
    foreign = tmp_path / "foreign.parquet"
    duckdb.sql("SELECT 'anna' AS user_ref, 3 AS day").write_parquet(str(foreign))
    with pytest.raises(EvidenceUnreadable, match="other columns"):
        world.count_by_columns([foreign], define(), JUNE)


def test_a_path_is_a_name_and_never_a_pattern(tmp_path: Path) -> None:
    odd = tmp_path / "it's [a] *?"
    anna = world.store([row("anna", 3)], odd)
    world.store([row("bert", 3)], tmp_path / "it's a bb")
    assert world.count_by_columns([anna], define(), JUNE).active_users == 1


def test_no_evidence_is_nobody() -> None:
    result = world.count_by_columns([], define(actions=["login"]), JUNE)
    assert (result.active_users, result.daily_active_users, list(result.verdicts)) == (0, {}, [])
    assert result.digest == world.count_plainly([], define(actions=["login"]), JUNE).digest


def test_the_list_of_verdicts_is_one_csv_with_one_digest(evidence: Path, tmp_path: Path) -> None:
    definition = define(actions=["login"], per_instance=True)
    result = world.count_by_columns([evidence], definition, JUNE)
    path = tmp_path / "verdicts.csv"
    digest = result.verdicts.write(path)
    assert digest == result.verdicts.digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert digest == world.count_plainly(world.rows_of(evidence), definition, JUNE).verdicts.digest
    assert list(read_verdicts(path)) == list(result.verdicts) == list(result.verdicts.held())
    with path.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == VERDICT_FIELDS
    lines = path.read_bytes().splitlines(keepends=True)[1:]
    assert lines == sorted(lines)
    listed = {(line["user_ref"], line["instance"]): line for line in found}
    anna = listed[world.ref("anna"), '=1+1, "eu"']
    assert (anna["counted"], anna["why"], anna["first_at"], anna["events"]) == (
        "yes",
        "counted",
        "2026-06-03T10:00",
        "1",
    )
    assert listed[world.ref("bert"), "eu"]["why"] == "no_qualifying_action"


def test_the_digest_of_a_count_says_everything(evidence: Path) -> None:
    digests = {
        world.count_by_columns([evidence], definition, JUNE).digest
        for definition in (define(), define(actions=["login"]), define(min_days=2), define(excluded_users=["nobody"]))
    }
    assert len(digests) == 4
    again = world.count_by_columns([evidence], define(min_events=1), JUNE).digest
    assert again in digests


def test_the_quantity_of_a_calculation() -> None:
    rows = [row("anna", 3), row("bert", 3), row("carl", 4)]
    result = world.count_plainly(rows, define(), JUNE)
    assert result.active_users == 3
    assert world.peak(result) == 2
    with pytest.raises(NoDailyCount, match="never zero"):
        world.peak(world.count_plainly([], define(), JUNE))


def test_very_many_events_of_one_user_are_summed_exactly(tmp_path: Path) -> None:
    most = 2**62
    rows = [row("anna", date(2026, 6, day)) for day in (1, 2, 3, 4)]
    files = [world.store([found._replace(events=most, last_minute=1439)], tmp_path / str(found.day)) for found in rows]
    [verdict] = world.count_by_columns(files, define(), JUNE).verdicts
    assert verdict.events == 4 * most


@pytest.mark.parametrize("rows_at_a_time", [1, 4, 40])
def test_shares_of_the_people_add_up(rows_at_a_time: int, tmp_path: Path) -> None:
    people = [f"person {number}" for number in range(60)]
    path = world.store([row(name, 1 + number % 9) for number, name in enumerate(people)], tmp_path / "evidence")
    aliases = {world.ref("person 1"): world.ref("person 2"), world.ref("person 3"): "0" * 64}
    resolution = Resolution(aliases, frozenset([world.ref("person 4")]))
    whole = columnar.count(parquet_paths=[path], definition=define(), period=JUNE, resolution=resolution)
    shared = columnar.count(
        parquet_paths=[path], definition=define(), period=JUNE, resolution=resolution, rows_at_a_time=rows_at_a_time
    )
    assert whole.active_users == 58
    assert world.difference(shared, whole) == ""


def test_counts_on_one_connection_are_those_on_connections_of_their_own(evidence: Path, tmp_path: Path) -> None:
    other = world.store([row("zoe", 3), row("anna", 4)], tmp_path / "other")
    foreign = world.store([row("paul", 5)], tmp_path / "foreign")
    strict = Resolution({}, frozenset([world.ref("anna")]))
    with together([evidence, other]) as on:
        for paths in ([evidence], [other], [evidence, other], [foreign], []):
            for resolution in (NO_RESOLUTION, strict):
                for definition in (define(), define(actions=["login"])):
                    asked = {"parquet_paths": paths, "definition": definition, "period": JUNE, "resolution": resolution}
                    shared, own = columnar.count(**asked, on=on), columnar.count(**asked)
                    assert world.difference(shared, own) == ""
        with pytest.raises(duckdb.PermissionException), on.connection.cursor() as connection:
            connection.execute(f"SELECT * FROM read_parquet('{foreign}')")
        with pytest.raises(duckdb.InvalidInputException), on.connection.cursor() as connection:
            connection.execute("SET enable_external_access = true")
        (tmp_path / "gone").mkdir()
        with pytest.raises(EvidenceUnreadable):
            columnar.count(parquet_paths=[tmp_path / "gone"], definition=define(), period=JUNE, on=on)


def test_counts_at_the_same_time_on_one_connection_do_not_meet(evidence: Path, tmp_path: Path) -> None:
    others = [
        world.store([row(f"person {n}", 3) for n in range(size)], tmp_path / f"other{size}") for size in (1, 5, 9)
    ]
    definitions = [define(), define(actions=["login"]), define(min_days=2)]
    asked = [
        {"parquet_paths": [path], "definition": definition, "period": JUNE}
        for path in (evidence, *others)
        for definition in definitions
    ] * 4
    alone = [columnar.count(**one) for one in asked]
    with together([evidence, *others]) as on, ThreadPoolExecutor(max_workers=4) as pool:
        at_once = list(pool.map(lambda one: columnar.count(**one, on=on), asked))
        assert [world.difference(met, own) for met, own in zip(at_once, alone, strict=True)] == [""] * len(asked)
