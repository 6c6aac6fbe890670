"""Row-level security of ``licenses``: the portal's role sees one customer, whatever the Python code asks."""

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from ground.actor import Actor, NotAllowed
from ground.portal_wall import portal_transaction
from licenses.models import (
    Contract,
    ContractSecret,
    ContractVersion,
    Customer,
    Instance,
    LegalEntity,
    Membership,
    ProvisionedCount,
    User,
    VendorKey,
    VendorKeySecret,
)
from licenses.operations.create_contract import create_contract
from licenses.queries import actor_of_user, contracts_for, customers_for, instances_for
from tests.cast import BUILDER, House, Person

OWN = [Customer, Membership, Contract, ContractVersion, Instance, LegalEntity, VendorKey]
VENDOR_ONLY = [User, ContractSecret, VendorKeySecret]


def portal_rows(customer: Customer, model: type) -> int:
    with portal_transaction(customer.pk):
        return model.objects.count()


@pytest.mark.parametrize("model", OWN)
def test_a_customer_sees_its_own_row_only(house: House, model: type) -> None:
    assert portal_rows(house.customer_a, model) == 1
    assert portal_rows(house.customer_b, model) == 1


@pytest.mark.parametrize("model", VENDOR_ONLY)
def test_secrets_and_people_are_closed_to_the_portal(house: House, model: type) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        portal_rows(house.customer_a, model)


def test_without_a_customer_the_portal_sees_nothing(house: House) -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL ROLE rollcall_portal")
        cursor.execute("SELECT count(*) FROM licenses_contract")
        assert cursor.fetchone() == (0,)
        cursor.execute("SET LOCAL ROLE NONE")


def test_every_table_of_a_customer_is_behind_the_wall(house: House) -> None:
    tables = [model._meta.db_table for model in apps.get_app_config("licenses").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
            [tables],
        )
        assert cursor.fetchall() == []


def test_the_customer_column_cannot_lie(house: House) -> None:
    for statement in (
        "UPDATE licenses_instance SET customer_id = %s WHERE id = %s",
        "INSERT INTO licenses_provisionedcount (customer_id, contract_id, users, date, source, recorded_by,"
        " recorded_at, report_public_id, sha256, is_withdrawn)"
        " SELECT %s, contract_id, 1, '2026-01-01', 'x', 'x', now(), '', '', false FROM licenses_instance WHERE id = %s",
    ):
        with pytest.raises(IntegrityError, match="same_owner"), transaction.atomic():
            connection.cursor().execute(statement, [house.customer_b.pk, house.instance_a.pk])
    assert ProvisionedCount.objects.count() == 0


def test_scoping_in_python_gives_each_their_own(house: House) -> None:
    for person, expected in (
        (house.customer_admin_a, [house.contract_a]),
        (house.customer_admin_b, [house.contract_b]),
        (house.stranger, []),
        (house.finance, [house.contract_a, house.contract_b]),
    ):
        assert list(contracts_for(person.actor)) == expected
        assert [one.customer for one in contracts_for(person.actor)] == list(customers_for(person.actor))
        assert [one.contract for one in instances_for(person.actor)] == expected


def test_the_cast_are_who_they_are(finance: Person, customer_admin_a: Person, stranger: Person, house: House) -> None:
    assert finance.actor == Actor(user_id=finance.user.pk, name="Fiona Nance", vendor_role="finance")
    assert customer_admin_a.actor.customer_ids == {house.customer_a.pk}
    assert stranger.actor.customer_ids == frozenset()
    assert [finance.user.is_staff, customer_admin_a.user.is_staff] == [True, False]


def test_somebody_unknown_is_no_actor() -> None:
    with pytest.raises(NotAllowed, match="not signed in"):
        actor_of_user(object())


def test_only_the_vendor_makes_contracts(house: House) -> None:
    with pytest.raises(NotAllowed):
        create_contract(
            actor=house.customer_admin_a.actor, customer=house.customer_a, number="K-9", product_name="Atlas"
        )
    contract = create_contract(actor=BUILDER, customer=house.customer_a, number="K-9", product_name="Atlas")
    assert Contract.objects.get(number="K-9") == contract


def test_an_address_is_one_person_however_it_is_typed(house: House) -> None:
    assert User.objects.get_by_natural_key(" Finance@Vendor.example") == house.finance.user
    with pytest.raises(IntegrityError, match="lower_case"), transaction.atomic():
        User.objects.filter(pk=house.finance.user.pk).update(email="Finance@vendor.example")
