"""Every address of the programming interface, asked for customer B's objects with everybody's key.

Without a key the answer is 401 everywhere. Customer A's key hears 404 for what is B's, as for what does not exist, also
with the scoping in Python patched away. The key of an instance reads nothing. The owner is answered.
"""

import json

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from billing.evidence_list import counts_of
from ground.models import Job
from licenses.models import LicenseFile
from tests.api.calls import Program, program_of
from tests.isolation.routes import all_routes
from tests.isolation.test_database_alone import forgetful
from tests.isolation.world import World
from usage.models import EventBatch

__all__ = ["forgetful"]

# Addresses that name an object, with what of B's they are asked for.
OBJECTS = {
    "api:customer": "customer",
    "api:contract": "contract",
    "api:versions": "contract",
    "api:instance": "instance",
    "api:license_file": "license",
    "api:job": "job",
    "api:report": "report",
    "api:count": "count",
    "api:invoice": "invoice",
    "api:invoice_pdf": "invoice",
    "api:invoice_bundle": "invoice",
    "api:invoice_xml": "invoice",
}
LISTS = {
    "api:customers",
    "api:contracts",
    "api:instances",
    "api:licenses",
    "api:jobs",
    "api:reports",
    "api:counts",
    "api:invoices",
    "api:credit_notes",
}
VENDORS = {"api:plans", "api:true_ups", "api:true_up"}
WRITTEN = {"api:events", "api:signed_reports", "api:confirm_report"}
# What an instance takes home, by its own key or for the instance that is named.
OF_INSTANCES = {"api:newest_license", "api:revocations"}
NOWHERE = {"api:nowhere"}


def address(world: World, name: str) -> str:
    """The address of a route for the objects of customer B, after the interface's prefix."""
    invoice = world.played.foreign_invoice
    subjects = {
        "customer": world.house.customer_b.public_id,
        "contract": world.house.contract_b.public_id,
        "instance": world.house.instance_b.public_id,
        "job": Job.objects.filter(customer_id=world.house.customer_b.pk).latest("pk").public_id,
        "license": LicenseFile.objects.filter(customer=world.house.customer_b).latest("pk").public_id,
        "report": world.played.foreign_report.public_id,
        "invoice": invoice.public_id,
        "count": counts_of(invoice)[0].pk,
    }
    arguments = next(route.arguments for route in all_routes() if route.name == name)
    values: dict[str, object] = {"profile": "factur-x"}
    if name == "api:confirm_report":
        subjects[""] = world.played.foreign_report.public_id
    subject = world.true_up.public_id if name == "api:true_up" else subjects.get(OBJECTS.get(name, ""), "")
    values |= {"public_id": subject, "pk": subject}
    return reverse(name, kwargs={argument: values[argument] for argument in arguments}).removeprefix("/api/v1/")


@pytest.fixture(scope="module")
def keys(world: World) -> dict[str, Program]:
    house = world.house
    return {
        "a": program_of(house.customer_a),
        "b": program_of(house.customer_b),
        "instance of b": program_of(house.customer_b, instance=house.instance_b),
        "vendor": program_of(None),
    }


def body(response: HttpResponse) -> str:
    return response.getvalue().decode("utf-8", "replace")


def test_every_address_has_a_row() -> None:
    found = {route.name for route in all_routes() if route.name.startswith("api:")}
    assert found == {*OBJECTS, *LISTS, *VENDORS, *WRITTEN, *OF_INSTANCES, *NOWHERE}


def test_without_a_key_nothing_is_answered(world: World) -> None:
    client = Client(raise_request_exception=False)
    answers = {
        (name, method): getattr(client, method)(f"/api/v1/{address(world, name)}").status_code
        for name in {*OBJECTS, *LISTS, *VENDORS, *WRITTEN, *OF_INSTANCES}
        for method in ("get", "post", "put", "patch", "delete")
    }
    assert set(answers.values()) == {401}


def test_an_object_of_b_exists_for_b_and_the_vendor_alone(world: World, keys: dict[str, Program]) -> None:
    expected = {"a": 404, "b": 200, "instance of b": 403, "vendor": 200}
    answers = {name: {who: key.get(address(world, name)).status_code for who, key in keys.items()} for name in OBJECTS}
    assert answers == dict.fromkeys(answers, expected)


def test_a_list_shows_nothing_of_b_to_a(world: World, keys: dict[str, Program]) -> None:
    house = world.house
    for name in LISTS:
        seen = keys["a"].get(address(world, name), limit=200)
        assert seen.status_code == 200
        marks = (house.customer_b.public_id, house.contract_b.public_id, house.instance_b.public_id)
        assert not [mark for mark in marks if mark in body(seen)], name
        assert keys["instance of b"].get(address(world, name)).status_code == 403


def test_what_is_the_vendors_is_for_its_keys_alone(world: World, keys: dict[str, Program]) -> None:
    for name in VENDORS:
        answers = {who: key.get(address(world, name)).status_code for who, key in keys.items()}
        assert answers == {"a": 403, "b": 403, "instance of b": 403, "vendor": 200}, name


@pytest.mark.usefixtures("forgetful")
def test_the_database_alone_keeps_b_from_the_key_of_a(world: World, keys: dict[str, Program]) -> None:
    for name in OBJECTS:
        assert keys["a"].get(address(world, name)).status_code == 404, name
    for name in LISTS:
        seen = keys["a"].get(address(world, name), limit=200)
        assert world.house.contract_b.public_id not in body(seen), name
        assert world.house.customer_b.public_id not in body(seen), name


def test_usage_of_an_instance_of_b_is_taken_from_b_alone(world: World, keys: dict[str, Program]) -> None:
    event = {
        "specversion": "1.0",
        "id": "x",
        "source": "s",
        "type": "login",
        "subject": "u",
        "time": "2026-05-02T09:00Z",
    }
    to_b = f"usage/events?instance={world.house.instance_b.public_id}"
    before = EventBatch.objects.count()
    answers = {
        who: key.send(to_b, json.dumps(event), Content_Type="application/cloudevents+json").status_code
        for who, key in (
            keys | {"instance of a": program_of(world.house.customer_a, instance=world.house.instance_a)}
        ).items()
    }
    assert answers == {"a": 404, "instance of a": 404, "b": 202, "instance of b": 202, "vendor": 202}
    assert EventBatch.objects.count() == before + 1


def test_a_report_of_b_is_confirmed_by_b_alone(world: World, keys: dict[str, Program]) -> None:
    covers = {"covers": {"start": "2026-04-01", "end": "2026-05-01"}}
    answers = {who: key.send(address(world, "api:confirm_report"), covers).status_code for who, key in keys.items()}
    # It was confirmed long ago, which nobody but its owner learns.
    assert answers == {"a": 404, "b": 409, "instance of b": 403, "vendor": 409}


def test_an_instance_takes_its_own_licence_and_no_other(world: World, keys: dict[str, Program]) -> None:
    everybody = keys | {
        "instance of a": program_of(world.house.customer_a, instance=world.house.instance_a, name="own")
    }
    for name in sorted(OF_INSTANCES):
        answers = {
            who: key.get(address(world, name), instance=world.house.instance_b.public_id).status_code
            for who, key in everybody.items()
        }
        assert answers == {"a": 404, "b": 200, "instance of b": 200, "vendor": 200, "instance of a": 404}, name
