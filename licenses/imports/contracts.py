"""Contracts, each with its first version."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from licenses.imports.cells import Day, Json, Text, Whole
from licenses.imports.table import Image, RowWrong, Table, cell, column
from licenses.imports.terms import dated, in_short, terms_named, understood
from licenses.models import Contract, ContractVersion, Customer, PlanVersion, User
from licenses.operations.add_contract_version import REFUSALS, add_contract_version
from licenses.operations.change_contract import change_contract
from licenses.operations.create_contract import create_contract
from licenses.queries import terms_of
from rollcall.period import zone_names
from rollcall.terms.contract import ContractTerms

PAYMENT_DAYS = 30


class Contracts(Table):
    """One row per contract, named by its number. What was agreed already is never changed by an import."""

    kind = "contracts"
    title = "Contracts"
    words = (
        "What was agreed: terms_from names a published plan or a known policy; or terms holds TERMS.json. Days are "
        "the first and the last of the term; timezone is where a day of a plan or policy begins."
    )
    key = ("number",)
    needed = ("number", "customer", "product")
    sample = (
        (
            "K-2001", "C-2001", "Atlas Analytics Server", "PO-4711", "04011000-1234512345-06", "30", "",
            "2026-01-01", "2026-12-31", "active-in-30-days", "Europe/Berlin", "",
        ),
        (
            "K-2002", "C-2002", "Atlas Analytics Server", "", "", "14", "", "", "", "", "",
            '{"currency": "EUR", "timezone": "Europe/Paris", "term": {"start": "2026-01-01", "end": "2027-01-01"}, '
            '"cycle": {"unit": "month", "anchor": "2026-01-01"}, "metrics": {"active": {"kind": "active_users", '
            '"definition": {"actions": ["*"]}}}, "charges": {"users": {"metric": "active", "price": {"model": '
            '"per_user", "unit_price": "29.00"}}}, "gap_rule": {"rule": "hold", "hold_at_most_days": 10, "then": '
            '"bill_known"}, "true_up": {"ignore_below": "0.00", "settle": "next_invoice"}, "tax": {"category": "S", '
            '"rate": "20"}}',
        ),
    )  # fmt: skip

    number = column("number", Text(longest=40, needed=True))
    customer = column("customer", Text(longest=40, needed=True))
    product = column("product", Text(longest=200, needed=True), attribute="product_name")
    purchase_order = column("purchase_order", Text(longest=100), attribute="po_number")
    buyer_reference = column("buyer_reference", Text(longest=100))
    payment_days = column("payment_days", Whole(empty=PAYMENT_DAYS))
    account_manager = column("account_manager", Text(longest=254))
    starts = column("starts", Day())
    ends = column("ends", Day())
    terms_from = column("terms_from", Text(longest=200))
    timezone = column("timezone", Text(longest=64))
    terms = column("terms", Json(), attribute="terms")

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return the contract of this number, with the terms of its first version."""
        found = Contract.objects.filter(number=cell(row, "number"))
        known = found.select_related("customer", "account_manager").first()
        if known is None:
            return None
        return Image(
            number=known.number,
            customer=known.customer.number,
            product_name=known.product_name,
            po_number=known.po_number,
            buyer_reference=known.buyer_reference,
            payment_days=known.payment_days,
            account_manager=known.account_manager.email if known.account_manager is not None else "",
            starts=None,
            ends=None,
            terms_from="",
            timezone="",
            terms=in_short(terms_of(first)) if (first := _first_version(known)) is not None else "",
        )

    def complete(self, image: Image) -> None:
        """Understand the terms, and hold them in a line that differs wherever they do."""
        meaning = _meaning(image)
        image.meaning, image.plan_version = meaning if meaning is not None else (None, None)
        image.starts, image.ends, image.terms_from, image.timezone = None, None, "", ""
        if image.meaning is not None:
            image.terms = in_short(image.meaning)

    def write(self, image: Image, is_new: bool) -> None:
        """Create the contract and agree on its terms, or change its paper."""
        paper = {
            "product_name": image.product_name,
            "po_number": image.po_number or "",
            "buyer_reference": image.buyer_reference or "",
            "payment_days": PAYMENT_DAYS if image.payment_days is None else image.payment_days,
            "account_manager": _manager(image.account_manager or ""),
        }
        if is_new:
            contract = self._created(image, paper)
        else:
            contract = Contract.objects.select_related("customer").get(number=image.number)
            if contract.customer.number != image.customer:
                raise RowWrong(
                    "customer", f"{image.number} was signed by {contract.customer.number}; that never changes."
                )
            change_contract(actor=self.actor, contract=contract, reason="first run", **paper)
        if image.meaning is not None:
            self._agree(contract, image.meaning, image.plan_version)

    def _created(self, image: Image, paper: dict[str, Any]) -> Contract:
        customer = Customer.objects.filter(number=image.customer).first()
        if customer is None:
            raise RowWrong("customer", f"There is no customer {image.customer}. Import the customers first.")
        if image.meaning is None:
            raise RowWrong("terms_from", "Say what was agreed: a plan or a policy here, or TERMS.json under terms.")
        return create_contract(actor=self.actor, customer=customer, number=image.number, **paper)

    def _agree(self, contract: Contract, meaning: ContractTerms, plan_version: PlanVersion | None) -> None:
        first = _first_version(contract)
        if first is not None:
            if first.terms_digest != meaning.digest():
                raise RowWrong(
                    "terms", f"{contract.number} has other terms already. Terms change by an amendment, on its page."
                )
            return
        try:
            add_contract_version(
                actor=self.actor,
                contract=contract,
                terms=meaning.to_json(),
                active=meaning.term,
                agreed_at=self.now,
                reason="first run",
                plan_version=plan_version,
            )
        except REFUSALS as refused:
            raise RowWrong("terms", str(refused)) from refused


def _first_version(contract: Contract) -> ContractVersion | None:
    return ContractVersion.objects.filter(contract=contract).order_by("number").first()


def _meaning(image: Image) -> tuple[ContractTerms, PlanVersion | None] | None:
    """Return what the cells agree on, and the plan it came from; None where they say nothing of terms."""
    name, document = image.terms_from or "", image.terms if isinstance(image.terms, dict) else None
    if name and document is not None:
        raise RowWrong("terms", "Terms stand here and under terms_from. Leave one of them empty.")
    if not name and document is None:
        return None
    start, end = image.starts, image.ends
    if (start is None) != (end is None) or (start is not None and end < start):
        raise RowWrong("ends", "Give the first and the last day of the term, in this order.")
    if document is not None:
        if image.timezone:
            raise RowWrong("timezone", "TERMS.json says its time zone itself. Leave this cell empty.")
        if start is not None:
            document = dated(document, start=start, end=end + timedelta(days=1))
        return understood(document, column="terms"), None
    if start is None:
        raise RowWrong("starts", f"“{name[:60]}” has no days of its own: give the first and the last day of the term.")
    terms, plan_version = terms_named(name)
    if image.timezone:
        if image.timezone not in zone_names():
            raise RowWrong("timezone", f"“{image.timezone}” is no time zone; write one such as Europe/Berlin.")
        terms = {**terms, "timezone": image.timezone}
    return understood(dated(terms, start=start, end=end + timedelta(days=1)), column="terms_from"), plan_version


def _manager(email: str) -> User | None:
    """Return the vendor's person of this address. Raises RowWrong."""
    if not email:
        return None
    found = User.objects.filter(email=email.lower(), is_active=True).exclude(vendor_role="").first()
    if found is None:
        raise RowWrong("account_manager", f"Nobody of yours signs in as {email}. Leave it empty, or invite the person.")
    return found
