"""Steps that matter ask for a fresh proof: they do nothing without one, and nothing that was filled in is lost."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from ground.sign_in.step_up import mark_of
from licenses.models import ApiKey, User, VendorKey
from tests.cast import House
from tests.sign_in.codes import age_proofs, by_password, code_of, give_factor, signed_in

ANNOUNCE = "/admin/signing-keys/{}/announce/"
REVIEWED = {
    "desk:finalize",
    "desk:start_run",
    "desk:amend",
    "desk:new_contract",
    "desk:publish_plan",
    "desk_keys:api_keys",
    "desk_licenses:announce_vendor_key",
    "desk_licenses:replace_vendor_key",
    "desk_licenses:revoke_vendor_key",
    "desk_licenses:revoke_instance_key",
    "desk_webhooks:retire_secret",
    "desk_webhooks:turn_secret",
    "desk_webhooks:webhooks",
    "licenses:api_keys",
}
KEY = {"customer": "", "name": "Nightly export", "scopes": ["billing:read", "usage:read"]}


@pytest.fixture
def finance(house: House) -> User:
    give_factor(house.finance.user)
    return house.finance.user


def keys_announced(house: House) -> int:
    return VendorKey.objects.filter(legal_entity=house.legal_entity, announced_at__isnull=False).count()


def marked(patterns: list[URLPattern | URLResolver], namespace: str = "") -> dict[str, dict[str, object]]:
    """Every route with a mark, and arguments that could be."""
    found: dict[str, dict[str, object]] = {}
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= marked(pattern.url_patterns, pattern.namespace or namespace)
        elif mark_of(pattern.callback) is not None:
            names = pattern.pattern.converters
            found[f"{namespace}:{pattern.name}"] = {name: 7 if name == "pk" else "x" for name in names}
    return found


MARKED = marked(get_resolver().url_patterns)


def test_the_marks_are_where_they_belong() -> None:
    """Finalizing, new terms, price lists, keys. A mark that is lost, under a decorator or in a move, is heard here."""
    assert set(MARKED) >= REVIEWED


@pytest.mark.parametrize("name", sorted(MARKED))
def test_no_such_step_without_a_fresh_proof(house: House, name: str) -> None:
    """The view is not even asked whether what the address names exists."""
    person = house.customer_admin_a.user if name.startswith("licenses:") else house.finance.user
    give_factor(person)
    client = signed_in(person)
    age_proofs(client, 16)
    address = reverse(name, kwargs=MARKED[name])
    mark = mark_of(resolve(address).func)
    assert mark is not None

    answer = client.post(address, {"do": mark.only_when} if mark.only_when else {})

    assert answer.status_code == 403
    assert "Prove once more that it is you" in answer.content.decode()
    assert html.escape(mark.why) in answer.content.decode()


def test_a_fresh_proof_asks_for_nothing(house: House, finance: User) -> None:
    client = signed_in(finance)

    answer = client.post(ANNOUNCE.format(house.legal_entity.pk))

    assert answer["Location"] == "/admin/signing-keys/"
    assert keys_announced(house) == 1


def test_an_old_proof_is_asked_for_anew_and_the_step_goes_on(house: House, finance: User) -> None:
    client = signed_in(finance)
    age_proofs(client, 16)
    before = client.session.session_key

    asked = client.post(ANNOUNCE.format(house.legal_entity.pk))
    assert asked.status_code == 403
    assert "A new key is announced" in asked.content.decode()
    assert keys_announced(house) == 0
    wrong = client.post(ANNOUNCE.format(house.legal_entity.pk), {"step_up-code": "000000"})
    assert wrong.status_code == 422
    assert keys_announced(house) == 0
    right = client.post(ANNOUNCE.format(house.legal_entity.pk), {"step_up-code": code_of(finance, later=1)})

    assert right["Location"] == "/admin/signing-keys/"
    assert keys_announced(house) == 1
    assert client.session.session_key != before
    client.post(ANNOUNCE.format(house.legal_entity.pk))
    assert keys_announced(house) == 1, "announced once; and nobody was asked again"


def test_what_was_filled_in_stands_on_the_page_that_asks(house: House, finance: User) -> None:
    client = signed_in(finance)
    age_proofs(client, 16)

    page = client.post("/admin/api-keys/", KEY).content.decode()
    kept = dict_of(page)
    assert kept == {"customer": [""], "name": ["Nightly export"], "scopes": ["billing:read", "usage:read"]}
    assert ApiKey.objects.count() == 0
    answer = client.post("/admin/api-keys/", {**kept, "step_up-code": code_of(finance, later=1)})

    assert "It is shown this once" in answer.content.decode()
    assert ApiKey.objects.get().name == "Nightly export"


def dict_of(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form that waits, but for the token of the form itself."""
    form = next(part for part in page.split("<form") if "step_up-code" in part)
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        if name != "csrfmiddlewaretoken":
            fields.setdefault(name, []).append(value)
    return fields


def test_the_code_does_not_come_from_another_site(house: House, finance: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(finance).cookies
    age_proofs(client, 16)

    answer = client.post(ANNOUNCE.format(house.legal_entity.pk), {"step_up-code": code_of(finance, later=1)})

    assert answer.status_code == 403
    assert "Prove once more" not in answer.content.decode()
    assert keys_announced(house) == 0


@pytest.mark.parametrize("do", ["", "preview"])
def test_looking_at_an_amendment_asks_for_nothing(house: House, finance: User, do: str) -> None:
    client = signed_in(finance)
    age_proofs(client, 16)
    address = f"/admin/contracts/{house.contract_a.public_id}/amend/"

    assert client.get(address).status_code == 200
    assert client.post(address, {"do": do}).status_code == 200
    assert client.post(address, {"do": "agree"}).status_code == 403


def test_in_the_portal_it_is_asked_before_the_wall(house: House) -> None:
    person = house.customer_admin_a.user
    give_factor(person)
    client = signed_in(person)
    age_proofs(client, 16)
    form = {"name": "Uploads", "scopes": ["usage:write"]}

    assert client.post("/instances/keys/", form).status_code == 403
    assert ApiKey.objects.count() == 0
    answer = client.post("/instances/keys/", {**form, "step_up-code": code_of(person, later=1)})

    assert answer.status_code == 200
    assert ApiKey.objects.get().customer == house.customer_a


def test_whoever_has_no_factor_passes_where_it_is_only_offered(house: House) -> None:
    client = by_password(house.finance.user)
    age_proofs(client, 600)

    client.post(ANNOUNCE.format(house.legal_entity.pk))

    assert keys_announced(house) == 1


def test_the_minutes_are_a_setting(house: House, finance: User, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 60
    client = signed_in(finance)
    age_proofs(client, 59)
    client.post(ANNOUNCE.format(house.legal_entity.pk))
    assert keys_announced(house) == 1
