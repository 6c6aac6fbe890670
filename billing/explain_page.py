"""What the pages show that explain a number, at the desk and in the portal."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.utils.http import urlencode

from billing.queries.explain import Explained
from rollcall.terms.metrics import said_digest
from usage.models import ActiveUserCount
from usage.queries.agreed import instance_names
from usage.queries.people import PeopleAsked, people_of
from usage.queries.verdicts import VERDICT_COLUMNS, WHY_WORDS, verdict_cells

ON_A_PAGE = 25
COLUMNS = (
    ("user", "User", False),
    ("first", "First action that counts", False),
    ("last", "Last", False),
    ("days", "Active days", True),
    ("events", "Actions", True),
)
HEADER = ("user", *VERDICT_COLUMNS)


def explained_context(told: Explained, query: Mapping[str, str], *, of_bill: bool) -> dict[str, Any]:
    """Return what the page shows; `query` may name `find`, `why`, `order` and `page` of the list of people.

    `of_bill` where the page is about the billed users of a document, and not about those who were counted.
    """
    question = title_of(told, of_bill=of_bill)
    has_floor = any(step.code == "floor" for step in told.funnel.people)
    context: dict[str, Any] = {
        "told": told,
        "count": told.count,
        "title": question,
        "question": question,
        "definition_digest": said_digest(told.agreed.metric) if told.agreed is not None else "",
        "floor_in_bars": told.floor_users if has_floor else None,
        "this": "billed" if of_bill else "reported" if told.users["active"] is None else "active",
    }
    return context | people_context(told, query)


def people_context(told: Explained, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the page of the list of people; nothing where the number has no people behind it."""
    if told.count is None or not told.count.has_people:
        return {}
    asked = PeopleAsked.of(query)
    people = people_of(count=told.count, asked=asked)
    listed = Paginator(people, ON_A_PAGE)
    shown = listed.get_page(query.get("page"))
    chosen = {key: value for key in ("find", "why", "order") if (value := getattr(asked, key))}
    return {
        "people": people,
        "instances": instance_names(contract_id=told.count.contract_id),
        "people_columns": COLUMNS,
        "reasons": [(why, WHY_WORDS[why], users) for why, users in people.by_verdict.items()],
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
        "order": asked.order or ("" if people.is_by_reference else "user"),
        "filters": {"find": query.get("find", ""), "why": asked.why},
        "filtered": f"?{urlencode(chosen)}" if chosen else "",
    }


def title_of(told: Explained, *, of_bill: bool) -> str:
    """Return the question that the page answers."""
    billed, count = told.users["billed"], told.count
    if of_bill and count is not None and billed is not None:
        return f"Why {billed:,} billed {'user' if billed == 1 else 'users'}?"
    if count is None:
        return "What stands behind this number?"
    noun = "reported" if count.is_reported else "active" if count.has_people else "billable"
    return f"Why {count.users:,} {noun} {'user' if count.users == 1 else 'users'}?"


def people_rows(told_count: ActiveUserCount, query: Mapping[str, str]) -> Iterator[tuple[str | int, ...]]:
    """Yield the people that a list shows as rows of a table, under HEADER. Raises Http404 where nobody is behind it."""
    if not told_count.has_people:
        raise Http404("There is no list of people behind this number.")
    names = instance_names(contract_id=told_count.contract_id)
    for row in people_of(count=told_count, asked=PeopleAsked.of(query)):
        yield (row.name or "", *verdict_cells(row, instance=names.get(row.instance, "")))
