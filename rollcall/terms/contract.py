"""The terms of a contract: from JSON, to JSON, their digest, and the sentences that people read.

A parser refuses a key that it does not know, or cannot rate yet, by its path and with a sentence. Equal meaning has one
digest: a default that is left out and one that is written out are the same terms, and a key that a later version adds
does not change the digest of terms that do not use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import rfc8785

from rollcall.money import exponent, shortest
from rollcall.period import BillingCycle, Period
from rollcall.terms.charges import CONTRACT, Charge
from rollcall.terms.contradictions import refuse_contradictions
from rollcall.terms.fields import Fields, one_of
from rollcall.terms.frame import read_currency, read_cycle, read_term, read_timezone
from rollcall.terms.limits import Limits, read_limits
from rollcall.terms.metrics import AnyMetric, Metric, metric_defaults, named_metrics, read_disclosure, read_metric
from rollcall.terms.nouns import UNITS, Noun
from rollcall.terms.phases import Phase, phase_sentences, phases_to_json, read_phases
from rollcall.terms.promises import Frame, refuse_promises_above_caps
from rollcall.terms.proration import DAY_COUNTS, MONTHS_OF_30_DAYS, REAL_DAYS, part_of
from rollcall.terms.reported import ReportedMetric
from rollcall.terms.rules import (
    CADENCES,
    DEFAULT_GRACE_DAYS,
    MID_CYCLE,
    GapRule,
    Tax,
    TrueUpRule,
    license_sentences,
    read_grace,
    read_tax,
)
from rollcall.terms.stages import Stage, asked_steps, refuse_past_grants, stages_of
from rollcall.terms.steps import DEFAULT_STEPS, default_steps, only_needed, order_in_words, read_steps
from rollcall.terms.time_rules import MID_CYCLE_WORDS, has_part_periods, refuse_time, time_sentences
from rollcall.terms.users_without_price import refuse_users_without_price
from rollcall.terms.written import without_defaults

# The share of quarantined rows above which a file is refused, when terms do not choose another one.
DEFAULT_QUARANTINE_LIMIT = Decimal("0.5")


@dataclass(frozen=True, kw_only=True)
class ContractTerms:
    """Everything that decides what a period costs, frozen."""

    currency: str
    timezone: str
    term: Period
    cycle: BillingCycle
    metrics: Mapping[str, AnyMetric]
    charges: Mapping[str, Charge]
    tax: Tax
    true_up: TrueUpRule
    gap_rule: GapRule = field(default_factory=GapRule)
    steps: tuple[str, ...] = DEFAULT_STEPS
    reporting_cadence: str = "daily"
    # What a signed report discloses, and for how many days one may be made after the licence has ended.
    disclosure: str = "rows"
    grace_days: int = DEFAULT_GRACE_DAYS
    # A file with a greater share of quarantined rows is refused as a whole.
    quarantine_limit: Decimal = DEFAULT_QUARANTINE_LIMIT
    mid_cycle: str = "next_cycle"
    # How a part of a cycle is measured.
    day_count: str = REAL_DAYS
    # Limits over all charges of a period together, before tax.
    limits: Limits = field(default_factory=Limits)
    # Changes of the charges that are agreed from the start.
    phases: tuple[Phase, ...] = ()

    @classmethod
    def from_json(cls, document: object) -> ContractTerms:
        """Read TERMS.json of SHAPES.md. Raises TermsRefused, which names the place and says what is wrong with it."""
        fields = Fields.of(document, "")
        currency, timezone = read_currency(fields), read_timezone(fields)
        term, cycle = read_term(fields), read_cycle(fields)
        metrics = {name: read_metric(inner, timezone) for name, inner in named_metrics(fields)}
        charges = {key: Charge.from_fields(key, inner, currency) for key, inner in fields.named("charges", "charge")}
        limits = read_limits(fields, currency)
        for key, charge in charges.items():
            if charge.metric is not None and charge.metric not in metrics:
                known = one_of(sorted(metrics) or [name for name, _ in fields.named("metrics", "metric")])
                raise fields.refuse(f"charges.{key}.metric", f'there is no metric "{charge.metric}"; use {known}.')
        phases = read_phases(fields, charges, currency, term)
        terms = cls(
            currency=currency,
            timezone=timezone,
            term=term,
            cycle=cycle,
            metrics=metrics,
            charges=charges,
            steps=read_steps(fields, asked_steps(stages_of(charges, phases), limits)),
            limits=limits,
            phases=phases,
            gap_rule=GapRule.from_fields(fields.inner("gap_rule")) if fields.has("gap_rule") else GapRule(),
            reporting_cadence=fields.choice("reporting_cadence", CADENCES, default="daily"),
            disclosure=read_disclosure(fields, metrics),
            grace_days=read_grace(fields),
            quarantine_limit=_read_quarantine_limit(fields),
            mid_cycle=fields.choice("mid_cycle", MID_CYCLE, default="next_cycle"),
            day_count=_read_day_count(fields, cycle),
            true_up=TrueUpRule.of_terms(fields, currency),
            tax=read_tax(fields),
        )
        fields.nothing_else("contract terms")
        _refuse_zero_users(fields, terms)
        _refuse_unknown_tax(fields, terms)
        terms._refuse_what_cannot_hold()
        return terms

    def to_json(self) -> dict[str, object]:
        """Return TERMS.json with every default written out."""
        cycle = self.cycle
        written: dict[str, object] = {
            "currency": self.currency,
            "timezone": self.timezone,
            "term": {"start": self.term.start.isoformat(), "end": self.term.end.isoformat()},
            "cycle": {"unit": cycle.unit, "anchor": cycle.anchor.isoformat(), "length": cycle.length},
            "metrics": {name: metric.to_json() for name, metric in self.metrics.items()},
            "charges": {key: charge.to_json() for key, charge in self.charges.items()},
            "steps": list(self.steps),
            "gap_rule": self.gap_rule.to_json(),
            "reporting_cadence": self.reporting_cadence,
            "disclosure": self.disclosure,
            "grace_days": self.grace_days,
            "quarantine_limit": shortest(self.quarantine_limit),
            "mid_cycle": self.mid_cycle,
            "day_count": self.day_count,
            "true_up": self.true_up.to_json(),
            "tax": self.tax.to_json(),
        }
        if self.limits.is_stated:
            written["limits"] = self.limits.to_json()
        if self.phases:
            written["phases"] = phases_to_json(self.phases, self.charges)
        return written

    def shortest_form(self) -> dict[str, Any]:
        """Return TERMS.json without what equals a default: the text of which the digest is made."""
        defaults = {
            "cycle": {"length": 1},
            "metrics": {name: metric_defaults(metric, self.timezone) for name, metric in self.metrics.items()},
            "charges": {key: charge.defaults() for key, charge in self.charges.items()},
            "steps": list(default_steps(frozenset().union(*self._asked_steps.values()))),
            "gap_rule": GapRule().to_json(),
            "reporting_cadence": "daily",
            "disclosure": "rows",
            "grace_days": DEFAULT_GRACE_DAYS,
            "quarantine_limit": shortest(DEFAULT_QUARANTINE_LIMIT),
            "mid_cycle": "next_cycle",
            "day_count": REAL_DAYS,
            "true_up": TrueUpRule.from_fields(Fields({}, ""), self.currency).to_json(),
            "limits": {"floor": {"per": "cycle"}, "cap": {"per": "cycle"}},
        }
        return without_defaults(self.to_json(), defaults)

    def digest(self) -> str:
        """Return "sha256:..." over the canonical JSON (RFC 8785) of the shortest form."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(self.shortest_form())).hexdigest()}"

    @property
    def billed_keys(self) -> tuple[str, ...]:
        """The keys under which a period has lines: its charges, and "contract" where limits hold over all of them."""
        return (*self.charges, *((CONTRACT,) if self.limits.is_stated else ()))

    @property
    def billed_metrics(self) -> frozenset[str]:
        """The metrics of which a period needs a quantity: those that are priced, and those that limits look up."""
        looked_up = frozenset().union(*(charge.limits.metrics for charge in self.charges.values()), self.limits.metrics)
        return looked_up | {charge.metric for charge in self.charges.values() if charge.metric is not None}

    @property
    def main_charge(self) -> str:
        """The charge whose users head an invoice: the first by name of active users, else of reported ones."""
        for kind in (Metric, ReportedMetric):
            for key, charge in self.charges.items():
                if isinstance(self.metrics.get(charge.metric or ""), kind):
                    return key
        return next(iter(self.charges))

    @property
    def periods(self) -> tuple[Period, ...]:
        """The billing periods that tile the term; the first and last may be parts of a cycle."""
        return self.cycle.periods(self.term)

    @property
    def parts(self) -> tuple[tuple[Period, Fraction], ...]:
        """The billing periods, each with the part of its cycle that it is."""
        return tuple((period, self._share_of(period)) for period in self.periods)

    def period_of(self, day: date) -> Period | None:
        """Return the billing period of a day, or None outside the term."""
        return self.cycle.period_of(day).intersection(self.term) if self.term.contains(day) else None

    def instants(self, period: Period) -> tuple[datetime, datetime]:
        """Return the half-open span of instants of a period in the zone of the contract, in UTC."""
        return period.instants(self.timezone)

    def metric_of(self, charge_key: str) -> AnyMetric | None:
        """Return what is counted for a charge; None for one that counts nothing."""
        metric = self.charges[charge_key].metric
        return None if metric is None else self.metrics[metric]

    def noun_of(self, charge_key: str) -> Noun:
        """Return what the quantity of a charge is a number of."""
        metric = self.metric_of(charge_key)
        return UNITS if metric is None else metric.noun

    @property
    def in_order(self) -> tuple[ContractTerms, ...]:
        """These terms, and those of each phase, without phases of their own."""
        return tuple(
            replace(
                self, phases=(), charges=stage.charges, steps=only_needed(self.steps, asked_steps([stage], self.limits))
            )
            for stage in self._stages
        )

    def rules_from(self, day: date) -> date:
        """Return the first day that is rated by terms which begin on a day: a change inside a cycle has its rule."""
        period = self.period_of(day)
        if period is None or period.start == day or self.mid_cycle == "by_days":
            return day
        return period.end if self.mid_cycle == "next_cycle" else period.start

    def sentences(self) -> list[str]:
        """Return the terms as sentences, for the contract page and the invoice."""
        noun = self.cycle.noun()
        when = "in advance" if self._is_all_in_advance else "after it has ended"
        said = [
            f"Each {self.cycle.words()} is billed {when}, by the days of {self.timezone}; "
            f"the term is {self.term.words()}."
        ]
        for name, metric in self.metrics.items():
            said.append(metric.words() if len(self.metrics) == 1 else f"{name}: {metric.words()}")
        for key, charge in self.charges.items():
            prefix = f"{key}: " if len(self.charges) > 1 else ""
            sentences = charge.sentences(self.currency, noun, self.noun_of(key))
            said += [f"{prefix}{sentence}" for sentence in sentences]
        said += phase_sentences(
            self.phases, self.charges, lambda key, charge: charge.sentences(self.currency, noun, self.noun_of(key))
        )
        said += [f"All charges together: {sentence}" for sentence in self._contract_sentences(noun)]
        said += order_in_words(self.steps, self._asked_steps.values())
        if self._has_part_periods() and any(charge.stated_steps() - {"price"} for charge in self._every_charge):
            but = ", where it is not said that it has a share" if self._has_reduced_parts() else ""
            said.append(f"A part of a {noun} at the start or the end of the term has the whole of these numbers{but}.")
        said += time_sentences(self.charges, self.metrics, term=self.term, cycle=self.cycle, day_count=self.day_count)
        said.append(f"Every line is rounded half up to {_decimals_in_words(self.currency)}.")
        if self.reporting_cadence == "once_per_period":
            said.append(f"One report for each {noun} is agreed: an instance that reported any day of it has reported.")
        said += license_sentences(disclosure=self.disclosure, grace_days=self.grace_days)
        said.append(
            f"A usage file of which more than {shortest(self.quarantine_limit * 100)} % of the rows cannot be counted "
            "is refused as a whole; rows behind which nobody stands are left out of this share."
        )
        said.append(self.gap_rule.words())
        said.append(self.true_up.words(self.currency))
        said.append(MID_CYCLE_WORDS[self.mid_cycle].format(cycle=noun))
        said.append(self.tax.words())
        return said

    @property
    def _asked_steps(self) -> dict[str, frozenset[str]]:
        return asked_steps(self._stages, self.limits)

    @property
    def _stages(self) -> tuple[Stage, ...]:
        return stages_of(self.charges, self.phases)

    def _refuse_what_cannot_hold(self) -> None:
        """Refuse what single clauses cannot know, in every phase as if it were the terms. Raises TermsRefused."""
        for stage, terms in zip(self._stages, self.in_order, strict=True):
            refuse_time(
                stage.paths,
                charges=stage.charges,
                metrics=self.metrics,
                term=self.term,
                cycle=self.cycle,
                day_count=self.day_count,
            )
            refuse_users_without_price(
                stage.paths,
                charges=stage.charges,
                metrics=self.metrics,
                gap_rule=self.gap_rule,
                currency=self.currency,
            )
            refuse_contradictions(
                places=stage.places(self.limits),
                steps=terms.steps,
                metrics=self.metrics,
                charges=stage.charges,
                term=self.term,
                currency=self.currency,
                parts=lambda: self.parts,
            )
            if any(place.limits.cap for place in stage.places(self.limits)):
                frame = Frame(parts=self.parts, steps=terms.steps, currency=self.currency)
                refuse_promises_above_caps(charges=stage.charges, paths=stage.paths, limits=self.limits, frame=frame)
        for name, metric in self.metrics.items():
            if metric.over_periods is not None:
                metric.over_periods.refuse_term(f"metrics.{name}.over_periods", len(self.periods))
        begins = {phase.start: self.rules_from(phase.start) for phase in self.phases}
        refuse_past_grants(self._stages, begins, self.term)

    def _share_of(self, period: Period) -> Fraction:
        whole = self.cycle.period_of(period.start)
        return part_of(period=period, whole=whole, day_count=self.day_count, timezone=self.timezone)

    @property
    def _every_charge(self) -> tuple[Charge, ...]:
        return tuple(charge for stage in self._stages for charge in stage.charges.values())

    def _has_reduced_parts(self) -> bool:
        reduced = [charge.included.in_part_periods == "reduced" for charge in self._every_charge]
        limits = (self.limits, *(charge.limits for charge in self._every_charge))
        return any(reduced) or any(one.has_reduced_parts for one in limits)

    def _contract_sentences(self, cycle: str) -> list[str]:
        return self.limits.sentences(self.currency, cycle, None, UNITS)

    @property
    def _is_all_in_advance(self) -> bool:
        is_later = self.limits.is_stated or any(charge.bill == "in_arrears" for charge in self.charges.values())
        return not is_later

    def _has_part_periods(self) -> bool:
        return has_part_periods(self.term, self.cycle)


def _decimals_in_words(currency: str) -> str:
    places = exponent(currency)
    return f"{places} decimals of {currency}" if places else f"whole {currency}"


def _refuse_zero_users(fields: Fields, terms: ContractTerms) -> None:
    """Refuse to read a missing day as zero where active users are billed: nobody said that nobody was active."""
    rule = terms.gap_rule
    if rule.applied == "zero" and any(
        getattr(terms.metric_of(key), "kind", "") == "active_users" for key in terms.charges
    ):
        raise fields.refuse(
            f"gap_rule.{'rule' if rule.rule == 'zero' else 'then'}",
            "is for reported counts only: a day without a report of active users is never zero.",
        )


def _refuse_unknown_tax(fields: Fields, terms: ContractTerms) -> None:
    """Refuse credit that pays the amount with tax where the terms do not know the tax: rating could not tell it."""
    if terms.tax.is_by_rule and any(credit.applies == "after_tax" for credit in terms.limits.credits):
        raise fields.refuse(
            "tax.decided_by", 'is "terms" where credit pays the amount with tax: state category and rate.'
        )


def _read_quarantine_limit(fields: Fields) -> Decimal:
    limit = fields.decimal("quarantine_limit", default=shortest(DEFAULT_QUARANTINE_LIMIT))
    if limit > 1:
        raise fields.refuse("quarantine_limit", f'is a share of all rows, as in "0.05" for 5 %, not {limit}.')
    return limit


def _read_day_count(fields: Fields, cycle: BillingCycle) -> str:
    chosen = fields.choice("day_count", DAY_COUNTS, default=REAL_DAYS)
    if chosen == MONTHS_OF_30_DAYS and cycle.unit == "days":
        raise fields.refuse("day_count", f'"{chosen}" needs a cycle of months; a cycle of days has the days it has.')
    return chosen
