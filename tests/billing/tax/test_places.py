"""Yen have no decimals and dinars three: on the way from the terms to the bundle no floor adds or loses one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.credit_parts import OfUsers, Whole
from billing.models import Invoice, InvoiceDocument
from billing.operations.adjust_draft import AdjustmentRefused, adjust_draft
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.render_document import render_document
from ground.storage import stored_path
from rollcall.evidence.verify import verify_bundle
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from tests.billing.story import APRIL, MARCH, at, people, per_user, story_of, terms_json
from tests.cast import House


@dataclass(frozen=True, kw_only=True)
class Told:
    """What March and April come to in a currency: 13 users at a price with a fraction, three more afterwards."""

    currency: str
    price: str
    rate: str
    net: str
    tax: str
    gross: str
    settled: str
    given_back: tuple[str, str]


STORIES = (
    # 13 x 435.5 = 5661.5; 10 % of 5662 = 566.2. 16 users are 6968, so 1306 more. Two users back: 871, tax 87.1.
    Told(
        currency="JPY", price="435.5", rate="10", net="5662", tax="566", gross="6228", settled="1306",
        given_back=("871", "87"),
    ),
    # 13 x 4.3555 = 56.6215; 5 % of 56.622 = 2.8311. 16 users are 69.688, so 13.066 more. Two back: 8.711, tax 0.43555.
    Told(
        currency="KWD", price="4.3555", rate="5", net="56.622", tax="2.831", gross="59.453", settled="13.066",
        given_back=("8.711", "0.436"),
    ),
)  # fmt: skip


def texts_of_amounts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every amount of a snapshot, by the key under which it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("amount", "net", "gross", "base", "tax", "prepaid", "payable") and isinstance(inner, str):
                yield f"{path}.{key}", inner
            else:
                yield from texts_of_amounts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of_amounts(inner, path)


def verified(invoice: Invoice) -> None:
    render_document(invoice_id=invoice.pk, now=at(5, 20))
    made = make_bundle(invoice_id=invoice.pk, now=at(5, 20))
    key = invoice.customer.legal_entity.keys.get().public_key
    found = verify_bundle(stored_path(made.storage_key, made.sha256), key=bytes(key))
    assert [one.words() for one in found.differences] == []
    assert InvoiceDocument.objects.filter(invoice=invoice, kind=InvoiceDocument.Kind.PDF).exists()


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.currency)
def test_bill_true_up_and_credit_keep_the_decimals_of_their_currency(committed_house: House, told: Told) -> None:
    terms = terms_json(currency=told.currency, charges=per_user(told.price), tax={"category": "S", "rate": told.rate})
    story = story_of(committed_house, terms=terms)
    story.deliver(people(13), MARCH, now=at(4, 2))
    first = story.bill(MARCH, now=at(4, 3))
    assert (first.net_amount, first.tax_amount, first.gross_amount) == (
        Decimal(told.net), Decimal(told.tax), Decimal(told.gross),
    )  # fmt: skip
    story.deliver(people(16), MARCH, now=at(4, 10), made_at=at(4, 10))
    [true_up] = story.row(MARCH).true_ups.all()
    story.accept(true_up, now=at(4, 11))
    story.deliver(people(13), APRIL, now=at(5, 2))
    second = story.bill(APRIL, now=at(5, 3))
    assert [line.amount for line in second.lines.order_by("position")] == [Decimal(told.net), Decimal(told.settled)]
    note = credit_invoice(
        actor=story.finance, invoice=second, parts=[OfUsers(position=1, users=2)],
        reason="Two people had left before.", now=at(5, 4),
    )  # fmt: skip
    note = finalize_invoice(actor=story.finance, invoice=note, now=at(5, 4), today=date(2026, 5, 4))
    assert (note.net_amount, note.tax_amount) == tuple(map(Decimal, told.given_back))
    places = len(told.net.partition(".")[2])
    for invoice in (first, second, note):
        amounts = list(texts_of_amounts({key: invoice.frozen[key] for key in ("lines", "working", "totals")}))
        assert amounts
        assert {(path, len(text.partition(".")[2])) for path, text in amounts} == {
            (path, places) for path, _ in amounts
        }
        verified(invoice)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "0.5"), ("KWD", "0.0005"), ("EUR", "0.005")])
def test_what_a_person_writes_has_no_more_decimals_than_the_currency(
    committed_house: House, currency: str, amount: str
) -> None:
    terms = terms_json(currency=currency, charges=per_user("10"))
    story = story_of(committed_house, terms=terms)
    story.deliver(people(3), MARCH, now=at(4, 2))
    draft = story.close(MARCH, now=at(4, 3)).invoice
    assert draft is not None
    with pytest.raises(AdjustmentRefused):
        adjust_draft(
            actor=story.finance,
            invoice=draft,
            amount=Decimal(amount),
            reason="A discount agreed by mail.",
            now=at(4, 3),
        )
    with pytest.raises(TermsRefused, match=r"decimals|whole"):
        ContractTerms.from_json(terms | {"limits": {"floor": {"minimum_amount": amount}}})


def test_all_of_a_bill_in_dinars_goes_back_to_nothing(committed_house: House) -> None:
    terms = terms_json(currency="KWD", charges=per_user("4.3555"), tax={"category": "S", "rate": "5"})
    story = story_of(committed_house, terms=terms)
    story.deliver(people(13), MARCH, now=at(4, 2))
    invoice = story.bill(MARCH, now=at(4, 3))
    back = []
    for day, part in ((4, OfUsers(position=1, users=5)), (5, Whole())):
        note = credit_invoice(
            actor=story.finance, invoice=invoice, parts=[part], reason="The contract was ended by agreement.",
            now=at(4, day),
        )  # fmt: skip
        back.append(finalize_invoice(actor=story.finance, invoice=note, now=at(4, day), today=date(2026, 4, day)))
    assert sum(note.net_amount for note in back) == invoice.net_amount
    assert sum(note.tax_amount for note in back) == invoice.tax_amount
