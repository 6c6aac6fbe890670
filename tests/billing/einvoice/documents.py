"""Every kind of e-invoice that a snapshot can ask for: the printed samples, and what they lack."""

from typing import Any

from tests.documents.samples_on_disk import NAMES, snapshot

AE_PARTIES = {"buyer": {"country": "IE", "vat_id": "IE0000977A"}}


def taxed(category: str, rate: str, tax: str, gross: str, **changes: Any) -> dict[str, Any]:
    """The sample of 11,600.00 under another tax category."""
    found = snapshot("floor", **changes)
    for line in found["lines"]:
        line |= {"tax_category": category, "tax_rate": rate}
    found["totals"] = {
        "net": "11600.00",
        "taxes": [{"category": category, "rate": rate, "base": "11600.00", "tax": tax}],
        "gross": gross,
    }
    return found


def untaxed(category: str, **changes: Any) -> dict[str, Any]:
    return taxed(category, "0", "0.00", "11600.00", **changes)


def credit_note() -> dict[str, Any]:
    """A credit note of one true-up: 30 users fewer at 29.00, 870.00 and 19 % of it."""
    found = snapshot("floor", number="GS-2026-000007", kind="credit_note")
    found["corrects"] = {"number": "INV-2026-000180", "issue_date": "2026-09-01"}
    words = "True-up of 1 to 31 August 2026: 30 users fewer"
    found["lines"] = [found["lines"][0] | {"quantity": "30", "amount": "870.00", "kind": "true_up", "words": words}]
    found["totals"] = {
        "net": "870.00",
        "taxes": [{"category": "S", "rate": "19", "base": "870.00", "tax": "165.30"}],
        "gross": "1035.30",
    }
    return found


def in_favor() -> dict[str, Any]:
    """An invoice whose true-up gives back more than it bills: 29.00 less 290.00."""
    found = snapshot("floor")
    back = {"quantity": "-1", "unit_price": "290.00", "amount": "-290.00", "kind": "true_up", "words": "True-up"}
    found["lines"] = [
        found["lines"][0] | {"quantity": "1", "amount": "29.00"},
        found["lines"][1] | back,
    ]
    found["totals"] = {
        "net": "-261.00",
        "taxes": [{"category": "S", "rate": "19", "base": "-261.00", "tax": "-49.59"}],
        "gross": "-310.59",
    }
    return found


def negative_price() -> dict[str, Any]:
    """The same amount as one times a price below zero."""
    found = in_favor()
    found["lines"][1] |= {"quantity": "1", "unit_price": "-290.00"}
    return found


def prepaid(amount: str, payable: str) -> dict[str, Any]:
    """Credits of the contract pay a part of the gross amount of 13,804.00, or all of it."""
    found = snapshot("floor")
    found["totals"] |= {"prepaid": amount, "payable": payable}
    return found


def dinars() -> dict[str, Any]:
    """Kuwaiti dinars have three decimals: 213 users at 4.355."""
    found = snapshot("floor", currency="KWD", buyer={"country": "KW", "vat_id": ""})
    found["lines"] = [found["lines"][0] | {"quantity": "213", "unit_price": "4.355", "amount": "927.615"}]
    found["totals"] = {
        "net": "927.615",
        "taxes": [{"category": "S", "rate": "19", "base": "927.615", "tax": "176.247"}],
        "gross": "1103.862",
    }
    return found


def bare() -> dict[str, Any]:
    """Nothing that may be left out: no order, no account, no mail, no digests, an address of one line."""
    found = snapshot(
        "floor",
        seller={"iban": "", "bic": "", "email": "", "registration": "", "address_lines": []},
        buyer={"vat_id": "", "address_lines": ["Somewhere"], "country": "US"},
        contract={"po_number": ""},
        count={"digest": "", "evidence_set_digest": ""},
    )
    return found | {"definition": {"words": "Nothing is counted for this contract.", "digest": ""}, "attachments": {}}


def yen() -> dict[str, Any]:
    """Yen have no decimals; a Japanese registration number is no VAT number of EN 16931."""
    return snapshot("yen", buyer={"country": "JP"})


def every_kind() -> dict[str, dict[str, Any]]:
    """Every snapshot by its name; the dinars apart, which EN 16931 cannot write."""
    samples = {name: snapshot(name) for name in NAMES if name != "yen"}
    return samples | {
        "yen": yen(),
        "exempt": untaxed("E"),
        "zero rate": untaxed("Z"),
        "reverse charge": untaxed("AE", **AE_PARTIES),
        "reverse charge without a VAT number": untaxed("AE", buyer={"country": "US", "vat_id": "12-3456789"}),
        "not subject to tax": untaxed("O"),
        "not subject to tax, unregistered": untaxed("O", seller={"registration": ""}),
        "export": untaxed("G", buyer={"country": "US", "vat_id": ""}),
        "inside the union": untaxed("K", **AE_PARTIES),
        "Canary Islands": taxed("L", "7", "812.00", "12412.00"),
        "Ceuta": taxed("M", "10", "1160.00", "12760.00"),
        "credit note": credit_note(),
        "in favor": in_favor(),
        "negative price": negative_price(),
        "partly prepaid": prepaid("3804.00", "10000.00"),
        "all prepaid": prepaid("13804.00", "0.00"),
        "bare": bare(),
        "long address": snapshot("floor", buyer={"address_lines": ["A", "B", "C", "D", "E", "24143 Kiel"]}),
        "buyer reference": snapshot("floor", contract={"buyer_reference": "04011000-1234512345-35"}),
        "other account": snapshot("floor", seller={"iban": "0123 4567890"}),
    }
