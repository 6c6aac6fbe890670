"""Rating again: each rated folder by its own terms and usage, compared line by line with what the vendor stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.compare_counts import plainly
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.findings import Difference, shown, unequal
from rollcall.evidence.rated import StoredRating
from rollcall.rating import Rating, explain, rate_term
from rollcall.terms.fields import TermsRefused

_LINE_FACTS = ("quantity", "unit_price", "share", "amount", "kind", "charge", "words")


def rate_again(stored: StoredRating) -> Rating:
    """Return what the terms say of the charge in its period. Raises BundleRefused where they refuse the usage."""
    first, *later = stored.versions
    try:
        rated = rate_term(terms=first.terms, usage=stored.term_usage, amendments=later, name=first.name)
        whole = rated.of(stored.period)
    except (TermsRefused, KeyError, ValueError) as error:
        raise BundleRefused(f"rated/{stored.folder}: cannot be rated again: {error}") from error
    return whole.of_charge(stored.charge)


def compare_rating(stored: StoredRating, made: Rating) -> Iterator[Difference]:
    """Yield where the stored rating is not what the terms make of the usage: its lines first, then all the rest."""
    said, place = stored.rating, stored.place
    lines = {line.key: line.to_json() for line in made.lines}
    keys = [line["key"] for line in said["lines"]]
    for line in said["lines"]:
        yield from _compare_line(place, line, lines.get(line["key"]))
    for key in lines:
        if key not in keys:
            sentence = f"the line {key} over {lines[key]['amount']} is missing."
            yield Difference(code="rating.line", place=place, sentence=sentence)
    if sorted(keys) == sorted(lines) and keys != list(lines):
        yield Difference(code="rating.order", place=place, sentence="the lines do not stand in their order.")
    whole: dict[str, Any] = {"currency": made.currency, **made.to_json(), "working": explain(made)}
    if len(stored.versions) > 1:
        whole["schedule"] = [
            {"from": one.start.isoformat(), "name": one.name, "digest": one.terms.digest()} for one in stored.versions
        ]
    for key in sorted({*said, *whole} - {"lines"}):
        yield from unequal("rating", place, f"'{key}' of the rating", said.get(key), whole.get(key))


def compare_usage(stored: StoredRating, counts: Mapping[str, StoredCount]) -> Iterator[Difference]:
    """Yield where a rating does not rest on the count beside it, or counts by another metric than its terms."""
    place = f"rated/{stored.folder}/USAGE.json"
    if stored.count is None:
        return
    count = counts.get(stored.count)
    if count is None:
        sentence = f"names the count {stored.count}, which is not in the bundle."
        yield Difference(code="rated.count", place=f"rated/{stored.folder}/RATED.json", sentence=sentence)
        return
    name = count.said["metric"]
    agreed = [one.terms.metrics[name].digest() for one in stored.versions if name in one.terms.metrics]
    if count.said["metric_digest"] not in agreed:
        sentence = f"counts by another definition of '{name}' than the terms of rated/{stored.folder}."
        yield Difference(code="count.metric", place=count.place, sentence=sentence)
    if count.period != stored.period:
        sentence = f"is of {count.period.words()}, but rated/{stored.folder} is of {stored.period.words()}."
        yield Difference(code="count.period", place=count.place, sentence=sentence)
    yield from unequal("count.zone", count.place, "The time zone", count.said["timezone"], stored.terms.timezone)
    given = stored.given(name)
    stated = plainly(given) if isinstance(given, dict) else given
    yield from unequal("usage", place, f"The usage of '{name}'", stated, plainly(count.said["given"]))


def earlier_periods(stored: StoredRating) -> int:
    """Return how many other periods of the term the rating rests on, whose counts are not in this bundle."""
    return sum(one.period != stored.period for one in stored.term_usage.periods)


def _compare_line(place: str, said: Mapping[str, str], made: Mapping[str, str] | None) -> Iterator[Difference]:
    if made is None:
        sentence = f"the line {said['key']} over {said['amount']} does not come out of the terms."
        yield Difference(code="rating.line", place=place, sentence=sentence)
        return
    for fact in _LINE_FACTS:
        if said.get(fact) != made.get(fact):
            sentence = (
                f"the {fact.replace('_', ' ')} of line {said['key']} is stated as {shown(said.get(fact))}; it comes "
                f"out as {shown(made.get(fact))}."
            )
            yield Difference(code="rating.line", place=place, sentence=sentence)
            return
    if set(said) != set(made):
        yield Difference(code="rating.line", place=place, sentence=f"the line {said['key']} has other keys.")
