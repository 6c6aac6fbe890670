"""What the demo's people did, month by month, as a pure function of a seed.

A month holds exactly the agreed number of people who satisfy the contract's definition, and
beside them what every real export holds: service accounts, people who only failed to reach
the threshold, actions that nobody bills.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from config.demo.companies import Company, Installation

SEED = "rollcall-demo-1"


@dataclass(frozen=True, kw_only=True, order=True)
class Event:
    """One activity: an aware instant, who, what, and the exporter's own id."""

    at: datetime
    user: str
    action: str
    event_id: str


def last_day(month: date) -> date:
    """Return the last civil day of a month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _random(*parts: object) -> random.Random:
    return random.Random("/".join([SEED, *map(str, parts)]))


def people(company: Company, month_index: int, extra: int = 0) -> list[str]:
    """Choose who is active in a month; `extra` adds people who were not among them.

    Most people stay from month to month: the order of the directory is shuffled once, and a
    month takes a window of it that moves slowly.
    """
    directory = [f"p{number:06d}" for number in range(1, company.provisioned + 1)]
    _random(company.key, "directory").shuffle(directory)
    count = company.active[month_index % len(company.active)]
    start = month_index * max(1, count // 40)
    return directory[start : start + count + extra]


def address(company: Company, person: str) -> str:
    """Write a person as that customer's systems do: an address, or the directory's own name."""
    domain = company.admin[0].partition("@")[2]
    return person if company.key == "nordwald" else f"{person}@{domain}"


_ACTIONS = {
    "product": (("login", 4), ("report.open", 3), ("file.upload", 2), ("settings.view", 1)),
    "packed": (("file.read", 6), ("file.write", 3), ("share.create", 1)),
    "audit": (("user.login", 3), ("pull_request.create", 2), ("issue.comment", 3), ("repo.access", 1)),
    "local": (("login", 4), ("report.open", 4), ("file.download", 2)),
}


def _pick(rng: random.Random, dialect: str, *, qualifying: bool) -> str:
    choices = _ACTIONS[dialect][: -1 if qualifying and dialect in ("product", "audit") else None]
    names, weights = zip(*choices, strict=True)
    return str(rng.choices(names, weights)[0])


def _working_days(month: date, until: date) -> list[date]:
    days = [month + timedelta(days=offset) for offset in range((until - month).days + 1)]
    return [day for day in days if day.weekday() < 5] or days


def _event(rng: random.Random, *, day: date, zone: tzinfo, user: str, action: str) -> Event:
    second = int(min(86_399, max(0, rng.gauss(13.0, 3.0) * 3600)))
    at = datetime.combine(day, datetime.min.time(), zone) + timedelta(seconds=second)
    return Event(at=at, user=user, action=action, event_id=f"{rng.getrandbits(96):024x}")


def _homes(company: Company, person: str) -> list[Installation]:
    """Say where a person works: one installation, and for every fifth person all of them."""
    rng = _random(company.key, "home", person)
    if len(company.installations) == 1 or rng.random() < 0.2:
        return list(company.installations)
    return [rng.choice(company.installations)]


def month_events(
    *,
    company: Company,
    installation: Installation,
    month_index: int,
    month: date,
    zone: tzinfo,
    until: date | None = None,
    extra: int = 0,
) -> Iterator[Event]:
    """Yield what one installation saw in a month, in no particular order.

    Every chosen person has at least two qualifying days (so a threshold of two holds too), spread
    over the person's installations; `until` cuts the month short for one that still runs, when five of eight people
    have come so far.
    """
    end = until or last_day(month)
    silent = {month.replace(day=day) for day in installation.silent_days.get(month, ())}
    days = [day for day in _working_days(month, end) if day not in silent]
    chosen_people = people(company, month_index, extra)
    if until is not None:
        chosen_people = chosen_people[: len(chosen_people) * 5 // 8]
    for person in chosen_people:
        homes = _homes(company, person)
        if installation not in homes:
            continue
        rng = _random(company.key, installation.name, month, person)
        user = address(company, person)
        chosen = rng.sample(days, min(len(days), 2 + rng.randrange(4)))
        for day in chosen:
            yield _event(rng, day=day, zone=zone, user=user, action=_pick(rng, installation.dialect, qualifying=True))
        for _ in range(rng.randrange(company.events_per_person)):
            action = _pick(rng, installation.dialect, qualifying=False)
            yield _event(rng, day=rng.choice(chosen), zone=zone, user=user, action=action)
    yield from _uncounted(company=company, installation=installation, month=month, days=days, zone=zone)


def _uncounted(
    *, company: Company, installation: Installation, month: date, days: list[date], zone: tzinfo
) -> Iterator[Event]:
    """Yield what every export also holds: a service account, and people who did nothing that is billed."""
    rng = _random(company.key, installation.name, month, "uncounted")
    for day in days:
        yield _event(rng, day=day, zone=zone, user="svc-backup", action=_ACTIONS[installation.dialect][0][0])
    if installation.dialect in ("product", "audit"):
        idle = _ACTIONS[installation.dialect][-1][0]
        for number in range(6):
            yield _event(rng, day=rng.choice(days), zone=zone, user=f"guest{number}@visitor.example", action=idle)
