"""How each language and currency writes numbers, money and days."""

from datetime import date
from decimal import Decimal

import pytest

from billing.documents.format import Style, language_of

EN = Style(language="en", currency="EUR", places=2)
DE = Style(language="de", currency="EUR", places=2)
FR = Style(language="fr", currency="EUR", places=2)
YEN = Style(language="en", currency="JPY", places=0)
DINAR = Style(language="de", currency="KWD", places=3)


def spaces(text: str) -> str:
    """Show no-break spaces as an underscore."""
    return text.replace("\u00a0", "_")


@pytest.mark.parametrize(
    ("style", "amount", "written"),
    [
        (EN, "1234567.5", "EUR_1,234,567.50"),
        (DE, "1234567.5", "1.234.567,50_EUR"),
        (FR, "1234567.5", "1_234_567,50_EUR"),
        (EN, "-0.5", "EUR_−0.50"),
        (DE, "0", "0,00_EUR"),
        (YEN, "927083", "JPY_927,083"),
        (DINAR, "1.5", "1,500_KWD"),
        (EN, "9280.0000", "EUR_9,280.00"),
    ],
)
def test_money(style, amount, written):
    assert spaces(style.full(Decimal(amount))) == written


@pytest.mark.parametrize(
    ("style", "price", "written"),
    [
        (EN, "29", "29.00"),
        (EN, "29.0000000000", "29.00"),
        (EN, "0.00325", "0.00325"),
        (DE, "1234.5", "1.234,50"),
        (YEN, "4352.50", "4,352.5"),
        (EN, "5E+2", "500.00"),
    ],
)
def test_a_price_keeps_every_decimal_it_has(style, price, written):
    assert style.price(Decimal(price)) == written


@pytest.mark.parametrize(
    ("style", "quantity", "written"),
    [(EN, "320", "320"), (EN, "320.000000", "320"), (DE, "1137.5", "1.137,5"), (FR, "-10", "−10"), (EN, "0", "0")],
)
def test_quantity(style, quantity, written):
    assert style.quantity(Decimal(quantity)) == written


@pytest.mark.parametrize(
    ("style", "rate", "written"), [(EN, "19", "19%"), (DE, "19.0000", "19_%"), (FR, "5.5", "5,5_%"), (EN, "0", "0%")]
)
def test_rate(style, rate, written):
    assert spaces(style.rate(Decimal(rate))) == written


PERIODS = [
    (EN, "2026-09-01", "2026-10-01", "1_to 30_September_2026", "1_to 30_Sep_2026"),
    (DE, "2026-09-01", "2026-10-01", "1._bis 30._September_2026", "1._bis 30._Sept._2026"),
    (FR, "2026-09-01", "2026-10-01", "1er_au 30_septembre_2026", "1er_au 30_sept._2026"),
    (EN, "2026-08-15", "2026-09-15", "15_August_to 14_September_2026", "15_Aug_to 14_Sep_2026"),
    (DE, "2026-08-15", "2026-09-15", "15._August_bis 14._September_2026", "15._Aug._bis 14._Sept._2026"),
    (FR, "2026-07-31", "2026-09-02", "31_juillet_au 1er_septembre_2026", "31_juil._au 1er_sept._2026"),
    (EN, "2026-12-15", "2027-01-15", "15_December_2026_to 14_January_2027", "15_Dec_2026_to 14_Jan_2027"),
    (EN, "2028-02-29", "2028-03-01", "29_February_2028", "29_Feb_2028"),
    (FR, "2026-01-01", "2026-01-02", "1er_janvier_2026", "1er_janv._2026"),
]


@pytest.mark.parametrize(("style", "start", "end", "long", "short"), PERIODS)
def test_period(style, start, end, long, short):
    span = date.fromisoformat(start), date.fromisoformat(end)
    assert spaces(style.period(*span)) == long
    assert spaces(style.period(*span, short=True)) == short


@pytest.mark.parametrize(
    ("start", "end", "whole"),
    [
        ("2026-09-01", "2026-10-01", True),
        ("2026-02-01", "2026-03-01", True),
        ("2026-12-01", "2027-01-01", True),
        ("2026-09-01", "2026-09-30", False),
        ("2026-09-02", "2026-10-02", False),
        ("2026-09-01", "2026-11-01", False),
    ],
)
def test_a_whole_month_has_a_name(start, end, whole):
    assert EN.is_month(date.fromisoformat(start), date.fromisoformat(end)) is whole


@pytest.mark.parametrize(
    ("tag", "language"), [("en", "en"), ("de-AT", "de"), ("fr_CA", "fr"), ("EN-us", "en"), ("nl", "en"), ("", "en")]
)
def test_language_of_a_tag(tag, language):
    assert language_of(tag) == language


def test_countries_are_named_in_the_language_of_the_document():
    assert [style.country("AT") for style in (EN, DE, FR)] == ["Austria", "Österreich", "Autriche"]
    assert EN.country("XQ") == "XQ"
