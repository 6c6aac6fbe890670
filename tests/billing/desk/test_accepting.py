"""The customer accepts whom its contract counts: who, when, and exactly what they read."""

import re
from datetime import date

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from billing.queries.definitions import definition_cards
from ground.actor import NotAllowed
from ground.portal_wall import portal_transaction
from licenses.models import DefinitionAcceptance, Membership
from licenses.operations.accept_definition import CasesChanged, accept_definition
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.desk.conftest import words
from tests.billing.story import at
from tests.cast import House, Person, terms_json


def accept(house: House, person: Person, *, seen: str = "") -> DefinitionAcceptance:
    version = house.contract_a.versions.get()
    (card,) = definition_cards(version=version)
    return accept_definition(
        actor=person.actor,
        user=person.user,
        version=version,
        metric_name=card.metric_name,
        definition_digest=card.digest,
        cases=[case.to_json() for case in card.cases],
        seen_digest=seen or card.cases_digest,
        now=at(5, 12),
    )


def test_the_customer_accepts_in_the_portal_and_the_desk_shows_it(committed_house: House, manager: Client) -> None:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    page = words(client.get("/contract/"))
    fields = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("version", "metric", "cases")}
    said = {name: found[1] for name, found in fields.items() if found}
    assert sorted(said) == ["cases", "metric", "version"]

    client.post("/contract/", said)
    assert DefinitionAcceptance.objects.count() == 0, "the box was not ticked"
    client.post("/contract/", said | {"read": "on"})
    client.post("/contract/", said | {"read": "on"})
    row = DefinitionAcceptance.objects.get()
    (card,) = definition_cards(version=committed_house.contract_a.versions.get())
    assert (row.accepted_by, row.accepted_email, row.accepted_at) == ("Anna Aurel", "admin@aurel.example", at(5, 12))
    assert (row.definition_digest, row.cases_digest) == (card.digest, card.cases_digest)
    assert row.cases == [case.to_json() for case in card.cases]
    assert "Accept this definition" not in words(client.get("/contract/"))
    desk = words(manager.get(f"/admin/contracts/{committed_house.contract_a.public_id}/"))
    assert "Anna Aurel (admin@aurel.example)" in desk


def test_other_cases_than_those_that_were_read_are_not_accepted(committed_house: House) -> None:
    with pytest.raises(CasesChanged, match="Read them again"):
        accept(committed_house, committed_house.customer_admin_a, seen="sha256:0")
    assert DefinitionAcceptance.objects.count() == 0


def test_only_administrators_of_the_customer_accept(committed_house: House) -> None:
    for person in (committed_house.account_manager, committed_house.customer_admin_b, committed_house.stranger):
        with pytest.raises(NotAllowed):
            accept(committed_house, person)
    Membership.objects.filter(user=committed_house.customer_admin_a.user).update(role="viewer")
    with pytest.raises(NotAllowed, match="an administrator of the customer accepts"):
        accept(committed_house, committed_house.customer_admin_a)
    assert DefinitionAcceptance.objects.count() == 0


def test_a_word_that_was_given_stands(committed_house: House) -> None:
    row = accept(committed_house, committed_house.customer_admin_a)
    with pytest.raises(DatabaseError), transaction.atomic():
        DefinitionAcceptance.objects.filter(pk=row.pk).update(accepted_by="Somebody else")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()
    with portal_transaction(committed_house.customer_b.pk):
        assert DefinitionAcceptance.objects.count() == 0


def test_a_definition_to_come_waits_for_its_own_word(committed_house: House, manager: Client) -> None:
    accept(committed_house, committed_house.customer_admin_a)
    other = terms_json(
        metrics={"active": {"kind": "active_users", "definition": {"actions": ["login"], "min_days": 2}}}
    )
    add_contract_version(
        actor=committed_house.account_manager.actor,
        contract=committed_house.contract_a,
        terms=other,
        active=Period(date(2026, 7, 1), date(2027, 1, 1)),
        agreed_at=at(5, 12),
    )
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    page = words(client.get("/contract/"))
    assert page.count("Accept this definition") == 1
    assert 'name="version" value="2"' in page
    assert "<ins>An active user is a person who did login on at least 2 days" in page
    found = re.search(r'name="cases" value="([^"]*)"', page)
    assert found is not None
    client.post("/contract/", {"version": "2", "metric": "active", "cases": found[1], "read": "on"})
    assert "Accept this definition" not in words(client.get("/contract/"))
    assert DefinitionAcceptance.objects.filter(version__number=2).count() == 1
    assert "not yet" not in words(manager.get(f"/admin/contracts/{committed_house.contract_a.public_id}/"))
