"""A document in one currency that says its tax in that of the tax office, and what it takes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from billing.credit_parts import OfUsers, Whole
from billing.models import ExchangeRate
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.record_exchange_rate import RateRefused, record_exchange_rate
from billing.operations.set_tax_currency import set_tax_currency
from billing.tax import TaxOutdated
from ground.actor import NotAllowed
from rollcall.money import UnknownCurrency
from tests.billing.story import MARCH, Story, at, people, per_user, story_of, terms_json
from tests.billing.test_verify_stories import checked
from tests.cast import House

ECB = "European Central Bank, reference rate"


@pytest.fixture
def in_dollars(committed_house: House) -> Story:
    """A contract in USD with German tax, of a legal entity whose tax office is paid in EUR."""
    story = story_of(committed_house, terms=terms_json(currency="USD", charges=per_user("29.00")))
    set_tax_currency(actor=story.finance, legal_entity=committed_house.legal_entity, currency="EUR")
    story.house.customer_a.refresh_from_db()
    return story


def record(story: Story, rate: str = "1.0850", day: date = date(2026, 3, 31), **other: Any) -> ExchangeRate:
    facts = {"base": "EUR", "quote": "USD", "source": ECB, "now": at(4, 3), "today": date(2026, 4, 3)} | other
    return record_exchange_rate(actor=story.finance, rate=Decimal(rate), day=day, **facts)


def test_the_tax_is_said_in_both_currencies_with_rate_day_and_source(in_dollars: Story) -> None:
    record(in_dollars)
    in_dollars.deliver(people(10), MARCH, now=at(4, 2))
    invoice = in_dollars.bill(MARCH, now=at(4, 3))
    assert (invoice.currency, invoice.tax_amount) == ("USD", Decimal("55.10"))
    assert invoice.frozen["tax_currency"] == {
        "currency": "EUR",
        "base": "EUR",
        "quote": "USD",
        "rate": "1.085",
        "rate_date": "2026-03-31",
        "source": ECB,
        "taxes": [{"category": "S", "rate": "19", "tax": "50.78"}],
        "tax": "50.78",
    }


def test_without_a_rate_the_draft_says_so_and_is_not_finalized(in_dollars: Story) -> None:
    record(in_dollars, day=date(2026, 3, 24))
    in_dollars.deliver(people(10), MARCH, now=at(4, 2))
    closing = in_dollars.close(MARCH, now=at(4, 3))
    assert closing.invoice is not None
    with pytest.raises(TaxOutdated, match="no exchange rate of USD and EUR is known for 31 Mar 2026 or the 6 days bef"):
        finalize_invoice(actor=in_dollars.finance, invoice=closing.invoice, now=at(4, 3), today=date(2026, 4, 3))
    record(in_dollars, "1.09", day=date(2026, 3, 25))
    record(in_dollars, "1.10", day=date(2026, 4, 1))
    invoice = in_dollars.finalize(closing, now=at(4, 3))
    assert invoice.frozen["tax_currency"]["rate_date"] == "2026-03-25"


def test_in_the_currency_of_the_tax_office_nothing_is_added(plain_story: Story) -> None:
    set_tax_currency(actor=plain_story.finance, legal_entity=plain_story.house.legal_entity, currency="EUR")
    plain_story.deliver(people(10), MARCH, now=at(4, 2))
    assert "tax_currency" not in plain_story.bill(MARCH, now=at(4, 3)).frozen


def test_the_last_rate_of_a_day_holds_and_none_is_ever_changed(in_dollars: Story) -> None:
    first = record(in_dollars, "10.85")
    assert record(in_dollars, "10.85").pk == first.pk
    record(in_dollars, "1.0850")
    in_dollars.deliver(people(10), MARCH, now=at(4, 2))
    assert in_dollars.bill(MARCH, now=at(4, 3)).frozen["tax_currency"]["rate"] == "1.085"
    for change in (lambda: ExchangeRate.objects.update(rate=2), lambda: ExchangeRate.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("base", {"base": "EURO"}),
        ("quote", {"quote": "XXX"}),
        ("quote", {"quote": "EUR"}),
        ("rate", {"rate": "0"}),
        ("rate", {"rate": "1.00000000001"}),
        ("day", {"day": date(2026, 4, 4)}),
        ("source", {"source": " "}),
    ],
)
def test_what_is_no_published_rate_is_refused_at_its_field(
    in_dollars: Story, field: str, other: dict[str, Any]
) -> None:
    with pytest.raises(RateRefused) as refused:
        record(in_dollars, **{"rate": "1.0850", **other})
    assert refused.value.field == field
    assert not ExchangeRate.objects.exists()


def test_finance_records_rates_and_nobody_else(in_dollars: Story) -> None:
    with pytest.raises(NotAllowed):
        record_exchange_rate(
            actor=in_dollars.manager, base="EUR", quote="USD", rate=Decimal("1.08"), day=date(2026, 3, 31),
            source=ECB, now=at(4, 3), today=date(2026, 4, 3),
        )  # fmt: skip
    with pytest.raises(UnknownCurrency):
        set_tax_currency(actor=in_dollars.finance, legal_entity=in_dollars.house.legal_entity, currency="EURO")


def test_credit_notes_use_the_rate_of_their_invoice_and_give_its_tax_back_exactly(in_dollars: Story) -> None:
    record(in_dollars, "1.1111")
    in_dollars.deliver(people(10), MARCH, now=at(4, 2))
    invoice = in_dollars.bill(MARCH, now=at(4, 3))
    record(in_dollars, "2", day=date(2026, 4, 3))
    back = Decimal(0)
    for day, part in ((4, OfUsers(position=1, users=3)), (5, OfUsers(position=1, users=3)), (6, Whole())):
        note = credit_invoice(
            actor=in_dollars.finance,
            invoice=invoice,
            parts=[part],
            reason="These people had left before.",
            now=at(4, day),
        )
        note = finalize_invoice(actor=in_dollars.finance, invoice=note, now=at(4, day), today=date(2026, 4, day))
        said = note.frozen["tax_currency"]
        assert (said["rate"], said["rate_date"]) == ("1.1111", "2026-03-31")
        back += Decimal(said["tax"])
        assert checked(note).status == 0
    assert back == Decimal(invoice.frozen["tax_currency"]["tax"]) == Decimal("49.59")
