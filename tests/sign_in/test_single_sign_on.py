"""Sign-in through an identity provider lets invited people in, and nobody else; each attack is refused in words."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from ground.sign_in.providers import read_providers
from licenses.models import Membership, User
from licenses.operations.add_member import add_member
from licenses.operations.remove_second_factor import remove_second_factor
from tests.cast import AGREED_AT, BUILDER, House
from tests.sign_in.codes import age_proofs, code_of, give_factor, is_signed_in
from tests.sign_in.provider import SmallProvider, small_provider

ANNA = {"email": "admin@aurel.example", "email_verified": True, "name": "Anna Aurel"}
FIONA = {"email": "finance@vendor.example", "email_verified": True}
STAFF = {"side": "vendor", "domains": ["vendor.example"]}


@pytest.fixture(scope="module")
def running() -> Iterator[SmallProvider]:
    with small_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: SmallProvider, house: House, settings: Any) -> SmallProvider:
    """The provider of customer A, at whose page Anna signs in."""
    running.account = type(running.account)(claims=dict(ANNA))
    running.names_issuer = ""
    settings.OIDC_PROVIDERS = read_providers([running.settings()])
    return running


def refused(answer: Any, words: str, status: int = 403) -> None:
    said = answer.content.decode()
    assert answer.status_code == status, said
    assert words in said
    assert SocialAccount.objects.count() == 0


def test_an_invited_person_signs_in_and_is_known_from_then_on(provider: SmallProvider, house: House) -> None:
    client = Client()
    page = client.get("/accounts/login/?next=/invoices/").content.decode()
    assert 'href="/accounts/oidc/firm/login/?next=%2Finvoices%2F"' in page
    before = client.session.session_key

    answer = provider.sign_in(client, query="?next=%2Finvoices%2F")

    assert answer["Location"] == "/invoices/"
    assert client.get("/invoices/").status_code == 200
    assert client.session.session_key != before
    assert SocialAccount.objects.get().user == house.customer_admin_a.user
    # The address may change at the provider, within what it may speak for: the person is the same.
    provider.account.claims["email"] = "anna.b@aurel.example"
    again = Client()
    assert provider.sign_in(again)["Location"] == "/"
    assert is_signed_in(again)
    assert again.session["_auth_user_id"] == str(house.customer_admin_a.user.pk)


def test_nobody_and_no_membership_comes_to_be(provider: SmallProvider) -> None:
    before = (User.objects.count(), Membership.objects.count())
    provider.account.claims["email"] = "new.person@aurel.example"

    refused(provider.sign_in(Client()), "Nobody has invited new.person@aurel.example. Ask the vendor or an")

    assert (User.objects.count(), Membership.objects.count()) == before


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"email_verified": False}, "has not verified admin@aurel.example"),
        ({"email_verified": None}, "has not verified admin@aurel.example"),
        ({"email": None}, "did not say your e-mail address"),
        ({"email": "admin@birch.example"}, "may not speak for admin@birch.example"),
        ({"email": "finance@vendor.example"}, "may not speak for finance@vendor.example"),
        ({"email": "admin@aurel.example@birch.example"}, "may not speak for"),
    ],
)
def test_the_provider_speaks_for_checked_addresses_of_its_own(
    provider: SmallProvider, claims: dict[str, Any], words: str
) -> None:
    provider.account.claims |= claims
    client = Client()

    refused(provider.sign_in(client), words)

    assert not is_signed_in(client)


def test_staff_do_not_come_in_through_a_customers_provider(provider: SmallProvider, settings: Any) -> None:
    settings.OIDC_PROVIDERS = read_providers([provider.settings(domains=["aurel.example", "vendor.example"])])
    provider.account.claims = dict(FIONA)

    refused(provider.sign_in(Client()), "signs in another way than through Firm account")


def test_customers_do_not_come_in_through_the_vendors(provider: SmallProvider, settings: Any) -> None:
    settings.OIDC_PROVIDERS = read_providers([provider.settings(side="vendor")])

    refused(provider.sign_in(Client()), "signs in another way than through Firm account")


def test_somebody_of_another_customer_too_is_not_let_in(provider: SmallProvider, house: House, settings: Any) -> None:
    settings.OIDC_PROVIDERS = read_providers([provider.settings(customers=["C-1001"])])
    add_member(actor=BUILDER, customer=house.customer_b, user=house.customer_admin_a.user, role="viewer")
    refused(provider.sign_in(Client()), "belongs to a customer for which Firm account does not speak")


def test_a_claim_may_be_asked_for(provider: SmallProvider, settings: Any) -> None:
    settings.OIDC_PROVIDERS = read_providers([provider.settings(claims={"groups": "billing"})])
    refused(provider.sign_in(Client()), "does not count you among the people who may sign in here")

    provider.account.claims["groups"] = ["staff", "billing"]
    assert provider.sign_in(Client()).status_code == 302


def test_a_known_person_whose_account_was_closed_stays_out(provider: SmallProvider, house: House) -> None:
    assert provider.sign_in(Client()).status_code == 302
    User.objects.filter(pk=house.customer_admin_a.user.pk).update(is_active=False)

    answer = provider.sign_in(Client())

    assert answer.status_code == 403
    assert "is closed" in answer.content.decode()


def test_an_address_that_was_given_to_somebody_else_opens_nothing(provider: SmallProvider, house: House) -> None:
    assert provider.sign_in(Client()).status_code == 302
    provider.account.sub = "user-2"
    successor = Client()

    answer = provider.sign_in(successor)

    assert answer.status_code == 403
    assert "connected with another account of Firm account. Ask an administrator" in answer.content.decode()
    assert not is_signed_in(successor)
    remove_second_factor(
        actor=house.vendor_admin.actor, person=house.customer_admin_a.user, reason="New provider.", now=AGREED_AT
    )
    assert provider.sign_in(successor).status_code == 302
    assert SocialAccount.objects.get().uid == "user-2"


@pytest.mark.parametrize(
    ("token", "signed_by"),
    [
        ({"iss": "https://elsewhere.example"}, "itself"),
        ({"aud": "another-client"}, "itself"),
        ({"azp": "another-client"}, "itself"),
        ({"exp": 1_700_000_000}, "itself"),
        ({"exp": None}, "itself"),
        ({"sub": "user-2"}, "itself"),
        ({}, "somebody else"),
        ({}, "nobody"),
        ({}, "the client's secret"),
    ],
)
def test_a_token_that_is_not_right_opens_nothing(
    provider: SmallProvider, token: dict[str, Any], signed_by: str
) -> None:
    provider.account.token, provider.account.signed_by = token, signed_by
    client = Client()

    refused(provider.sign_in(client), "You are not signed in", 401)

    assert not is_signed_in(client)


@pytest.mark.parametrize("nonce", ["of-another-sign-in", None])
def test_a_token_of_another_sign_in_opens_nothing(provider: SmallProvider, nonce: str | None) -> None:
    provider.account.token = {"nonce": nonce}

    refused(provider.sign_in(Client()), "does not belong to this sign-in")


def test_an_answer_to_another_browser_opens_nothing(provider: SmallProvider) -> None:
    victim, attacker = Client(), Client()
    back = provider.authorize(attacker.get("/accounts/oidc/firm/login/")["Location"])

    refused(victim.get("/accounts/oidc/firm/login/callback/", back), "You are not signed in", 401)
    refused(provider.sign_in(victim, state="made-up"), "You are not signed in", 401)
    assert attacker.get("/accounts/oidc/firm/login/callback/", back).status_code == 302
    again = attacker.get("/accounts/oidc/firm/login/callback/", back)
    assert again.status_code == 401, "an answer is taken once"


def test_a_document_of_another_issuer_is_not_followed(provider: SmallProvider) -> None:
    provider.names_issuer = "https://elsewhere.example"

    answer = Client().get("/accounts/oidc/firm/login/")

    refused(answer, "Firm account does not answer", 502)


def test_whoever_leaves_the_providers_page_hears_so(provider: SmallProvider) -> None:
    client = Client()
    asked = provider.authorize(client.get("/accounts/oidc/firm/login/")["Location"])

    answer = client.get(
        "/accounts/oidc/firm/login/callback/", {"error": "access_denied", "state": asked["state"]}, follow=True
    )

    assert "You left the provider" in answer.content.decode()


def test_nobody_connects_an_account_from_within(provider: SmallProvider, house: House) -> None:
    client = Client()
    client.force_login(house.customer_admin_b.user)

    refused(provider.sign_in(client, query="?process=connect"), "connected by signing in with it")


def test_our_second_factor_is_asked_after_the_providers_page(
    provider: SmallProvider, house: House, settings: Any
) -> None:
    settings.SECOND_FACTOR = "required"
    settings.OIDC_PROVIDERS = read_providers([provider.settings(**STAFF)])
    provider.account.claims = FIONA | {"amr": ["pwd", "mfa"]}
    client = Client()
    assert provider.sign_in(client)["Location"] == "/admin/"
    assert client.get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"

    give_factor(house.finance.user)
    client = Client()
    assert provider.sign_in(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(house.finance.user)})
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("amr", [["pwd"], None, "mfa"])
def test_a_trusted_provider_must_say_that_it_asked(
    provider: SmallProvider, house: House, settings: Any, amr: object
) -> None:
    settings.SECOND_FACTOR = "required"
    settings.OIDC_PROVIDERS = read_providers([provider.settings(**STAFF, trusts_second_factor=True)])
    provider.account.claims = FIONA | {"amr": amr}
    client = Client()
    provider.sign_in(client)

    assert client.get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"


def test_a_trusted_provider_proves_anew_by_another_sign_in(
    provider: SmallProvider, house: House, settings: Any
) -> None:
    settings.SECOND_FACTOR = "required"
    settings.OIDC_PROVIDERS = read_providers([provider.settings(**STAFF, trusts_second_factor=True)])
    now = int(time.time())
    provider.account.claims = FIONA | {"amr": ["pwd", "otp"], "auth_time": now}
    client, step = Client(), f"/admin/signing-keys/{house.legal_entity.pk}/announce/"
    provider.sign_in(client)
    assert client.get("/admin/").status_code == 200
    assert client.post(step).status_code == 302

    age_proofs(client, 16)
    asked = client.post(step)
    assert asked.status_code == 403
    assert "?auth_params=prompt%3Dlogin%26max_age%3D0" in asked.content.decode()
    # A log-in of an hour ago is no fresh proof, and neither is one of which nobody says when it was.
    for said in ({"auth_time": now - 3600}, {"auth_time": None}):
        provider.account.claims |= said
        provider.sign_in(client, query="?auth_params=prompt%3Dlogin%26max_age%3D0")
        assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
        assert client.get("/admin/").status_code == 200
        assert client.post(step).status_code == 403
    provider.account.claims |= {"auth_time": now}
    provider.sign_in(client)
    assert client.post(step).status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": "http://login.vendor.example"}, "must be an https address"),
        ({"side": "both"}, "must be vendor or customer"),
        ({"domains": []}, "whose people does it speak for"),
        ({"domains": [], "claims": {"tenant": "7"}}, "it could name anybody's address"),
        ({"secret": ""}, "'secret' is missing"),
        ({"key": "a/b"}, "small letters"),
        ({"domain": ["x.example"]}, "there is no field 'domain'"),
        ({"side": "vendor", "customers": ["C-1"]}, "for providers of the side customer"),
    ],
)
def test_settings_that_would_let_the_wrong_people_in_are_refused(
    running: SmallProvider, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        read_providers([running.settings(**changes)])
