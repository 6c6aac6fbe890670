"""Provisioned users: a dated number with a source, added and never changed."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from ground.actor import NotAllowed
from licenses.models import Contract, ProvisionedCount
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.queries import provisioned_at
from tests.cast import House

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)


def record(house: House, users: int, day: date) -> ProvisionedCount:
    return record_provisioned_count(
        actor=house.finance.actor, contract=house.contract_a, users=users, date=day, source="user_list", now=NOW
    )


def test_the_newest_number_up_to_a_day_is_valid(house: House) -> None:
    assert provisioned_at(contract=house.contract_a, day=date(2026, 9, 30)) is None
    record(house, 900, date(2026, 8, 31))
    record(house, 1000, date(2026, 9, 30))
    corrected = record(house, 1001, date(2026, 9, 30))
    assert provisioned_at(contract=house.contract_a, day=date(2026, 9, 29)).users == 900
    assert provisioned_at(contract=house.contract_a, day=date(2026, 12, 31)) == corrected
    assert provisioned_at(contract=house.contract_b, day=date(2026, 12, 31)) is None


def test_the_same_number_again_adds_nothing(house: House) -> None:
    assert record(house, 1000, date(2026, 9, 30)) == record(house, 1000, date(2026, 9, 30))
    assert ProvisionedCount.objects.count() == 1


def test_a_customer_does_not_record_it(house: House) -> None:
    with pytest.raises(NotAllowed):
        record_provisioned_count(
            actor=house.customer_admin_a.actor,
            contract=Contract.objects.get(pk=house.contract_a.pk),
            users=1,
            date=date(2026, 9, 30),
            source="user_list",
            now=NOW,
        )


@pytest.mark.parametrize("change", ["UPDATE {} SET users = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_it(house: House, change: str) -> None:
    record(house, 1000, date(2026, 9, 30))
    with pytest.raises(Exception, match=r"append-only|permission denied|never"), transaction.atomic():
        connection.cursor().execute(change.format("licenses_provisionedcount"))
    assert ProvisionedCount.objects.get().users == 1000
