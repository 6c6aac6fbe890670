"""The pages on which people make and revoke keys: the text is shown once, to those who may."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from ground import clock
from ground.models import AnsweredRequest
from ground.operations.forget_requests import forget_requests
from licenses.models import ApiKey, Membership
from tests.api.calls import Program
from tests.cast import House, Person
from tests.portal.conftest import TODAY

KEY = re.compile(r"rollcall_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
PORTAL, DESK = "/instances/keys/", "/admin/api-keys/"


@pytest.fixture(autouse=True)
def fixed_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TODAY)


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def test_an_administrator_makes_a_key_and_revokes_it(house: House) -> None:
    admin = browser(house.customer_admin_a)

    made = admin.post(PORTAL, {"name": "nightly", "scopes": ["billing:read", "usage:read"], "days": "90"})

    (text,) = set(KEY.findall(made.content.decode()))
    assert Program(text).get("invoices").status_code == 200
    key = ApiKey.objects.get()
    assert (key.customer_id, key.scopes, key.expires_at) == (
        house.customer_a.pk,
        ["billing:read", "usage:read"],
        TODAY + timedelta(days=90),
    )
    assert not KEY.search(admin.get(PORTAL).content.decode())
    assert admin.post(f"{PORTAL}{key.prefix}/revoke/").status_code == 302
    assert Program(text).get("invoices").status_code == 401


def test_a_key_of_an_instance_sends_usage_whatever_was_ticked(house: House) -> None:
    said = {"name": "product", "instance": house.instance_a.public_id, "scopes": ["billing:read"]}

    assert browser(house.customer_admin_a).post(PORTAL, said).status_code == 200

    key = ApiKey.objects.get()
    assert (key.instance_id, key.scopes) == (house.instance_a.pk, ["usage:write"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "", "scopes": ["usage:read"]}, "Name the program"),
        ({"name": "x"}, "could do nothing"),
        ({"name": "x", "scopes": ["licenses:write"]}, "the vendor&#x27;s keys only"),
        ({"name": "x", "scopes": ["usage:read"], "days": "0"}, "Write a number of days"),
        ({"name": "x", "instance": "nothing"}, "Choose one of the instances"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(house: House, said: dict[str, object], words: str) -> None:
    response = browser(house.customer_admin_a).post(PORTAL, said)

    assert (response.status_code, words in response.content.decode()) == (422, True)
    assert not ApiKey.objects.exists()


def test_who_is_no_administrator_looks_and_makes_none(house: House) -> None:
    Membership.objects.update(role="billing")
    member = browser(house.customer_admin_a)

    assert "Make the key" not in member.get(PORTAL).content.decode()
    assert member.post(PORTAL, {"name": "x", "scopes": ["usage:read"]}).status_code == 403
    assert not ApiKey.objects.exists()


def test_the_desk_makes_the_vendors_keys_and_those_of_customers(house: House) -> None:
    finance = browser(house.finance)
    for number, customer in (("", None), ("C-1001", house.customer_a.pk)):
        made = finance.post(DESK, {"name": "crm", "customer": number, "scopes": ["licenses:read"]})
        assert len(set(KEY.findall(made.content.decode()))) == 1
        assert ApiKey.objects.latest("pk").customer_id == customer
    assert "no customer of this number" in finance.post(DESK, {"name": "x", "customer": "C-0"}).content.decode()
    refused = browser(house.account_manager).post(DESK, {"name": "x", "scopes": ["licenses:write"]})
    assert refused.status_code == 403
    assert ApiKey.objects.count() == 2


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_month() -> None:
    AnsweredRequest.objects.create(caller="0" * 12, key="k", request_sha256="0" * 64, status=201)
    made = AnsweredRequest.objects.get().created_at

    assert forget_requests(now=made + timedelta(days=29)) == 0
    assert forget_requests(now=made + timedelta(days=31)) == 1
