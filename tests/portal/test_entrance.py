"""Sign-in and sign-out, the choice of colors, the choice of a company, and the pages for what went wrong."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from licenses.operations.add_member import add_member
from tests.cast import BUILDER, PASSWORD, House

SIGN_IN = "/accounts/login/"


@pytest.fixture
def client(house: House) -> Client:
    return Client()


def test_signing_in_leads_to_the_first_page_and_changes_the_session(client: Client) -> None:
    client.get(SIGN_IN)
    before = client.session.session_key

    response = client.post(SIGN_IN, {"login": "admin@aurel.example", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session.session_key != before


@pytest.mark.parametrize("address", ["admin@aurel.example", "nobody@nowhere.example"])
def test_a_wrong_password_and_an_unknown_address_look_the_same(client: Client, address: str) -> None:
    response = client.post(SIGN_IN, {"login": address, "password": "not-the-password"})

    assert response.status_code == 200
    assert "The email address and/or password you specified are not correct." in response.content.decode()


def test_the_vendor_lands_on_the_desk(client: Client) -> None:
    response = client.post(SIGN_IN, {"login": "finance@vendor.example", "password": PASSWORD})

    assert response["Location"] == "/admin/"


def test_signing_out_needs_a_form(client: Client, house: House) -> None:
    client.force_login(house.customer_admin_a.user)

    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up(client: Client) -> None:
    assert "By invitation only" in client.get("/accounts/signup/").content.decode()


def test_a_forgotten_password_is_reset_by_mail(client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": "admin@aurel.example"}, follow=True)

    assert "Look into your mail" in response.content.decode()
    assert [message.to for message in mail.outbox] == [["admin@aurel.example"]]


@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("mauve", None)])
def test_colors_are_kept_in_a_cookie(client: Client, chosen: str, kept: str | None) -> None:
    response = client.post("/colors/", {"theme": chosen, "next": SIGN_IN})

    assert response["Location"] == SIGN_IN
    assert (client.cookies["theme"].value if "theme" in client.cookies else None) == kept
    assert (f'data-theme="{chosen}"' in client.get(SIGN_IN).content.decode()) is (kept is not None)


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_choice_of_colors_leads_nowhere_else(client: Client, target: str) -> None:
    assert client.post("/colors/", {"theme": "dark", "next": target})["Location"] == "/"


def test_a_person_of_two_companies_sees_one_at_a_time(client: Client, house: House) -> None:
    person = house.customer_admin_a
    add_member(actor=BUILDER, customer=house.customer_b, user=person.user, role="viewer")
    client.force_login(person.user)

    assert "billing for Aurel" in client.get("/").content.decode()
    client.post("/customers/", {"customer": house.customer_b.public_id})
    page = client.get("/").content.decode()

    assert "billing for Birch" in page
    assert "Aurel" not in page


def test_a_company_of_others_cannot_be_chosen(client: Client, house: House) -> None:
    client.force_login(house.customer_admin_a.user)

    response = client.post("/customers/", {"customer": house.customer_b.public_id})

    assert response.status_code == 404
    assert settings.PORTAL_SESSION_KEY not in client.session


def test_an_unknown_address_has_a_kind_page(client: Client) -> None:
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()
    assert "Resolver404" not in response.content.decode()
