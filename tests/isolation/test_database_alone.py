"""Python forgets to scope: row-level security alone keeps customers apart, and these tests would hear if it did not.

Every route of the portal again, with `for_actor` giving everything; then every table directly, as the portal's role
with customer A's setting. At last the policy of a table is replaced by a hole, and the same questions find it.
"""

import pytest

from ground.actor import Actor
from ground.portal_wall import portal_transaction
from ground.scoping import ScopedQuerySet
from tests.databases import TestServer
from tests.isolation.routes import PORTAL_OBJECTS, PORTAL_OWN, address_of_b
from tests.isolation.tables import customer_tables, holes, leaks, rows_of
from tests.isolation.world import World
from tests.portal.test_isolation import assert_nothing_of_b

# Tables without a policy for the portal's role, which has no right to them: the vendor's own, and the past of rows.
VENDORS_OWN = {
    "billing_adjustment",
    "billing_billingrunitem",
    "billing_delivery",
    "billing_difference",
    "billing_differenceevent",
    "billing_invoiceevent",
    "billing_noticepreference",
    "billing_openbalance",
    "billing_trueup",
    "billing_trueupevent",
    "licenses_billingcontact",
    "licenses_checkoutquestion",
    "licenses_webhookdestination",
    "licenses_webhookevent",
}
# Lines and documents are shown with their invoice only, so their walls are two.
BEHIND = {"billing_invoiceline": "billing_invoice", "billing_invoicedocument": "billing_invoice"}


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every queryset gives everything, whoever asks."""

    def everything(self: ScopedQuerySet, actor: Actor) -> ScopedQuerySet:
        return self.all()

    monkeypatch.setattr(ScopedQuerySet, "for_actor", everything)


def walled_tables() -> list[str]:
    """Tables that the portal's role reaches through the policy portal_own."""
    return [table for table in customer_tables() if table not in VENDORS_OWN and is_walled(table)]


def is_walled(table: str) -> bool:
    return table == "usage_usagereporthistory" or not table.endswith("history")


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("name", PORTAL_OBJECTS)
def test_the_database_alone_says_that_b_does_not_exist(world: World, name: str) -> None:
    client = world.client("customer_admin_a")
    for method in sorted(PORTAL_OBJECTS[name]):
        assert getattr(client, method)(address_of_b(world, name)).status_code == 404, method


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("name", PORTAL_OWN)
def test_the_database_alone_keeps_b_off_the_pages_of_a(world: World, name: str) -> None:
    response = world.client("customer_admin_a").get(address_of_b(world, name))

    assert response.status_code == 200
    assert_nothing_of_b(response.content.decode(), world.played)


def test_b_has_a_row_in_every_table_of_customers(world: World) -> None:
    """A table in which B has nothing would look safe. Whoever adds a table hears it here."""
    tables = customer_tables()
    assert len(tables) >= 20
    b = world.house.customer_b.pk
    assert [table for table, column in tables.items() if not rows_of(table, column, b)] == []


def test_no_table_lets_anything_of_b_through(world: World) -> None:
    assert leaks(world) == {}


def test_a_reads_its_own_rows_by_the_same_way(world: World) -> None:
    """Without this, a role that reads nothing at all would look safe."""
    readable = [table for table in walled_tables() if table != "usage_usagereporthistory"]
    with portal_transaction(world.house.customer_a.pk):
        own = {table: rows_of(table, customer_tables()[table], world.house.customer_a.pk) for table in readable}
    # What only B was given: a mail before the bill, numbers that it reported, a finding with a waiver, a file tried.
    only_b = [
        "billing_notice",
        "billing_runningestimate",
        "licenses_definitionacceptance",
        "usage_dailyreportedcount",
        "usage_excusedday",
        "usage_finding",
        "usage_quarantinewaiver",
        "usage_reportedcount",
        "usage_reportpreview",
        "usage_reportreceipt",
        "usage_signedreport",
    ]
    assert [table for table, rows in own.items() if not rows] == only_b


def test_a_hole_in_any_wall_is_noticed(world: World, database_server: TestServer) -> None:
    for table in walled_tables():
        opened = [table, *([BEHIND[table]] if table in BEHIND else [])]
        with holes(world, database_server, opened):
            assert table in leaks(world), f"a hole in {table} goes unnoticed"
    assert leaks(world) == {}


@pytest.mark.usefixtures("forgetful")
def test_holes_in_all_walls_show_on_every_route(world: World, database_server: TestServer) -> None:
    client = world.client("customer_admin_a")
    with holes(world, database_server, walled_tables()):
        answers = {
            (name, method): getattr(client, method)(address_of_b(world, name)).status_code
            for name, methods in PORTAL_OBJECTS.items()
            for method in sorted(methods)
        }
    assert {key for key, status in answers.items() if status == 404} == set()
