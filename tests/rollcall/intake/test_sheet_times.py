"""The times of a spreadsheet are numbers of days: which second each one means, and that no fraction is rounded up."""

import random

import pytest

from rollcall.intake.sheet_times import may_round_up
from rollcall.intake.sniff import sniff
from tests.rollcall.intake.bombs import workbook
from tests.rollcall.intake.sheets import HEADER, cell, ods_of
from tests.rollcall.intake.test_sheets import SPREADSHEET, read_sheet, users

STYLES = (
    f'<styleSheet xmlns="{SPREADSHEET}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
).encode()


def text_cell(text):
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def times_sheet(path, *numbers, tag="v"):
    """Write a workbook with one row for each number, in a column of dates right of two empty ones."""
    rows = [f"<row>{''.join(map(text_cell, ['', '', *HEADER]))}</row>"]
    for place, number in enumerate(numbers):
        dated = f'<c s="1"><{tag}>{number}</v></c>'
        rows.append(f"<row>{text_cell('')}{text_cell('')}{text_cell(f'user{place}')}{dated}{text_cell('login')}</row>")
    sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{"".join(rows)}</sheetData></worksheet>'
    path.write_bytes(workbook(sheet, more=[("xl/styles.xml", STYLES)]))
    return path


@pytest.mark.parametrize(
    ("number", "instant"),
    [
        # 0.4 and 0.6 milliseconds before July are both June.
        ("46203.99999999537", "2026-06-30T23:59:59.999000Z"),
        ("46203.99999999306", "2026-06-30T23:59:59.999000Z"),
        ("4.620399999999537E4", "2026-06-30T23:59:59.999000Z"),
        # Two steps of the fifteenth digit, 17 microseconds, are a fraction of June: Excel can tell them from July.
        ("46203.9999999998", "2026-06-30T23:59:59.999000Z"),
        # July itself: whole, one step before it, and as the binary number next to it.
        ("46204", "2026-07-01T00:00:00Z"),
        ("46203.9999999999", "2026-07-01T00:00:00Z"),
        ("46203.99999999999", "2026-07-01T00:00:00Z"),
        # A quarter past ten as programs write it: with the digits of Excel, those of the binary number, or fewer.
        ("46203.4270833333", "2026-06-30T10:15:00Z"),
        ("46203.42708333333", "2026-06-30T10:15:00Z"),
        ("46203.427083333336", "2026-06-30T10:15:00Z"),
        ("46203.427083333", "2026-06-30T10:15:00Z"),
        # A time of day is cut as well: this one lies 0.4 milliseconds before a quarter past ten.
        ("46203.4270833287", "2026-06-30T10:14:59.999000Z"),
        # Thousandths of a second stay as they are.
        ("46203.42708622685", "2026-06-30T10:15:00.250000Z"),
    ],
)
def test_a_number_of_days_means_this_second(tmp_path, number, instant):
    path = times_sheet(tmp_path / "usage.xlsx", number)
    assert sniff(path, filename="usage", source_timezone="UTC").first_at == instant
    result = read_sheet(path, source_timezone="UTC")
    assert (result.outcome, result.rows.accepted, result.days) == ("accepted", 1, (instant[:10],))
    assert result.first_at == instant[:16] + ":00Z"


def test_the_last_moment_of_june_counts_in_june_whatever_stands_around_it(tmp_path):
    """Midnights alone are days without a time; one time among them shows that all of them have one."""
    path = times_sheet(tmp_path / "usage.xlsx", "46203", "46203.99999999537", "46204")
    result = read_sheet(path, source_timezone="UTC")
    assert (result.rows.accepted, result.rows_by_day) == (3, {"2026-06-30": 2, "2026-07-01": 1})
    assert users(path) == ["user0", "user1", "user2"]


@pytest.mark.parametrize("tag", ["v ", "v\n", 'v xml:space="preserve"'])
def test_a_number_is_found_however_its_element_is_written(tmp_path, tag):
    path = times_sheet(tmp_path / "usage.xlsx", "46203.99999999537", tag=tag)
    assert read_sheet(path, source_timezone="UTC").days == ("2026-06-30",)


@pytest.mark.parametrize("before", range(0, 200, 7))
def test_a_number_is_found_wherever_the_file_is_cut_into_pieces(tmp_path, before):
    """Sheets are looked at in pieces; a long sheet has an edge in any place of some number."""
    filler = ["46203.42708333333"] * 900
    path = times_sheet(tmp_path / "usage.xlsx", "1" * (before + 1), *filler, *(["46203.99999999537"] * 60), "46203.5")
    assert read_sheet(path, source_timezone="UTC").rows_by_day == {"2026-06-30": 961}


def test_the_times_of_opendocument_are_cut_as_well(tmp_path):
    late = "2026-06-30T23:59:59.9996"
    dated = f'<table:table-cell office:value-type="date" office:date-value="{late}"/>'
    rows = f"<table:table-row>{''.join(map(cell, HEADER))}</table:table-row>"
    rows += f"<table:table-row>{cell('ann')}{dated}{cell('login')}</table:table-row>"
    path = tmp_path / "usage.ods"
    path.write_bytes(ods_of(f'<table:table table:name="a">{rows}</table:table>'))
    assert read_sheet(path, source_timezone="UTC").days == ("2026-06-30",)


def test_no_second_of_any_day_is_taken_for_a_fraction_of_the_one_before():
    """Every whole second of a day, on days of 1930 to 2150, with 15 digits and as the binary number."""
    days = random.Random(15).sample(range(11_000, 91_000), 20)
    for day in days:
        for second in range(0, 86_400, 7):
            number = day + second / 86_400
            assert not may_round_up(repr(number))
            assert not may_round_up(f"{number:.15g}")
            assert not may_round_up(f"{number:.9f}")


@pytest.mark.parametrize("microseconds", [10, 100, 499, 999])
def test_every_fraction_of_this_size_below_a_second_is_seen(microseconds):
    """A number that ends with zeros is written with fewer digits, and so less exact."""
    moments = ((second - microseconds / 1e6) / 86_400 for second in range(1, 86_400, 7))
    numbers = [number for number in (f"{46203 + moment:.11f}" for moment in moments) if not number.endswith("0")]
    assert len(numbers) > 10_000
    assert [number for number in numbers if not may_round_up(number)] == []


@pytest.mark.parametrize("text", ["", "abc", "1e999", "-1", "0", "46203", "nan", "12345678901234567890.5"])
def test_what_is_no_time_below_a_second_is_left_alone(text):
    assert may_round_up(text) is False
