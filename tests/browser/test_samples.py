"""Every sample of the known formats, dropped into the portal by a customer in a real browser, with real workers.

All samples share one site, one database and one window: they are dropped first, then checked, tried and counted while
two hands read. Each has a contract and an instance of its own, in days of UTC, so that none displaces another.
"""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from environ import Env
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from config.environment import BASE_DIR
from licenses.models import Customer, ProvisionedCount
from licenses.operations.register_instance import register_instance
from rollcall.formats.profile import COUNTS, EVENTS, PER_USER_AND_DAY, SNAPSHOT
from rollcall.formats.registry import PROFILES
from tests.browser.conftest import Visit
from tests.cast import BUILDER, build_house, sign_contract, terms_json
from tests.databases import TestServer, clone
from tests.rollcall.formats.samples import SAMPLES, files_of, format_of
from usage.portal.kinds import kind_words

pytestmark = pytest.mark.needs("chromium")

PATIENCE = 150_000
# What the manifest's rule of counting names, where the format's own suggestion is narrower or wider.
COUNTED = {
    "cloudevents_batch.json": ["*.login.v1", "*.action.v1"],
    "elastic_ecs.ndjson": ["user-login", "report-opened"],
    "otlp_logs.json": ["login", "action"],
}
DROP = """files => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  document.querySelector(".rc-drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
}"""
LABELS = "fields => fields.map((one) => one.labels[0].textContent)"
LISTED_ON = "2026-07-03"
MONTHS = {"2026-05": "May 2026", "2026-06": "June 2026", "2026-07": "July 2026"}


def kind_of(sample: str) -> str:
    return PROFILES[format_of(sample)].kind


@dataclass(kw_only=True)
class Seen:
    """What the pages said about one sample on its way."""

    report: str
    checked: str = ""
    questions: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    state: str = ""
    result: str = ""
    figures: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)


@pytest.fixture(autouse=True)
def fixed_today() -> None:
    """Here the clock runs: the workers beside the site read it too."""


@pytest.fixture(scope="module")
def product(
    django_db_setup: None,
    database_server: TestServer,
    database_template: str,
    own_folders: Path,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """The address of the site, with a contract and an instance a sample, and a worker with two hands beside it."""
    before = dict(django_settings.DATABASES["default"])
    with clone(database_server, database_template) as name, django_db_blocker.unblock():
        url = database_server.app(name)
        connections.close_all()
        django_settings.DATABASES["default"].update(Env.db_url_config(url))
        customer = build_house().customer_a
        for number, sample in enumerate(SAMPLES):
            prepare(customer, f"K-S-{number:03}", sample)
        server, workers = LiveServer("localhost"), start_workers(url, own_folders)
        yield server.url
        for child in workers:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        server.stop()
        connections.close_all()
        django_settings.DATABASES["default"].update(before)


def prepare(customer: Customer, number: str, sample: str) -> None:
    """Sign a contract in UTC that counts what the sample's rule counts, with an instance named after the sample."""
    contract = sign_contract(customer, number, terms_of(sample))
    register_instance(actor=BUILDER, contract=contract, name=sample, reports_from=date(2026, 1, 1))


def terms_of(sample: str) -> dict[str, Any]:
    """Daily counts are billed as such, at their highest; everything else as active users."""
    profile = PROFILES[format_of(sample)]
    metric: dict[str, Any] = {"kind": "reported_users", "calculation": "max"}
    if profile.kind != COUNTS:
        actions = COUNTED.get(sample, list(profile.suggested_actions))
        metric = {"kind": "active_users", "definition": {"actions": actions}, "calculation": "unique"}
    price = {"model": "per_user", "unit_price": "10.00"}
    charges = {"seats": {"metric": "users", "bill": "in_arrears", "price": price}}
    return terms_json(timezone="UTC", metrics={"users": metric}, charges=charges, gap_rule={"rule": "hold"})


def start_workers(url: str, folder: Path) -> list["subprocess.Popen[bytes]"]:
    """Start a worker with two hands and a sweeper on this database."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": "",
        "ROLLCALL_MODE": "test",
        "ROLLCALL_VAR": str(folder),
        "JOB_SWEEP_SECONDS": "1",
    }
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")
    commands = [
        ["-m", "celery", "--quiet", "-A", "config.celery", "worker", "--concurrency", "2", *quiet],
        ["manage.py", "sweeper"],
    ]
    return [
        subprocess.Popen([sys.executable, *command], env=environment, cwd=BASE_DIR, start_new_session=True)
        for command in commands
    ]


@pytest.fixture(scope="module")
def seen(browser: Browser, product: str) -> Iterator[dict[str, Seen]]:
    """Take every sample the whole way, and keep what the pages said."""
    context = browser.new_context(viewport={"width": 1360, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    window = Visit(page=context.new_page(), address=product)
    window.page.on("pageerror", lambda error: window.complaints.append(f"error: {error}"))
    window.sign_in("admin@aurel.example")
    journeys = {sample: Seen(report=dropped(window, sample)) for sample in SAMPLES}
    for journey in journeys.values():
        check(window, journey)
    for journey in journeys.values():
        count(window, journey)
    for journey in journeys.values():
        look_at_result(window, journey)
    assert window.complaints == []
    yield journeys
    context.close()


def dropped(window: Visit, sample: str) -> str:
    """Drop the files of a sample as one upload for its instance, and return the path of the report."""
    window.go("/usage/upload/")
    page = window.page
    page.get_by_label("Instance").select_option(label=sample)
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in files_of(sample)]
    page.evaluate(DROP, files)
    page.locator("[data-chosen]").filter(has_text=files[0][0]).wait_for()
    with page.expect_navigation():
        page.get_by_role("button", name="Send the file").click()
    path = page.url.removeprefix(window.address)
    assert path.startswith("/usage/reports/"), (sample, page.inner_text("main"))
    return path


def check(window: Visit, journey: Seen) -> None:
    """Wait until the file was looked at, keep what the page says it is and asks, and confirm as proposed.

    The one question that stands: no list of accounts says on which day it was taken.
    """
    page = window.page
    window.go(journey.report)
    page.locator("h1").filter(has_not_text="We look at the file").wait_for()
    journey.checked = page.inner_text("main")
    assert page.locator("h1").inner_text() == "Check the file before it counts", journey.checked
    journey.questions = page.locator(".rc-notice--wait strong").all_inner_texts()
    journey.unanswered = page.locator("main :is(input, select):invalid").evaluate_all(LABELS)
    for label in journey.unanswered:
        page.get_by_label(label).fill(LISTED_ON)
    press(page, "See what will change")


def count(window: Visit, journey: Seen) -> None:
    """Wait until the file was tried, and have it counted."""
    window.go(f"{journey.report}preview/")
    page = window.page
    page.locator("h1").filter(has_not_text="We try the file").wait_for()
    assert page.locator("h1").inner_text() == "What this file will change", page.inner_text("main")
    is_list = page.get_by_role("button", name="Take this list").count() > 0
    press(page, "Take this list" if is_list else "Count with this file")


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def look_at_result(window: Visit, journey: Seen) -> None:
    """Wait until the file was read, and keep the numbers of the page."""
    window.go(journey.report)
    page = window.page
    page.locator("h1").filter(has_not_text="We read the file").wait_for()
    journey.result = page.inner_text("main")
    journey.state = page.locator(".rc-head__line > span").first.inner_text()
    for stat in page.locator(".rc-stat").all():
        journey.figures[stat.locator("dt").inner_text()] = stat.locator("dd").first.inner_text().replace(",", "")
    for row in page.locator("table.rc-versus tbody tr").all():
        journey.users[row.locator("th").inner_text()] = row.locator("td").nth(1).inner_text()


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_known_without_help(seen: dict[str, Seen], sample: str) -> None:
    profile = PROFILES[format_of(sample)]
    kind = kind_words(profile.kind)
    assert kind is not None
    assert f"{profile.title}: what its fields mean is known." in seen[sample].checked
    assert f"{kind.name}. {kind.sentence}" in seen[sample].checked
    assert seen[sample].questions == []
    # A list says nowhere on which day it was taken; everything else is proposed from the file.
    assert seen[sample].unanswered == (["The day on which this list was made"] if profile.kind == SNAPSHOT else [])


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_counted_with_the_rows_of_the_manifest(seen: dict[str, Seen], sample: str) -> None:
    expected, duplicates = SAMPLES[sample]["expected"], SAMPLES[sample].get("duplicates", 0)
    aside = expected["rows"] - expected["valid_rows"] - duplicates
    assert seen[sample].figures["Rows read"] == str(expected["rows"]), seen[sample].result
    assert seen[sample].figures["Accepted"] == str(expected["valid_rows"]), seen[sample].result
    assert seen[sample].figures["Duplicates"] == str(duplicates)
    assert seen[sample].figures["Quarantined"] == str(aside)
    assert seen[sample].state == ("accepted, some rows quarantined" if aside else "accepted")


@pytest.mark.parametrize("sample", [name for name in SAMPLES if kind_of(name) in (EVENTS, PER_USER_AND_DAY)])
def test_the_page_shows_the_users_of_each_month(seen: dict[str, Seen], sample: str) -> None:
    expected = SAMPLES[sample]["expected"]["mau"]["UTC"]
    assert seen[sample].users == {MONTHS[month]: str(users) for month, users in expected.items()}


@pytest.mark.parametrize("sample", [name for name in SAMPLES if kind_of(name) == COUNTS])
def test_the_page_shows_the_highest_of_the_daily_counts(seen: dict[str, Seen], sample: str) -> None:
    assert seen[sample].users == {"June 2026": str(SAMPLES[sample]["expected"]["max"])}
    # Numbers without people: nobody may read a number of users out of them.
    assert "Users in the file" not in seen[sample].figures


@pytest.mark.parametrize("sample", [name for name in SAMPLES if kind_of(name) == SNAPSHOT])
def test_a_list_becomes_the_provisioned_users_of_its_day_and_no_active_ones(seen: dict[str, Seen], sample: str) -> None:
    expected = SAMPLES[sample]["expected"]
    listed = ProvisionedCount.objects.get(instance__name=sample)
    assert listed.users == expected.get("users", expected.get("active_users"))
    assert listed.date == date.fromisoformat(LISTED_ON)
    assert seen[sample].users == {}
    assert f"The list holds {listed.users} accounts: the dated number of provisioned users" in seen[sample].result
