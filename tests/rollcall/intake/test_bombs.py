"""Bombs and impostors: each is refused with a word for it, within the child's limits of memory and time.

What each one cost stands among the figures at the end of the run.
"""

import threading
import time

import pytest

from rollcall.intake.limits import DEFAULT_LIMITS
from rollcall.intake.sandbox import run_sniff
from tests.rollcall.intake import bombs
from tests.rollcall.intake.measure import measured

MEMORY = 300_000_000


def assert_refused(path, code, word, figure):
    seen = measured(path)
    figure(seen["words"])
    assert (seen["outcome"], seen["code"]) == ("rejected", code), seen
    assert word.lower() in seen["message"].lower()
    assert seen["peak"] < MEMORY
    # The product kills a child at this age; a bomb is to be known long before.
    assert seen["seconds"] < DEFAULT_LIMITS.sniff_seconds
    return seen


def test_the_first_look_has_the_limits_that_the_bombs_are_measured_against():
    assert DEFAULT_LIMITS.sniff_memory_bytes <= MEMORY
    assert DEFAULT_LIMITS.plain_bytes >= 5_000_000_000
    assert DEFAULT_LIMITS.rows >= 100_000_000


@pytest.mark.parametrize(
    ("make", "code", "word"),
    [
        (bombs.gzip_30_mb_to_10_gb, "size.ratio", "bomb"),
        (bombs.gzip_bomb_behind_honest_data, "size.ratio", "bomb"),
        (bombs.xz_to_10_gb, "size.ratio", "bomb"),
        (bombs.bzip2_to_10_gb, "size.ratio", "bomb"),
        (bombs.zstd_to_10_gb, "size.ratio", "bomb"),
        (bombs.zip_to_10_gb, "size.plain", "larger than"),
        (bombs.zip_of_many_small_bombs, "size.ratio", "bomb"),
        (bombs.zip_of_gzip_bombs, "size.ratio", "bomb"),
        (bombs.xz_with_a_huge_dictionary, "size.window", "memory"),
        (bombs.zstd_with_a_huge_window, "size.window", "memory"),
        (bombs.overlapping, "zip.overlap", "overlap"),
        (bombs.workbook_with_entities, "workbook.entities", "entities"),
        (bombs.opendocument_with_entities, "workbook.entities", "entities"),
        (bombs.workbook_of_one_long_text_everywhere, "size.texts", "texts"),
        (bombs.opendocument_of_repeats, "size.cells", "cells"),
        (bombs.workbook_of_zeros, "size.ratio", "bomb"),
        (bombs.workbook_with_distant_cells, "size.cells", "cells"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_bomb_is_refused_in_little_memory(tmp_path, make, code, word, figure):
    path = tmp_path / f"{make.__name__}.csv"
    make(path)
    assert_refused(path, code, word, figure)


@pytest.mark.parametrize("declared", [10, 10_000_000, 999_999_999])
def test_an_archive_that_lies_about_ten_gigabytes_is_refused(tmp_path, declared, figure):
    path = tmp_path / "usage.zip"
    bombs.zip_to_10_gb(path, declared=declared)
    seen = measured(path)
    figure(seen["words"])
    assert (seen["outcome"], seen["code"]) in [("rejected", "zip.size"), ("rejected", "size.ratio")]
    assert "size" in seen["message"]
    assert seen["peak"] < MEMORY


@pytest.mark.parametrize("named", ["usage.csv", "usage.xlsx", "usage.csv.gz", "usage.json"])
@pytest.mark.parametrize("kind", bombs.FOREIGN)
def test_what_is_no_table_is_refused_under_any_name(tmp_path, kind, named):
    path = tmp_path / named
    path.write_bytes(bombs.FOREIGN[kind] + b"\x00\x01\x02user,time,action\n" * 1000)
    result = run_sniff(path, named)
    assert result.outcome == "rejected"
    assert kind.lower() in result.message.lower()


@pytest.mark.parametrize(
    ("name", "data"), list(bombs.polyglots()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_file_that_is_two_things_is_refused(tmp_path, name, data):
    path = tmp_path / "usage.csv"
    path.write_bytes(data)
    result = run_sniff(path, "usage.csv")
    assert result.outcome == "rejected", name
    assert result.code != "table.none"


def test_a_field_of_ten_megabytes_costs_little(tmp_path, figure):
    path = tmp_path / "field.csv"
    path.write_bytes(bombs.HEADER + b"x" * 10_000_000 + b",2026-06-01T08:00:00Z,login\n" + bombs.LINE * 200)
    seen = measured(path)
    figure(seen["words"])
    assert seen["peak"] < MEMORY


def test_two_million_columns_cost_little(tmp_path, figure):
    path = tmp_path / "wide.csv"
    path.write_bytes(b"user,time,action" + b",c" * 2_000_000 + b"\n" + bombs.LINE * 20)
    seen = measured(path)
    figure(seen["words"])
    assert seen["outcome"] == "rejected"
    assert "columns" in seen["message"]
    assert seen["peak"] < MEMORY


@pytest.mark.parametrize("text", [b"[" * 200_000, b'{"a":' * 200_000, b'[{"a":' * 100_000 + b"1" + b"}]" * 100_000])
def test_deep_json_costs_little(tmp_path, text, figure):
    path = tmp_path / "deep.json"
    path.write_bytes(text)
    seen = measured(path)
    figure(seen["words"])
    assert seen["outcome"] == "rejected", seen
    assert seen["peak"] < MEMORY


def test_nobody_waits_for_a_bomb(tmp_path, figure):
    """An honest file is looked at while four bombs are; it takes no two seconds longer than alone."""
    honest = tmp_path / "honest.csv"
    honest.write_bytes(bombs.CSV)
    bomb = tmp_path / "bomb.csv.gz"
    bombs.gzip_30_mb_to_10_gb(bomb)

    def timed():
        started = time.monotonic()
        assert run_sniff(honest, "honest.csv").outcome == "ok"
        return time.monotonic() - started

    alone = min(timed() for _ in range(3))
    others = [threading.Thread(target=run_sniff, args=(bomb, "bomb.csv.gz")) for _ in range(4)]
    for other in others:
        other.start()
    beside = timed()
    for other in others:
        other.join()
    figure(f"first look at an honest file: alone {alone:.2f} s, beside four bombs {beside:.2f} s")
    assert beside < alone + DEFAULT_LIMITS.sniff_seconds
