"""What an active user is: the definition that a contract agrees, frozen.

A definition chooses actions, thresholds, window, zone and people. It never changes evidence; it is applied when
evidence is counted, by both counters, from the same values.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

import rfc8785

from rollcall.period import Period, UnknownZone, zone
from rollcall.terms.fields import MOST_DAYS
from rollcall.terms.identity import NAMESPACES, RULE, RULES, AliasCircle, AliasTwice, people_of_aliases, trim

EVALUATIONS = ("at_period_end", "daily")
_ONE_DAY = timedelta(days=1)

# Evidence keeps what is no activity under the name of the action with this and one word: "login !failed".
NO_ACTIVITY_MARK = " !"
_REASON = re.compile("[a-z]+")


class DefinitionRefused(ValueError):
    """The activity definition cannot be used; the message names the key and what is wrong with it."""


@dataclass(frozen=True)
class Identity:
    """Which ids are one person. `aliases` are pairs (alias, person) as the customer wrote them, sorted."""

    namespace: str = "plain"
    rule: str = RULE
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def alias_map(self) -> dict[str, str]:
        """The aliases as {alias: person}."""
        return dict(self.aliases)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Identity:
        """Read the `identity` object of SHAPES.md. Raises DefinitionRefused."""
        _known(document, ("namespace", "rule", "aliases"), "identity.")
        namespace = document.get("namespace", "plain")
        rule = document.get("rule", RULE)
        aliases = document.get("aliases", {})
        _one_of(namespace, NAMESPACES, "identity.namespace")
        _one_of(rule, RULES, "identity.rule")
        if not isinstance(aliases, Mapping) or not all(isinstance(person, str) for person in aliases.values()):
            raise DefinitionRefused("identity.aliases must say for each alias which user it stands for.")
        try:
            people_of_aliases(aliases, rule)
        except (AliasTwice, AliasCircle) as error:
            raise DefinitionRefused(f"identity.aliases: {error}") from error
        return cls(namespace=namespace, rule=rule, aliases=tuple(sorted(aliases.items())))

    def to_json(self) -> dict[str, Any]:
        """Return the `identity` object of SHAPES.md."""
        return {"namespace": self.namespace, "rule": self.rule, "aliases": dict(self.aliases)}


@dataclass(frozen=True)
class ActivityDefinition:
    """Which actions, how many, on how many days, in which window and zone, without whom.

    `window_days` is None when the window is the billed period, else the length of a rolling window in days.
    """

    actions: tuple[str, ...]
    min_events: int = 1
    min_days: int = 1
    window_days: int | None = None
    evaluate: str = "at_period_end"
    look_back_before_start: bool = False
    timezone: str = "UTC"
    excluded_users: tuple[str, ...] = ()
    per_instance: bool = False
    identity: Identity = field(default_factory=Identity)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ActivityDefinition:
        """Read DEF.json of SHAPES.md. Raises DefinitionRefused, which names an unknown or unusable key."""
        if not isinstance(document, Mapping):
            raise DefinitionRefused("An activity definition is a JSON object.")
        _known(document, _KEYS, "")
        if "actions" not in document:
            raise DefinitionRefused("'actions' is required: the actions that make a user active, or [\"*\"] for any.")
        actions = _texts(document["actions"], "actions")
        if not actions:
            raise DefinitionRefused("'actions' is empty, so nobody could ever be active.")
        evaluate = document.get("evaluate", "at_period_end")
        _one_of(evaluate, EVALUATIONS, "evaluate")
        identity = document.get("identity", {})
        if not isinstance(identity, Mapping):
            raise DefinitionRefused("'identity' must be an object.")
        return cls(
            actions=actions,
            min_events=_count(document.get("min_events", 1), "min_events"),
            min_days=_count(document.get("min_days", 1), "min_days"),
            window_days=_window(document.get("window", "period")),
            evaluate=evaluate,
            look_back_before_start=_yes_or_no(document.get("look_back_before_start", False), "look_back_before_start"),
            timezone=_zone(document.get("timezone", "UTC")),
            excluded_users=_texts(document.get("excluded_users", []), "excluded_users"),
            per_instance=_yes_or_no(document.get("per_instance", False), "per_instance"),
            identity=Identity.from_json(identity),
        )

    def to_json(self) -> dict[str, Any]:
        """Return DEF.json with every key written out."""
        return {
            "actions": list(self.actions),
            "min_events": self.min_events,
            "min_days": self.min_days,
            "window": "period" if self.window_days is None else {"days": self.window_days},
            "evaluate": self.evaluate,
            "look_back_before_start": self.look_back_before_start,
            "timezone": self.timezone,
            "excluded_users": list(self.excluded_users),
            "per_instance": self.per_instance,
            "identity": self.identity.to_json(),
        }

    def digest(self) -> str:
        """Return "sha256:..." over the canonical JSON (RFC 8785); a default written out or left out is the same."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest()}"

    def counts_action(self, action: str) -> bool:
        """Return whether an action matches one of the names or globs; upper and lower case are the same.

        What is marked as no activity ("login !failed") matches only a name or glob that holds the mark as well.
        """
        name, any_pattern = action_name(action).lower(), not is_marked(action)
        return any(
            fnmatchcase(name, action_name(pattern).lower())
            for pattern in self.actions
            if any_pattern or is_marked(pattern)
        )

    def counted_actions(self, actions: Iterable[str]) -> frozenset[str]:
        """Return those of the given actions that count: each distinct action is tested once."""
        return frozenset(action for action in set(actions) if self.counts_action(action))

    def words(self) -> str:
        """Return the sentences that the contract and the invoice print."""
        return " ".join([f"An active user is a person who {self.deeds()} ({self.timezone}).", *self.conditions()])

    def words_of_a_day(self, *, once: bool = True) -> str:
        """Say the same where every day has a number; without `once` nothing of a person on several instances."""
        deeds = f"{self._threshold()} on that day" if self.window_days is None else self.deeds()
        conditions = self.conditions() if once else self.conditions()[:-1]
        return " ".join([f"A user is active on a day who {deeds} ({self.timezone}).", *conditions])

    def deeds(self) -> str:
        """Say what a person did who counts: "did login in the billed period"."""
        window = "in the billed period" if self.window_days is None else f"within {_many(self.window_days, 'day')}"
        return f"{self._threshold()} {window}"

    def conditions(self) -> list[str]:
        """Say in sentences when the window is read, what is no activity, and who counts how often."""
        sentences = []
        if self.window_days is not None and self.evaluate == "daily":
            sentences.append("The window is read at the end of every day.")
        elif self.window_days is not None:
            sentences.append("The window is read at the end of the period.")
        if self.look_back_before_start:
            sentences.append("Days before the start of the contract count towards the window.")
        elif self.window_days is not None:
            sentences.append("Days before the start of the contract do not count.")
        sentences.append(self._no_activity())
        if self.excluded_users:
            sentences.append(f"Never counted: {', '.join(self.excluded_users)}.")
        where = "once on each instance" if self.per_instance else "once, however many instances the person used"
        return [*sentences, f"A person counts {where}."]

    @property
    def reads_daily(self) -> bool:
        """Whether a rolling window is read at the end of every day, so that there is a number for each of them."""
        return self.window_days is not None and self.evaluate == "daily"

    def windows(self, period: Period, since: date | None = None) -> tuple[Period, ...]:
        """Return the spans of days in which a user is looked at for a billed period, in order: one for each reading.

        `since` is the first day of the contract: days before it lie in a window only where the definition looks back.
        """
        if self.window_days is None:
            return (period,)
        first = since if since is not None and not self.look_back_before_start else date.min
        ends = [day + _ONE_DAY for day in period.each_day()] if self.reads_daily else [period.end]
        return tuple(Period(max(end - self.window_days * _ONE_DAY, first), end) for end in ends)

    def _threshold(self) -> str:
        plain = tuple(action for action in self.actions if not is_marked(action))
        doing = "did anything" if plain == ("*",) else f"did {_or(plain or tuple(map(_spoken, self.actions)))}"
        if self.min_events > 1:
            doing += f" at least {_many(self.min_events, 'time')}"
        if self.min_days > 1:
            doing += f" on at least {_many(self.min_days, 'day')}"
        return doing

    def _no_activity(self) -> str:
        also = tuple(_spoken(action) for action in self.actions if is_marked(action))
        left_out = "failed, interrupted, automatic and idle entries do not count."
        if not also:
            return left_out.capitalize()
        return f"Also counted: {_and(also)}; other {left_out}"


ANY_ACTION_ONCE = ActivityDefinition(actions=("*",))

_KEYS = tuple(ANY_ACTION_ONCE.to_json())


def action_name(raw: str) -> str:
    """Return an action as evidence keeps it: NFC, without surrounding blanks, its case kept."""
    return trim(raw) if raw.isascii() else unicodedata.normalize("NFC", trim(raw))


def is_marked(action: str) -> bool:
    """Return whether an action, or the glob of a definition, holds the mark of what is no activity."""
    return NO_ACTIVITY_MARK in action


def marked(action: str, reason: str) -> str:
    """Return the action as evidence keeps it where the format knows that it is no activity: "login !failed".

    Raises ValueError when the reason is not one word of small letters, or the action is marked already.
    """
    if not _REASON.fullmatch(reason) or is_marked(action):
        raise ValueError(f"'{action}' cannot be marked as {reason!r}: one mark, one word of small letters.")
    return f"{action}{NO_ACTIVITY_MARK}{reason}"


def plain_action(action: str) -> str:
    """Return the action without its mark."""
    return action.partition(NO_ACTIVITY_MARK)[0]


def _spoken(pattern: str) -> str:
    """Say a name or glob that holds the mark: "failed login"."""
    action, _, reason = pattern.partition(NO_ACTIVITY_MARK)
    any_reason = "failed, interrupted, automatic or idle"
    return f"{'any action' if action == '*' else action} ({any_reason if '*' in reason else reason})"


def _known(document: Mapping[str, Any], keys: tuple[str, ...], prefix: str) -> None:
    for key in document:
        if key not in keys:
            raise DefinitionRefused(
                f"'{prefix}{key}' is not a key of an activity definition; known: {', '.join(keys)}."
            )


def _one_of(value: object, choices: tuple[str, ...], key: str) -> None:
    if value not in choices:
        raise DefinitionRefused(f"'{key}' must be {_or(choices)}, not {value!r}.")


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) and trim(text) for text in value):
        raise DefinitionRefused(f"'{key}' must be a list of names or globs.")
    return tuple(value)


def _count(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DefinitionRefused(f"'{key}' must be a whole number of at least 1, not {value!r}.")
    return value


def _yes_or_no(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise DefinitionRefused(f"'{key}' must be true or false, not {value!r}.")
    return value


def _window(value: object) -> int | None:
    if value == "period":
        return None
    if isinstance(value, Mapping) and set(value) == {"days"}:
        days = _count(value["days"], "window.days")
        if days > MOST_DAYS:
            raise DefinitionRefused(f"'window.days' is at most {MOST_DAYS:,}, ten years, not {days:,}.")
        return days
    raise DefinitionRefused('\'window\' must be "period" or {"days": N}.')


def _zone(value: object) -> str:
    try:
        return zone(str(value)).key
    except UnknownZone as error:
        raise DefinitionRefused(f"'timezone': {error}") from error


def _or(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
