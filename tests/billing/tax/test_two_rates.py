"""Two rates on one document: a month that ended under the old one, and the next in advance under the new one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.models import BillingPeriod
from billing.operations.close_period import close_period
from billing.operations.finalize_invoice import finalize_invoice
from licenses.models import Customer, LegalEntity
from rollcall.period import Period
from tests.billing.story import Story, story_of, terms_json
from tests.billing.test_verify_stories import checked
from tests.cast import House

JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))
FIXED = {"price": {"model": "fixed", "amount": "100.00"}, "in_part_periods": "reduced"}


def terms() -> dict[str, Any]:
    document = terms_json(
        term={"start": "2025-06-01", "end": "2026-06-01"},
        cycle={"unit": "month", "anchor": "2025-06-01"},
        charges={"plan": {**FIXED, "bill": "in_advance"}, "support": FIXED},
        tax={"decided_by": "rule"},
    )
    del document["metrics"]
    return document


def on(month: int, day: int) -> datetime:
    return datetime(2025, month, day, 9, tzinfo=UTC)


def in_estonia(house: House, *, vat_id: str = "EE100594102", buyer: str = "EE") -> None:
    """Seller and customer in Estonia, where the rate rises from 22 to 24 % on 1 July 2025."""
    LegalEntity.objects.filter(pk=house.legal_entity.pk).update(country="EE", vat_id="EE100931558")
    Customer.objects.filter(pk=house.customer_a.pk).update(country=buyer, vat_id=vat_id)


def close(story: Story, period: Period, now: datetime) -> Any:
    return close_period(actor=story.finance, contract=story.contract, period=period, now=now, today=now.date())


def test_each_line_bears_the_rate_of_its_own_last_day(committed_house: House) -> None:
    in_estonia(committed_house)
    story = story_of(committed_house, terms=terms())
    first = close(story, JUNE, on(6, 1)).invoice
    finalize_invoice(actor=story.finance, invoice=first, now=on(6, 1), today=date(2025, 6, 1))
    draft = close(story, JUNE, on(7, 2)).invoice
    invoice = finalize_invoice(actor=story.finance, invoice=draft, now=on(7, 2), today=date(2025, 7, 2))
    assert [
        (line.key, line.period.lower, line.tax_category, line.tax_rate) for line in invoice.lines.order_by("position")
    ] == [
        ("support/price", date(2025, 6, 1), "S", 22),
        ("plan/price", date(2025, 7, 1), "S", 24),
    ]
    assert (invoice.net_amount, invoice.tax_amount, invoice.gross_amount) == (200, 46, 246)
    assert invoice.frozen["totals"]["taxes"] == [
        {"category": "S", "rate": "22", "base": "100.00", "tax": "22.00"},
        {"category": "S", "rate": "24", "base": "100.00", "tax": "24.00"},
    ]
    assert [(one["rate"], one["tax_point"]) for one in invoice.frozen["tax"]["decisions"]] == [
        ("22", "2025-06-30"),
        ("24", "2025-07-31"),
    ]
    assert invoice.frozen["tax"]["decided_on"] == "2025-07-31"
    assert checked(invoice).status == 0


def test_what_is_due_in_advance_waits_for_the_number_too(committed_house: House) -> None:
    in_estonia(committed_house, buyer="LV", vat_id="")
    story = story_of(committed_house, terms=terms())
    closing = close(story, JUNE, on(6, 1))
    assert (closing.state, closing.held_code) == ("held", BillingPeriod.HeldCode.TAX_UNDECIDED)
    assert closing.held_words.startswith("The customer in Latvia has no VAT number.")
    Customer.objects.filter(pk=committed_house.customer_a.pk).update(vat_id="LV40003521600")
    draft = close(story, JUNE, on(6, 2)).invoice
    assert (draft.net_amount, draft.tax_amount) == (Decimal("100.00"), 0)
