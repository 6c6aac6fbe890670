"""Customer A asks for every object of customer B, on every route; and what nobody may do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.evidence_list import counts_of
from billing.models import Invoice
from ground.actor import Actor
from ground.scoping import ScopedQuerySet
from licenses.models import ApiKey, LicenseFile, Scope
from licenses.operations.issue_license import issue_license
from licenses.operations.make_api_key import make_api_key
from licenses.operations.revoke_instance_key import revoke_instance_key
from tests.billing.signing import activated, live_key, sent
from tests.billing.story import Story
from tests.cast import BUILDER, Person
from tests.databases import TestServer
from tests.portal.conftest import TODAY, Played
from tests.portal.routes import portal_routes
from usage.models import SignedReport, UsageReport
from usage.queries.people import people_of

# What each argument of a route is called with; a route with another argument has no row here and fails.
ARGUMENTS = ("report", "invoice", "count", "user_ref", "profile", "license_id", "prefix")
# Routes that change something: asked by POST.
WRITTEN_ONLY = {
    "usage:cancel",
    "usage:look_again",
    "usage:make_table",
    "usage:send_corrected",
    "usage:put_aside",
    "billing:count_previewed",
    "billing:order_names",
    "billing:stop_preview",
    "billing:undo_declaration",
    "licenses:revoke_api_key",
}
# Routes that are looked at and written to.
ASKED_AND_WRITTEN = {"usage:confirm", "billing:recall", "billing:count_person", "billing:invoice_person"}
WRITES = {"usage:upload", *ASKED_AND_WRITTEN, *WRITTEN_ONLY}
ROUTES = portal_routes()
WITH_ID = [name for name, arguments in ROUTES.items() if arguments]
WITHOUT_ID = [name for name, arguments in ROUTES.items() if not arguments]


@pytest.fixture(scope="module", autouse=True)
def licensed(played: Played, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both customers have a licence and a key for a program; an instance of customer B signed a report of one day."""
    for contract in (played.house.contract_a, played.house.contract_b):
        issue_license(actor=BUILDER, contract=contract, now=TODAY)
        make_api_key(actor=BUILDER, name="reader", scopes=[Scope.USAGE_READ], customer=contract.customer, now=TODAY)
    house = replace(played.house, customer_admin_a=played.house.customer_admin_b)
    story = Story(house=house, contract=house.contract_b, instance=house.instance_b)
    site = activated(story, tmp_path_factory.mktemp("site") / "home", now=TODAY)
    site.now = TODAY
    (path,) = site.write_until(date(2026, 5, 2), since=date(2026, 5, 1)).paths
    assert sent(story, path, now=TODAY).state == "accepted"
    revoke_instance_key(actor=story.finance, key=live_key(story), reason="A drill.", from_seq=2, now=TODAY)
    issue_license(actor=story.finance, contract=story.contract, now=TODAY)


def own(played: Played, name: str) -> str:
    return address(name, played.report, played.invoice)


def foreign(played: Played, name: str) -> str:
    return address(name, played.foreign_report, played.foreign_invoice)


def address(name: str, report: UsageReport, invoice: Invoice) -> str:
    """Return the address of a route for these objects, and for a person whom the invoice counts."""
    [count] = counts_of(invoice)
    signed = SignedReport.objects.filter(customer=report.customer).first() if name == "usage:receipt" else None
    ids = {
        "report": (signed.report if signed else report).public_id,
        "invoice": invoice.public_id,
        "count": count.pk,
        "user_ref": people_of(count=count)[0].user_ref,
        "profile": "factur-x",
        "license_id": LicenseFile.objects.filter(customer=report.customer).latest("pk").public_id,
        "prefix": ApiKey.objects.filter(customer=report.customer).latest("pk").prefix,
    }
    return reverse(name, kwargs={argument: ids[argument] for argument in ROUTES[name]})


def test_every_argument_of_every_route_has_a_foreign_object() -> None:
    assert {argument for arguments in ROUTES.values() for argument in arguments} == set(ARGUMENTS)
    assert len(ROUTES) >= 18


@pytest.mark.parametrize("name", WITH_ID)
@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_an_object_of_another_customer_does_not_exist(
    customer_a: Client, played: Played, name: str, method: str
) -> None:
    response = getattr(customer_a, method)(foreign(played, name))

    is_answered = name in ASKED_AND_WRITTEN or (name in WRITES) == (method == "post")
    assert response.status_code == (404 if is_answered else 405)


@pytest.mark.parametrize("name", WITH_ID)
def test_the_same_address_exists_for_its_owner(
    signed_in: Callable[[Person], Client], played: Played, name: str
) -> None:
    """Without this, a route that is always 404 would look safe."""
    owner = signed_in(played.house.customer_admin_b)
    method = owner.post if name in WRITTEN_ONLY else owner.get

    status = method(foreign(played, name)).status_code

    assert status in (200, 302)


@pytest.mark.parametrize("query", ["contract", "instance"])
@pytest.mark.parametrize("name", WITHOUT_ID)
def test_an_id_in_the_query_shows_nothing_foreign(customer_a: Client, played: Played, name: str, query: str) -> None:
    ids = {"contract": played.house.contract_b.public_id, "instance": played.house.instance_b.public_id}

    response = customer_a.get(reverse(name), {query: ids[query]})

    assert response.status_code in (200, 404)
    assert_nothing_of_b(response.content.decode(), played)


@pytest.mark.parametrize("name", WITHOUT_ID)
def test_a_page_of_a_names_nothing_of_b(customer_a: Client, played: Played, name: str) -> None:
    response = customer_a.get(own(played, name))

    assert response.status_code == 200
    assert_nothing_of_b(response.content.decode(), played)


def assert_nothing_of_b(text: str, played: Played) -> None:
    house = played.house
    words = [
        house.customer_b.name,
        "Birch",
        house.contract_b.number,
        house.instance_b.name,
        played.foreign_report.public_id,
        played.foreign_invoice.public_id,
        "user5000@",
        "USD",
    ]
    assert [word for word in words if word in text] == []


@pytest.fixture
def scoping_patched_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python forgets to scope; only the database is left."""

    def everything(self: ScopedQuerySet, actor: Actor) -> ScopedQuerySet:
        return self.all()

    monkeypatch.setattr(ScopedQuerySet, "for_actor", everything)


@pytest.mark.usefixtures("scoping_patched_away")
@pytest.mark.parametrize("name", WITH_ID)
def test_the_database_alone_keeps_customers_apart(customer_a: Client, played: Played, name: str) -> None:
    method = customer_a.post if name in WRITTEN_ONLY else customer_a.get

    assert method(foreign(played, name)).status_code == 404


@pytest.fixture
def policies_dropped(played: Played, database_server: TestServer) -> Iterator[None]:
    """The wall of two tables is taken down by the owner, and put up again."""
    tables = ("usage_usagereport", "licenses_contract", "licenses_instance", "licenses_customer")
    database = str(connection.settings_dict["NAME"])
    with psycopg.connect(database_server.owner(database), autocommit=True) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@pytest.mark.usefixtures("scoping_patched_away", "policies_dropped")
def test_without_both_walls_the_tests_above_would_fail(customer_a: Client, played: Played) -> None:
    response = customer_a.get(foreign(played, "usage:raw_file"))

    assert response.status_code == 200


@pytest.mark.parametrize("name", ROUTES)
def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(played: Played, name: str) -> None:
    response = Client().get(own(played, name))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/")


@pytest.mark.parametrize("name", ROUTES)
def test_somebody_without_a_company_gets_a_plain_page(
    signed_in: Callable[[Person], Client], played: Played, name: str
) -> None:
    response = signed_in(played.house.stranger).get(own(played, name))

    assert response.status_code == 404
    assert "You do not belong to a company yet" in response.content.decode()


@pytest.mark.parametrize("name", ROUTES)
def test_the_vendor_is_sent_to_the_desk(signed_in: Callable[[Person], Client], played: Played, name: str) -> None:
    response = signed_in(played.house.finance).get(own(played, name))

    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("name", [name for name in ROUTES if name != "usage:cancel"])
def test_looking_writes_nothing(customer_a: Client, played: Played, name: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        customer_a.get(own(played, name))

    writes = [query["sql"] for query in queries if query["sql"].split(" ", 1)[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert writes == []


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_form_of_another_site_is_refused(played: Played, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(played.house.customer_admin_a.user)

    response = client.post(own(played, name))

    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


@pytest.mark.parametrize("name", WITHOUT_ID)
def test_the_content_policy_is_strict(customer_a: Client, played: Played, name: str) -> None:
    response = customer_a.get(own(played, name))

    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
