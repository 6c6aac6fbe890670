"""What a program of the vendor writes: once under its key, never over somebody's change, refused in the house's words."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from ground import clock
from ground.models import AnsweredRequest, Job
from licenses.models import Contract, Customer, Scope
from tests.api.calls import Program, program_of
from tests.cast import House, terms_json
from tests.portal.conftest import TODAY
from usage.models import UsageReport
from usage.operations.read_report import read_report
from usage.operations.sniff_report import sniff_report

CUSTOMER = {"number": "C-9", "name": "Ninth AG", "address_lines": ["Neunweg 9"], "country": "DE"}


@pytest.fixture(autouse=True)
def fixed_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TODAY)


@pytest.fixture
def vendor(house: House) -> Program:
    return program_of(None)


def test_from_a_customer_to_terms_in_force(vendor: Program) -> None:
    customer = vendor.send("customers", CUSTOMER).json()
    contract = vendor.send(
        "contracts", {"customer": customer["id"], "number": "K-9", "product_name": "Atlas", "payment_days": 14}
    )
    assert contract.status_code == 201, contract.content
    public_id = contract.json()["id"]
    version = {"terms": terms_json(), "active": {"start": "2026-01-01", "end": "2027-01-01"}}

    agreed = vendor.send(f"contracts/{public_id}/versions", version, If_Match=contract.headers["ETag"])

    assert agreed.status_code == 201, agreed.content
    assert agreed.json()["number"] == 1
    assert Job.objects.filter(kind="billing.review_amendment").count() == 1
    read = vendor.get(f"contracts/{public_id}")
    assert read.json()["latest_version"] == 1
    assert read.headers["ETag"] != contract.headers["ETag"]
    instance = vendor.send("instances", {"contract": public_id, "name": "Bonn-1", "reports_from": "2026-01-01"})
    assert instance.status_code == 201
    assert vendor.get(f"instances/{instance.json()['id']}").json() == instance.json()


@pytest.mark.parametrize(
    ("address", "body", "status", "blamed"),
    [
        ("customers", CUSTOMER | {"country": "Germany"}, 400, "country"),
        ("customers", CUSTOMER | {"nmae": "x"}, 400, "nmae"),
        ("customers", CUSTOMER | {"number": "C-1001"}, 400, "number"),
        ("customers", {}, 400, "name"),
        ("contracts", {"customer": "nobody", "number": "K-8", "product_name": "A"}, 422, None),
        ("instances", {"contract": "nothing", "name": "x", "reports_from": "2026-01-01"}, 422, None),
        ("customers", [], 400, "non_field_errors"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    vendor: Program, address: str, body: Any, status: int, blamed: str | None
) -> None:
    response = vendor.send(address, json.dumps(body))

    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert blamed is None or blamed in response.json()["errors"]


@pytest.mark.parametrize(
    "body", ["{", '{"name": NaN}', '{"name": "\\u0000"}', '{"name": "\\ud800"}', "[" * 50_000, '{"a":1,"a":2}', "\xff"]
)
def test_a_body_that_is_no_json_of_ours(vendor: Program, body: str) -> None:
    assert vendor.send("customers", body.encode("latin-1")).status_code == 400


def test_a_body_that_is_too_large(vendor: Program) -> None:
    body = json.dumps(CUSTOMER | {"name": "x" * 1024 * 1024})
    for headers in ({}, {"Idempotency_Key": "large"}):
        assert vendor.send("customers", body, **headers).status_code == 413


def test_nobodys_change_is_overwritten(house: House, vendor: Program) -> None:
    address = f"contracts/{house.contract_a.public_id}"
    first = vendor.get(address).headers["ETag"]

    blind = vendor.send(address, {"po_number": "PO-1"}, method="patch")
    done = vendor.send(address, {"po_number": "PO-2"}, method="patch", If_Match=first)
    late = vendor.send(address, {"po_number": "PO-3"}, method="patch", If_Match=first)

    assert (blind.status_code, done.status_code, late.status_code) == (428, 200, 412)
    assert late.headers["ETag"] == done.headers["ETag"] == vendor.get(address).headers["ETag"]
    assert Contract.objects.get(pk=house.contract_a.pk).po_number == "PO-2"
    version = {"terms": terms_json(), "active": {"start": "2026-06-01", "end": "2027-01-01"}}
    assert vendor.send(f"{address}/versions", version, If_Match=first).status_code == 412
    assert vendor.send(f"{address}/versions", version).status_code == 428


def test_terms_that_cannot_be_rated_are_refused_in_words(house: House, vendor: Program) -> None:
    address = f"contracts/{house.contract_a.public_id}"
    for terms, start in ((terms_json() | {"surprise": 1}, "2026-06-01"), (terms_json(), "2026-06-15")):
        body = {
            "terms": terms | {"timezone": "Europe/Paris"},
            "active": {"start": start, "end": "2027-01-01"},
        }
        response = vendor.send(f"{address}/versions", body, If_Match="*")
        assert response.status_code == 422, response.content
        assert len(response.json()["detail"]) > 20


def test_a_request_that_is_made_again_is_done_once(vendor: Program) -> None:
    first = vendor.send("customers", CUSTOMER, Idempotency_Key="one")
    again = vendor.send("customers", CUSTOMER, Idempotency_Key="one")
    other = vendor.send("customers", CUSTOMER | {"name": "Tenth AG"}, Idempotency_Key="one")
    refused = vendor.send("customers", CUSTOMER, Idempotency_Key="two")

    assert (first.status_code, again.status_code, other.status_code, refused.status_code) == (201, 201, 422, 400)
    assert again.json() == first.json()
    assert (again.headers["ETag"], again.headers["Idempotent-Replayed"]) == (first.headers["ETag"], "true")
    assert other.json()["type"] == "urn:rollcall:problem:idempotency-key-reused"
    assert Customer.objects.filter(number="C-9").count() == 1
    assert AnsweredRequest.objects.count() == 1
    assert vendor.send("customers", CUSTOMER | {"number": "C-10"}, Idempotency_Key="two").status_code == 201


def test_a_customers_key_changes_nothing(house: House) -> None:
    own = program_of(house.customer_a)
    for method, address in (
        ("post", "customers"),
        ("patch", f"customers/{house.customer_a.public_id}"),
        ("post", "contracts"),
        ("patch", f"contracts/{house.contract_a.public_id}"),
        ("post", f"contracts/{house.contract_a.public_id}/versions"),
        ("post", "instances"),
    ):
        response = own.send(address, {}, method=method)
        assert (response.status_code, response.json()["detail"]) == (403, "This key lacks the scope licenses:write.")


def test_a_file_is_taken_as_the_portal_takes_it(house: House) -> None:
    own = program_of(house.customer_a, Scope.USAGE_WRITE, Scope.USAGE_READ)
    address = f"usage/reports?instance={house.instance_a.public_id}&file_name=may.csv"
    body = b"user_id,occurred_at\nada,2026-05-01T09:00:00Z\n"

    answers = [own.send(address, body, Content_Type="application/octet-stream") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    report = UsageReport.objects.get()
    assert (report.file_name, report.grade, report.size) == ("may.csv", "upload", len(body))
    assert own.get(f"usage/reports/{report.public_id}").json()["state"] == "received"
    foreign = f"usage/reports?instance={house.instance_b.public_id}"
    assert own.send(foreign, body, Content_Type="text/csv").status_code == 404
    assert own.send("usage/reports", body, Content_Type="text/csv").status_code == 400
    assert own.send(address, b"", Content_Type="text/csv").status_code == 400


def test_a_file_is_sent_confirmed_and_counted_by_a_program(house: House) -> None:
    own = program_of(house.customer_a)
    body = b"user_id,occurred_at,action\nada,2026-05-01T09:00:00Z,login\nbob,2026-05-02T09:00:00Z,login\n"
    sent = own.send(f"usage/reports?instance={house.instance_a.public_id}", body, Content_Type="text/csv").json()
    address = f"usage/reports/{sent['id']}"
    covers = {"covers": {"start": "2026-05-01", "end": "2026-05-03"}}
    assert own.send(f"{address}/confirmation", covers).status_code == 409
    report = UsageReport.objects.get()
    sniff_report(report_id=report.pk, now=TODAY)

    for never in ("0001-01-01", "9999-12-31"):
        beyond = {"covers": {"start": never, "end": "9999-12-31"}}
        assert own.send(f"{address}/confirmation", beyond).status_code == 400
    for wrong in ({"start": "2026-05-03", "end": "2026-05-01"}, {"start": "2027-05-01", "end": "2027-05-03"}):
        assert own.send(f"{address}/confirmation", {"covers": wrong}).status_code == 422
    taken = own.send(f"{address}/confirmation", covers)
    read_report(report_id=report.pk, now=TODAY)

    assert (taken.status_code, taken.json()["state"]) == (202, "reading"), taken.content
    read = own.get(address).json()
    assert (read["state"], read["users"], read["rows_accepted"]) == ("accepted", 2, 2)
    assert own.send(f"{address}/confirmation", covers).status_code == 409


def test_a_signed_report_is_taken_as_the_instance_posts_it(house: House) -> None:
    """What a report must hold is tested where it is checked; here it is taken once and answered by its state."""
    product = program_of(house.customer_a, instance=house.instance_a)

    answers = [
        product.send(
            "usage/signed-reports", b"-----BEGIN NOTHING-----", Content_Type="text/plain", X_File_Name="1.report.txt"
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["state"], answers[0].json()["receipt"]) == ("received", None)
    assert UsageReport.objects.get().file_name == "1.report.txt"


def test_two_hundred_writes_at_once_are_all_kept(committed_house: House) -> None:
    """Two hundred customers from eight clients, each sent twice under one key: two hundred rows, no answer lost."""
    vendor = program_of(None)

    def make(number: int) -> tuple[int, str]:
        try:
            body = json.dumps(CUSTOMER | {"number": f"N-{number // 2}"})
            sender = Program(vendor.text, Client(raise_request_exception=False))
            response = sender.send("customers", body, Idempotency_Key=f"k-{number // 2}")
            return response.status_code, response.json().get("id", "")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(make, range(400)))

    assert {status for status, _ in answers} == {201}
    assert all(answers[one] == answers[one + 1] for one in range(0, 400, 2))
    assert Customer.objects.filter(number__startswith="N-").count() == 200
