"""Every change of a tracked row is kept, with who did it and why; nobody edits the past."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from ground.actor import Actor
from ground.audit import acting
from licenses.models import Contract, ContractHistory
from tests.cast import House

FIONA = Actor(user_id=7, name="Fiona Nance", vendor_role="finance")


@pytest.mark.django_db
def test_a_change_is_kept_with_actor_verb_and_reason(house: House) -> None:
    with acting(actor=FIONA, verb="extend payment term", reason="agreed by letter"):
        Contract.objects.filter(pk=house.contract_a.pk).update(payment_days=60)
    first, last = ContractHistory.objects.filter(pgh_obj_id=house.contract_a.pk).order_by("pgh_id")
    assert (first.payment_days, last.payment_days, last.pgh_label) == (30, 60, "update")
    assert last.pgh_context is not None
    said = last.pgh_context.metadata
    assert (said["actor"], said["actor_id"], said["verb"]) == ("Fiona Nance", 7, "extend payment term")
    assert said["reason"] == "agreed by letter"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE licenses_contracthistory SET payment_days = 1", "DELETE FROM licenses_contracthistory"]
)
def test_the_past_is_not_edited(house: House, sql: str) -> None:
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert ContractHistory.objects.filter(payment_days=30).count() == 2
