"""The checkout hook: asked before bought seats are reduced, at the desk and by the interface; silence allows nothing."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from standardwebhooks import Webhook

from licenses.checkout import CheckoutRefused, reduced_seats
from licenses.models import CheckoutQuestion, Contract, ContractVersion, WebhookDestination
from licenses.operations.add_contract_version import add_contract_version
from licenses.operations.ask_checkout import ask_checkout
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_destination import Registered, register_checkout_hook
from licenses.operations.switch_off_destination import switch_off_destination
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from tests.api.calls import program_of
from tests.billing.desk.test_agreeing import post
from tests.cast import BUILDER, House, Person, sign_contract, terms_json
from tests.licenses.receiver import Receiver
from tests.licenses.test_license_files import NOW, PER_SEAT
from tests.licenses.test_license_pages import open_as
from tests.licenses.test_webhooks import there

__all__ = ["open_as", "there"]

JULY = Period(date(2026, 7, 1), date(2027, 1, 1))


def seats(*bought: tuple[str, int]) -> dict[str, Any]:
    metric = {
        "kind": "seats",
        "bought": [{"from": day, "seats": number} for day, number in bought],
        "removed": "at_once",
    }
    return terms_json(metrics={"seats": metric}, charges={"recurring": PER_SEAT})


BEFORE = seats(("2026-01-01", 100), ("2026-06-01", 120))
FEWER = seats(("2026-01-01", 100), ("2026-06-01", 120), ("2026-07-01", 80))
MORE = seats(("2026-01-01", 100), ("2026-06-01", 120), ("2026-07-01", 140))
LATER_FEWER = seats(("2026-01-01", 100), ("2026-06-01", 120), ("2026-07-01", 140), ("2026-10-01", 119))


@pytest.fixture
def contract(house: House) -> Contract:
    return sign_contract(house.customer_a, "K-2026-009", BEFORE)


@pytest.fixture
def hook(house: House, there: Receiver) -> Registered:
    return hooked(house, there)


def hooked(house: House, there: Receiver, product: str = "") -> Registered:
    there.answers = [(200, b'{"allowed": true}')]
    return register_checkout_hook(
        actor=house.finance.actor,
        url=there.url,
        note="Seat guard",
        legal_entity=house.legal_entity,
        product_name=product,
        now=NOW,
    )


def agree(contract: Contract, terms: dict[str, Any], active: Period = JULY) -> ContractVersion:
    heard = ask_checkout(actor=BUILDER, contract=contract, terms=terms, active=active, now=NOW)
    return add_contract_version(
        actor=BUILDER, contract=contract, terms=terms, active=active, agreed_at=NOW, checkout=heard
    )


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (BEFORE, []),
        (MORE, []),
        (FEWER, [{"feature": "recurring", "from": "2026-07-01", "current": 120, "wanted": 80}]),
        (LATER_FEWER, [{"feature": "recurring", "from": "2026-10-01", "current": 120, "wanted": 119}]),
        (terms_json(), [{"feature": "recurring", "from": "2026-07-01", "current": 120, "wanted": None}]),
    ],
)
def test_seats_are_reduced_where_fewer_would_be_there_on_some_day(
    after: dict[str, Any], found: list[dict[str, Any]]
) -> None:
    before, wanted = ContractTerms.from_json(BEFORE), ContractTerms.from_json(after)
    assert reduced_seats(before=before, after=wanted, first_day=JULY.start) == found
    # What falls by terms that were agreed before is no new reduction.
    assert reduced_seats(before=wanted, after=wanted, first_day=JULY.start) == []


def test_the_hook_is_asked_with_the_state_in_full_and_allows(
    house: House, contract: Contract, there: Receiver, hook: Registered
) -> None:
    record_provisioned_count(actor=BUILDER, contract=contract, users=95, date=date(2026, 5, 1), source="AD", now=NOW)
    assert agree(contract, FEWER).number == 2
    [(headers, body)] = there.got
    assert Webhook(hook.secret).sign(headers["webhook-id"], NOW, body.decode()) == headers["webhook-signature"]
    said = json.loads(body)
    assert (said["type"], said["timestamp"]) == ("checkout.seats_reduced", "2026-05-04T09:30:15Z")
    assert said["data"] == {
        "contract": {"id": contract.public_id, "number": "K-2026-009", "product": "Atlas Analytics Server"},
        "customer": {"id": house.customer_a.public_id, "number": "C-1001"},
        "from": "2026-07-01",
        "reduced": [{"feature": "recurring", "from": "2026-07-01", "current": 120, "wanted": 80}],
        "current": {"version": 1, "features": [{"feature": "recurring", "quantity": 120, "enforced": "product"}]},
        "wanted": {"features": [{"feature": "recurring", "quantity": 80, "enforced": "product"}]},
        "use": {"provisioned_users": {"users": 95, "date": "2026-05-01", "source": "AD"}, "counts": []},
    }
    asked = CheckoutQuestion.objects.get()
    assert (asked.is_allowed, asked.status_code, asked.body.encode()) == (True, 200, body)


@pytest.mark.parametrize("terms", [MORE, BEFORE])
def test_nobody_is_asked_where_no_seat_is_taken_away(
    contract: Contract, there: Receiver, hook: Registered, terms: dict[str, Any]
) -> None:
    assert agree(contract, terms).number == 2
    assert there.got == []


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (200, b'{"allowed": false, "reason": "95  accounts\\nexist."}', "Seat guard refused to reduce the seats: 95 accounts exist."),
        (200, b'{"allowed": false}', "it gave no reason"),
        (200, b'{"allowed": "true"}', "It answered something else"),
        (200, b'{"allowed": 1}', "It answered something else"),
        (200, b'["allowed"]', "It answered something else"),
        (200, b"", "It answered something else"),
        (200, b"\xff", "It answered something else"),
        (200, b"[" * 60_000, "It answered something else"),
        (200, b'{"allowed": true}' + b" " * 70_000, "more than 64 KiB"),
        (500, b'{"allowed": true}', "It answered 500."),
        (302, b'{"allowed": true}', "It answered 302."),
    ],
)  # fmt: skip
def test_anything_but_a_clear_yes_refuses_in_words(
    contract: Contract, there: Receiver, hook: Registered, status: int, answer: bytes, words: str
) -> None:
    there.answers = [(status, answer)]
    with pytest.raises(CheckoutRefused) as refused:
        agree(contract, FEWER)
    assert words in str(refused.value)
    if status != 200 or "something else" in words or "KiB" in words:
        assert "let finance switch the hook off under Webhooks" in str(refused.value)
    assert contract.versions.count() == 1
    assert (len(there.got), CheckoutQuestion.objects.filter(is_allowed=False).count()) == (1, 1)


def test_a_hook_that_is_away_refuses_until_finance_switches_it_off(
    house: House, contract: Contract, hook: Registered
) -> None:
    WebhookDestination.objects.update(url="http://127.0.0.1:1/")
    with pytest.raises(CheckoutRefused, match="Nobody takes connections there") as refused:
        agree(contract, FEWER)
    assert "let finance switch the hook off" in str(refused.value)
    switch_off_destination(actor=house.finance.actor, destination=hook.destination, now=NOW)
    assert agree(contract, FEWER).number == 2


def test_no_way_leads_past_the_hook(contract: Contract, there: Receiver, hook: Registered) -> None:
    def add(terms: dict[str, Any], heard: Any) -> ContractVersion:
        return add_contract_version(
            actor=BUILDER, contract=contract, terms=terms, active=JULY, agreed_at=NOW, checkout=heard
        )

    with pytest.raises(CheckoutRefused, match="was not asked"):
        add(FEWER, None)
    heard = ask_checkout(actor=BUILDER, contract=contract, terms=FEWER, active=JULY, now=NOW)
    # What was allowed for some terms is not allowed for others, nor after the contract has changed.
    with pytest.raises(CheckoutRefused, match="was not asked"):
        add(seats(("2026-01-01", 100), ("2026-06-01", 120), ("2026-07-01", 1)), heard)
    agree(contract, MORE, Period(date(2026, 6, 1), date(2027, 1, 1)))
    with pytest.raises(CheckoutRefused, match="was not asked"):
        add(FEWER, heard)


def test_the_hook_of_the_product_is_asked_before_that_of_the_company(
    house: House, contract: Contract, there: Receiver, hook: Registered
) -> None:
    hooked(house, there, product="Another product")
    own = hooked(house, there, product="Atlas Analytics Server")
    assert agree(contract, FEWER).number == 2
    assert CheckoutQuestion.objects.get().destination == own.destination


def test_the_interface_asks_outside_its_transaction_and_says_the_reason(
    committed_house: House, there: Receiver
) -> None:
    house = committed_house
    contract = sign_contract(house.customer_a, "K-2026-009", BEFORE)
    hooked(house, there)
    program = program_of(None)
    address = f"contracts/{contract.public_id}"

    def agree_by(terms: dict[str, Any], **headers: str) -> Any:
        tag = program.get(address)["ETag"]
        said = {"terms": terms, "active": {"start": "2026-07-01", "end": "2027-01-01"}}
        return program.send(f"{address}/versions", said, If_Match=tag, **headers)

    there.answers = [(200, b'{"allowed": false, "reason": "95 accounts exist."}')]
    refused = agree_by(FEWER)
    assert refused.status_code == 422, refused.content
    assert "Seat guard refused to reduce the seats: 95 accounts exist." in refused.json()["detail"]
    # The question is kept although the request left nothing else behind.
    assert (CheckoutQuestion.objects.count(), contract.versions.count()) == (1, 1)
    there.answers = [(200, b'{"allowed": true}')]
    assert agree_by(FEWER, Idempotency_Key="one").status_code == 201
    assert program.send(f"{address}/versions", b"{", If_Match="*", Idempotency_Key="two").status_code == 400
    assert (len(there.got), contract.versions.count()) == (2, 2)
    assert agree_by(MORE | {"currency": 7}).status_code == 422
    assert program_of(house.customer_a).send(f"{address}/versions", {}).status_code == 403
    assert len(there.got) == 2


def test_the_desk_says_the_reason_at_the_field(
    committed_house: House, there: Receiver, open_as: Callable[[Person], Client]
) -> None:
    house = committed_house
    contract = sign_contract(house.customer_a, "K-2026-009", BEFORE)
    hooked(house, there)
    there.answers = [(200, b'{"allowed": false, "reason": "95 <accounts> exist."}')]
    desk = open_as(house.finance)
    address = reverse("desk:amend", args=[contract.public_id])
    said = {"do": "agree", "first_day": "2026-07-01", "reason": "Fewer people."}
    refused = post(desk, address, FEWER, **said)
    assert refused.status_code == 422
    assert "Seat guard refused to reduce the seats: 95 &lt;accounts&gt; exist." in refused.content.decode()
    assert contract.versions.count() == 1
    there.answers = [(200, b'{"allowed": true}')]
    assert post(desk, address, FEWER, **said).status_code == 302
    assert contract.versions.count() == 2
    hook = WebhookDestination.objects.get()
    log = desk.get(reverse("desk_webhooks:webhook", args=[hook.public_id])).content.decode()
    assert "Seat guard refused to reduce the seats: 95 &lt;accounts&gt; exist." in log
    assert "allowed" in log
