"""From a claimed number of users down to the counted one, each step with its people; the rest is not explained.

Owns: the rules by which an instance may have counted, and the steps between its claim and our count. Does not own: the
counting of a part of the evidence (`subset_counts`).
Invariant: the claim, the steps and what is not explained add up to the counted users.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from billing.period_facts import PeriodFacts
from ground.presentation.format import number
from rollcall.terms.activity import ActivityDefinition
from usage.models import EvidenceFile

WHY = {
    "several": "people on more than one instance",
    "others": "on instances that claim no number",
    "no_qualifying_action": "the instances claim any action, the contract names which",
    "below_min_events": "the instances claim one action, the contract asks for more",
    "below_min_days": "the instances claim one day, the contract asks for more",
    "excluded": "the contract leaves these accounts out",
    "late": "files that came after the number was claimed",
}
WORDS = {
    "several": "On several instances, counted once",
    "others": "On other instances",
    "no_qualifying_action": "Did nothing that counts",
    "below_min_events": "Too few actions",
    "below_min_days": "Active on too few days",
    "excluded": "Left out by the contract",
    "late": "Arrived after the claim",
}


@dataclass(frozen=True, kw_only=True)
class ClaimStep:
    """One step: what it is, and how many users it adds or takes away."""

    code: str
    users: int

    def to_json(self) -> dict[str, Any]:
        """Return the step with its words."""
        return {"code": self.code, "users": self.users, "words": WORDS[self.code], "why": WHY[self.code]}


@dataclass(frozen=True, kw_only=True)
class ClaimSteps:
    """A claim taken apart: claimed + steps + unexplained = active."""

    claimed: int
    by_instance: dict[str, int]
    rule: str
    steps: tuple[ClaimStep, ...]
    active: int

    @property
    def unexplained(self) -> int:
        """Counted less what the steps leave of the claim: negative where fewer are counted."""
        return self.active - self.claimed - sum(step.users for step in self.steps)

    @property
    def explained(self) -> int:
        return sum(abs(step.users) for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return what a page shows of it."""
        return {
            "claimed": self.claimed,
            "by_instance": self.by_instance,
            "rule": self.rule,
            "steps": [step.to_json() for step in self.steps],
            "unexplained": self.unexplained,
            "active": self.active,
        }


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """How an instance may have counted, and the reasons of verdicts whose people it then claims besides ours."""

    words: str
    definition: ActivityDefinition
    claims: tuple[str, ...]


def claim_steps(facts: PeriodFacts) -> ClaimSteps | None:
    """Return the steps that leave the least of the claim unexplained; None where nobody claims or nobody is counted."""
    if not facts.claims or facts.definition is None or facts.count is None:
        return None
    tried = [_steps(facts, rule, files) for files in _files_known(facts) for rule in _rules(facts.definition)]
    return min(tried, key=lambda steps: abs(steps.unexplained))


def _rules(definition: ActivityDefinition) -> Iterator[_Rule]:
    """Yield the contract's own rule first, so that it is taken where another explains no more."""
    own = replace(definition, excluded_users=())
    yield _Rule(words="the rule of the contract", definition=own, claims=("excluded",))
    loose = replace(own, min_events=1, min_days=1)
    below = ("below_min_events", "below_min_days")
    if loose != own:
        yield _Rule(words="one action on one day", definition=loose, claims=(*below, "excluded"))
    anything = replace(loose, actions=("*",))
    if anything != loose:
        claims = ("no_qualifying_action", *below, "excluded")
        yield _Rule(words="any action on one day", definition=anything, claims=claims)


def _files_known(facts: PeriodFacts) -> Iterator[list[EvidenceFile]]:
    """Yield all evidence, then that which was there when the number was claimed."""
    yield list(facts.files)
    claimed_at = max(claim.recorded_at for claim in facts.claims)
    known = [file for file in facts.files if file.report.received_at <= claimed_at]
    if known and len(known) < len(facts.files):
        yield known


def _steps(facts: PeriodFacts, rule: _Rule, known: Sequence[EvidenceFile]) -> ClaimSteps:
    users = {code: facts.tally.by_why.get(code, 0) for code in rule.claims}
    found = {**_between_instances(facts, rule, known), **{code: -people for code, people in users.items()}}
    return ClaimSteps(
        claimed=sum(claim.users for claim in facts.claims),
        by_instance={claim.instance: claim.users for claim in facts.claims if claim.instance},
        rule=rule.words,
        steps=tuple(ClaimStep(code=code, users=people) for code, people in found.items() if people),
        active=facts.tally.counted,
    )


def _between_instances(facts: PeriodFacts, rule: _Rule, known: Sequence[EvidenceFile]) -> dict[str, int]:
    """Return the steps that lie between files: people on several instances, on others, and from late files."""
    is_late = len(known) < len(facts.files)
    by_instance = {claim.instance: _of(known, claim.instance) for claim in facts.claims if claim.instance}
    if not is_late and len(facts.by_instance) < 2:
        return {}
    claimed = [file for files in by_instance.values() for file in files] if by_instance else list(known)
    apart = {f"on {name}": files for name, files in by_instance.items()}
    people = facts.people_of({"": claimed, "known": known, "all": facts.files, **apart}, rule.definition)
    if not people:
        return {}
    several = sum(people[name] for name in apart) - people[""] if by_instance else 0
    return {
        "several": -several,
        "others": people["known"] - people[""],
        "late": people["all"] - people["known"] if is_late else 0,
    }


def _of(files: Sequence[EvidenceFile], instance: str) -> list[EvidenceFile]:
    return [file for file in files if file.report.instance.name == instance]


def in_words(steps: ClaimSteps) -> str:
    """Say how a claim was made: "London-1 803 + London-2 609"."""
    return " + ".join(f"{name} {number(users)}" for name, users in steps.by_instance.items())
