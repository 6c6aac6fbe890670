"""A contract written from the form alone: its sentences, its curve, an amendment inside a month, and what is billed."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.operations.close_period import close_period
from ground import clock
from licenses.models import Contract
from licenses.queries import latest_version, terms_of
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from tests.billing.desk.dust import HALF_OF_JUNE, JUNE, MAY, deliver, terms
from tests.billing.story import Story, at
from tests.browser.conftest import Visit
from tests.cast import House

PATIENCE = 10_000


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The site's clock, set by the test."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_to(at(4, 20))
    return set_to


@pytest.fixture
def window(committed_house: House, portal_server: LiveServer, browser: Browser) -> Iterator[Visit]:
    """The account manager at the desk."""
    context = browser.new_context(viewport={"width": 1360, "height": 900}, reduced_motion="reduce")
    one = Visit(page=context.new_page(), address=portal_server.url)
    one.page.on("console", lambda message: one.complaints.append(f"{message.type}: {message.text}"))
    one.page.on("pageerror", lambda error: one.complaints.append(f"error: {error}"))
    one.sign_in("manager@vendor.example")
    yield one
    context.close()


def fill(page: Page, **fields: str) -> None:
    """Fill in fields by the path that the engine gives them; __ stands for a dot."""
    for name, value in fields.items():
        put(page, name.replace("__", "."), value)


def put(page: Page, path: str, value: str) -> None:
    field = page.locator(f'[name="{path}"]')
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def state(page: Page, path: str, *, is_on: bool = True) -> None:
    """Tick, or untick, the box that states something that may be left out."""
    page.locator(f'[name="{path}?"]').set_checked(is_on)


def press(page: Page, command: str) -> None:
    """Press a button that changes the shape of the form, and wait until the form is drawn anew."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(f'button[name="do"][value="{command}"]').click()
    page.locator("#terms-editor:not(.htmx-swapping):not(.htmx-settling)").wait_for(timeout=PATIENCE)


def choose_kind(page: Page, path: str, value: str) -> None:
    """Choose a word on which the other fields depend; they are drawn by the server."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(f'[name="{path}"]').select_option(value)
    page.locator("#terms-editor:not(.htmx-swapping):not(.htmx-settling)").wait_for(timeout=PATIENCE)


def write_the_contract(page: Page) -> None:
    """Write every term by hand, beginning with plain terms."""
    fill(page, currency="USD", mid_cycle="by_days", tax__category="O", tax__rate="0")
    put(page, "metrics.active#", "members")
    put(page, "metrics.active.definition.actions", "login")
    put(page, "charges.users#", "members")
    put(page, "charges.users.metric", "members")
    state(page, "charges.users.floor")
    put(page, "charges.users.floor.minimum_users", "100")

    press(page, "add:metrics")
    put(page, "metrics.members-2#", "spending")
    choose_kind(page, "metrics.members-2.kind", "action_quantity")
    put(page, "metrics.spending.definition.actions", "api.call")
    put(page, "metrics.spending.measure", "sum")
    put(page, "metrics.spending.unit", "dollar of usage")
    put(page, "metrics.spending.units", "dollars of usage")

    press(page, "add:charges")
    usage = "charges.members-2"
    put(page, f"{usage}#", "usage")
    put(page, f"{usage}.metric", "spending")
    put(page, f"{usage}.price.unit_price", "1.00")
    state(page, f"{usage}.floor", is_on=False)
    state(page, f"{usage}.per_user_cap")
    put(page, f"{usage}.per_user_cap.amount", "50.00")
    put(page, f"{usage}.per_user_cap.reading", "each_person")
    state(page, f"{usage}.cap")
    put(page, f"{usage}.cap.amount", "1000.00")
    write_the_credits(page, usage)


def write_the_credits(page: Page, usage: str) -> None:
    state(page, f"{usage}.credits")
    state(page, f"{usage}.credits[0].ladder")
    choose_kind(page, f"{usage}.credits[0].ladder.model", "credit_ladder")
    credit = "charges.usage.credits[0]"
    fill_credit = {"name": "free credits", "metric": "members", "granted": "each_cycle", "expires": "cycle"}
    for key, value in fill_credit.items():
        put(page, f"{credit}.{key}", value)
    put(page, f"{credit}.ladder.reading", "graduated")
    put(page, f"{credit}.ladder.bound", "inclusive")
    for row, (up_to, amount) in enumerate((("10", "5.00"), ("50", "2.00"), ("100", "1.00"))):
        if row:
            press(page, f"add:{credit}.ladder.tiers")
        put(page, f"{credit}.ladder.tiers[{row}].up_to", up_to)
        put(page, f"{credit}.ladder.tiers[{row}].credit", amount)


@pytest.mark.needs("chromium")
def test_a_contract_from_the_form_alone(
    committed_house: House, window: Visit, today: Callable[[datetime], None]
) -> None:
    page = window.page
    window.go("/admin/contracts/new/")
    page.get_by_label("Customer").select_option(label="Aurel Maschinenbau GmbH")
    page.get_by_label("Contract number").fill("K-2026-050")
    page.get_by_label("Product").fill("Atlas Agents")
    page.get_by_label("First instance").fill("Munich-5")
    write_the_contract(page)

    # Its sentences and its curve stand beside the form before anything is agreed.
    beside = page.locator("#terms-beside")
    for sentence in ContractTerms.from_json(terms()).sentences():
        expect(beside.get_by_text(sentence, exact=True)).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Units of each user").fill("60")
    # Nobody: 100 members at 29.00. 200 people: 5,800.00 and 1,000.00 of usage, less 180.00 of credit.
    expect(beside.get_by_text("2,900.00 USD without any user, 6,620.00 USD with 200.")).to_be_visible(timeout=PATIENCE)
    window.picture("desk-dust-form")
    page.get_by_role("button", name="Agree on this contract").click()
    expect(page.get_by_role("heading", name="Aurel Maschinenbau GmbH, K-2026-050")).to_be_visible()
    window.picture("desk-dust-contract")

    contract = Contract.objects.get(number="K-2026-050")
    agreed = terms_of(latest_version(contract=contract))
    assert agreed.digest() == ContractTerms.from_json(terms()).digest()
    story = Story(house=committed_house, contract=contract, instance=contract.instances.get())

    today(at(6, 3))
    deliver(story, 64, 30, MAY)
    may = story.close(MAY, now=at(6, 3))
    assert f"{story.finalize(may, now=at(6, 3)).net_amount:.2f}" == "3756.00"

    # Amended inside June: the effect is shown before anybody agrees.
    today(at(6, 20))
    deliver(story, 120, 30, HALF_OF_JUNE)
    page.get_by_role("link", name="Amend").click()
    page.get_by_label("In force from").fill("2026-06-16")
    put(page, "charges.members.price.unit_price", "25.00")
    effect = page.locator("#amendment-effect")
    expect(effect.get_by_text("Each active user costs USD 25.00", exact=False)).to_be_visible(timeout=PATIENCE)
    june = effect.get_by_role("row", name="1 to 30 Jun 2026")
    for amount in ("4,300.00", "3,820.00", "4,060.00"):
        expect(june.get_by_text(amount)).to_be_visible(timeout=PATIENCE)
    window.picture("desk-dust-amend")
    page.get_by_role("button", name="Agree on this amendment").click()
    expect(page.get_by_text("Version 2 is agreed.")).to_be_visible()
    window.picture("desk-dust-amended")

    deliver(story, 120, 0, Period(HALF_OF_JUNE.end, JUNE.end))
    closed = close_period(actor=story.finance, contract=contract, period=JUNE, now=at(7, 3), today=date(2026, 7, 3))
    assert closed.invoice is not None, closed
    assert f"{closed.invoice.net_amount:.2f}" == "4060.00"
    assert window.complaints == []
