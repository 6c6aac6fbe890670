"""A contract whose tax is decided by rule, from the draft to the frozen invoice."""

import json
from decimal import Decimal
from typing import Any

import pytest

from billing.models import BillingPeriod, Invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.repairs import repair_of
from billing.tax import TaxOutdated
from licenses.models import Customer
from tests.billing.story import APRIL, MARCH, Story, at, people, per_user, story_of, terms_json
from tests.cast import House

BY_RULE = {"decided_by": "rule"}


@pytest.fixture
def by_rule(committed_house: House) -> Story:
    return story_of(committed_house, terms=terms_json(charges=per_user("29.00"), tax=BY_RULE))


def move(story: Story, **facts: str) -> Customer:
    """Let customer A have another address or number."""
    customer = story.house.customer_a
    for name, value in facts.items():
        setattr(customer, name, value)
    customer.save()
    return customer


def billed(story: Story) -> Invoice:
    story.deliver(people(10), MARCH, now=at(4, 2))
    return story.bill(MARCH, now=at(4, 3))


def tax_of(invoice: Invoice) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(json.dumps(invoice.frozen["tax"], ensure_ascii=False).replace("\u00a0", " "))
    return said


def test_at_home_the_rate_of_the_last_day_is_on_the_invoice_with_its_reason(by_rule: Story) -> None:
    invoice = billed(by_rule)
    assert (invoice.net_amount, invoice.tax_amount, invoice.gross_amount) == (
        Decimal("290.00"),
        Decimal("55.10"),
        Decimal("345.10"),
    )
    assert tax_of(invoice) == {
        "decided_by": "rule",
        "reason": "Seller and customer are both in Germany: the rate of 19% in force on 31 March 2026.",
        "source": "Umsatzsteuergesetz, § 12; § 28 UStG, end of the temporary rate, from 1 Jan 2021",
        "decided_on": "2026-03-31",
        "decisions": [
            {
                "category": "S",
                "rate": "19",
                "rule": "domestic",
                "tax_point": "2026-03-31",
                "reason": "Seller and customer are both in Germany: the rate of 19% in force on 31 March 2026.",
                "source": "Umsatzsteuergesetz, § 12; § 28 UStG, end of the temporary rate, from 1 Jan 2021",
                "reason_code": "",
            }
        ],
        "facts": {
            "seller_country": "DE",
            "seller_vat_id": "DE136695976",
            "buyer_country": "DE",
            "buyer_vat_id": "DE811569869",
            "buyer_vat_id_is_sound": True,
            "band": "standard",
        },
    }


@pytest.mark.parametrize(
    ("_case", "facts", "category", "said", "code"),
    [
        (
            "another member state",
            {"country": "AT", "vat_id": "ATU13585627", "language": "de"},
            "AE",
            "Steuerschuldnerschaft des Leistungsempfängers: sonstige Leistung an ein Unternehmen, Sitz: Österreich.",
            "VATEX-EU-AE",
        ),
        (
            "a third country",
            {"country": "JP", "vat_id": "", "language": "fr"},
            "O",
            "Hors du champ de la TVA de l’Union : prestation à une entreprise établie hors de l’Union (Japon).",
            "VATEX-EU-O",
        ),
        (
            "the United Kingdom",
            {"country": "GB", "vat_id": "GB980780684"},
            "O",
            "Outside the scope of EU VAT: a service for a business in United Kingdom, taxed where it is.",
            "VATEX-EU-O",
        ),
    ],
)
def test_abroad_the_reason_is_in_the_language_of_the_customer(
    by_rule: Story, _case: str, facts: dict[str, str], category: str, said: str, code: str
) -> None:
    move(by_rule, **facts)
    invoice = billed(by_rule)
    [line] = invoice.lines.all()
    assert (line.tax_category, line.tax_rate, invoice.tax_amount) == (category, 0, 0)
    assert tax_of(invoice)["reason"] == said
    assert [one["reason_code"] for one in tax_of(invoice)["decisions"]] == [code]


@pytest.mark.parametrize(
    ("vat_id", "said"),
    [("", "The customer in Austria has no VAT number"), ("ATU13585628", "which is not a number of Austria")],
)
def test_what_no_rule_decides_is_held_until_the_number_is_there(by_rule: Story, vat_id: str, said: str) -> None:
    move(by_rule, country="AT", vat_id=vat_id)
    by_rule.deliver(people(10), MARCH, now=at(4, 2))
    closing = by_rule.close(MARCH, now=at(4, 3))
    assert (closing.state, closing.held_code) == ("held", BillingPeriod.HeldCode.TAX_UNDECIDED)
    assert said in closing.held_words
    # The customer reads why; what the vendor has to do stands on the desk.
    assert "write it into" not in closing.held_words
    assert "Write the VAT number into the customer" in repair_of(by_rule.row(MARCH))
    assert not Invoice.objects.filter(contract=by_rule.contract).exists()
    move(by_rule, vat_id="ATU13585627")
    assert by_rule.bill(MARCH, now=at(4, 4)).tax_amount == 0


def test_a_draft_that_the_facts_left_behind_is_computed_again_before_it_is_final(by_rule: Story) -> None:
    by_rule.deliver(people(10), MARCH, now=at(4, 2))
    closing = by_rule.close(MARCH, now=at(4, 3))
    assert closing.invoice is not None
    assert closing.invoice.tax_amount == Decimal("55.10")
    move(by_rule, country="AT", vat_id="ATU13585627")
    with pytest.raises(
        TaxOutdated, match=r"tax of 19 % \(category S\); by what is known now it is 0 % \(category AE\)"
    ):
        finalize_invoice(actor=by_rule.finance, invoice=closing.invoice, now=at(4, 4), today=at(4, 4).date())
    move(by_rule, vat_id="")
    with pytest.raises(TaxOutdated, match="has no VAT number"):
        finalize_invoice(actor=by_rule.finance, invoice=closing.invoice, now=at(4, 4), today=at(4, 4).date())
    move(by_rule, vat_id="ATU13585627")
    assert by_rule.bill(MARCH, now=at(4, 5)).tax_amount == 0


def test_a_later_correction_bears_the_tax_of_the_invoice_that_billed_it(by_rule: Story) -> None:
    first = billed(by_rule)
    by_rule.deliver(people(12), MARCH, now=at(4, 10), made_at=at(4, 10))
    [true_up] = by_rule.row(MARCH).true_ups.all()
    by_rule.accept(true_up, now=at(4, 11))
    by_rule.deliver(people(10), APRIL, now=at(5, 2))
    invoice = by_rule.bill(APRIL, now=at(5, 3))
    assert [(line.kind, line.tax_category, line.tax_rate) for line in invoice.lines.order_by("position")] == [
        ("usage", "S", 19),
        ("true_up", "S", 19),
    ]
    said = tax_of(invoice)
    assert [one["rule"] for one in said["decisions"]] == ["domestic", "as_billed"]
    assert said["reason"].endswith(f"Corrections bear the tax of invoice {first.number}.")


def test_a_tax_that_the_terms_state_stays_theirs(plain_story: Story) -> None:
    move(plain_story, country="AT", vat_id="ATU13585627")
    invoice = billed(plain_story)
    assert invoice.tax_amount == Decimal("55.10")
    said = tax_of(invoice)
    assert (said["decided_by"], said["reason"]) == ("terms", "Tax as agreed in the contract.")
    assert "facts" not in said
