"""What the pages show of one person of a count: days and actions from the evidence, and the lines of the files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404

from ground.actor import Actor
from ground.presentation.format import count_of
from usage.lines_page import lines_context
from usage.models import ActiveUserCount
from usage.queries.activity import ActivityUnknown, Deed, activity_of
from usage.queries.agreed import agreed_on, instance_names
from usage.queries.people import rows_of_reference
from usage.queries.verdicts import VerdictRow


@dataclass(frozen=True, kw_only=True)
class PersonDay:
    """One civil day of a person: what was done, and whether any of it counts."""

    day: date
    deeds: tuple[Deed, ...]

    @property
    def counts(self) -> bool:
        return any(deed.counts for deed in self.deeds)


def person_context(actor: Actor, count: ActiveUserCount, user_ref: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows. Raises Http404 for a person whom the count does not have."""
    rows = rows_of_reference(count, user_ref)
    if not rows:
        raise Http404("This count has no such person.")
    agreed = agreed_on(count)
    definition = agreed.definition if agreed is not None else None
    names = instance_names(contract_id=count.contract_id)
    days, trouble = list[PersonDay](), ""
    if definition is None:
        trouble = "These terms were only tried, so the page cannot say which actions count."
    else:
        try:
            deeds = [
                replace(deed, instance=names.get(deed.instance, deed.instance))
                for deed in activity_of(count=count, definition=definition, person=user_ref)
            ]
        except ActivityUnknown as unknown:
            deeds, trouble = [], str(unknown)
        days = [PersonDay(day=day, deeds=tuple(found)) for day, found in groupby(deeds, key=lambda deed: deed.day)]
    asked = {**{key: query[key] for key in ("day", "page") if key in query}, "count": str(count.pk), "user": user_ref}
    return {
        **lines_context(actor, asked),
        "person": rows[0],
        "verdicts": [replace(row, instance=names.get(row.instance, row.instance)) for row in rows],
        "agreed": agreed,
        "person_days": days,
        "trouble": trouble,
        "instances": sorted({deed.instance for day in days for deed in day.deeds}),
        "because": because(rows[0], days, count.zone),
        "title": rows[0].name or f"Person {user_ref[:12]}",
    }


def because(row: VerdictRow, days: list[PersonDay], zone: str) -> str:
    """Say in one sentence why a person counts or does not."""
    good = [day for day in days if day.counts]
    events = sum(deed.events for day in good for deed in day.deeds if deed.counts)
    did = f"{count_of(events, 'action')} that {'counts' if events == 1 else 'count'}, on {count_of(len(good), 'day')}"
    if row.counted:
        return f"is counted because of {did} of the zone {zone}."
    if row.why == "excluded":
        return f"is left out by name, whatever was done: {did} of the zone {zone}."
    return f"is not counted: {row.why_words}; {did} of the zone {zone}."
