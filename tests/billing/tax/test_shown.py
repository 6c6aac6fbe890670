"""The decision where people read it: the desk's draft and invoice, the customer's invoice, the bundle that it verifies."""

from decimal import Decimal

import pytest
from django.test import Client

from billing.models import Invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.record_exchange_rate import record_exchange_rate
from billing.operations.render_document import render_document
from billing.operations.set_tax_currency import set_tax_currency
from billing.tax.words import reason_in_english
from billing.templatetags.tax_words import tax_reasons
from ground.storage import stored_path
from licenses.models import Customer
from rollcall.evidence.verify import verify_bundle
from tests.billing.story import MARCH, Story, at, people, per_user, story_of, terms_json
from tests.cast import House


@pytest.fixture
def by_rule(committed_house: House) -> Story:
    """A contract in USD with a tax by rule, of a legal entity whose tax office is paid in EUR."""
    terms = terms_json(currency="USD", charges=per_user("29.00"), tax={"decided_by": "rule"})
    story = story_of(committed_house, terms=terms)
    set_tax_currency(actor=story.finance, legal_entity=committed_house.legal_entity, currency="EUR")
    return story


def page(story: Story, invoice: Invoice, *, of: str = "desk") -> str:
    """The page of an invoice as finance, or as its customer, reads it, in one line."""
    client = Client()
    person = story.house.finance if of == "desk" else story.house.customer_admin_a
    client.force_login(person.user)
    address = f"/admin/invoices/{invoice.public_id}/" if of == "desk" else f"/invoices/{invoice.public_id}/"
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").split())


def test_draft_invoice_and_bundle_say_and_prove_the_same(by_rule: Story) -> None:
    by_rule.deliver(people(10), MARCH, now=at(4, 2))
    closing = by_rule.close(MARCH, now=at(4, 3))
    assert closing.invoice is not None
    draft = page(by_rule, closing.invoice)
    assert "Seller and customer are both in Germany: the rate of 19% in force on 31 March 2026." in draft
    assert "no exchange rate of USD and EUR is known" in draft
    record_exchange_rate(
        actor=by_rule.finance,
        base="EUR",
        quote="USD",
        rate=Decimal("1.0850"),
        day=at(3, 31).date(),
        source="European Central Bank",
        now=at(4, 3),
        today=at(4, 3).date(),
    )
    invoice = by_rule.finalize(closing, now=at(4, 3))
    render_document(invoice_id=invoice.pk, now=at(4, 3))
    made = make_bundle(invoice_id=invoice.pk, now=at(4, 3))
    key = by_rule.house.legal_entity.keys.get().public_key
    found = verify_bundle(stored_path(made.storage_key, made.sha256), key=bytes(key))
    assert ([one.words() for one in found.differences], found.status) == ([], 0)
    assert "The exchange rate is as stated, with its day and its source." in found.stated
    assert "1.085 USD for 1 EUR on 31 Mar 2026 (European Central Bank)" in page(by_rule, invoice)
    customers = page(by_rule, invoice, of="portal")
    assert "Seller and customer are both in Germany" in customers
    assert "1.085 USD for 1 EUR on 31 Mar 2026 (European Central Bank)" in customers


def test_a_draft_whose_facts_changed_says_so(by_rule: Story) -> None:
    by_rule.deliver(people(10), MARCH, now=at(4, 2))
    draft = by_rule.close(MARCH, now=at(4, 3)).invoice
    assert draft is not None
    Customer.objects.filter(pk=by_rule.house.customer_a.pk).update(country="AT", vat_id="ATU13585627")
    assert "by what is known now it is 0 % (category AE). Compute the draft again" in page(by_rule, draft)
    Customer.objects.filter(pk=by_rule.house.customer_a.pk).update(vat_id="")
    assert "The customer in Austria has no VAT number." in page(by_rule, draft)


def test_a_rate_that_the_country_never_had_is_remarked_on_the_draft(committed_house: House) -> None:
    terms = terms_json(charges=per_user("29.00"), tax={"category": "S", "rate": "16"})
    story = story_of(committed_house, terms=terms)
    story.deliver(people(10), MARCH, now=at(4, 2))
    closing = story.close(MARCH, now=at(4, 3))
    assert closing.invoice is not None
    said = "The contract states 16 %; the table of rates has no such rate for Germany on 31 Mar 2026."
    assert said in page(story, closing.invoice)
    assert said not in page(story, story.finalize(closing, now=at(4, 3)))


def test_pages_in_english_give_the_reason_in_english_where_the_document_is_in_german() -> None:
    told = {
        "rule": "stated",
        "rate": "0",
        "tax_point": "2026-10-31",
        "source": "",
        "reason": "Steuer wie im Vertrag vereinbart.",
    }
    says = {"seller": {"country": "DE"}, "buyer": {"country": "AT"}, "tax": {"decisions": [told, told]}}
    assert tax_reasons(says) == "Tax as agreed in the contract."
    reverse = told | {"rule": "union_reverse_charge", "reason": "Steuerschuldnerschaft des Leistungsempfängers"}
    expected = "Reverse charge: a service for a business in Austria, which owes the tax there."
    assert reason_in_english(reverse, says) == expected
    assert reason_in_english({"reason": "As it was told."}, says) == "As it was told."
