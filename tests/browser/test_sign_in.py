"""Signing in as a person does it: an app is set up, codes are kept, a code opens, a step asks for another, one is lost.

Each of three people walks through all pages in one look: light, dark, on a telephone.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from ground.sign_in.providers import read_providers
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.cast import House
from tests.sign_in.codes import code_for, code_of
from tests.sign_in.provider import small_provider

WHO = {"light": "finance", "dark": "vendor_admin", "narrow": "customer_admin_a"}


@pytest.fixture
def site(committed_house: House, portal_server: LiveServer, settings: Any) -> Iterator[str]:
    """The site, with one identity provider that answers and one that does not."""
    cache.clear()
    with small_provider() as provider:
        away = provider.settings(key="away", name="Away", issuer="http://127.0.0.1:9")
        settings.OIDC_PROVIDERS = read_providers([provider.settings(), away])
        yield portal_server.url
    cache.clear()


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_signing_in_are_sound(visit: Callable[..., Visit], committed_house: House, look: str) -> None:
    width, scheme = LOOKS[look]
    window, person = visit(width=width, scheme=scheme), getattr(committed_house, WHO[look]).user

    def sound(name: str) -> None:
        window.picture(f"sign-in-{name}-{look}")
        window.assert_sound(but=FRAME if "/admin/" in window.page.url else ())

    window.go("/accounts/login/")
    sound("log-in")
    window.sign_in(person.email)
    window.go("/accounts/2fa/")
    sound("account")
    window.page.get_by_role("link", name="Set up a second factor").click()
    sound("set-up")
    assert window.page.get_by_role("img", name="The key below").evaluate("image => image.naturalWidth") > 0
    key = (window.page.locator("code").text_content() or "").replace(" ", "")
    window.page.get_by_label("Code").fill(code_for(key))
    window.page.get_by_role("button", name="Set it up").click()
    window.page.get_by_role("heading", name="Recovery codes").wait_for()
    sound("codes")
    window.page.get_by_role("link", name="I have kept them").click()
    window.go("/accounts/2fa/")
    sound("account-with-factor")

    window.page.context.clear_cookies()
    window.sign_in(person.email)
    sound("code")
    window.page.get_by_label("Code").fill("000000")
    window.page.get_by_role("button", name="Sign in").click()
    window.page.get_by_text("Incorrect code.").wait_for()
    sound("code-wrong")
    window.page.get_by_label("Code").fill(code_of(person))
    window.page.get_by_role("button", name="Sign in").click()
    window.page.wait_for_url(lambda address: "/accounts/" not in address)

    for name, address in (
        ("prove", "/accounts/2fa/reauthenticate/"),
        ("take-away", "/accounts/2fa/totp/deactivate/"),
        ("new-codes", "/accounts/2fa/recovery-codes/generate/"),
        ("password", "/accounts/password/change/"),
        ("cancelled", "/accounts/3rdparty/login/cancelled/"),
    ):
        window.go(address)
        sound(name)


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", ["dark", "narrow"])
def test_a_step_asks_in_the_middle_of_work(
    visit: Callable[..., Visit], committed_house: House, settings: Any, look: str
) -> None:
    width, scheme = LOOKS[look]
    window, person = visit(width=width, scheme=scheme), getattr(committed_house, WHO[look]).user
    pages = "/instances/keys/" if look == "narrow" else "/admin/api-keys/"
    window.sign_in(person.email)
    window.go("/accounts/2fa/totp/activate/")
    key = (window.page.locator("code").text_content() or "").replace(" ", "")
    window.page.get_by_label("Code").fill(code_for(key))
    window.page.get_by_role("button", name="Set it up").click()
    window.page.get_by_role("heading", name="Recovery codes").wait_for()
    settings.STEP_UP_MINUTES = 0

    window.go(pages)
    window.page.get_by_label("Program that uses the key").fill("Nightly export")
    window.page.get_by_label("read reports, counts and jobs").check()
    window.complaints.clear()
    window.page.get_by_role("button", name="Make the key").click()
    window.page.get_by_role("heading", name="Prove once more that it is you").wait_for()
    # The browser notes that the first answer was a refusal.
    assert all("403" in one for one in window.complaints), window.complaints
    window.complaints.clear()
    window.picture(f"sign-in-step-{look}")
    window.assert_sound()
    window.page.get_by_label("Code").fill(code_of(person))
    window.page.get_by_role("button", name="Prove it and go on").click()

    window.page.get_by_text("It is shown this once").wait_for()
    assert window.page.get_by_text("Nightly export").first.is_visible()


@pytest.mark.needs("chromium")
def test_a_security_key_from_adding_it_to_a_step(
    visit: Callable[..., Visit], committed_house: House, settings: Any
) -> None:
    """Under the strict policy, with a key that Chromium plays."""
    window, person = visit(width=390), committed_house.finance.user
    devices = window.page.context.new_cdp_session(window.page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    settings.SECOND_FACTOR = "required"
    window.sign_in(person.email)
    window.page.get_by_role("link", name="Use a security key or a passkey instead").click()
    window.assert_sound()
    window.page.get_by_label("Name").fill("Blue key")
    window.page.get_by_role("button", name="Add it").click()
    window.page.get_by_role("heading", name="Recovery codes").wait_for()
    window.go("/admin/api-keys/")
    assert window.page.get_by_label("Program that uses the key").is_visible()

    window.page.context.clear_cookies()
    window.sign_in(person.email)
    window.picture("sign-in-code-or-key")
    window.assert_sound()
    window.page.get_by_role("button", name="Use a security key or passkey").click()
    window.page.wait_for_url(lambda address: "/admin/" in address)
    settings.STEP_UP_MINUTES = 0
    window.go("/admin/signing-keys/")
    window.complaints.clear()
    window.page.get_by_role("button", name="Announce").first.click()
    window.page.get_by_role("button", name="Use a security key or passkey").click()
    # The question says "A new key is announced with which ..."; the answer goes on with the licences.
    window.page.get_by_text("is announced: every new licence").first.wait_for()

    settings.STEP_UP_MINUTES, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 15, 900
    window.complaints.clear()
    window.go("/accounts/2fa/webauthn/reauthenticate/?next=/accounts/2fa/")
    window.assert_sound()
    window.page.get_by_role("button", name="Use the key").click()
    window.page.get_by_role("heading", name="Your account").wait_for()
    window.picture("sign-in-account-with-key")
    window.complaints.clear()
    window.assert_sound()
    window.page.get_by_role("link", name="Blue key").click()
    window.assert_sound()
    window.page.get_by_role("button", name="Take it away").click()
    window.page.get_by_text("The key is taken away.").wait_for()
    assert not Authenticator.objects.filter(user=person).exists()


@pytest.mark.needs("chromium")
def test_the_pages_of_what_went_wrong_are_sound(visit: Callable[..., Visit], committed_house: House) -> None:
    window = visit(width=390, scheme="dark")
    for name, address, status in (
        ("away", "/accounts/oidc/away/login/", "502"),
        ("error", "/accounts/oidc/firm/login/callback/?state=made-up", "401"),
    ):
        window.go(address)
        assert all(status in one for one in window.complaints)
        window.complaints.clear()
        window.picture(f"sign-in-{name}")
        window.assert_sound()


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", ["dark", "narrow"])
def test_the_desks_page_of_a_lost_factor_is_sound(
    visit: Callable[..., Visit], committed_house: House, look: str
) -> None:
    width, scheme = LOOKS[look]
    window, person = visit(width=width, scheme=scheme), committed_house.finance.user
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": ""})
    window.sign_in(committed_house.vendor_admin.user.email)

    window.go(f"/admin/people/{person.pk}/second-factor/")

    window.picture(f"sign-in-lost-{look}")
    window.assert_sound(but=FRAME)
