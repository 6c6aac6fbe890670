"""Every route that takes an id, and every page of the desk, asked for customer B's objects by everybody.

Anonymous people are sent to sign in. The administrator of customer A hears 404 for all that is B's, as for what does
not exist. People of customers never enter the desk; the vendor's people are sent from the portal to their desk.
A GET writes nothing, whoever asks. Django's session rows and a person's last sign-in are not looked at: they are about
the person who asks.
"""

import re
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from ground.desk import RecordWithPage
from licenses.models import Customer
from tests.isolation.routes import (
    ADMIN_DOORS,
    ADMIN_OWN,
    BOTH,
    DESK,
    MAILED_SECRETS,
    OWN_KEY,
    PORTAL_OBJECTS,
    PORTAL_OWN,
    PROVIDER_DOORS,
    WITHOUT_OBJECT,
    address_of_b,
    all_routes,
    is_of_allauth,
    rows_of_models,
)
from tests.isolation.world import PEOPLE, VENDOR, World
from usage.models import UsageReport

PORTAL = PORTAL_OBJECTS | PORTAL_OWN
MODEL_ROWS = rows_of_models()
DESK_ROUTES = [*DESK, *sorted(ADMIN_OWN), *MODEL_ROWS]
WRITE = re.compile(
    r'^\s*(?:WITH\b.*?\)\s*)?(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+(?:ONLY\s+)?"?(\w+)', re.DOTALL
)
ABOUT_WHO_ASKS = {"django_session"}


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that change rows, but for the session of whoever asks and the time of their sign-in."""
    changing = [
        query["sql"] for query in queries if (found := WRITE.match(query["sql"])) and found[1] not in ABOUT_WHO_ASKS
    ]
    return [sql for sql in changing if "last_login" not in sql]


@pytest.fixture
def ask(world: World) -> Callable[[str, str, str], HttpResponse]:
    """Ask for an address as somebody of the cast; a GET that writes fails at once."""

    def asking(person: str, method: str, address: str) -> HttpResponse:
        client = world.client(person)
        with CaptureQueriesContext(connection) as queries:
            response = getattr(client, method)(address)
        if method == "get":
            assert writes(queries) == [], f"{person} looked at {address}"
        return response

    return asking


def seen(response: HttpResponse) -> str:
    """A status, and for a redirect the page it leads to: where to sign in, the desk, or elsewhere."""
    if response.status_code != 302:
        return str(response.status_code)
    target = response.headers["Location"]
    for address, words in (("/accounts/login/", "sign in"), ("/admin/login/", "sign in"), ("/admin/", "desk")):
        if target == address or target.startswith(f"{address}?"):
            return words
    return "302"


def test_every_route_has_a_row() -> None:
    """Whoever adds a route hears it here until its row says who sees what."""
    known = {*PORTAL, *DESK, *ADMIN_OWN, *ADMIN_DOORS, *WITHOUT_OBJECT, *PROVIDER_DOORS, *MODEL_ROWS}
    found = {route.name for route in all_routes() if not is_of_allauth(route.name)}
    # The programming interface has its own rows, in test_every_api_route.
    found = {name for name in found if not name.startswith("api:")}
    assert found == known
    with_arguments = {route.name for route in all_routes() if route.arguments}
    assert {name for name in with_arguments if is_of_allauth(name)} == MAILED_SECRETS | OWN_KEY
    assert with_arguments & (PORTAL_OWN.keys() | WITHOUT_OBJECT) == set()


@pytest.mark.parametrize("name", PORTAL)
def test_a_route_of_the_portal(world: World, ask: Callable[..., HttpResponse], name: str) -> None:
    address, served = address_of_b(world, name), PORTAL[name]
    is_own = name in PORTAL_OWN
    for method in sorted(BOTH):
        answers = {person: seen(ask(person, method, address)) for person in PEOPLE}
        owner = answers.pop("customer_admin_b")
        other = "405" if method not in served else "404"
        if is_own and method in served:
            other = owner
        assert answers == {
            "anonymous": "sign in",
            "customer_admin_a": other,
            "stranger": "404",
            "account_manager": "desk",
            "finance": "desk",
        }
        # Without this, a route that is always 404 would look safe.
        assert owner in ({"200", "302", "422"} if method in served else {"405"}), f"{method} by the owner"


REFUSED_AT_THE_DESK = {"sign in", "403"}
# What the admin site answers to the vendor's people, GET and POST: pages to look at, no form of open fields.
ADMIN_ANSWERS = {
    "admin:index": ("200", "405"),
    "admin:search": ("200", "200"),
    "admin:autocomplete": ("403", "405"),
    "admin:jsi18n": ("200", "405"),
    "admin:app_list": ("200", "200"),
    "admin:view_on_site": ("404", "404"),
    "admin:password_change": ("200", "200"),
    "admin:password_change_done": ("200", "405"),
}
MODEL_ANSWERS = {
    "changelist": ("200", "200"),
    "add": ("403", "403"),
    "history": ("200", "200"),
    "delete": ("403", "403"),
    "change": ("200", "403"),
}
ONLY_FINANCE = {
    "desk:close_accounts",
    "desk:do_first_run_import",
    "desk:set_go_live",
    "desk:start_anew",
    "desk:tax_currency",
    "desk_licenses:announce_vendor_key",
    "desk_licenses:replace_vendor_key",
    "desk_licenses:revoke_vendor_key",
    "desk_webhooks:turn_secret",
    "desk_webhooks:retire_secret",
    "desk_webhooks:switch_off",
    "desk_webhooks:test",
    "desk_webhooks:again",
    "desk_webhooks:leave",
}
# For the vendor's administrators, who are not among those who knock here.
ONLY_ADMINISTRATORS = {"desk_people:second_factor"}
# A page that everybody at the desk may look at, and that finance alone confirms once it was seen as it stands.
SEEN_FIRST = {"desk:finalize"}
# Forms that are drawn anew with what is wrong in them, rather than leading on to another page.
DRAWN_ANEW = {
    "desk_keys:api_keys",
    "desk_webhooks:webhooks",
    "desk_webhooks:turn_secret",
    "desk:actions",
    "desk:adjust",
    "desk:amend",
    "desk:approval_limits",
    "desk:close_accounts",
    "desk:credit",
    "desk:decide",
    "desk:document_look",
    "desk:dry_run",
    "desk:exchange_rates",
    "desk:excused",
    "desk:set_go_live",
    "desk:new_contract",
    "desk:new_metric",
    "desk:new_plan",
    "desk:plan",
    "desk:recalls",
    "desk:replay",
    "desk:send_back_true_up",
    "desk:start_anew",
}


@pytest.mark.parametrize("name", DESK_ROUTES)
def test_a_route_of_the_desk(world: World, ask: Callable[..., HttpResponse], name: str) -> None:
    address = address_of_b(world, name)
    for method in sorted(BOTH):
        answers = {person: seen(ask(person, method, address)) for person in PEOPLE}
        expected = {person: expected_at_the_desk(name, method, person) for person in VENDOR}
        assert {person: answers.pop(person) for person in VENDOR} == expected, method
        assert set(answers.values()) <= REFUSED_AT_THE_DESK, method


def expected_at_the_desk(name: str, method: str, person: str) -> str:
    """What one of the vendor's people is answered."""
    if name in DESK and method not in DESK[name]:
        return "405"
    if name in ONLY_ADMINISTRATORS and method == "post":
        return "403"
    if name in SEEN_FIRST and method == "post":
        return "409" if person == "finance" else "403"
    if name in ONLY_FINANCE and person != "finance":
        return "403"
    if name in DESK:
        return "200" if method == "get" or name in DRAWN_ANEW else "302"
    page = name.rpartition("_")[2]
    answers = ADMIN_ANSWERS[name] if name in ADMIN_ANSWERS else MODEL_ANSWERS[page]
    if name in MODEL_ROWS and page == "change" and issubclass(admin_of(name), RecordWithPage) and method == "get":
        return "302"
    return answers[method == "post"]


def admin_of(name: str) -> type:
    return type(admin.site.get_model_admin(MODEL_ROWS[name]))


def test_a_file_for_an_instance_of_b_is_not_taken_from_a(world: World) -> None:
    before = UsageReport.objects.count()
    client = world.client("customer_admin_a")

    response = client.post(
        "/usage/upload/", {"instance": world.house.instance_b.public_id, "file": b"user_id,occurred_at\n"}
    )

    assert response.status_code == 422
    assert UsageReport.objects.count() == before


def test_a_does_not_choose_to_be_b(world: World) -> None:
    client = world.client("customer_admin_a")

    response = client.post("/customers/", {"customer": world.house.customer_b.public_id})

    assert response.status_code == 404
    assert (
        Customer.objects.get(pk=world.house.customer_b.pk).public_id not in client.get("/customers/").content.decode()
    )
