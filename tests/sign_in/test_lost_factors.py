"""A lost second factor is taken away by a colleague who may, with a reason, and never by its own person like this."""

import io
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client

from licenses.models import FactorRemoval, User
from tests.cast import House
from tests.sign_in.codes import age_proofs, by_password, code_of, give_factor, is_signed_in, signed_in

PAGE = "/admin/people/{}/second-factor/"
WHY = {"reason": "Telephone stolen; called her at home."}


@pytest.fixture
def colleague(house: House) -> User:
    give_factor(house.finance.user)
    return house.finance.user


def test_an_administrator_takes_it_away_and_the_person_is_out(house: House, colleague: User) -> None:
    theirs, client = signed_in(colleague), by_password(house.vendor_admin.user)
    record = client.get(f"/admin/licenses/user/{colleague.pk}/change/").content.decode()
    assert PAGE.format(colleague.pk) in record
    assert "Take it away" in client.get(PAGE.format(colleague.pk)).content.decode()

    answer = client.post(PAGE.format(colleague.pk), WHY, follow=True)

    assert "has no second factor any more" in answer.content.decode()
    assert WHY["reason"] in answer.content.decode()
    assert not Authenticator.objects.filter(user=colleague).exists()
    removal = FactorRemoval.objects.get()
    assert (removal.person, removal.removed_by) == (colleague, str(house.vendor_admin.actor))
    assert not is_signed_in(theirs)
    assert is_signed_in(by_password(colleague))


def test_without_a_reason_nothing_happens(house: House, colleague: User) -> None:
    answer = by_password(house.vendor_admin.user).post(PAGE.format(colleague.pk), {"reason": " "})

    assert answer.status_code == 422
    assert Authenticator.objects.filter(user=colleague).exists()


@pytest.mark.parametrize("who", ["finance", "account_manager", "customer_admin_a"])
def test_nobody_else_may(house: House, who: str) -> None:
    person = house.vendor_admin.user
    give_factor(person)
    client = Client()
    client.force_login(getattr(house, who).user)

    page = client.get(PAGE.format(person.pk))
    assert page.status_code == (200 if getattr(house, who).user.is_staff else 302)
    assert "Take it away" not in page.content.decode()
    assert client.post(PAGE.format(person.pk), WHY).status_code in (302, 403)
    assert Authenticator.objects.filter(user=person).exists()


def test_the_own_one_stays(house: House) -> None:
    person = house.vendor_admin.user
    give_factor(person)
    client = signed_in(person)

    assert "the page of your account" in client.get(PAGE.format(person.pk)).content.decode()
    assert client.post(PAGE.format(person.pk), WHY).status_code == 422
    assert Authenticator.objects.filter(user=person).exists()


def test_it_asks_for_a_fresh_proof(house: House, colleague: User) -> None:
    give_factor(house.vendor_admin.user)
    client = signed_in(house.vendor_admin.user)
    age_proofs(client, 16)

    assert client.post(PAGE.format(colleague.pk), WHY).status_code == 403
    assert Authenticator.objects.filter(user=colleague).exists()
    client.post(PAGE.format(colleague.pk), {**WHY, "step_up-code": code_of(house.vendor_admin.user, later=1)})
    assert not Authenticator.objects.filter(user=colleague).exists()


def test_what_was_taken_away_is_on_record_for_good(house: House, colleague: User) -> None:
    call_command("second_factor", remove=colleague.email, reason="Nobody else can sign in.", stdout=io.StringIO())
    assert FactorRemoval.objects.get().removed_by == "operator"

    for change in ({"reason": "other"}, None):
        with pytest.raises(DatabaseError), transaction.atomic():
            FactorRemoval.objects.update(**change) if change else FactorRemoval.objects.all().delete()
    with pytest.raises(CommandError, match="has no second factor and no connected account"):
        call_command("second_factor", remove=colleague.email, reason="again", stdout=io.StringIO())


@pytest.mark.parametrize(("word", "expected"), [("required", []), ("offered", ["rollcall.W001"])])
def test_the_deploy_check_asks_for_it(settings: Any, word: str, expected: list[str]) -> None:
    settings.SECOND_FACTOR = word
    found = [str(one.id) for one in run_checks(tags=["security"], include_deployment_checks=True)]
    assert [one for one in found if one.startswith("rollcall.")] == expected
