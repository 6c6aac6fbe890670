"""The standing cast: the same people, customers and contracts in every test.

The vendor: finance, an account manager, an administrator. Two customers, A in Berlin and B in New York, each with an
administrator, a contract and an instance. And a stranger, who signed in somewhere and belongs to nobody.
`house` builds them inside the test's transaction; `committed_house` in a database of the test's own.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ground.actor import Actor
from licenses.models import Contract, Customer, Instance, LegalEntity, User
from licenses.operations.add_contract_version import add_contract_version
from licenses.operations.add_member import add_member
from licenses.operations.add_person import add_person
from licenses.operations.create_contract import create_contract
from licenses.operations.create_customer import create_customer
from licenses.operations.create_legal_entity import create_legal_entity
from licenses.operations.register_instance import register_instance
from licenses.queries import actor_of_user
from rollcall.period import Period

PASSWORD = "rollcall-demo"
BUILDER = Actor.system("cast")
AGREED_AT = datetime(2025, 12, 1, 9, tzinfo=UTC)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the cast: the row with which one signs in, and the actor that operations take."""

    user: User

    @property
    def actor(self) -> Actor:
        return actor_of_user(self.user)


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything that stands before a test begins."""

    legal_entity: LegalEntity
    customer_a: Customer
    customer_b: Customer
    contract_a: Contract
    contract_b: Contract
    instance_a: Instance
    instance_b: Instance
    finance: Person
    account_manager: Person
    vendor_admin: Person
    customer_admin_a: Person
    customer_admin_b: Person
    stranger: Person


def terms_json(**changes: Any) -> dict[str, Any]:
    """Contract terms as in SHAPES.md: calendar months of 2026 in Berlin, EUR 29.00 per user, a floor of 400 users."""
    return {
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "term": {"start": "2026-01-01", "end": "2027-01-01"},
        "cycle": {"unit": "month", "anchor": "2026-01-01"},
        "metrics": {"active": {"kind": "active_users", "definition": {"actions": ["*"]}, "calculation": "unique"}},
        "charges": {
            "seats": {
                "metric": "active",
                "bill": "in_arrears",
                "price": {
                    "model": "graduated",
                    "bound": "inclusive",
                    "tiers": [{"up_to": 500, "unit_price": "29.00"}, {"up_to": None, "unit_price": "25.00"}],
                },
                "floor": {"minimum_users": 400, "per": "cycle", "shortfall_priced_by": "tiers"},
            }
        },
        "gap_rule": {"rule": "hold", "hold_at_most_days": 10, "then": "bill_known"},
        "true_up": {"ignore_below": "0.00", "settle": "next_invoice"},
        "tax": {"category": "S", "rate": "19"},
    } | changes


def terms_of_b() -> dict[str, Any]:
    """The terms of customer B: USD 31.50 per user in New York, without a floor."""
    return terms_json(
        currency="USD",
        timezone="America/New_York",
        charges={
            "seats": {
                "metric": "active",
                "bill": "in_arrears",
                "price": {"model": "per_user", "unit_price": "31.50"},
            }
        },
        tax={"category": "O", "rate": "0"},
    )


def sign_contract(customer: Customer, number: str, terms: dict[str, Any], active: Period = YEAR) -> Contract:
    """A contract with one version in force."""
    contract = create_contract(
        actor=BUILDER, customer=customer, number=number, product_name="Atlas Analytics Server", po_number="PO-7711"
    )
    add_contract_version(actor=BUILDER, contract=contract, terms=terms, active=active, agreed_at=AGREED_AT)
    return contract


def build_house() -> House:
    """Build the whole cast in the current database."""
    entity = create_legal_entity(
        actor=BUILDER,
        name="Atlas Software GmbH",
        address_lines=["Chausseestraße 8", "10115 Berlin"],
        country="DE",
        vat_id="DE136695976",
        registration="Amtsgericht Charlottenburg HRB 99999",
        iban="DE02120300000000202051",
        bic="BYLADEM1001",
        email="billing@vendor.example",
        portal_url="https://billing.vendor.example",
    )
    customer_a = create_customer(
        actor=BUILDER,
        number="C-1001",
        name="Aurel Maschinenbau GmbH",
        address_lines=["Hafenstraße 3", "20457 Hamburg"],
        country="DE",
        vat_id="DE811569869",
        legal_entity=entity,
    )
    customer_b = create_customer(
        actor=BUILDER,
        number="C-1002",
        name="Birch & Sons, Inc.",
        address_lines=["200 Water Street", "New York, NY 10038"],
        country="US",
        legal_entity=entity,
    )
    contract_a = sign_contract(customer_a, "K-2026-001", terms_json())
    contract_b = sign_contract(customer_b, "K-2026-002", terms_of_b())
    people = {
        name: Person(user=add_person(actor=BUILDER, email=email, full_name=full, vendor_role=role, password=PASSWORD))
        for name, email, full, role in (
            ("finance", "finance@vendor.example", "Fiona Nance", "finance"),
            ("account_manager", "manager@vendor.example", "Amir Manders", "account_manager"),
            ("vendor_admin", "admin@vendor.example", "Ada Minner", "admin"),
            ("customer_admin_a", "admin@aurel.example", "Anna Aurel", ""),
            ("customer_admin_b", "admin@birch.example", "Ben Birch", ""),
            ("stranger", "stranger@nowhere.example", "Sam Stranger", ""),
        )
    }
    add_member(actor=BUILDER, customer=customer_a, user=people["customer_admin_a"].user, role="admin")
    add_member(actor=BUILDER, customer=customer_b, user=people["customer_admin_b"].user, role="admin")
    return House(
        legal_entity=entity,
        customer_a=customer_a,
        customer_b=customer_b,
        contract_a=contract_a,
        contract_b=contract_b,
        instance_a=register_instance(
            actor=BUILDER, contract=contract_a, name="Berlin-1", reports_from=date(2026, 1, 1)
        ),
        instance_b=register_instance(
            actor=BUILDER, contract=contract_b, name="New York-1", reports_from=date(2026, 1, 1)
        ),
        **people,
    )


@pytest.fixture
def house(db: None) -> House:
    """The cast, inside the test's own transaction."""
    return build_house()


@pytest.fixture
def committed_house(cloned_database: str) -> House:
    """The cast, committed in a database of this test alone: for threads, processes and browsers."""
    return build_house()


@pytest.fixture
def finance(house: House) -> Person:
    """The vendor's finance person."""
    return house.finance


@pytest.fixture
def account_manager(house: House) -> Person:
    """The vendor's account manager."""
    return house.account_manager


@pytest.fixture
def vendor_admin(house: House) -> Person:
    """The vendor's administrator."""
    return house.vendor_admin


@pytest.fixture
def customer_admin_a(house: House) -> Person:
    """The administrator of customer A."""
    return house.customer_admin_a


@pytest.fixture
def customer_admin_b(house: House) -> Person:
    """The administrator of customer B."""
    return house.customer_admin_b


@pytest.fixture
def stranger(house: House) -> Person:
    """Somebody who can sign in and belongs to nobody."""
    return house.stranger
