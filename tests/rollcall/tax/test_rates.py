"""The table of rates: whom it covers, and that its rows are in order."""

import itertools
from datetime import date
from decimal import Decimal

import pytest

from rollcall.tax import country_of, is_in_union, is_known_rate, union_members
from rollcall.tax.bands import BANDS
from rollcall.tax.rates import rates_on

UNION = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
# The standard rates of January 2026, as published overviews have them.
IN_2026 = [
    "20",
    "21",
    "20",
    "19",
    "21",
    "19",
    "25",
    "24",
    "21",
    "25.5",
    "20",
    "24",
    "25",
    "27",
    "23",
    "22",
    "21",
    "17",
    "21",
    "18",
    "21",
    "23",
    "23",
    "21",
    "25",
    "22",
    "23",
]  # in the order of UNION
DAY = date(2026, 1, 15)


def test_the_table_covers_the_union_and_its_neighbors() -> None:
    assert union_members() == set(UNION)
    assert len(UNION) == 27
    for code, rate in zip(UNION, IN_2026, strict=True):
        country = country_of(code)
        assert country is not None, code
        assert is_in_union(country, DAY), code
        assert rates_on(country, "standard", DAY).rates == (Decimal(rate),), code
    for code in ("GB", "CH", "NO"):
        country = country_of(code)
        assert country is not None
        assert country.has_tax
        assert not is_in_union(country, DAY)
    american = country_of("US")
    assert american is not None
    assert not american.has_tax
    assert country_of("JP") is None


@pytest.mark.parametrize("code", [*UNION, "GB", "CH", "NO"])
def test_rows_rise_in_time_and_name_their_source(code: str) -> None:
    country = country_of(code)
    assert country is not None
    for rows in (country.standard, country.reduced):
        starts = [row.start for row in rows]
        assert starts == sorted(set(starts))
        assert all(row.source for row in rows)
        assert all(Decimal(0) < rate <= 27 for row in rows for rate in row.rates)
        assert all(tuple(sorted(row.rates)) == row.rates for row in rows)
        # A later row says something new.
        assert all(one.rates != after.rates for one, after in itertools.pairwise(rows))
    assert {band for band in BANDS if rates_on(country, band, DAY).start <= DAY} == set(BANDS)


def test_a_rate_is_known_where_it_was_in_force() -> None:
    german = country_of("DE")
    assert german is not None
    assert is_known_rate(german, Decimal(19), DAY) is True
    assert is_known_rate(german, Decimal(7), DAY) is True
    assert is_known_rate(german, Decimal(16), DAY) is False
    assert is_known_rate(german, Decimal(16), date(2020, 8, 1)) is True
    assert is_known_rate(german, Decimal(19), date(2018, 1, 1)) is None
