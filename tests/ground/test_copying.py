"""Rows stored by COPY are what `bulk_create` stores: same values, keys given, in the transaction, under the walls."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from billing.models import ExchangeRate, InvoiceEvent
from ground.copying import FEW, NotAValue, insert_rows
from ground.portal_wall import portal_transaction
from tests.cast import House

MANY = FEW + 30
AT = datetime(2026, 5, 3, 9, 30, 0, 123456, tzinfo=UTC)


def events(house: House, number: int = MANY, **changes: Any) -> list[InvoiceEvent]:
    """Events with texts, JSON and an instant, of which some columns differ and some do not."""
    contract = house.contract_a
    return [
        InvoiceEvent(
            **{
                "invoice_public_id": f"x{n}",
                "customer_id": contract.customer_id,
                "contract": contract,
                "verb": "drafted",
                "actor_name": 'Ana \t"Ö"\\N\n' * (n % 3) or "Ana",
                "reason": "" if n % 2 else "\\.",
                "data": {"net_amount": str(Decimal(n) / 100), "words": ["é", None, True]},
                "at": AT,
            }
            | changes
        )
        for n in range(number)
    ]


def stored(model: Any) -> list[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    return list(model.objects.order_by("pk").values_list(*names))


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1, FEW, FEW + 1, MANY])
def test_the_rows_are_those_of_bulk_create(house: House, number: int) -> None:
    with transaction.atomic():
        InvoiceEvent.objects.bulk_create(events(house, number))
        expected = stored(InvoiceEvent)
        transaction.set_rollback(True)
    rows = events(house, number)
    with CaptureQueriesContext(connection) as queries:
        insert_rows(InvoiceEvent, rows)
    assert stored(InvoiceEvent) == expected
    assert [row.pk for row in rows] == list(InvoiceEvent.objects.order_by("pk").values_list("pk", flat=True))
    assert not any(row._state.adding for row in rows)
    assert len(queries) <= 7


@pytest.mark.django_db
def test_numbers_ranges_and_dates_arrive_exactly(house: House) -> None:
    rows = [
        ExchangeRate(
            base="EUR",
            quote="USD",
            day=AT.date().replace(day=1 + n),
            rate=Decimal("1.08345678") + n,
            source="ECB",
            added_by="Ana",
            added_at=AT,
        )
        for n in range(FEW + 5)
    ]
    insert_rows(ExchangeRate, rows)
    for row in rows:
        kept = ExchangeRate.objects.get(pk=row.pk)
        assert (kept.day, kept.rate, kept.source) == (row.day, row.rate, row.source)


@pytest.mark.django_db
def test_one_bad_row_leaves_none_and_the_transaction_usable(house: House) -> None:
    rows = [*events(house), *events(house, 1, verb="")]
    with pytest.raises(IntegrityError, match="invoice_event_names_verb_and_actor"):
        insert_rows(InvoiceEvent, rows)
    assert InvoiceEvent.objects.count() == 0
    insert_rows(InvoiceEvent, events(house))
    insert_rows(InvoiceEvent, events(house))
    assert InvoiceEvent.objects.count() == 2 * MANY


@pytest.mark.django_db
def test_an_expression_is_not_copied(house: House) -> None:
    with pytest.raises(NotAValue, match=r"InvoiceEvent\.reason"):
        insert_rows(InvoiceEvent, events(house, reason=F("verb")))


@pytest.mark.django_db
def test_the_wall_of_a_customer_stands(house: House) -> None:
    """The portal's role, which may not write the history of an invoice, may not copy into it either."""
    with pytest.raises(DatabaseError, match="permission denied"), portal_transaction(house.customer_b.pk):
        insert_rows(InvoiceEvent, events(house))
    assert InvoiceEvent.objects.count() == 0
