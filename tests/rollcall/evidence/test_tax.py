"""The tax of an invoice in a bundle: that of its terms, or what the rule decides from the facts it states."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rollcall.evidence.invoice_xml import compare_xml
from rollcall.evidence.verify import Verification, verify_bundle
from rollcall.evidence.write import write_bundle
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import KEY, Case, row

REPORTS = {"berlin": [row("anna", 1, events=4), row("bert", 2)]}
FACTS = {
    "seller_country": "DE",
    "seller_vat_id": "DE136695976",
    "buyer_country": "DE",
    "buyer_vat_id": "DE811569869",
    "buyer_vat_id_is_sound": True,
    "band": "standard",
}


def decided(invoice: dict[str, Any]) -> None:
    """Let the invoice carry a decision by rule, as the portal freezes it."""
    invoice["seller"] = {"country": "DE", "vat_id": "DE136695976"}
    invoice["buyer"] = {"country": "DE", "vat_id": "DE811569869"}
    invoice["tax"] = {"decided_by": "rule", "facts": dict(FACTS), "decisions": []}


def verified(
    folder: Path, tax: dict[str, str], change: Callable[[dict[str, Any]], None] = lambda invoice: None
) -> Verification:
    """Verify a bundle of June whose lines bear 19 %, under terms with this tax."""
    case = Case(reports=REPORTS, terms=bundles.terms_document(tax=tax))
    path = folder / "bundle.zip"
    write_bundle(bundles.contents_of(case, folder, change=change), path, sign=KEY)
    return verify_bundle(path, key=bytes(KEY.verify_key))


def said(found: Verification) -> list[str]:
    return [one.words() for one in found.differences if one.code == "invoice.tax"]


def test_the_rule_decides_again_what_stands_on_the_invoice(tmp_path: Path) -> None:
    found = verified(tmp_path, {"decided_by": "rule"}, decided)
    assert said(found) == []
    assert "Whether the VAT number of the customer is sound is as stated." in found.stated


def test_a_tax_that_the_terms_state_is_held_to_them(tmp_path: Path) -> None:
    assert said(verified(tmp_path, {"category": "S", "rate": "19"})) == []
    assert said(verified(tmp_path, {"category": "S", "rate": "16"})) == [
        "INVOICE.json: The tax of line 1, seats/price/tier-1, is stated as 19 % (S); it comes out as 16 % (S).",
        "INVOICE.json: The tax of line 2, seats/floor, is stated as 19 % (S); it comes out as 16 % (S).",
    ]


@pytest.mark.parametrize(
    ("_case", "facts", "sentence"),
    [
        ("another country", {"buyer_country": "AT"}, "is stated as 19 % (S); it comes out as 0 % (AE)."),
        ("a third country", {"buyer_country": "JP"}, "is stated as 19 % (S); it comes out as 0 % (O)."),
        ("another rate", {"seller_country": "FR", "buyer_country": "FR"}, "it comes out as 20 % (S)."),
        (
            "no sound number",
            {"buyer_country": "AT", "buyer_vat_id_is_sound": False},
            "is not decided: The customer in Austria has the VAT number DE811569869",
        ),
        ("another band", {"band": "reduced"}, "The terms mean the standard rate, the invoice states the reduced one."),
    ],
)
def test_other_facts_are_another_tax(_case: str, facts: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    def change(invoice: dict[str, Any]) -> None:
        decided(invoice)
        invoice["tax"]["facts"] |= facts
        invoice["seller"]["country"] = invoice["tax"]["facts"]["seller_country"]
        invoice["buyer"]["country"] = invoice["tax"]["facts"]["buyer_country"]

    found = said(verified(tmp_path, {"decided_by": "rule"}, change))
    assert len(found) == 2
    assert all(sentence in one for one in found), found


def test_the_facts_are_those_of_the_parties_on_the_invoice(tmp_path: Path) -> None:
    def change(invoice: dict[str, Any]) -> None:
        decided(invoice)
        invoice["buyer"]["vat_id"] = "DE123456788"

    assert said(verified(tmp_path, {"decided_by": "rule"}, change)) == [
        "INVOICE.json: The buyer of the decision on tax is stated as DE, DE811569869; it comes out as DE, DE123456788."
    ]


def test_a_rule_without_facts_decides_nothing(tmp_path: Path) -> None:
    found = said(verified(tmp_path, {"decided_by": "rule"}))
    assert len(found) == 2
    assert "The terms leave it to the rule, and the invoice states no facts." in found[0]


def in_yen(invoice: dict[str, Any]) -> None:
    """Let the tax be said in yen, too: EUR 16.53 at 162.50."""
    [tax] = invoice["totals"]["taxes"]
    assert tax["tax"] == "16.53"
    invoice["tax_currency"] = {
        "currency": "JPY",
        "base": "EUR",
        "quote": "JPY",
        "rate": "162.5",
        "rate_date": "2026-06-30",
        "source": "European Central Bank",
        "taxes": [{"category": "S", "rate": "19", "tax": "2686"}],
        "tax": "2686",
    }


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (None, None, None),
        ("tax", "2687", "The tax in JPY is stated as 2687; it comes out as 2686."),
        ("taxes", [], "The tax in JPY by rate is stated as []"),
        ("rate", "162.6", "The tax in JPY is stated as 2686; it comes out as 2688."),
        ("currency", "KRW", "The currency of the tax office is stated as KRW; it comes out as JPY."),
    ],
)
def test_the_tax_in_another_currency_is_converted_again(
    key: str | None, value: object, sentence: str | None, tmp_path: Path
) -> None:
    def change(invoice: dict[str, Any]) -> None:
        in_yen(invoice)
        if key is not None:
            invoice["tax_currency"][key] = value

    found = verified(tmp_path, {"category": "S", "rate": "19"}, change)
    told = [one.words() for one in found.differences if one.code == "invoice.tax_currency"]
    assert any(sentence in one for one in told) if sentence else told == []
    assert "The exchange rate is as stated, with its day and its source." in found.stated


@pytest.mark.parametrize(
    ("_case", "written", "other", "sentence"),
    [
        ("another amount", b">2686<", b">2687<", "The tax in the other currency (BT-111) is stated as {'JPY': '2687'}"),
        ("another currency", b'"JPY"', b'"KRW"', "is stated as {'KRW': '2686'}; it comes out as {'JPY': '2686'}."),
        ("not there", b"<i:TaxCurrencyCode>JPY</i:TaxCurrencyCode>", b"", "The currency of the tax (BT-6) is stated"),
        ("of no currency", b' currencyID="EUR"', b"", "The tax (BT-110) is stated as nothing; it comes out as 16.53."),
    ],
)
def test_the_e_invoice_says_the_same_in_both_currencies(
    _case: str, written: bytes, other: bytes, sentence: str, tmp_path: Path
) -> None:
    verified(tmp_path, {"category": "S", "rate": "19"}, in_yen)
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        invoice = json.loads(archive.read("INVOICE.json"))
        xml = archive.read("INVOICE.xml")
    assert list(compare_xml(xml, invoice)) == []
    assert written in xml
    assert any(sentence in one.words() for one in compare_xml(xml.replace(written, other), invoice))
