"""The client that products and programs import, against a real server: pages, problems, events, one effect."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

from ground import clock
from rollcall.client import Api, NotReached, Problem
from tests.api.calls import program_of
from tests.cast import House
from tests.portal.conftest import TODAY
from usage.models import EventBatch

CUSTOMER = {"name": "Ninth AG", "address_lines": ["Neunweg 9"], "country": "DE"}


class Silent(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(committed_house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server of this test's own."""
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    with make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=Silent) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_vendors_program_makes_reads_and_changes(committed_house: House, service: str) -> None:
    api = Api(service, program_of(None).text, pause_seconds=0)
    for number in range(7):
        document = CUSTOMER | {"number": f"N-{number}"}
        first, again = (api.make("customers", document, once=f"n-{number}").json() for _ in range(2))
        assert first == again

    numbers = [row["number"] for row in api.rows("customers", limit="3")]
    changed = api.change(f"contracts/{committed_house.contract_a.public_id}", {"po_number": "PO-1"}).json()

    assert numbers == ["C-1001", "C-1002", *(f"N-{number}" for number in range(7))]
    assert changed["po_number"] == "PO-1"
    with pytest.raises(Problem) as refused:
        api.make("customers", CUSTOMER | {"number": "N-1", "country": "Germany"})
    assert (refused.value.status, refused.value.errors.keys()) == (400, {"country"})
    with pytest.raises(Problem) as absent:
        api.read("invoices/none")
    assert absent.value.status == 404


def test_a_product_sends_events_and_learns_which_to_send_again(
    committed_house: House, service: str, tmp_path: Path
) -> None:
    product = program_of(committed_house.customer_a, instance=committed_house.instance_a)
    api = Api(service, product.text, pause_seconds=0)
    events = [
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "berlin-1",
            "type": "login",
            "subject": f"user{number % 40}",
            "time": (datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=number)).isoformat(),
        }
        for number in range(2500)
    ]
    events[3]["subject"] = ""
    events[5]["time"] = "2027-01-01T00:00:00Z"

    first, second = api.send_events(events), api.send_events(events)

    assert first == second
    assert (first.accepted, first.again) == (2498, (events[5],))
    assert [event for event, _ in first.rejected] == [events[3]]
    assert sum(batch.events_accepted for batch in EventBatch.objects.all()) == 2498
    assert EventBatch.objects.count() == 3
    file = tmp_path / "may.csv"
    file.write_text("user_id,occurred_at\nada,2026-05-01T09:00:00Z\n")
    assert [api.send_file(file)["file_name"] for _ in range(2)] == ["may.csv", "may.csv"]
    with pytest.raises(Problem):
        next(api.rows("invoices"))


def test_the_key_goes_nowhere_else() -> None:
    with pytest.raises(ValueError, match="https"):
        Api("http://billing.vendor.example", "k")
    with pytest.raises(NotReached):
        Api("http://127.0.0.1:9", "k", attempts=2, pause_seconds=0).read("customers")
