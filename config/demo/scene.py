"""Set the scene: vendor, people, customers, contracts, instances and directory counts, through the operations.

Everything is looked up by its natural key first, so a second run changes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from billing.models import ApprovalLimit
from billing.operations.set_approval_limit import set_approval_limit
from billing.operations.set_go_live import set_go_live
from config.demo.companies import PASSWORD, STRANGER, VENDOR, VENDOR_CONTACT, VENDOR_PEOPLE, Company
from config.demo.script import APPROVAL_LIMIT
from ground.actor import Actor
from licenses.models import Contract, Customer, Instance, LegalEntity, User
from licenses.operations.add_billing_contact import add_billing_contact
from licenses.operations.add_contract_version import add_contract_version
from licenses.operations.add_member import add_member
from licenses.operations.add_person import add_person
from licenses.operations.change_legal_entity import change_legal_entity
from licenses.operations.create_contract import create_contract
from licenses.operations.create_customer import create_customer
from licenses.operations.create_legal_entity import create_legal_entity
from licenses.operations.issue_license import issue_license
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_instance import register_instance
from rollcall.terms.contract import ContractTerms

SET_UP_AT = datetime(2025, 10, 20, 9, 0, tzinfo=UTC)
DEMO = Actor.system("demo")


def set_scene(*, portal_url: str, companies: Iterable[Company]) -> None:
    """Create whatever of the demo's people, customers and contracts does not exist yet."""
    for email, name, role in VENDOR_PEOPLE:
        _person(email, name, role)
    _person(*STRANGER)
    entity = LegalEntity.objects.filter(name=VENDOR["name"]).first()
    if entity is None:
        entity = create_legal_entity(actor=DEMO, portal_url=portal_url, **VENDOR)  # type: ignore[arg-type]
        entity = change_legal_entity(actor=DEMO, legal_entity=entity, **VENDOR_CONTACT)  # type: ignore[arg-type]
    _limit(entity)
    for company in companies:
        _company(company, entity)


def _limit(entity: LegalEntity) -> None:
    currency, amount, reason = APPROVAL_LIMIT
    if not ApprovalLimit.objects.filter(legal_entity=entity, currency=currency).exists():
        set_approval_limit(
            actor=DEMO, legal_entity=entity, currency=currency, amount=amount, reason=reason, now=SET_UP_AT
        )


def _person(email: str, name: str, role: str = "") -> User:
    known = User.objects.filter(email=email).first()
    return known or add_person(actor=DEMO, email=email, full_name=name, vendor_role=role, password=PASSWORD)


def _company(company: Company, entity: LegalEntity) -> None:
    customer = Customer.objects.filter(number=company.number).first()
    if customer is None:
        customer = create_customer(
            actor=DEMO,
            number=company.number,
            name=company.name,
            address_lines=company.address_lines,
            country=company.country,
            vat_id=company.vat_id,
            language=company.language,
            legal_entity=entity,
        )
    person = _person(*company.admin)
    if not person.memberships.filter(customer=customer).exists():
        add_member(actor=DEMO, customer=customer, user=person, role="admin")
    contract = Contract.objects.filter(customer=customer, number=company.contract_number).first()
    if contract is None:
        contract = create_contract(
            actor=DEMO,
            customer=customer,
            number=company.contract_number,
            product_name=company.product,
            po_number=company.purchase_order,
            account_manager=User.objects.get(email="manager@vendor.example"),
        )
    email, name = company.admin[:2]
    add_billing_contact(actor=DEMO, contract=contract, email=email, name=name, now=company.agreed_at)
    if not contract.versions.exists():
        terms = ContractTerms.from_json(company.terms)
        add_contract_version(
            actor=DEMO,
            contract=contract,
            terms=company.terms,
            active=terms.term,
            agreed_at=company.agreed_at,
        )
        _compare(company, contract)
    for installation in company.installations:
        if not Instance.objects.filter(contract=contract, name=installation.name).exists():
            register_instance(actor=DEMO, contract=contract, name=installation.name, reports_from=company.first_month)
    if company.reports_by and not contract.license_files.exists():
        issue_license(actor=DEMO, contract=contract, now=company.agreed_at)


def _compare(company: Company, contract: Contract) -> None:
    """Rate the first months for comparison only, beside the seats that the contract replaces."""
    if company.live_from is not None:
        set_go_live(
            actor=DEMO,
            contract=contract,
            live_from=company.live_from,
            old_seat_price=company.old_seat_price,
            old_seats=None,
            reason="Two months are compared with the seats of the old agreement.",
            now=company.agreed_at,
        )


def record_directory(company: Company, day: date) -> None:
    """Record how many accounts exist at a customer on a day; recording the same again changes nothing."""
    record_provisioned_count(
        actor=DEMO,
        contract=Contract.objects.get(number=company.contract_number),
        users=company.provisioned,
        date=day,
        source=company.provisioned_source,
        now=datetime(day.year, day.month, day.day, 20, tzinfo=UTC),
    )
