"""Whatever state a contract's months are in, every page that links lead to opens, for the vendor and the customer."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import date
from urllib.parse import urldefrag, urljoin, urlsplit

import lxml.html
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from billing.operations.open_periods import open_periods
from tests.billing.story import APRIL, Story, at, days_before, people
from tests.desk.test_month_at_the_desk import do_the_jobs

# So many pages of one view are opened; more are alike.
ALIKE = 2
MONTHS = [f"/admin/close/?month=2026-0{month}" for month in (4, 5, 6)]


def links_of(answer: HttpResponse, address: str) -> list[str]:
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if answer.streaming or answer.status_code != 200 or not is_page or not answer.content:
        return []
    found = lxml.html.fromstring(answer.content).xpath("//a/@href")
    return [link for link in (urldefrag(urljoin(address, one)).url for one in found) if link.startswith("/")]


def faults(client: Client, starts: Sequence[str]) -> list[str]:
    """Follow links from some pages; return what did not open, as "status address"."""
    waiting, known, opened = deque(starts), set(starts), Counter[str]()
    wrong: list[str] = []
    while waiting:
        address = waiting.popleft()
        view = resolve(urlsplit(address).path).view_name
        opened[view] += 1
        if view.endswith("logout") or (opened[view] > ALIKE and address not in starts):
            continue
        answer = client.get(address)
        if answer.status_code >= 400:
            wrong.append(f"{answer.status_code} {address}")
        if answer.streaming:
            b"".join(answer.streaming_content)
        new = [link for link in links_of(answer, address) if link not in known]
        known.update(new)
        waiting.extend(dict.fromkeys(new))
    assert len(opened) > 10, opened
    return wrong


def test_every_page_opens_in_every_state(plain_story: Story, today: Callable[[int, int], None]) -> None:
    story, found = plain_story, dict[str, list[str]]()

    def look(state: str) -> None:
        for person, starts in (
            (story.house.finance, ["/admin/", *MONTHS]),
            (story.house.customer_admin_a, ["/", "/usage/"]),
        ):
            client = Client(raise_request_exception=False)
            client.force_login(person.user)
            found[f"{state}, {person.user.email}"] = faults(client, starts)

    open_periods(actor=story.finance, contract=story.contract, today=date(2026, 4, 3))
    look("nobody has reported")
    story.deliver(people(100), days_before(APRIL, 2), now=at(4, 29))
    story.close(APRIL, now=at(5, 1))
    look("held, because two days are missing")
    story.deliver(people(101), APRIL, now=at(5, 1))
    closing = story.close(APRIL, now=at(5, 3))
    look("drafted")
    story.finalize(closing, now=at(5, 3), render=True)
    do_the_jobs()
    story.deliver(people(104), APRIL, now=at(5, 5))
    today(6, 2)
    open_periods(actor=story.finance, contract=story.contract, today=date(2026, 6, 2))
    look("invoiced, with a true-up to decide; nobody has reported since")

    assert {state: wrong for state, wrong in found.items() if wrong} == {}
