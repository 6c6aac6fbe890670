"""Every kind of e-invoice passes the schema and the official rules, and multiplies out to the cent."""

import pytest
from lxml import etree

from billing.einvoice import EInvoiceRefused, cii_xml
from rollcall.evidence.invoice_xml import compare_xml
from tests.billing.einvoice.documents import dinars, every_kind
from tests.billing.einvoice.recompute import mistakes
from tests.billing.einvoice.rules import SCHEMA, broken_rules

KINDS = every_kind()
# Software is delivered nowhere, and the schema wants the element all the same: the one warning there is.
NO_DELIVERY = ("PEPPOL-EN16931-R008", "warning")
BROKEN = {
    "a price below zero": ("<ram:ChargeAmount>29.00", "<ram:ChargeAmount>-29.00", "BR-27"),
    "a wrong net amount": (">11600.00</ram:TaxBasisTotalAmount>", ">11601.00</ram:TaxBasisTotalAmount>", "BR-CO-13"),
    "a wrong amount due": (">13804.00</ram:DuePayableAmount>", ">13803.00</ram:DuePayableAmount>", "BR-CO-16"),
    "no VAT number": ('<ram:ID schemeID="VA">DE000000184</ram:ID>', "", "BR-S-02"),
    "a period that ends before it begins": ("20260930", "20260830", "BR-29"),
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """All documents through the rules at once: compiling the rules takes longer than applying them."""
    documents = {name: cii_xml(found) for name, found in KINDS.items()}
    good = documents["floor"].decode()
    documents |= {name: good.replace(old, new).encode() for name, (old, new, _) in BROKEN.items()}
    return broken_rules(documents, tmp_path_factory.mktemp("rules"))


@pytest.mark.parametrize("name", KINDS)
def test_no_official_rule_is_broken(name: str, rules: dict[str, list[tuple[str, str]]]) -> None:
    assert [rule for rule in rules[name] if rule != NO_DELIVERY] == []


@pytest.mark.parametrize("name", BROKEN)
def test_the_rules_find_what_is_broken(name: str, rules: dict[str, list[tuple[str, str]]]) -> None:
    assert BROKEN[name][2] in {rule for rule, _ in rules[name]}


def test_dinars_are_refused_because_the_standard_counts_two_decimals() -> None:
    with pytest.raises(EInvoiceRefused, match="amounts in KWD have 3"):
        cii_xml(dinars())


@pytest.mark.parametrize("name", KINDS)
def test_the_schema_is_kept(name: str) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.assertValid(etree.fromstring(cii_xml(KINDS[name])))


@pytest.mark.parametrize("name", KINDS)
def test_the_verification_of_a_bundle_reads_the_same_amounts(name: str) -> None:
    found = KINDS[name]
    assert list(compare_xml(cii_xml(found), found)) == []


@pytest.mark.parametrize("name", KINDS)
def test_every_line_multiplies_out_and_every_sum_adds_up(name: str) -> None:
    assert mistakes(cii_xml(KINDS[name])) == []


def test_the_recomputation_finds_one_changed_digit_in_every_amount() -> None:
    document = cii_xml(KINDS["several"])
    amounts = [tag for tag in document.split(b"\n") if b"Amount>" in tag or b"Amount currencyID" in tag]
    assert len(amounts) == 17
    for position, _ in enumerate(amounts):
        lines, seen = document.split(b"\n"), -1
        for at, line in enumerate(lines):
            seen += line in amounts and (b"Amount>" in line or b"Amount currencyID" in line)
            if seen == position:
                head, closing, tail = line.rpartition(b"</")
                lines[at] = head[:-1] + (b"1" if head[-1:] != b"1" else b"2") + closing + tail
                break
        changed = b"\n".join(lines)
        assert mistakes(changed) != [], lines[at]
