"""Five labelled numbers of users that never share a name, from one place for every page.

Of a finalized invoice they are those of its snapshot; before, they are made by the function that makes the snapshot.
What is not known is None, never a zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ground.presentation.format import day, number
from licenses.queries import provisioned_at
from usage.models import ActiveUserCount

LABELS = ("Provisioned", "Reported", "Active", "Billable", "Billed")


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """One of the five numbers: its code, its label, how many users, and in words what it is."""

    code: str
    label: str
    users: int | None
    words: str
    unknown: str = "not counted"


def five_numbers(
    *, counts: Mapping[str, Any], floor_users: int | None = None, is_estimate: bool = False
) -> tuple[Labelled, ...]:
    """Return the five numbers of `counts`, which has the shape of a snapshot's."""
    provisioned, reported, active, billable, billed = (counts[label.lower()] for label in LABELS)
    has_reported_alone = active is None and billable is not None
    return (
        Labelled(
            code="provisioned",
            label="Provisioned",
            users=provisioned["users"] if provisioned else None,
            words=_provisioned_words(provisioned),
            unknown="not reported",
        ),
        Labelled(
            code="reported",
            label="Reported",
            users=reported,
            words="what the instances state, day by day" if has_reported_alone else "what the instances claim",
            unknown="not reported",
        ),
        Labelled(
            code="active",
            label="Active",
            users=active,
            words="the contract counts nobody's activity" if active is None else "as the contract defines",
        ),
        Labelled(code="billable", label="Billable", users=billable, words="after exclusions"),
        Labelled(
            code="billed",
            label="Billed",
            users=billed,
            words=billed_words(billable, billed, floor_users, is_estimate=is_estimate),
            unknown="not yet",
        ),
    )


def counts_so_far(
    *, count: ActiveUserCount | None, billed: int | None, provisioned: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the five numbers of a period that is not rated yet, in the shape of a snapshot's."""
    users = count.users if count is not None else None
    return {
        "provisioned": provisioned,
        "reported": count.reported_users if count is not None else None,
        "active": count.active_users if count is not None else None,
        "billable": users,
        "billed": billed,
    }


def provisioned_of(count: ActiveUserCount | None, contract: Any, on: date) -> dict[str, Any] | None:
    """Return the number of accounts that a count kept, else the one that is known on a day; None when none is."""
    if count is not None and count.provisioned_users is not None and count.provisioned_date is not None:
        return {
            "users": count.provisioned_users,
            "date": count.provisioned_date.isoformat(),
            "source": count.provisioned_source,
        }
    known = provisioned_at(contract=contract, day=on)
    return {"users": known.users, "date": known.date.isoformat(), "source": known.source} if known else None


def _provisioned_words(provisioned: Mapping[str, Any] | None) -> str:
    if not provisioned:
        return "accounts that exist; free"
    return f"on {day(date.fromisoformat(provisioned['date']))}, {provisioned['source']}; free"


def billed_words(
    billable: int | None, billed: int | None, floor_users: int | None = None, *, is_estimate: bool = False
) -> str:
    """Say what lies between the billable and the billed users; limits in money are lines of their own and not said."""
    if billed is None or billable is None:
        return "after floor and cap"
    if billed < billable:
        return "lowered by the cap"
    if billed > billable:
        so_far = "so far, " if is_estimate else ""
        return (
            f"{so_far}lifted to the floor of {number(floor_users)}" if floor_users else f"{so_far}lifted to the floor"
        )
    return "no floor and no cap of users applied"


__all__ = ["LABELS", "Labelled", "billed_words", "counts_so_far", "five_numbers", "provisioned_of"]
