"""The clauses that were JSON once, and the days that are left out, in a browser: pages that are sound, fields by hand."""

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect

from licenses.models import Instance
from tests.billing.desk.test_terms_form import RICH
from tests.billing.story import at, per_user, terms_json
from tests.browser.conftest import LOOKS, Visit
from tests.browser.desk.test_contract_desk import sound
from tests.browser.desk.test_contract_from_the_form import press, put, state
from tests.cast import YEAR, sign_contract
from tests.portal.conftest import Played
from usage.operations.excuse_days import excuse_days

PEAK = {"active": {"kind": "active_users", "definition": {"actions": ["*"]}, "calculation": "max"}}


@pytest.fixture(scope="module")
def addresses(played: Played) -> dict[str, str]:
    """A contract with a ramp, one that bills a peak with two days left out, one that has no days to leave out."""
    house = played.house
    ramp = sign_contract(house.customer_a, "K-2026-071", RICH, YEAR)
    peak = sign_contract(house.customer_a, "K-2026-072", terms_json(metrics=PEAK, charges=per_user("10.00")), YEAR)
    Instance.objects.create(customer=house.customer_a, contract=peak, name="Kiel-9", reports_from=date(2026, 1, 1))
    excuse_days(
        actor=house.account_manager.actor,
        contract=peak,
        days=[date(2026, 5, 2), date(2026, 5, 3)],
        reason="Load test of ours before the release",
        now=at(5, 4),
    )
    return {
        "ramp": f"/admin/contracts/{ramp.public_id}/amend/",
        "left-out": f"/admin/contracts/{peak.public_id}/days/?day=2026-05-04",
        "nothing-to-leave-out": f"/admin/contracts/{played.story.contract.public_id}/days/",
        "days-left-out": "/admin/days/?month=2026-05&find=K-2026-072",
    }


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", [*LOOKS, "narrow-dark"])
def test_their_pages_are_sound(visit: Callable[..., Visit], addresses: dict[str, str], look: str) -> None:
    width, scheme = LOOKS.get(look, (390, "dark"))
    window = visit(width=width, scheme=scheme)
    window.sign_in("manager@vendor.example")
    for name, address in addresses.items():
        window.go(address)
        expect(window.page.locator("main h1")).to_be_visible()
        sound(window, f"{name}-{look}")
    assert window.complaints == []


@pytest.mark.needs("chromium")
def test_a_ramp_a_conversion_and_a_group_are_written_by_hand(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("manager@vendor.example")
    window.go("/admin/contracts/new/")
    page = window.page
    put(page, "currency", "EUR")
    put(page, "charges.users.price.unit_price", "29.00")
    year = page.locator('[name="term.start"]').input_value()[:4]
    state(page, "phases")
    put(page, "phases[0].from", f"{year}-12-01")
    press(page, "add:phases[0].charges")
    state(page, "phases[0].charges.users.price")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        put(page, "phases[0].charges.users.price.model", "per_user")
    put(page, "phases[0].charges.users.price.unit_price", "31.00")
    expect(page.get_by_text(f"From 1 Dec {year} on: Each active user costs EUR 31.00.")).to_be_visible(timeout=10_000)
    state(page, "charges.users.price.convert")
    put(page, "charges.users.price.convert.divide_by", "10")
    put(page, "charges.users.price.convert.rounding", "up")
    converted = page.get_by_text("Before the price the number of active users is divided by 10, rounded up.").first
    expect(converted).to_be_visible(timeout=10_000)
    state(page, "limits")
    put(page, "limits.greater_of", "users, seats")
    at_group = page.locator("#t-limits-greater-of-live")
    expect(at_group).to_contain_text('there is no charge "seats"', timeout=10_000)
    assert window.complaints == []


@pytest.mark.needs("chromium")
def test_a_day_is_left_out_and_counts_again_by_hand(visit: Callable[..., Visit], addresses: dict[str, str]) -> None:
    window = visit()
    window.sign_in("manager@vendor.example")
    window.go(addresses["left-out"])
    page = window.page
    expect(page.get_by_label("First day")).to_have_value("2026-05-04")
    page.get_by_label("Reason, as the invoice prints it").fill("Our outage")
    page.get_by_role("button", name="Leave these days out").click()
    expect(page.get_by_role("button", name="Count again 4 May 2026")).to_be_visible()
    page.get_by_label("Why a day counts again").fill("It was on the 5th.")
    page.get_by_role("button", name="Count again 4 May 2026").click()
    expect(page.get_by_text("4 May 2026 counts again: It was on the 5th.")).to_be_visible()
    expect(page.get_by_role("button", name="Count again 4 May 2026")).to_have_count(0)
