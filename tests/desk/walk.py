"""Follows the links of pages, as a person with much patience would, and tells what does not open."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from urllib.parse import urldefrag, urljoin, urlsplit

import lxml.html
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

# So many pages of one view are opened; more are alike.
ALIKE = 2


def links_of(answer: HttpResponse, address: str) -> list[str]:
    """The addresses of this site to which a page leads; none where the answer is a file."""
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if answer.streaming or answer.status_code != 200 or not is_page or not answer.content:
        return []
    found = lxml.html.fromstring(answer.content).xpath("//a/@href")
    return [link for link in (urldefrag(urljoin(address, one)).url for one in found) if link.startswith("/")]


def faults(
    client: Client, starts: Sequence[str], follows: Callable[[str], bool] = lambda view: True, *, views: int = 11
) -> list[str]:
    """Open some pages and follow their links to the views that `follows` takes, which unless told otherwise are all.

    Returns what did not open, as "status address". Links must lead to at least so many `views`, opened or not.
    """
    waiting, known, opened = deque(starts), set(starts), Counter[str]()
    wrong: list[str] = []
    while waiting:
        address = waiting.popleft()
        view = resolve(urlsplit(address).path).view_name
        opened[view] += 1
        is_wanted = address in starts or (opened[view] <= ALIKE and follows(view))
        if view.endswith("logout") or not is_wanted:
            continue
        answer = client.get(address)
        if answer.status_code >= 400:
            wrong.append(f"{answer.status_code} {address}")
        if answer.streaming:
            b"".join(answer.streaming_content)
        new = [link for link in links_of(answer, address) if link not in known]
        known.update(new)
        waiting.extend(dict.fromkeys(new))
    assert len(opened) >= views, opened
    return wrong
