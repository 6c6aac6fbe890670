"""The decision of tax: by country, day and VAT number, each with its reason and its source."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rollcall.tax import FactsRefused, RateUnknown, TaxFacts, TaxUndecided, decide_tax

GERMAN = TaxFacts(
    seller_country="DE",
    seller_vat_id="DE136695976",
    buyer_country="DE",
    buyer_vat_id="",
    buyer_vat_id_is_sound=False,
)
IRISH = replace(GERMAN, buyer_country="IE", buyer_vat_id="IE0000977A", buyer_vat_id_is_sound=True)
DAY = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("_case", "seller", "day", "rate"),
    [
        ("Germany", "DE", DAY, "19"),
        ("Germany before the temporary rate", "DE", date(2020, 6, 30), "19"),
        ("Germany on its first day", "DE", date(2020, 7, 1), "16"),
        ("Germany on its last day", "DE", date(2020, 12, 31), "16"),
        ("Germany after it", "DE", date(2021, 1, 1), "19"),
        ("Ireland in its temporary rate", "IE", date(2021, 2, 28), "21"),
        ("Ireland after it", "IE", date(2021, 3, 1), "23"),
        ("Luxembourg in 2023", "LU", date(2023, 12, 31), "16"),
        ("Luxembourg in 2024", "LU", date(2024, 1, 1), "17"),
        ("Estonia in 2023", "EE", date(2023, 12, 31), "20"),
        ("Estonia in 2024", "EE", date(2024, 1, 1), "22"),
        ("Estonia from July 2025", "EE", date(2025, 7, 1), "24"),
        ("Finland until August 2024", "FI", date(2024, 8, 31), "24"),
        ("Finland from September 2024", "FI", date(2024, 9, 1), "25.5"),
        ("Slovakia in 2024", "SK", date(2024, 12, 31), "20"),
        ("Slovakia in 2025", "SK", date(2025, 1, 1), "23"),
        ("Romania until July 2025", "RO", date(2025, 7, 31), "19"),
        ("Romania from August 2025", "RO", date(2025, 8, 1), "21"),
        ("Switzerland in 2023", "CH", date(2023, 12, 31), "7.7"),
        ("Switzerland in 2024", "CH", date(2024, 1, 1), "8.1"),
        ("Liechtenstein is taxed as Switzerland", "LI", DAY, "8.1"),
        ("Monaco is taxed as France", "MC", DAY, "20"),
        ("the United Kingdom", "GB", DAY, "20"),
        ("Norway", "NO", DAY, "25"),
    ],
)
def test_at_home_the_standard_rate_of_the_day_applies(_case: str, seller: str, day: date, rate: str) -> None:
    found = decide_tax(facts=replace(GERMAN, seller_country=seller, buyer_country=seller), tax_point=day)
    assert (found.category, found.rate, found.rule, found.tax_point) == ("S", Decimal(rate), "domestic", day)
    assert f"{rate} %" in found.words
    assert found.source
    assert found.reason_code == ""


@pytest.mark.parametrize(
    ("_case", "seller", "buyer", "category", "rule"),
    [
        ("from the union to a third country", "DE", "JP", "O", "outside_union"),
        ("from the union to Norway", "DE", "NO", "O", "outside_union"),
        ("from the union to the United Kingdom", "DE", "GB", "O", "outside_union"),
        ("from the United Kingdom to the union", "GB", "DE", "O", "outside_country"),
        ("from Switzerland to the union", "CH", "DE", "O", "outside_country"),
        ("from Norway to the union", "NO", "DE", "Z", "zero_abroad"),
        ("from the United States at home", "US", "US", "O", "no_tax"),
        ("from the United States abroad", "US", "DE", "O", "no_tax"),
    ],
)
def test_abroad_the_law_of_the_seller_says_where_it_is_taxed(
    _case: str, seller: str, buyer: str, category: str, rule: str
) -> None:
    found = decide_tax(facts=replace(GERMAN, seller_country=seller, buyer_country=buyer), tax_point=DAY)
    assert (found.category, found.rate, found.rule) == (category, Decimal(0), rule)
    assert found.reason_code == ("VATEX-EU-O" if category == "O" else "")


def test_within_the_union_a_sound_number_turns_the_charge_round() -> None:
    found = decide_tax(facts=IRISH, tax_point=DAY)
    assert (found.category, found.rate, found.reason_code) == ("AE", Decimal(0), "VATEX-EU-AE")
    assert found.words == (
        "A service from Germany for a business in Ireland with the VAT number IE0000977A: reverse charge, the customer "
        "owes the tax."
    )
    assert found.source == "Directive 2006/112/EC, articles 44 and 196"


def test_until_the_end_of_2020_the_united_kingdom_is_within_the_union() -> None:
    british = replace(IRISH, buyer_country="GB", buyer_vat_id="GB980780684")
    assert decide_tax(facts=british, tax_point=date(2020, 12, 31)).category == "AE"
    assert decide_tax(facts=british, tax_point=date(2021, 1, 1)).category == "O"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (replace(IRISH, buyer_vat_id="", buyer_vat_id_is_sound=False), "has no VAT number"),
        (replace(IRISH, buyer_vat_id_is_sound=False), "IE0000977A, which is not a number of Ireland"),
        (replace(GERMAN, seller_vat_id=""), "The legal entity in Germany has no VAT number"),
        (replace(GERMAN, seller_country="JP"), "No rule knows the tax of a seller in JP"),
    ],
)
def test_what_no_rule_decides_is_refused_with_the_cure(facts: TaxFacts, sentence: str) -> None:
    with pytest.raises(TaxUndecided, match=sentence) as refused:
        decide_tax(facts=facts, tax_point=DAY)
    assert "tate" in str(refused.value)


def test_a_reduced_rate_is_taken_only_where_there_is_one() -> None:
    reduced = replace(GERMAN, band="reduced")
    assert decide_tax(facts=reduced, tax_point=DAY).rate == 7
    with pytest.raises(RateUnknown, match=r"France has several reduced rates \(5.5 % and 10 %\)"):
        decide_tax(facts=replace(reduced, seller_country="FR", buyer_country="FR"), tax_point=DAY)
    with pytest.raises(RateUnknown, match="Denmark has no reduced rate"):
        decide_tax(facts=replace(reduced, seller_country="DK", buyer_country="DK"), tax_point=DAY)


def test_no_rate_is_guessed_before_the_table_begins() -> None:
    with pytest.raises(RateUnknown, match="no standard rate for Germany before 1 Jan 2019"):
        decide_tax(facts=GERMAN, tax_point=date(2018, 12, 31))


def test_facts_are_read_as_they_are_written_and_nothing_else() -> None:
    assert TaxFacts.from_json(IRISH.to_json()) == IRISH
    for wrong in ({**IRISH.to_json(), "more": ""}, {**IRISH.to_json(), "band": "low"}, {"band": "standard"}):
        with pytest.raises(FactsRefused):
            TaxFacts.from_json(wrong)
    with pytest.raises(FactsRefused, match="cannot be sound"):
        replace(GERMAN, buyer_vat_id_is_sound=True)
