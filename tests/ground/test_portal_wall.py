"""A portal request reads and writes one customer's rows, whatever its view does, and leaves nothing behind."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client

from ground.middleware import UnsafeStream
from ground.models import Job
from ground.portal_wall import portal_transaction
from licenses.models import Contract
from tests.cast import House, Person

pytestmark = pytest.mark.urls("tests.ground.pages")

OWN = {"role": "rollcall_portal", "contracts": ["K-2026-001"]}


@pytest.fixture(autouse=True)
def _probe_is_behind_the_wall(settings: Any) -> None:
    settings.PORTAL_NAMESPACES |= {"probe"}


def signed_in(person: Person, *, quiet: bool = False) -> Client:
    client = Client(raise_request_exception=not quiet)
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_view_without_any_scoping_sees_its_own_customer_only(committed_house: House) -> None:
    assert signed_in(committed_house.customer_admin_a).get("/portal/look/").json() == OWN
    of_b = signed_in(committed_house.customer_admin_b).get("/portal/look/").json()
    assert of_b == {"role": "rollcall_portal", "contracts": ["K-2026-002"]}


def test_nothing_stays_on_the_connection_for_the_next_request(committed_house: House) -> None:
    client = signed_in(committed_house.customer_admin_a)
    client.get("/portal/look/")
    everything = {"role": "rollcall_app", "contracts": ["K-2026-001", "K-2026-002"]}
    assert client.get("/outside/").json() == everything
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.customer_id', true)")
        assert cursor.fetchone() in {("",), (None,)}


def test_a_customer_in_the_session_that_is_not_theirs_is_ignored(committed_house: House) -> None:
    client = signed_in(committed_house.customer_admin_a)
    session = SessionStore(client.session.session_key)
    session["customer"] = committed_house.customer_b.pk
    session.save()
    assert client.get("/portal/look/").json() == OWN


def test_strangers_visitors_and_the_vendor_do_not_get_in(committed_house: House) -> None:
    assert signed_in(committed_house.stranger).get("/portal/look/").status_code == 404
    visitor = Client().get("/portal/look/")
    assert (visitor.status_code, visitor.headers["Location"]) == (302, "/accounts/login/?next=/portal/look/")
    vendor = signed_in(committed_house.finance).get("/portal/look/")
    assert (vendor.status_code, vendor.headers["Location"]) == (302, "/admin/")


def test_what_a_view_writes_is_kept_when_it_ends_well(committed_house: House) -> None:
    assert signed_in(committed_house.customer_admin_a).get("/portal/write/").status_code == 200
    assert Job.objects.filter(customer_id=committed_house.customer_a.pk).count() == 1


@pytest.mark.parametrize(("page", "status"), [("fail", 500), ("broken", 500), ("refuse", 403)])
def test_what_a_failing_view_wrote_is_undone(committed_house: House, page: str, status: int) -> None:
    answer = signed_in(committed_house.customer_admin_a, quiet=True).get(f"/portal/{page}/")
    assert (answer.status_code, Job.objects.count()) == (status, 0)


def test_a_refusal_is_a_page_with_its_words(committed_house: House) -> None:
    answer = signed_in(committed_house.customer_admin_a).get("/portal/refuse/")
    assert "Only an administrator may do this." in answer.content.decode()


def test_rows_are_never_streamed_because_the_body_would_run_outside_the_wall(committed_house: House) -> None:
    with pytest.raises(UnsafeStream):
        signed_in(committed_house.customer_admin_a).get("/portal/stream/")
    assert signed_in(committed_house.customer_admin_a).get("/portal/file/").status_code == 200


def test_the_wall_is_the_outermost_transaction_and_gone_afterwards(committed_house: House) -> None:
    with portal_transaction(committed_house.customer_a.pk):
        assert Contract.objects.count() == 1
        with pytest.raises(RuntimeError, match="durable"), portal_transaction(committed_house.customer_b.pk):
            pass
    assert Contract.objects.count() == 2


@pytest.mark.django_db
def test_inside_a_test_of_one_transaction_the_role_ends_with_the_block_too(house: House) -> None:
    with portal_transaction(house.customer_a.pk):
        assert Contract.objects.count() == 1
    assert Contract.objects.count() == 2


@pytest.mark.parametrize("path", ["/portal/look/", "/outside/", "/accounts/login/"])
def test_pages_carry_the_strict_policy_and_stay_out_of_caches(committed_house: House, path: str) -> None:
    headers = signed_in(committed_house.customer_admin_a).get(path, follow=False).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_only_the_vendors_desk_has_a_wider_policy(committed_house: House) -> None:
    policy = signed_in(committed_house.finance).get("/admin/").headers["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy, "no other host may serve the desk anything"


def test_a_load_balancer_learns_whether_the_database_answers(committed_house: House) -> None:
    assert Client().get("/health/").content == b"ok"
