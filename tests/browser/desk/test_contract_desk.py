"""The contract desk in a browser: pages that are sound, and forms that are filled in by hand."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from ground.operations.enqueue_job import enqueue_job
from ground.operations.run_job import run_job
from licenses.operations.define_plan_metric import define_plan_metric
from licenses.operations.draft_plan_version import draft_plan_version
from licenses.operations.publish_plan_version import publish_plan_version
from tests.billing.story import at, per_user, terms_json
from tests.browser.conftest import FRAME, LOOKS, Visit
from tests.portal.conftest import Played


def sound(window: Visit, name: str) -> None:
    """Keep a picture; axe finds nothing in what we draw, nothing reaches beyond the window."""
    window.picture(f"desk-{name}")
    window.assert_sound(but=FRAME)


PAGES = {
    "contract": "/admin/contracts/{contract}/",
    "amend": "/admin/contracts/{contract}/amend/",
    "carried": "/admin/contracts/{contract}/amend/?replay={replay}",
    "actions": "/admin/contracts/{contract}/actions/",
    "replay": "/admin/contracts/{contract}/replay/",
    "replayed": "/admin/contracts/{contract}/replay/{replay}/",
    "new-contract": "/admin/contracts/new/",
    "from-a-policy": "/admin/contracts/new/?from=policy:dust-credits-and-caps",
    "plans": "/admin/plans/",
    "plan": "/admin/plans/{plan}/",
    "new-plan": "/admin/plans/new/",
    "new-metric": "/admin/plans/metrics/new/",
}


@pytest.fixture(scope="module")
def addresses(played: Played) -> dict[str, str]:
    """The pages over a contract with billed months, a replay that ran, and a plan with a published version."""
    actor = played.house.account_manager.actor
    definition = {"kind": "active_users", "definition": {"actions": ["login", "report.open"]}}
    define_plan_metric(actor=actor, key="members", metric=definition)
    terms = terms_json(metrics={"members": definition}, charges=per_user("17.00", metric="members"))
    version = draft_plan_version(actor=actor, terms=terms, name="Team")
    publish_plan_version(actor=actor, version=version, now=at(5, 12))
    draft_plan_version(actor=actor, terms=terms_json(), plan=version.plan)
    without = {"active": {"kind": "active_users", "definition": {"actions": ["*"], "excluded_users": ["user000*"]}}}
    asked = {"terms": terms_json(metrics=without), "periods": 2, "asked_by": actor.name}
    job = enqueue_job(
        key="billing.replay:pages", kind="billing.replay", args={"contract_id": played.story.contract.pk, **asked}
    )
    ran = run_job(job.pk)
    assert ran is not None
    assert ran.state == "succeeded", ran.error
    values = {
        "contract": played.story.contract.public_id,
        "replay": job.public_id,
        "plan": version.plan.public_id,
    }
    return {name: path.format(**values) for name, path in PAGES.items()}


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_the_contract_desk_are_sound(
    visit: Callable[..., Visit], addresses: dict[str, str], look: str
) -> None:
    width, scheme = LOOKS[look]
    window = visit(width=width, scheme=scheme)
    window.sign_in("manager@vendor.example")
    for name, address in addresses.items():
        window.go(address)
        expect(window.page.locator("main h1")).to_be_visible()
        sound(window, f"{name}-{look}")
    assert window.complaints == []


@pytest.mark.needs("chromium")
def test_the_form_works_without_scripts(visit: Callable[..., Visit], played: Played) -> None:
    window = visit(scripts=False)
    window.sign_in("manager@vendor.example")
    window.go("/admin/contracts/new/")
    page = window.page
    page.locator('[name="charges.users.price.model"]').select_option("volume")
    page.get_by_role("button", name="Show its fields").last.click()
    page.locator('[name="charges.users.price.bound"]').select_option("inclusive")
    page.locator('[name="charges.users.price.tiers[0].up_to"]').fill("100")
    page.locator('[name="charges.users.price.tiers[0].unit_price"]').fill("10.00")
    page.get_by_role("button", name="One more row of tiers").click()
    page.locator('[name="charges.users.price.tiers[1].unit_price"]').fill("8,00")
    page.get_by_role("button", name="Check the terms").click()
    field = page.locator('[name="charges.users.price.tiers[1].unit_price"]')
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"[id='{field.get_attribute('id')}-error']")).to_contain_text("must be a decimal number")
    field.fill("8.00")
    page.get_by_role("button", name="Check the terms").click()
    expect(page.get_by_text("The total falls as usage rises.")).to_be_visible()
    expect(page.get_by_text("The price is by volume")).to_be_visible()


@pytest.mark.needs("chromium")
def test_a_refusal_stands_at_its_field_while_somebody_writes(visit: Callable[..., Visit], played: Played) -> None:
    window = visit()
    window.sign_in("manager@vendor.example")
    window.go("/admin/contracts/new/")
    page = window.page
    price, zone = page.locator('[name="charges.users.price.unit_price"]'), page.locator('[name="timezone"]')
    price.fill("29,00")
    at_price = page.locator("#t-charges-users-price-unit-price-live")
    expect(at_price).to_contain_text("must be a decimal number as text", timeout=10_000)
    expect(price).to_be_focused()
    price.fill("29.00")
    zone.fill("Europe/Berln")
    expect(page.locator("#t-timezone-live")).to_contain_text("There is no time zone 'Europe/Berln'", timeout=10_000)
    expect(at_price).to_be_empty()
    zone.fill("Europe/Berlin")
    expect(page.get_by_text("Each active user costs EUR 29.00.")).to_be_visible(timeout=10_000)
    expect(page.locator("#t-timezone-live")).to_be_empty()
    assert window.complaints == []
