"""An invoice of the real way, from the customer's file to the number, passes the official rules as it was frozen."""

from pathlib import Path

from billing.einvoice import cii_xml
from billing.models import TrueUp
from tests.billing.einvoice.recompute import SUMMED, TRADE, mistakes, text, texts
from tests.billing.einvoice.rules import broken_rules
from tests.billing.story import APRIL, MAY, Story, at, people

LINE = f"{TRADE}/IncludedSupplyChainTradeLineItem"
LINE_AMOUNT = f"{LINE}/SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"


def test_finalized_invoices_with_a_floor_and_with_a_true_up_are_e_invoices(story: Story, tmp_path: Path) -> None:
    story.deliver(people(420), APRIL, now=at(5, 2))
    april = story.bill(APRIL, now=at(5, 3))
    story.deliver(people(430), APRIL, now=at(5, 12))
    story.accept(TrueUp.objects.get(), now=at(5, 13))
    story.deliver(people(320), MAY, now=at(6, 1))
    may = story.bill(MAY, now=at(6, 2))

    documents = {"april": cii_xml(april.frozen), "may": cii_xml(may.frozen)}

    broken = broken_rules(documents, tmp_path)
    assert {name: [rule for rule, flag in rules if flag == "fatal"] for name, rules in broken.items()} == {
        "april": [],
        "may": [],
    }
    assert [mistakes(document) for document in documents.values()] == [[], []]
    assert texts(documents["april"], LINE_AMOUNT) == ["12180.00"]
    assert texts(documents["may"], LINE_AMOUNT) == ["9280.00", "2320.00", "290.00"]
    assert [text(documents["may"], f"{SUMMED}/{name}") for name in ("TaxBasisTotalAmount", "TaxTotalAmount")] == [
        "11890.00",
        "2259.10",
    ]
    assert text(documents["may"], f"{SUMMED}/DuePayableAmount") == "14149.10"
