"""A session ends when nobody is there, when it is old, and everywhere else when a password or a factor changes."""

from typing import Any

import pytest
from django.test import Client

from licenses.models import User
from tests.cast import PASSWORD, House
from tests.sign_in.codes import SIGN_IN, by_password, code_for, code_of, give_factor, is_signed_in, signed_in

NEW = "another-good-passphrase"


@pytest.fixture
def person(house: House) -> User:
    return house.customer_admin_a.user


def earlier(client: Client, name: str, seconds: float) -> None:
    """Let what the session remembers under this name have happened earlier."""
    session = client.session
    session[name] -= seconds
    session.save()


@pytest.mark.parametrize(
    ("name", "seconds", "words"),
    [
        ("seen_at", 60 * 60, "Nothing was done here for 60 minutes."),
        ("began_at", 12 * 3600, "You were signed in for 12 hours."),
    ],
)
def test_an_idle_and_an_old_session_end_with_a_sentence(person: User, name: str, seconds: float, words: str) -> None:
    client = by_password(person)
    earlier(client, name, seconds - 30)
    assert client.get("/").status_code == 200
    earlier(client, name, seconds)

    answer = client.get("/invoices/?page=2")

    assert answer["Location"] == f"{SIGN_IN}?next=/invoices/%3Fpage%3D2"
    assert words in client.get(answer["Location"]).content.decode()
    assert "_auth_user_id" not in client.session


def test_whoever_is_there_is_noted_once_a_minute(person: User) -> None:
    client = by_password(person)
    began = client.session["seen_at"]
    client.get("/")
    assert client.session["seen_at"] == began

    earlier(client, "seen_at", 61)
    client.get("/", headers={"HX-Request": "true"})
    assert client.session["seen_at"] == began - 61, "a page that asks by itself is nobody"
    client.get("/")
    assert client.session["seen_at"] >= began


def test_both_times_are_settings(person: User, settings: Any) -> None:
    settings.SESSION_IDLE_MINUTES, settings.SESSION_MOST_HOURS = 5, 1
    client = by_password(person)
    earlier(client, "seen_at", 5 * 60)
    assert not is_signed_in(client)


def test_the_key_changes_at_the_log_in_and_with_every_proof(person: User) -> None:
    give_factor(person)
    client = Client()
    client.get(SIGN_IN)
    keys = [client.session.session_key]
    client.post(SIGN_IN, {"login": person.email, "password": PASSWORD})
    keys.append(client.session.session_key)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(person)})
    keys.append(client.session.session_key)
    client.post("/accounts/2fa/reauthenticate/", {"code": code_of(person, later=1)})
    keys.append(client.session.session_key)

    assert len(set(keys[1:])) == 3
    before_the_code = Client()
    before_the_code.cookies["session"] = str(keys[1])
    assert not is_signed_in(before_the_code)


def test_a_new_password_ends_all_other_sessions(person: User) -> None:
    here, elsewhere = by_password(person), by_password(person)

    answer = here.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}, follow=True
    )

    assert "Your other sessions have ended." in answer.content.decode()
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_a_password_that_was_reset_ends_all_sessions(person: User, mailoutbox: Any) -> None:
    client, anonymous = by_password(person), Client()
    anonymous.post("/accounts/password/reset/", {"email": person.email})
    link = next(word for word in mailoutbox[0].body.split() if "/accounts/password/reset/key/" in word)
    form = anonymous.get(link.partition("testserver")[2], follow=True)
    anonymous.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})

    assert not is_signed_in(client)


def test_a_factor_that_comes_or_goes_ends_all_other_sessions(person: User) -> None:
    here, elsewhere = by_password(person), by_password(person)
    here.get("/accounts/2fa/totp/activate/")
    key = here.session["mfa.totp.secret"]
    here.post("/accounts/2fa/totp/activate/", {"code": code_for(key)})
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)

    elsewhere = signed_in_after(person)
    here.post("/accounts/2fa/totp/deactivate/")

    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def signed_in_after(person: User) -> Client:
    client = by_password(person)
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(person, later=1)}).status_code == 302
    return client


def test_a_closed_account_is_out_at_once(person: User) -> None:
    give_factor(person)
    client = signed_in(person)
    person.is_active = False
    person.save()

    assert not is_signed_in(client)
