"""What a program reads with a key: its own and nothing else, in pages, with decimals as text."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from billing.models import Invoice
from licenses.api.views import OneCustomer
from licenses.models import ApiKey, Scope
from licenses.operations.make_api_key import ScopesRefused, TooManyKeys, make_api_key
from licenses.operations.revoke_api_key import revoke_api_key
from tests.api.calls import CUSTOMERS_OWN, MADE_AT, Program, program_of, rows
from tests.cast import BUILDER
from tests.portal.conftest import TODAY, Played, fixed_today, played, played_once

__all__ = ["fixed_today", "played", "played_once"]

LISTS = ("customers", "contracts", "instances", "jobs", "usage/reports", "counts", "invoices", "credit-notes")


@pytest.fixture(scope="module")
def of_a(played: Played) -> Iterator[Program]:
    return program_of(played.house.customer_a)


@pytest.fixture(scope="module")
def of_b(played: Played) -> Iterator[Program]:
    return program_of(played.house.customer_b)


@pytest.fixture(scope="module")
def of_vendor(played: Played) -> Iterator[Program]:
    return program_of(None)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_holds_the_own_rows_alone(of_a: Program, of_b: Program, of_vendor: Program, address: str) -> None:
    everything = {row["id"] for row in rows(of_vendor.get(address, limit=200))}
    of_each = [{row["id"] for row in rows(program.get(address, limit=200))} for program in (of_a, of_b)]

    assert of_each[0] & of_each[1] == set()
    assert of_each[0] | of_each[1] <= everything
    if address != "credit-notes":
        assert all(of_each)
    for own, other in ((of_a, of_each[1]), (of_b, of_each[0])):
        for public_id in other:
            assert own.get(f"{address}/{public_id}").status_code == 404


def test_an_invoice_with_its_documents(played: Played, of_a: Program, of_b: Program) -> None:
    invoice = Invoice.objects.get(pk=played.invoice.pk)

    seen = of_a.get(f"invoices/{invoice.public_id}").json()

    assert (seen["number"], seen["currency"]) == (invoice.number, "EUR")
    assert seen["gross_amount"] == f"{invoice.gross_amount:.2f}"
    assert sum(float(line["amount"]) for line in seen["lines"]) == pytest.approx(float(invoice.net_amount))
    links = {link["kind"]: link["href"].partition("/api/v1/")[2] for link in seen["documents"]}
    assert {"pdf", "factur-x"} <= links.keys()
    first = {"pdf": b"%PDF", "bundle": b"PK\x03\x04"}
    for kind, address in links.items():
        response = of_a.get(address)
        assert response.getvalue().lstrip().startswith(first.get(kind, b"<")), kind
        assert of_b.get(address).status_code == 404


def test_pages_follow_each_other_without_a_gap(of_vendor: Program) -> None:
    all_at_once = [row["id"] for row in rows(of_vendor.get("jobs", limit=200))]
    one_by_one: list[str] = []
    response = of_vendor.get("jobs", limit=3)
    while True:
        one_by_one += [row["id"] for row in rows(response)]
        following = response.json()["next"]
        if following is None:
            break
        response = of_vendor.client.get(following, headers={"Authorization": f"Bearer {of_vendor.text}"})

    assert len(all_at_once) > 3
    assert one_by_one == all_at_once


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401),
        ("Basic Zm9vOmJhcg==", 401),
        ("Bearer", 401),
        ("Bearer rollcall_000000000000_" + "A" * 43, 401),
        ("Bearer \x00", 401),
    ],
)
def test_without_a_key_nobody_is_answered(played: Played, header: str, status: int) -> None:
    response = Client().get("/api/v1/customers", headers={"Authorization": header} if header else {})

    assert response.status_code == status
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json().keys() == {"type", "title", "status", "detail", "instance"}


def test_a_revoked_and_an_expired_key_let_nobody_in(played: Played) -> None:
    customer = played.house.customer_a
    made = make_api_key(actor=BUILDER, name="short", scopes=CUSTOMERS_OWN, customer=customer, now=MADE_AT)
    ends = TODAY + timedelta(minutes=1)
    ending = make_api_key(
        actor=BUILDER, name="ends", scopes=CUSTOMERS_OWN, customer=customer, now=MADE_AT, expires_at=ends
    )
    assert Program(made.text).get("customers").status_code == 200
    assert Program(ending.text).get("customers").status_code == 200
    ApiKey.objects.get(pk=made.key.pk, last_used_at=TODAY)

    revoke_api_key(actor=played.house.customer_admin_a.actor, key=made.key, now=TODAY)
    late = make_api_key(
        actor=BUILDER, name="late", scopes=CUSTOMERS_OWN, customer=customer, now=MADE_AT, expires_at=TODAY
    )

    assert Program(made.text).get("customers").status_code == 401
    assert Program(late.text).get("customers").status_code == 401
    wrong = made.text[:-1] + ("A" if made.text[-1] != "A" else "B")
    assert Program(wrong).get("customers").status_code == 401
    assert not ApiKey.objects.filter(secret_sha256__contains=made.text[-43:]).exists()


def test_a_key_does_what_it_was_made_for_alone(played: Played) -> None:
    house = played.house
    reporting = program_of(house.customer_a, instance=house.instance_a)
    billing = program_of(house.customer_a, Scope.BILLING_READ, name="billing")

    assert {address: reporting.get(address).status_code for address in LISTS} == dict.fromkeys(LISTS, 403)
    assert billing.get("invoices").status_code == 200
    assert billing.get("contracts").json()["detail"] == "This key lacks the scope licenses:read."
    for address in ("plans", "true-ups"):
        assert program_of(house.customer_b, name=address).get(address).status_code == 403


def test_two_keys_of_a_name_live_and_a_third_is_refused(played: Played) -> None:
    customer = played.house.customer_b
    first, _ = (
        make_api_key(actor=BUILDER, name="pair", scopes=CUSTOMERS_OWN, customer=customer, now=MADE_AT) for _ in range(2)
    )
    with pytest.raises(TooManyKeys):
        make_api_key(actor=BUILDER, name="pair", scopes=CUSTOMERS_OWN, customer=customer, now=MADE_AT)
    revoke_api_key(actor=BUILDER, key=first.key, now=TODAY)
    make_api_key(actor=BUILDER, name="pair", scopes=CUSTOMERS_OWN, customer=customer, now=TODAY)


def test_scopes_that_no_such_key_may_have(played: Played) -> None:
    house = played.house
    for scopes, instance in (
        ([], None),
        (["everything"], None),
        ([Scope.LICENSES_WRITE], None),
        ([Scope.USAGE_READ], house.instance_a),
        ([Scope.USAGE_WRITE], house.instance_b),
    ):
        with pytest.raises(ScopesRefused):
            make_api_key(
                actor=BUILDER, name="odd", scopes=scopes, customer=house.customer_a, instance=instance, now=MADE_AT
            )


@pytest.mark.parametrize("address", ["nothing", "customers/", "invoices/x/y/z"])
def test_an_address_that_is_none_is_a_problem_too(of_a: Program, address: str) -> None:
    response = of_a.get(address)

    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


@override_settings(API_REQUESTS_PER_MINUTE=2)
def test_who_asks_too_often_is_told_when_to_come_back(played: Played) -> None:
    often = program_of(played.house.customer_a, name="often")

    answers = [often.get("customers") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 61
    assert answers[2].json()["type"] == "urn:rollcall:problem:throttled"


def test_a_fault_of_ours_is_a_problem_without_words_about_us(of_a: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(OneCustomer, "get_queryset", broken)
    response = of_a.get("customers/x")

    assert (response.status_code, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert "secret" not in response.content.decode()
