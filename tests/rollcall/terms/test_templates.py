"""Every template is accepted under every reading, and every worked example comes out of the engine as it is written."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from rollcall.counting import plain
from rollcall.period import Period
from rollcall.rating import TermUsage, explain, rate_term, settle
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.identity import resolve, user_key, user_ref
from rollcall.terms.metrics import Metric
from rollcall.terms.templates import (
    Example,
    Template,
    UnknownReading,
    UnknownTemplate,
    all_templates,
    merged,
    template,
    terms_of,
    with_switches,
)

SALT = b"salt of a template's example"
EXAMPLES = [
    pytest.param(each, example, id=f"{each.name}: {example.title}")
    for each in all_templates()
    for example in each.examples
]
# The policies that must be stated, and how many of their examples there are at least.
POLICIES = {
    "slack-fair-billing": 3,
    "gitlab-true-up": 3,
    "github-enterprise": 4,
    "mattermost-quarterly-true-up": 2,
    "coder-seats": 4,
    "okta-monthly-active-users": 3,
    "auth0-monthly-active-users": 3,
    "entra-external-id": 2,
    "teleport-highest-month": 1,
    "dust-credits-and-caps": 7,
    "bunny-reported-users": 9,
    "sourcegraph-active-or-accounts": 2,
    "posit-365-days": 1,
    "synapse-rolling-30-days": 2,
    "atlassian-user-tiers": 4,
    "keygen-overage": 4,
    "active-in-30-days": 2,
    "seats-or-active-users": 2,
    "floor-in-users": 2,
    "free-credit-ladder": 3,
    "caps-per-user-and-cycle": 4,
    "pooled-credits": 1,
    "licence-and-rider": 1,
    "flat-subscription": 2,
    "recurring-seats": 2,
    "metric-priced-per-plan": 2,
    "plan-with-metered-feature": 1,
    "seats-with-floor": 1,
}


@dataclass(frozen=True)
class Counted:
    """The events of an example, counted period by period."""

    users: dict[str, int]
    usage: dict[str, Any]


def document_of(found: Template, example: Example) -> dict[str, Any]:
    return merged(with_switches(found, example.switches), example.merge)


def events_of(example: Example) -> list[tuple[str, str, str, date]]:
    """Write the rows of an example out: who did what, where, on which day."""
    told = []
    for row in example.events:
        fields = Fields.of(row, "events")
        people = range(fields.whole("first", default=1), fields.whole("last", default=1) + 1)
        first, last = fields.day("first_day"), fields.day("last_day")
        user, action = fields.text("user"), fields.text("action")
        instance = fields.text("instance", default="main")
        fields.nothing_else("an event of an example")
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        told += [(user.format(person), instance, action, day) for person, day in product(people, days)]
    return told


def counted(terms: ContractTerms, example: Example) -> Counted:
    """Count the active users of the periods of an example by the plain counter."""
    name, metric = next((name, each) for name, each in terms.metrics.items() if isinstance(each, Metric))
    names, rows = {}, Counter()
    for user, instance, action, day in events_of(example):
        key = user_key(user)
        names[user_ref(SALT, key)] = key
        rows[(user_ref(SALT, key), instance, action, day)] += 1
    evidence = [EvidenceRow(*row, events, None, 600, 600) for row, events in rows.items()]
    users, periods = {}, []
    for start in example.count:
        period = terms.period_of(date.fromisoformat(start))
        assert period is not None
        found = _count(metric.definition, evidence, period, names)
        users[start] = found.active_users
        quantity: dict[str, Any] = {"users": found.active_users}
        if metric.calculation is not None:
            daily = found.daily_active_users
            quantity = {"daily_users": {day.isoformat(): daily.get(day, 0) for day in period.each_day()}}
        periods.append({"start": start, "end": period.end.isoformat(), "quantities": {name: quantity}})
    return Counted(users=users, usage={"periods": periods})


def _count(definition: ActivityDefinition, rows: list[EvidenceRow], period: Period, names: dict[str, str]) -> Any:
    resolution = resolve(names, definition, SALT)
    return plain.count(rows=rows, definition=definition, period=period, resolution=resolution)


def test_every_policy_is_there_with_its_examples():
    assert {each.name: len(each.examples) for each in all_templates()} == POLICIES


@pytest.mark.parametrize("found", all_templates(), ids=lambda found: found.name)
def test_the_terms_are_accepted_under_every_reading_and_say_other_things(found):
    digests = set()
    for chosen in product(*(switch.readings for switch in found.switches)):
        names = {switch.name: reading.name for switch, reading in zip(found.switches, chosen, strict=True)}
        terms = terms_of(found, names)
        assert ContractTerms.from_json(terms.to_json()) == terms
        assert all(sentence.endswith(".") for sentence in terms.sentences())
        digests.add((terms.digest(), tuple(terms.sentences())))
    readings = [len(switch.readings) for switch in found.switches]
    expected = 1
    for number in readings:
        expected *= number
    assert len(digests) == expected


@pytest.mark.parametrize("found", all_templates(), ids=lambda found: found.name)
def test_every_reading_has_an_example(found):
    shown = {(switch, reading) for example in found.examples for switch, reading in example.switches.items()}
    first = {(switch.name, switch.readings[0].name) for switch in found.switches}
    assert shown | first == {(switch.name, reading.name) for switch in found.switches for reading in switch.readings}


@pytest.mark.parametrize(("found", "example"), EXAMPLES)
def test_an_example_comes_out_as_it_is_written(found, example):
    terms = ContractTerms.from_json(document_of(found, example))
    usage = example.usage
    if example.events:
        answer = counted(terms, example)
        assert example.counted in ({}, answer.users)
        usage = usage or answer.usage
    if not example.expected and example.settled is None:
        assert example.counted
        return
    assert usage is not None
    rated = rate_term(terms=terms, usage=TermUsage.from_json(usage))
    periods = {each.period.start.isoformat(): each for each in rated.periods}
    for start, figures in example.expected.items():
        assert figures_of(periods[start], figures) == figures
    if example.rated_before is not None:
        earlier = merged(with_switches(found, example.switches), example.merge)
        earlier = merged(earlier, example.rated_before.get("merge", {}))
        before = rate_term(
            terms=ContractTerms.from_json(earlier), usage=TermUsage.from_json(example.rated_before["usage"])
        )
        owed = settle(before=before.periods[-1], after=rated.periods[-1]).difference_amount
        assert str(owed) == example.settled


def figures_of(rated: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Return of a rated period what the example asks for, in its own shape."""
    told: dict[str, Any] = {}
    lines = {line.key: line.to_json() for line in rated.lines}
    steps = {f"{entry['charge']} {entry['step']}": entry["amount"] for entry in explain(rated)}
    for name, wanted in asked.items():
        if name == "net_amount":
            told[name] = str(rated.net_amount)
        elif name == "lines":
            told[name] = {key: {figure: lines[key][figure] for figure in figures} for key, figures in wanted.items()}
        elif name == "steps":
            told[name] = {step: str(Decimal(steps[step])) for step in wanted}
        else:
            raise ValueError(f"An example may not ask for {name}.")
    return told


def test_a_switch_keeps_its_first_reading_where_nobody_chooses():
    found = template("gitlab-true-up")
    assert with_switches(found, {}) == with_switches(found, {"true_up": "annual"}) == found.terms


def test_what_is_changed_in_a_copy_changes_no_template():
    found = template("floor-in-users")
    with_switches(found, {})["charges"]["agents"]["floor"]["minimum_users"] = 1
    assert found.terms["charges"]["agents"]["floor"]["minimum_users"] == 100


def test_unknown_names_are_refused_with_what_there_is():
    with pytest.raises(UnknownTemplate, match='"gitlab-true-up"'):
        template("gitlab")
    found = template("gitlab-true-up")
    with pytest.raises(UnknownReading, match='"annual" or "quarterly"'):
        with_switches(found, {"true_up": "weekly"})
    with pytest.raises(UnknownReading, match='has no switch "peak"; it has "true_up"'):
        with_switches(found, {"peak": "weekly"})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"pricing": {}}, "t.json.pricing"),
        ({"examples": []}, "t.json.examples"),
        ({"examples": [{"title": "nothing"}]}, "t.json.examples[0].expected"),
        (
            {"switches": [{"name": "a", "question": "b?", "readings": [{"name": "c", "words": "d"}]}]},
            "t.json.switches[0].readings",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused_by_its_place(change, path):
    good = {
        "title": "t",
        "about": "a",
        "source": "s",
        "terms": {},
        "examples": [{"title": "e", "counted": {"2026-01-01": 1}}],
    }
    assert Template.from_fields("t", Fields.of(good, "t.json")).examples[0].counted == {"2026-01-01": 1}
    with pytest.raises(TermsRefused) as refusal:
        Template.from_fields("t", Fields.of({**good, **change}, "t.json"))
    assert refusal.value.path == path


def test_merging_follows_the_standard():
    document = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merged(document, {"a": {"b": None, "c": [3]}, "e": {"f": None, "g": 5}}) == {
        "a": {"c": [3]},
        "d": 4,
        "e": {"g": 5},
    }
    assert json.dumps(document) == '{"a": {"b": 1, "c": [1, 2]}, "d": 4}'
