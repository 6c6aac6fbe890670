"""The second factor of staff and customers: set-up, log-in, codes that open once, and who may take one away."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.db import connection
from django.test import Client

from ground.sign_in.forms import TRIES_AN_HOUR, begin_try, forget_tries
from licenses.models import User
from tests.cast import PASSWORD, House
from tests.sign_in.codes import (
    SIGN_IN,
    by_password,
    code_for,
    code_of,
    give_factor,
    is_signed_in,
    recovery_codes,
    signed_in,
)

ACTIVATE = "/accounts/2fa/totp/activate/"
AUTHENTICATE = "/accounts/2fa/authenticate/"


@pytest.fixture
def finance_user(house: House) -> User:
    return house.finance.user


@pytest.fixture
def required(settings: Any) -> None:
    settings.SECOND_FACTOR = "required"


def set_up(client: Client) -> str:
    """Walk through the page that sets up an app; return its key."""
    page = client.get(ACTIVATE).content.decode()
    found = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    assert found, page
    key = found[1].replace(" ", "")
    answer = client.post(ACTIVATE, {"code": code_for(key)})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/recovery-codes/")
    return key


@pytest.mark.usefixtures("required")
def test_staff_without_a_factor_set_one_up_before_the_desk_opens(finance_user: User) -> None:
    client = by_password(finance_user)
    for address in ("/admin/", "/admin/close/", "/admin/licenses/user/", "/admin/password_change/"):
        assert client.get(address)["Location"] == ACTIVATE, address
    assert client.post("/admin/close/runs/", {"do": "finalize"})["Location"] == ACTIVATE
    page = client.get(ACTIVATE).content.decode()
    assert "Everybody who works at the vendor" in page
    assert 'src="data:image/svg+xml;base64,' in page

    set_up(client)

    kept = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(code in kept for code in recovery_codes(finance_user))
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("required")
def test_a_log_in_that_asks_for_no_code_opens_no_desk(finance_user: User) -> None:
    give_factor(finance_user)
    client = Client()
    client.force_login(finance_user)

    answer = client.get("/admin/close/?month=2026-04")

    assert answer["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Fclose%2F%3Fmonth%3D2026-04"
    proven = client.post("/accounts/2fa/reauthenticate/", {"code": code_of(finance_user), "next": "/admin/close/"})
    assert proven["Location"] == "/admin/close/"
    assert client.get("/admin/close/").status_code == 200


def test_the_desk_has_no_log_in_of_its_own(finance_user: User) -> None:
    give_factor(finance_user)
    client = Client()

    answer = client.post("/admin/login/", {"username": finance_user.email, "password": PASSWORD})

    assert answer["Location"].startswith(SIGN_IN)
    assert "_auth_user_id" not in client.session


def test_a_person_with_a_factor_is_asked_for_a_code(finance_user: User) -> None:
    give_factor(finance_user)
    client = by_password(finance_user)

    assert not is_signed_in(client)
    assert client.get("/admin/").status_code == 302
    wrong = client.post(AUTHENTICATE, {"code": "000000"})
    assert "Incorrect code." in wrong.content.decode()
    right = client.post(AUTHENTICATE, {"code": code_of(finance_user)})

    assert right["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_where_it_is_offered_nobody_without_one_is_asked(finance_user: User) -> None:
    assert by_password(finance_user).get("/admin/").status_code == 200


def test_a_code_opens_once(finance_user: User) -> None:
    give_factor(finance_user)
    code = code_of(finance_user)
    assert by_password(finance_user).post(AUTHENTICATE, {"code": code}).status_code == 302

    # The half minute is over for every process, whatever its own memory holds, and so are those before it.
    for used in (code, code_of(finance_user, later=-1)):
        assert "Incorrect code." in by_password(finance_user).post(AUTHENTICATE, {"code": used}).content.decode()
    assert by_password(finance_user).post(AUTHENTICATE, {"code": code_of(finance_user, later=1)}).status_code == 302


def test_a_lost_telephone_is_replaced_by_a_recovery_code_once(finance_user: User) -> None:
    give_factor(finance_user)
    code = recovery_codes(finance_user)[0]

    assert by_password(finance_user).post(AUTHENTICATE, {"code": code}).status_code == 302
    assert "Incorrect code." in by_password(finance_user).post(AUTHENTICATE, {"code": code}).content.decode()
    assert code not in recovery_codes(finance_user)


def test_codes_cannot_be_tried_without_end(finance_user: User) -> None:
    give_factor(finance_user)
    client = by_password(finance_user)
    said = [client.post(AUTHENTICATE, {"code": f"{number:06}"}).content.decode() for number in range(6)]

    assert "Too many failed login attempts" in said[-1]
    assert not is_signed_in(client)


def test_tries_are_counted_for_all_processes(finance_user: User) -> None:
    give_factor(finance_user)
    client = by_password(finance_user)
    for number in range(10):
        cache.clear()
        assert "Incorrect code." in client.post(AUTHENTICATE, {"code": f"{number:06}"}).content.decode()
    cache.clear()

    answer = client.post(AUTHENTICATE, {"code": code_of(finance_user)})

    assert "Too many codes were wrong." in answer.content.decode()
    assert not is_signed_in(client)
    factor = Authenticator.objects.get(user=finance_user, type=Authenticator.Type.TOTP)
    factor.data["tries"] = [at - 3600 for at in factor.data["tries"]]
    factor.save()
    assert client.post(AUTHENTICATE, {"code": code_of(finance_user)}).status_code == 302
    factor.refresh_from_db()
    assert "tries" not in factor.data


def test_a_customer_sets_one_up_in_the_portal(house: House) -> None:
    person = house.customer_admin_a.user
    client = by_password(person)
    assert 'href="/accounts/2fa/"' in client.get("/").content.decode()
    assert "Set up a second factor" in client.get("/accounts/2fa/").content.decode()

    set_up(client)

    assert client.get("/").status_code == 200
    again = by_password(person)
    assert not is_signed_in(again)
    assert again.post(AUTHENTICATE, {"code": code_of(person, later=1)})["Location"] == "/"


def security_key_of(person: User) -> Authenticator:
    """The row of a security key that was registered; it answers nobody here."""
    kind = Authenticator.Type.WEBAUTHN
    return Authenticator.objects.create(user=person, type=kind, data={"name": "Blue key", "credential": {}})


def test_nobody_takes_away_somebody_elses_key(house: House, finance_user: User) -> None:
    give_factor(finance_user)
    key = security_key_of(house.vendor_admin.user)
    client = signed_in(finance_user)

    for method in (client.get, client.post):
        assert method(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


@pytest.mark.usefixtures("required")
def test_with_one_factor_left_the_other_is_taken_away_and_that_one_asked(finance_user: User) -> None:
    give_factor(finance_user)
    security_key_of(finance_user)
    client = signed_in(finance_user)

    client.post("/accounts/2fa/totp/deactivate/")

    assert recovery_codes(finance_user)
    assert client.get("/admin/")["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"


def test_recovery_codes_beside_a_key_cannot_be_guessed_either(finance_user: User) -> None:
    security_key_of(finance_user)
    RecoveryCodes.activate(finance_user)
    assert all(begin_try(finance_user) for _ in range(TRIES_AN_HOUR))

    assert not begin_try(finance_user)
    forget_tries(finance_user)
    assert begin_try(finance_user)


def test_keys_lie_sealed(finance_user: User) -> None:
    key = give_factor(finance_user)

    stored = str(list(Authenticator.objects.filter(user=finance_user).values_list("data", flat=True)))

    assert key not in stored
    assert all(code not in stored for code in recovery_codes(finance_user))


@pytest.mark.usefixtures("db")
def test_the_portals_role_knows_nothing_of_signing_in() -> None:
    tables = ("mfa_authenticator", "socialaccount_socialaccount", "django_session", "licenses_factorremoval")
    with connection.cursor() as cursor:
        for table in tables:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                cursor.execute("SELECT has_table_privilege('rollcall_portal', %s, %s)", [table, right])
                assert cursor.fetchone() == (False,), (table, right)


def test_with_another_secret_the_person_hears_why(finance_user: User, settings: Any) -> None:
    give_factor(finance_user)
    client = by_password(finance_user)
    settings.ROLLCALL_KEY_SECRET = "another secret, with which nothing here was sealed"

    answer = client.post(AUTHENTICATE, {"code": "123456"})

    assert answer.status_code == 403
    assert "Your second factor cannot be read" in answer.content.decode()


@pytest.mark.usefixtures("required")
def test_after_taking_the_app_away_the_desk_asks_for_another(finance_user: User) -> None:
    give_factor(finance_user)
    client, elsewhere = signed_in(finance_user), Client()
    elsewhere.force_login(finance_user)

    answer = client.post("/accounts/2fa/totp/deactivate/")

    assert answer["Location"] == "/accounts/2fa/"
    assert not Authenticator.objects.filter(user=finance_user).exists()
    assert client.get("/admin/")["Location"] == ACTIVATE
    assert not is_signed_in(elsewhere)
