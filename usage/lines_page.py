"""What the page shows that leads from a counted person to the lines of the files, at the desk and in the portal."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404

from ground.actor import Actor
from ground.models import Job
from usage.models import ActiveUserCount
from usage.queries import counts_for
from usage.queries.traces import person_of, traces_made

ON_A_PAGE = 50


def lines_context(actor: Actor, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows; ``query`` names the ``count``, the ``user``, and may name a ``day`` and a ``page``.

    Without a count the page says where to begin. Raises Http404 for a count or a person that does not exist.
    """
    if "count" not in query:
        return {"count": None}
    count = _count(actor, query["count"])
    person = person_of(count, query.get("user", "")) if query.get("user") else None
    if query.get("user") and person is None:
        raise Http404("This count has no such person.")
    context: dict[str, Any] = {"count": count, "person": person, "day": query.get("day", "")}
    if person is None:
        return context
    job = next(iter(traces_made(count, person.user_ref)), None)
    is_found = job is not None and job.state == Job.State.SUCCEEDED
    found = (job.result or {}) if job is not None and is_found else {}
    lines = [line for line in found.get("lines", []) if context["day"] in ("", line["day"])]
    listed = Paginator(lines, ON_A_PAGE)
    shown = listed.get_page(query.get("page"))
    return context | {
        "job": job,
        "is_found": is_found,
        "is_looking": job is not None and not job.is_over,
        "found": found,
        "days": sorted({line["day"] for line in found.get("lines", [])}),
        "is_cut": found.get("total", 0) > len(found.get("lines", [])),
        "page": shown,
        "pages": listed.get_elided_page_range(shown.number, on_each_side=1, on_ends=1),
    }


def _count(actor: Actor, text: str) -> ActiveUserCount:
    found = counts_for(actor).filter(pk=int(text)).first() if text.isdecimal() and len(text) < 16 else None
    if found is None:
        raise Http404("This count does not exist.")
    return found
