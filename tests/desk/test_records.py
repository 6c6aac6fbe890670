"""Lists and records: they open for the vendor's people, and nobody changes anything there, not even a superuser."""

import hashlib

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from licenses.models import User
from tests.cast import Person
from tests.isolation.routes import DESK, address_of_b
from tests.isolation.world import World, desk_models

LOOKED_AT = [name for name, methods in DESK.items() if "get" in methods]
# What a request itself leaves: who is signed in.
ABOUT_WHO_ASKS = {"django_session", "licenses_user"}
CHANGES = ("add", "change", "delete")


@pytest.fixture(params=["finance", "account_manager", "vendor_admin", "superuser"])
def person(request: pytest.FixtureRequest, world: World) -> Person:
    if request.param != "superuser":
        return getattr(world.house, request.param)
    known = User.objects.filter(email="root@vendor.example").first()
    return Person(user=known or User.objects.create_superuser("root@vendor.example"))


@pytest.fixture
def client(person: Person) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def everything() -> dict[str, str]:
    """A digest of all rows, by table."""
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.managed} - ABOUT_WHO_ASKS
    found = {}
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for table in sorted(tables & existing):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM {table} t")
            found[table] = hashlib.sha256(cursor.fetchone()[0].encode()).hexdigest()
    return found


def test_every_page_of_the_desk_opens(world: World, client: Client) -> None:
    addresses = [address_of_b(world, name) for name in LOOKED_AT]
    addresses += [f"/admin/invoices/{world.draft.public_id}/", "/admin/close/?month=2026-04&view=outlier"]
    for model in desk_models():
        labels = (model._meta.app_label, model._meta.model_name)
        addresses.append(reverse("admin:{}_{}_changelist".format(*labels)))
        addresses.append(reverse("admin:{}_{}_changelist".format(*labels)) + "?q=K-2026")
        addresses.append(reverse("admin:{}_{}_change".format(*labels), args=[world.object_of_b(model).pk]))
    answers = {address: client.get(address, follow=True).status_code for address in addresses}
    assert {address: status for address, status in answers.items() if status != 200} == {}


def test_no_record_is_added_changed_or_deleted_by_a_form(world: World, client: Client) -> None:
    before = everything()
    answers = {}
    for model in desk_models():
        labels = (model._meta.app_label, model._meta.model_name)
        row = world.object_of_b(model)
        fields = {field.name: "1" for field in model._meta.concrete_fields} | {"post": "yes", "_save": "Save"}
        for change in CHANGES:
            address = reverse("admin:{}_{}_{}".format(*labels, change), args=[] if change == "add" else [row.pk])
            answers[address] = client.post(address, fields).status_code
        everywhere = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes", "index": "0"}
        client.post(reverse("admin:{}_{}_changelist".format(*labels)), everywhere)
    assert {address: status for address, status in answers.items() if status != 403} == {}
    assert everything() == before


def test_no_list_offers_an_action(world: World, person: Person) -> None:
    assert [model._meta.label for model in desk_models() if admin.site.get_model_admin(model).actions] == []


@pytest.mark.parametrize("number", ["0", "999999", "x"])
def test_a_record_that_does_not_exist_is_not_found(world: World, number: str) -> None:
    client = Client()
    client.force_login(world.house.finance.user)
    answers = {}
    for model in desk_models():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        answers[name] = client.get(reverse(name, args=[number])).status_code
    # The admin site itself leads from an unknown record to its index, with a message.
    assert set(answers.values()) <= {302, 404}
