"""Which field of the snapshot stands where, by exact text."""

import subprocess
import sys
from pathlib import Path

import pytest

from billing.documents import SnapshotRefused
from billing.einvoice import EInvoiceRefused, cii_xml
from tests.billing.einvoice.documents import (
    AE_PARTIES,
    bare,
    credit_note,
    in_favor,
    negative_price,
    prepaid,
    untaxed,
    yen,
)
from tests.billing.einvoice.recompute import SETTLEMENT, SUMMED, TRADE, text, texts
from tests.documents.samples_on_disk import snapshot

ROOT = Path(__file__).resolve().parents[3]
HEAD = "rsm:ExchangedDocument"
AGREEMENT = f"{TRADE}/ApplicableHeaderTradeAgreement"
LINE = f"{TRADE}/IncludedSupplyChainTradeLineItem"
LINE_AMOUNT = f"{LINE}/SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
PRICE = f"{LINE}/SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount"
QUANTITY = f"{LINE}/SpecifiedLineTradeDelivery/BilledQuantity"
DUE = f"{SETTLEMENT}/SpecifiedTradePaymentTerms/DueDateDateTime/udt:DateTimeString"
PERIOD = f"{SETTLEMENT}/BillingSpecifiedPeriod"


def test_an_invoice_says_who_owes_what_for_when() -> None:
    document = cii_xml(snapshot("floor", contract={"buyer_reference": "04011000-12345-35"}))

    assert {
        path: text(document, path)
        for path in (
            "rsm:ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
            f"{HEAD}/ID",
            f"{HEAD}/TypeCode",
            f"{HEAD}/IssueDateTime/udt:DateTimeString",
            f"{AGREEMENT}/BuyerReference",
            f"{AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID",
            f"{AGREEMENT}/ContractReferencedDocument/IssuerAssignedID",
            f"{PERIOD}/StartDateTime/udt:DateTimeString",
            f"{PERIOD}/EndDateTime/udt:DateTimeString",
            DUE,
            f"{SETTLEMENT}/PaymentReference",
            f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/TypeCode",
            f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID",
            f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/PayeeSpecifiedCreditorFinancialInstitution/BICID",
        )
    } == {
        "rsm:ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID": "urn:cen.eu:en16931:2017",
        f"{HEAD}/ID": "INV-2026-000184",
        f"{HEAD}/TypeCode": "380",
        f"{HEAD}/IssueDateTime/udt:DateTimeString": "20261001",
        f"{AGREEMENT}/BuyerReference": "04011000-12345-35",
        f"{AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID": "PO 77-20418",
        f"{AGREEMENT}/ContractReferencedDocument/IssuerAssignedID": "K-0412",
        f"{PERIOD}/StartDateTime/udt:DateTimeString": "20260901",
        f"{PERIOD}/EndDateTime/udt:DateTimeString": "20260930",
        DUE: "20261031",
        f"{SETTLEMENT}/PaymentReference": "INV-2026-000184",
        f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/TypeCode": "58",
        f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID": "DE07999999990000184200",
        f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/PayeeSpecifiedCreditorFinancialInstitution/BICID": "VELDDE99XXX",
    }


def test_320_users_and_a_floor_of_400_are_13804_in_the_xml() -> None:
    document = cii_xml(snapshot("floor"))

    assert texts(document, QUANTITY) == ["320", "80"]
    assert texts(document, PRICE) == ["29.00", "29.00"]
    assert texts(document, LINE_AMOUNT) == ["9280.00", "2320.00"]
    assert [text(document, f"{SUMMED}/{name}") for name in SUMS] == [
        "11600.00",
        "11600.00",
        "2204.00",
        "13804.00",
        None,
        "13804.00",
    ]


SUMS = (
    "LineTotalAmount",
    "TaxBasisTotalAmount",
    "TaxTotalAmount",
    "GrandTotalAmount",
    "TotalPrepaidAmount",
    "DuePayableAmount",
)


def test_who_is_counted_and_every_digest_are_notes() -> None:
    assert texts(cii_xml(snapshot("floor", signing={"fingerprint": ""})), f"{HEAD}/IncludedNote/Content") == [
        snapshot("floor")["definition"]["words"],
        "terms: sha256:b272ed0eb138d87bc4f2fd363118540f775c4dcf78e3d36519f9f0dbf6dc1270",
        "definition: sha256:02a3fdc32494e8a0ce3b5c9399b67582bd259e6817e7b1425a13d2064688ab41",
        "evidence: sha256:e4ec9118b73bb24f775206d8ce92a389a0bcdc73d59fd097653185dbfd563bcc",
        "count: sha256:72c5964c8774b66ddd8dffdb8815673b09e6709e587a36c3c0b139923fa76b1d",
    ]


def test_the_key_and_the_command_are_notes_where_the_bundle_is_signed() -> None:
    key = "rollcall-key:4f1c2a"
    document = cii_xml(snapshot("floor", signing={"fingerprint": key}))
    assert texts(document, f"{HEAD}/IncludedNote/Content")[-2:] == [
        "signed with: rollcall-key:4f1c2a",
        "rollcall verify INV-2026-000184.zip --key vendor.pub",
    ]


def test_a_discount_is_a_negative_quantity_and_a_part_of_a_cycle_is_one_times_its_amount() -> None:
    document = cii_xml(snapshot("several"))

    assert texts(document, QUANTITY) == ["320", "-1", "41200", "1", "-1"]
    assert texts(document, PRICE) == ["29.00", "928.00", "0.004", "258.06", "150.00"]
    assert texts(document, LINE_AMOUNT) == ["9280.00", "-928.00", "164.80", "258.06", "-150.00"]
    assert texts(document, f"{LINE}/AssociatedDocumentLineDocument/IncludedNote/Content") == [
        "1 × 500.00 × 16/31 = 258.06"
    ]


def test_a_price_below_zero_turns_its_sign_over_to_the_quantity() -> None:
    document = cii_xml(negative_price())
    assert (texts(document, QUANTITY), texts(document, PRICE)) == (["1", "-1"], ["29.00", "290.00"])
    assert document == cii_xml(in_favor())


def test_what_credits_paid_is_prepaid_and_the_rest_is_due() -> None:
    document = cii_xml(prepaid("3804.00", "10000.00"))
    assert [text(document, f"{SUMMED}/{name}") for name in SUMS[3:]] == ["13804.00", "3804.00", "10000.00"]
    assert text(document, DUE) == "20261031"

    settled = cii_xml(prepaid("13804.00", "0.00"))
    assert [text(settled, f"{SUMMED}/{name}") for name in SUMS[3:]] == ["13804.00", "13804.00", "0.00"]
    assert (text(settled, DUE), text(settled, TERMS)) == (None, "Nothing to pay.")
    assert texts(settled, f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/TypeCode") == []


TERMS = f"{SETTLEMENT}/SpecifiedTradePaymentTerms/Description"


def test_an_invoice_in_favor_of_the_customer_asks_for_no_money() -> None:
    document = cii_xml(in_favor())
    assert [text(document, f"{SUMMED}/{name}") for name in SUMS] == [
        "-261.00",
        "-261.00",
        "-49.59",
        "-310.59",
        None,
        "-310.59",
    ]
    assert (text(document, DUE), text(document, TERMS)) == (None, "Nothing to pay: the amount is in your favor.")


def test_a_credit_note_names_what_it_corrects_and_asks_for_no_money() -> None:
    document = cii_xml(credit_note())
    corrected = f"{SETTLEMENT}/InvoiceReferencedDocument"

    assert text(document, f"{HEAD}/TypeCode") == "381"
    assert text(document, f"{corrected}/IssuerAssignedID") == "INV-2026-000180"
    assert text(document, f"{corrected}/FormattedIssueDateTime/qdt:DateTimeString") == "20260901"
    assert [text(document, f"{SUMMED}/{name}") for name in SUMS] == [
        "870.00",
        "870.00",
        "165.30",
        "1035.30",
        None,
        "1035.30",
    ]
    assert (text(document, DUE), text(document, TERMS)) == (
        None,
        "Nothing to pay: this amount is paid back, or set off against your next payment.",
    )
    assert texts(document, f"{SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/TypeCode") == []


@pytest.mark.parametrize(
    ("category", "code", "reason"),
    [
        (
            "AE",
            "VATEX-EU-AE",
            "Reverse charge: the customer owes the VAT (Articles 44 and 196, Directive 2006/112/EC).",
        ),
        ("E", None, "Exempt from VAT."),
        ("G", "VATEX-EU-G", "Export, free of VAT."),
        ("K", "VATEX-EU-IC", "Supply within the EU, free of VAT."),
        ("O", "VATEX-EU-O", "Outside the scope of VAT."),
        ("Z", None, None),
    ],
)
def test_what_is_not_taxed_says_why(category: str, code: str | None, reason: str | None) -> None:
    document = cii_xml(untaxed(category, **AE_PARTIES))
    tax = f"{SETTLEMENT}/ApplicableTradeTax"
    assert text(document, f"{tax}/ExemptionReasonCode") == code
    assert text(document, f"{tax}/ExemptionReason") == reason
    assert text(document, f"{tax}/CalculatedAmount") == "0.00"
    assert text(document, f"{tax}/RateApplicablePercent") == (None if category == "O" else "0")


def test_yen_have_no_decimals() -> None:
    document = cii_xml(yen())
    assert texts(document, PRICE) == ["4352.50"]
    assert [text(document, f"{SUMMED}/{name}") for name in SUMS] == [
        "927083",
        "927083",
        "92708",
        "1019791",
        None,
        "1019791",
    ]


def test_an_address_is_taken_apart_only_where_that_is_sure() -> None:
    buyer = f"{AGREEMENT}/BuyerTradeParty/PostalTradeAddress"
    german = cii_xml(snapshot("floor"))
    assert [text(german, f"{buyer}/{name}") for name in ADDRESS] == [
        "20000",
        "Accounts payable",
        "Beispieldamm 200",
        None,
        "Hamburg",
        "DE",
    ]
    lines = ["Suite 7", "Building B", "Campus", "12345 Main Street"]
    american = cii_xml(snapshot("floor", buyer={"address_lines": lines, "country": "US", "vat_id": ""}))
    assert [text(american, f"{buyer}/{name}") for name in ADDRESS] == [
        None,
        "Suite 7",
        "Building B",
        "Campus, 12345 Main Street",
        None,
        "US",
    ]


ADDRESS = ("PostcodeCode", "LineOne", "LineTwo", "LineThree", "CityName", "CountryID")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            snapshot("floor", seller={"vat_id": ""}),
            "Veldrane Software GmbH has no VAT number; an invoice with tax of category S names it. Write it into the legal entity.",
        ),
        (
            untaxed("O", seller={"vat_id": "", "registration": ""}),
            "Veldrane Software GmbH has neither a VAT number nor a registration; an e-invoice names the seller by one of "
            "them. Write it into the legal entity.",
        ),
        (
            untaxed("AE", buyer={"vat_id": ""}),
            "Korbinth Marine Systems GmbH has no VAT number; an invoice with tax of category AE names it. "
            "Write it into the customer.",
        ),
        (
            snapshot("floor", buyer={"country": ""}),
            "Korbinth Marine Systems GmbH has no country; an e-invoice names it by its two letters.",
        ),
    ],
)
def test_what_the_standard_demands_and_nobody_said_is_refused_in_words(found: dict, sentence: str) -> None:
    with pytest.raises(EInvoiceRefused) as refused:
        cii_xml(found)
    assert str(refused.value) == sentence


def test_a_snapshot_that_does_not_add_up_becomes_no_e_invoice() -> None:
    found = snapshot("floor")
    found["lines"][0]["amount"] = "9280.01"
    with pytest.raises(
        SnapshotRefused, match=r"Line 1 does not multiply out: 320 × 29\.00 is 9280\.00, not 9280\.01\."
    ):
        cii_xml(found)


def test_nothing_empty_is_written() -> None:
    document = cii_xml(bare())
    empty = [line.strip() for line in document.splitlines() if line.strip().endswith(b"/>")]
    assert empty == [b"<ram:ApplicableHeaderTradeDelivery />"]


def test_words_are_escaped_and_never_pasted() -> None:
    name = 'A & B <script> "quoted" ]]>'
    document = cii_xml(snapshot("floor", buyer={"name": name}))
    assert text(document, f"{AGREEMENT}/BuyerTradeParty/Name") == name


def test_another_process_with_another_hash_seed_writes_the_same_bytes() -> None:
    program = (
        "import sys; from billing.einvoice import cii_xml; from tests.documents.samples_on_disk import snapshot; "
        "sys.stdout.buffer.write(cii_xml(snapshot('several')))"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Kolkata"))
    }
    assert made == {cii_xml(snapshot("several"))}
