"""How numbers, money, days and times are written, and that no cell becomes a formula."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template

from ground.presentation import charts, format
from ground.presentation.table_file import csv_file
from rollcall.period import Period


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1764, "1,764"), (-214, "−214"), (Decimal("80.000000"), "80"), (Decimal("0.5"), "0.5"), (-0, "0")],
)
def test_numbers(value: int | Decimal, text: str) -> None:
    assert format.number(value) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("14915.95", "EUR", "14,915.95"),
        ("-1012.2000", "EUR", "−1,012.20"),
        ("5000", "JPY", "5,000"),
        ("1.5", "KWD", "1.500"),
        ("-0.00", "EUR", "0.00"),
    ],
)
def test_amounts(value: str, currency: str, text: str) -> None:
    assert format.amount(Decimal(value), currency) == text


def test_a_page_does_not_round() -> None:
    with pytest.raises(ValueError, match="more decimals than the currency"):
        format.amount(Decimal("10.005"), "EUR")


@pytest.mark.parametrize(("price", "text"), [("29.00", "29.00"), ("0.0350000000", "0.035"), ("1000", "1,000.00")])
def test_prices_keep_their_places(price: str, text: str) -> None:
    assert format.unit_price(Decimal(price), "EUR") == text


@pytest.mark.parametrize(
    ("start", "end", "text", "name"),
    [
        (date(2026, 9, 1), date(2026, 10, 1), "1 to 30 Sep 2026", "September 2026"),
        (date(2026, 9, 1), date(2026, 9, 2), "1 Sep 2026", "1 Sep 2026"),
        (date(2026, 1, 31), date(2026, 2, 28), "31 Jan to 27 Feb 2026", "31 Jan to 27 Feb 2026"),
        (date(2025, 12, 15), date(2026, 1, 15), "15 Dec 2025 to 14 Jan 2026", "15 Dec 2025 to 14 Jan 2026"),
        (date(2026, 12, 1), date(2027, 1, 1), "1 to 31 Dec 2026", "December 2026"),
    ],
)
def test_periods(start: date, end: date, text: str, name: str) -> None:
    period = Period(start, end)

    assert format.period(period) == text
    assert format.period(period, "Europe/Berlin") == f"{text} (Europe/Berlin)"
    assert format.period_name(period) == name
    assert format.period({"start": start.isoformat(), "end": end.isoformat()}) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "just now"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (86400 * 3, "3 days ago"),
        (-7200, "in 2 hours"),
        (86400 * 60, "13 Mar 2026"),
    ],
)
def test_relative_times(seconds: int, text: str) -> None:
    now = datetime(2026, 5, 12, 9, tzinfo=UTC)

    assert format.relative(now - timedelta(seconds=seconds), now) == text


def test_instants_are_told_in_their_zone() -> None:
    assert format.instant(datetime(2026, 10, 5, 5, 32, tzinfo=UTC), "Europe/Berlin") == "5 Oct 2026, 07:32 CEST"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (96526, 96740, "99.8 %"),
        (99999, 100000, "99.9 %"),
        (1, 100000, "below 0.1 %"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (0, 0, ""),
    ],
)
def test_a_share_that_is_not_all_is_never_written_as_all(part: int, whole: int, text: str) -> None:
    assert format.percent(part, whole) == text


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999 bytes"), (1000, "1.0 kB"), (3_100_000, "3.1 MB"), (2 * 1024**3, "2.1 GB")]
)
def test_sizes(count: int, text: str) -> None:
    assert format.size(count) == text


FORMULAS = ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1", "\ufeff=1", "\u00a0=1", "\0=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    content = csv_file(["user", "days"], [[text, -5]]).read().decode("utf-8-sig")

    (row,) = list(csv.DictReader(io.StringIO(content, newline="")))
    assert row["user"].startswith("'")
    assert row["days"] == "-5"


@pytest.mark.parametrize(
    ("values", "top"),
    [([0], "1"), ([3], "3"), ([7], "8"), ([320, 430], "500"), ([2652], "3,000"), ([100_000], "100,000")],
)
def test_an_axis_starts_at_zero_and_has_even_steps(values: list[int], top: str) -> None:
    chart = charts.column_chart([charts.Point(label=str(value), value=value) for value in values])

    assert chart.ticks[0].words == top
    assert chart.ticks[-1].words == "0"
    assert 2 <= len(chart.ticks) <= 6


def test_a_missing_value_is_a_gap_and_never_zero() -> None:
    values = [5, 6, None, 7, 8, None]
    points = [charts.Point(label=str(place), value=value, words=str(value)) for place, value in enumerate(values)]

    chart = charts.column_chart(points)

    assert len(chart.columns) == 4
    assert chart.dot is not None
    assert chart.dot.words == "8"


def test_a_limit_is_drawn_where_it_lies() -> None:
    chart = charts.column_chart(
        [charts.Point(label="Apr", value=430)], limits=[charts.Limit(words="floor 400", value=400)]
    )

    (limit,) = chart.limits
    assert (chart.ticks[0].words, limit.y) == ("500", "20%")


def test_relative_times_carry_the_exact_one() -> None:
    shown = Template("{% load rollcall %}{% ago when 'Europe/Berlin' %}").render(
        Context({"when": datetime(2026, 10, 5, 5, 32, tzinfo=UTC)})
    )

    assert 'title="5 Oct 2026, 07:32 CEST"' in shown
    assert '<span class="rc-vh"> (5 Oct 2026, 07:32 CEST)</span>' in shown
