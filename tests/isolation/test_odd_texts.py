"""Whatever stands in a field of a page, the answer is a page: the fields of every form of desk and portal, one by one.

A text of 20,001 letters, a character that no database takes, a digit that is no number, days at both ends of the
calendar. No answer is a fault of ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import lxml.html
import pytest
from django.http import HttpResponse
from django.test import Client

from tests.isolation.routes import DESK, PORTAL_OBJECTS, PORTAL_OWN, address_of_b
from tests.isolation.world import World

ODD = {"long": "x" * 20_001, "nul": "a\0b", "digit": "²", "first day": "0001-01-01", "last day": "9999-12-31"}
# Of a form as long as the terms of a contract, so many fields, and its last button; the engine's own tests have all.
MOST_FIELDS = 6
ASIDE = {"csrfmiddlewaretoken"}
CHOSEN = {"checkbox", "radio", "file", "submit", "button", "image"}


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form of a page as a browser would send it: what stands in it, which fields take text, what its buttons say."""

    method: str
    address: str
    values: dict[str, list[str]]
    texts: tuple[str, ...]
    deeds: tuple[str | None, ...]

    def sent(self, client: Client, name: str, text: str, deed: str | None) -> HttpResponse:
        said = {**self.values, name: [text], **({"do": [deed]} if deed else {})}
        send = client.post if self.method == "POST" else client.get
        answer: HttpResponse = send(self.address, said)
        return answer


def forms_of(page: HttpResponse, address: str) -> Iterator[Form]:
    for form in lxml.html.fromstring(page.content).forms:
        values: dict[str, list[str]] = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value)
        target = (form.get("action") or "").partition("?")[0].partition("#")[0]
        texts = tuple(one.name for one in form.inputs if _takes_text(one))
        deeds = tuple(dict.fromkeys(one.get("value") for one in form.xpath(".//button[@name='do']"))) or (None,)
        yield Form(
            method=form.method,
            address=target or address,
            values=values,
            texts=texts[:MOST_FIELDS],
            deeds=deeds[-1:] if len(texts) > MOST_FIELDS else deeds,
        )


def _takes_text(one: lxml.html.HtmlElement) -> bool:
    kind = one.get("type", "text") if one.tag == "input" else ""
    return bool(one.name) and one.tag in ("input", "textarea") and kind not in CHOSEN and one.name not in ASIDE


@pytest.mark.parametrize(
    ("person", "routes"),
    [("finance", DESK), ("customer_admin_b", PORTAL_OBJECTS | PORTAL_OWN)],
    ids=["the desk", "the portal"],
)
def test_no_text_in_any_field_is_a_fault_of_ours(world: World, person: str, routes: dict[str, frozenset[str]]) -> None:
    client = world.client(person)
    client.raise_request_exception = False
    faults: list[str] = []
    tried: set[tuple[str, str, tuple[str, ...]]] = set()
    for route in (name for name, served in routes.items() if "get" in served):
        address = address_of_b(world, route)
        page = client.get(address)
        if page.status_code != 200 or not page.headers["Content-Type"].startswith("text/html") or not page.content:
            continue
        for form in forms_of(page, address):
            key = (form.method, form.address, form.texts)
            if key in tried or form.address.startswith("/accounts/"):
                continue
            tried.add(key)
            for name, (words, text), deed in product(form.texts, ODD.items(), form.deeds):
                answer = form.sent(client, name, text, deed)
                if answer.status_code >= 500:
                    faults.append(f"{route}: {form.method} {form.address} {name}, {words}, {deed}")
    assert len(tried) > 10, "Most pages have forms."
    assert faults == []


@pytest.mark.parametrize(
    ("person", "address"),
    [
        ("finance", "/admin/days/?month=2026-04&find=a%00b"),
        ("finance", "/admin/days/?a%00b=1"),
        ("customer_admin_b", "/invoices/?number=a%00b"),
        ("customer_admin_b", "/invoices/a%00b/"),
    ],
)
def test_what_no_text_has_is_refused_in_words(world: World, person: str, address: str) -> None:
    answer = world.client(person).get(address)
    assert answer.status_code == 400
    assert "holds a character (NUL) that no text has. Nothing was stored." in answer.content.decode()


def test_a_program_hears_it_as_a_problem(world: World) -> None:
    answer = Client().get("/api/v1/invoices/?number=a%00b")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["type"] == "urn:rollcall:problem:bad-request"
