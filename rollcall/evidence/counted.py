"""COUNT.json of a bundle as values: what was asked, and what the vendor says came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.read import Bundle
from rollcall.period import EmptyPeriod, Period, UnknownZone, zone
from rollcall.terms.activity import ActivityDefinition, DefinitionRefused
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.identity import NO_RESOLUTION, Resolution
from rollcall.terms.metrics import OF_ACTIVITY, AnyMetric, read_metric

# What a count is of, what came out, and what it rests on.
_ASKED = {"schema", "metric", "kind", "definition", "metric_terms", "metric_digest", "period", "timezone", "since"}
_FIGURES = {"active_users", "reported_users", "daily", "series", "quantity", "quantity_by_user", "without_quantity"}
_BASIS = {"covered", "instances", "look_back", "given", "reported", "provisioned", "evidence", "evidence_set_digest"}
_MADE = {"verdicts_digest", "digest", "engine_version", "tzdata_version"}
KEYS = frozenset(_ASKED | _FIGURES | _BASIS | _MADE)


@dataclass(frozen=True, kw_only=True)
class StoredCount:
    """One count of the bundle. `said` is COUNT.json; the other fields are what is needed to count again."""

    folder: str
    said: Mapping[str, Any]
    metric: AnyMetric
    period: Period
    since: date | None
    resolution: Resolution

    @property
    def place(self) -> str:
        """The member that states the count."""
        return f"counts/{self.folder}/COUNT.json"

    @property
    def verdicts(self) -> str:
        """The member that lists the users."""
        return f"counts/{self.folder}/verdicts.csv"

    @property
    def definition(self) -> ActivityDefinition | None:
        """Who is active; None where nobody's activity was counted."""
        return self.metric.definition if isinstance(self.metric, OF_ACTIVITY) else None

    @property
    def users(self) -> int:
        """The people, accounts or seats that the count states."""
        for stated in (self.said["active_users"], self.said["reported_users"]):
            if stated is not None:
                return int(stated)
        return int(Decimal(self.said["quantity"] or 0))


def read_count(bundle: Bundle, folder: str) -> StoredCount:
    """Read one count of a bundle. Raises BundleRefused for one that cannot be counted again as it is written."""
    place = f"counts/{folder}/COUNT.json"
    said = bundle.fields(place)
    if set(said) != KEYS or said["schema"] != 1 or said["schema"] is True:
        odd = sorted(KEYS ^ set(said))
        raise BundleRefused(f"{place}: keys are missing or unknown: {', '.join(odd)}.")
    try:
        period = Period.from_json(said["period"])
        zone(said["timezone"])
        metric = read_metric(Fields.of(said["metric_terms"], "metric_terms"), said["timezone"])
        since = date.fromisoformat(said["since"]) if said["since"] else None
        if said["definition"] is not None:
            ActivityDefinition.from_json(said["definition"])
        resolution = _resolution(bundle, folder)
        _refuse_other_shapes(said)
    except (TermsRefused, DefinitionRefused, EmptyPeriod, UnknownZone) as error:
        raise BundleRefused(f"{place}: {error}") from error
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise BundleRefused(f"{place} is not written as a count is: {error!r}.") from error
    return StoredCount(folder=folder, said=said, metric=metric, period=period, since=since, resolution=resolution)


def _resolution(bundle: Bundle, folder: str) -> Resolution:
    name = f"counts/{folder}/RESOLUTION.json"
    if not bundle.has(name):
        return NO_RESOLUTION
    said = bundle.fields(name)
    if set(said) != {"aliases", "excluded"} or len(set(said["excluded"])) != len(said["excluded"]):
        raise BundleRefused(f"{name} is not written as aliases and excluded people are.")
    aliases = {str(alias): str(person) for alias, person in dict(said["aliases"]).items()}
    return Resolution(aliases=aliases, excluded=frozenset(map(str, said["excluded"])))


def _refuse_other_shapes(said: Mapping[str, Any]) -> None:
    """Look once at every value that is calculated with; a wrong one raises ValueError, TypeError or KeyError."""
    for listed in ("quantity_by_user", "evidence", "reported"):
        if not isinstance(said[listed], list):
            raise TypeError(f"{listed} is no list")
    for number in ("active_users", "reported_users", "without_quantity"):
        if said[number] is not None and (type(said[number]) is not int or said[number] < 0):
            raise ValueError(f"{number} is no number of people")
    for series in (said["daily"], *said["series"].values()):
        for day, users in series.items():
            date.fromisoformat(day)
            if type(users) is not int or users < 0:
                raise ValueError(f"{day} has no number")
    for days in said["covered"].values():
        list(map(date.fromisoformat, days))
    if said["quantity"] is not None:
        Decimal(said["quantity"])
    for amount, users in said["quantity_by_user"]:
        Decimal(amount) + users
    for digest in said["evidence"]:
        if not isinstance(digest, str) or not digest.startswith("sha256:"):
            raise ValueError("evidence is not named by digests")
    for report in said["reported"]:
        for day, users in report["days"].items():
            date.fromisoformat(day)
            if type(users) is not int:
                raise ValueError(f"{day} has no number")
    if not isinstance(said["given"], dict) or not isinstance(said["look_back"], dict):
        raise TypeError("given and look_back are objects")
