"""Figures that open: what a link says is what stands at the place where it leads."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# What is read at the place that an address names: its section where it is a heading, else the thing itself.
PLACE = """name => {
    const found = name ? document.getElementById(name) : document.querySelector("main");
    if (!found) return null;
    return (/^H[1-6]$/.test(found.tagName) ? found.closest("section") : found).innerText;
}"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number on a page that can be clicked, and where it leads."""

    words: str
    address: str

    @property
    def number(self) -> str:
        """The number as it is written, without its sign and its currency."""
        found = NUMBER.search(self.words)
        assert found, f"The figure {self.words!r} has no number."
        return found.group()


def figures_of(page: Page) -> list[Figure]:
    """Return the figures of a page, each once."""
    found = page.eval_on_selector_all("main a.rc-fig", "links => links.map(one => [one.textContent, one.href])")
    return [Figure(words=words, address=address) for words, address in dict.fromkeys(map(tuple, found))]


def assert_opens(window: Visit, figure: Figure) -> None:
    """Follow a figure: the page is there, and its number stands at the place that the link names."""
    answer = window.page.goto(figure.address, wait_until="load")
    # A link within the page loads nothing.
    assert answer is None or answer.ok, f"{figure} answered {answer.status if answer else ''}"
    said = window.page.evaluate(PLACE, figure.address.partition("#")[2])
    assert said is not None, f"{figure} leads to a place that the page does not have"
    alone = rf"(?<![\d.,]){re.escape(figure.number)}(?![\d]|[.,]\d)"
    assert re.search(alone, said), f"{figure} leads to a place where its number does not stand: {said[:600]}"


def assert_every_figure_opens(window: Visit, path: str, *expected: str) -> None:
    """Follow every figure of a page that must have these numbers as figures, and come back to the page."""
    window.go(path)
    # What the page before was still loading when it was left says nothing about these pages.
    window.complaints.clear()
    figures = figures_of(window.page)
    missing = set(expected) - {figure.number for figure in figures}
    assert not missing, f"{path} shows no figure to click for {sorted(missing)}; it has {figures}"
    for figure in figures:
        assert_opens(window, figure)
    assert window.complaints == [], path
    window.go(path)


def assert_leads_to_lines(window: Visit, users: int, *, person: str, file: str, line: int) -> None:
    """From the list of people of the explanation that is shown: its length, one person, and the line of the file."""
    page = window.page
    counted = page.get_by_role("row", name="Active users").get_by_role("link")
    counted.click()
    page.wait_for_url("**why=counted#people")
    expect(page.get_by_text(f"of {users} people")).to_be_visible()
    page.get_by_label("Search people").fill(person)
    page.get_by_role("button", name="Show").first.click()
    page.get_by_role("link", name=person).click()
    page.wait_for_load_state("load")
    expect(page.get_by_text("is counted because of 1 action that counts, on 1 day")).to_be_visible()
    if page.get_by_role("button", name="Find the lines").count():
        page.get_by_role("button", name="Find the lines").click()
    # The worker goes through the files; the portal's page waits by itself, the desk's has a link to look again.
    found = page.get_by_role("row", name=file)
    for _ in range(60):
        if found.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(found.get_by_role("rowheader")).to_have_text(str(line))
    found.get_by_role("link", name=file).click()
    page.wait_for_load_state("load")
    expect(page.get_by_text(file).first).to_be_visible()
