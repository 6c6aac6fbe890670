"""A headless Chromium, the site on a port of its own, and people of the cast who sign in."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from config.environment import BASE_DIR
from tests.cast import PASSWORD
from tests.portal.conftest import Played, fixed_today, played, played_once

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
SCREENS = BASE_DIR / "var" / "screens"
KEEPS_PICTURES = os.environ.get("ROLLCALL_PICTURES") == "1"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# axe: WCAG 2.2 A and AA, and its best practices.
# Width and scheme of the windows in which pages are looked at.
LOOKS = {"light": (1360, "light"), "dark": (1360, "dark"), "narrow": (390, "light")}
# What django-unfold draws around the desk's pages and gets wrong, by selector. Inside `main` nothing is left out.
FRAME = [
    # region: unfold draws its head (the title and the switch of the side bar) in a plain div, not in a landmark.
    "#header-inner",
]
# What is typed into and has no box that shows where: the names of such inputs.
WITHOUT_BOX = """() => [...document.querySelectorAll('.rc input, .rc select, .rc textarea')]
  .filter(one => !['checkbox', 'radio', 'file', 'hidden', 'submit', 'button', 'reset', 'range'].includes(one.type))
  .filter(one => one.checkVisibility() && !parseFloat(getComputedStyle(one).borderTopWidth))
  .map(one => one.name || one.id)"""
AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Of what is in order nothing is told: that takes longer than to find it.
    "resultTypes": ["violations"],
}

__all__ = ["fixed_today", "played", "played_once"]


@dataclass(kw_only=True)
class Visit:
    """One window of one person, with everything that the browser complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    # How often the window went to a page, and how often it had when each of its loads began.
    left: int = 0
    began: dict[Request, int] = field(default_factory=dict)

    def note_request(self, request: Request) -> None:
        """Remember between which pages a load began."""
        self.left += request.is_navigation_request() and request.frame == self.page.main_frame
        self.began[request] = self.left

    def note_failure(self, request: Request) -> None:
        """A load that failed, unless the browser gave it up itself: the person left its page, or it was the tab's icon.

        An icon that is not there is answered with 404, which is heard apart.
        """
        was_left = self.began.get(request) != self.left
        is_icon = request.resource_type == "other" and request.url.endswith("/static/icon.svg")
        if not (request.failure == "net::ERR_ABORTED" and (was_left or is_icon)):
            self.complaints.append(f"failed: {request.url} ({request.failure})")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}", wait_until="load")

    def sign_in(self, email: str) -> None:
        self.go("/accounts/login/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_load_state("load")

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page for a person to look at, where one asked for pictures: each takes a while."""
        if not KEEPS_PICTURES:
            return
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def faults(self, *, but: Sequence[str] = ()) -> list[str]:
        """What axe finds outside of some selectors, what is too wide or has no box, and what the browser said."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        violations = self.page.evaluate(
            "([rules, but]) => axe.run({include: [['html']], exclude: but.map(one => [one])}, rules)"
            ".then(answer => answer.violations)",
            [AXE_RULES, list(but)],
        )
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        too_wide = [f"{wide} px wider than its window"] if wide > 0 else []
        bare = [f"{name}: an input without a box" for name in self.page.evaluate(WITHOUT_BOX)]
        return [*(finding(violation) for violation in violations), *too_wide, *bare, *self.complaints]

    def assert_sound(self, *, but: Sequence[str] = ()) -> None:
        """Nothing reaches beyond the window, axe finds nothing, the browser said nothing."""
        assert self.faults(but=but) == [], self.page.url

    def look_at(self, addresses: Mapping[str, str], *, picture: str, but: Sequence[str] = ()) -> dict[str, list[str]]:
        """Open each page and keep a picture named after it; return the faults of those that have any.

        `picture` is the pattern of the names of the pictures, such as "desk-{}-dark".
        """
        found = {}
        for name, address in addresses.items():
            self.complaints.clear()
            self.go(address)
            self.picture(picture.format(name))
            found[name] = self.faults(but=but)
        return {name: faults for name, faults in found.items() if faults}


def finding(violation: dict[str, Any]) -> str:
    nodes = "; ".join(
        f"{node['html'][:160]} ({node.get('failureSummary', '')[:200]})" for node in violation["nodes"][:3]
    )
    return f"{violation['id']}: {nodes}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium with a profile of its own."""
    # The browser's driver runs an event loop in this thread; the tests' own queries beside it are synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {**os.environ, "HOME": profile}
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET, env=environment)
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(played: Played) -> Iterator[str]:
    """The address of the site over the module's database."""
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Open a window: `visit(width=390, scheme="dark", scripts=False)`."""
    contexts: list[BrowserContext] = []

    def open_window(*, width: int = 1360, scheme: str = "light", scripts: bool = True) -> Visit:
        size: ViewportSize = {"width": width, "height": 900}
        context = browser.new_context(
            viewport=size,
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        one = Visit(page=context.new_page(), address=site)
        one.page.on("console", lambda message: one.complaints.append(f"{message.type}: {message.text}"))
        one.page.on("pageerror", lambda error: one.complaints.append(f"error: {error}"))
        one.page.on("request", one.note_request)
        one.page.on("requestfailed", one.note_failure)
        return one

    yield open_window
    for context in contexts:
        context.close()
