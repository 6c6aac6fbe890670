"""The reconciliation desk in light, in dark and at 390 px: the queue and three cases; axe finds nothing in them."""

from collections.abc import Callable
from datetime import date

import pytest

from billing.models import Difference
from billing.operations.look_for_differences import look_for_differences
from licenses.models import Instance
from tests.billing.story import APRIL, MAY, at, people
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played
from usage.operations.record_reported_count import record_reported_count

CASES = ("reported_against_counted", "instance_against_instance", "days_missing")


@pytest.fixture(scope="module")
def addresses(played: Played) -> dict[str, str]:
    """A claim that nobody explains, two instances with the same people, an instance that is silent in May."""
    story = played.story
    other = Instance.objects.create(
        customer=story.contract.customer, contract=story.contract, name="Berlin-2", reports_from=APRIL.start
    )
    story.deliver(people(60, first=100), APRIL, now=at(5, 7), instance=other)
    for instance, users in ((story.instance, 330), (other, 60)):
        record_reported_count(
            actor=story.finance,
            contract=story.contract,
            period=APRIL,
            users=users,
            source="the console",
            now=at(5, 7),
            instance=instance,
        )
    story.deliver(people(50), MAY, now=at(6, 1), days=[date(2026, 5, 4)])
    look_for_differences(actor=story.finance, contract=story.contract, now=at(6, 3))
    rows = {code: Difference.objects.filter(code=code).order_by("-period", "pk").first() for code in CASES}
    found = {code: f"/admin/reconcile/{row.public_id}/" for code, row in rows.items() if row is not None}
    assert len(found) == len(CASES)
    return {"queue": "/admin/reconcile/", **found}


@pytest.mark.parametrize("look", LOOKS)
def test_the_reconciliation_desk_is_sound(visit: Callable[..., Visit], addresses: dict[str, str], look: str) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("manager@vendor.example")
    assert window.look_at(addresses, picture=f"desk-reconcile-{{}}-{look}", but=FRAME) == {}
