"""What an invoice prints of people, definition, terms, versions and ratings, against what the bundle comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from rollcall.evidence.counted import StoredCount
from rollcall.evidence.findings import Difference, unequal
from rollcall.evidence.rated import StoredRating
from rollcall.rating import BESIDE_LINES, ESTIMATED, RATED, Rating, billed_users, explain, users_in
from rollcall.rating.proration import share_of
from rollcall.rating.ruling import needs_telling, ruling_versions
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.metrics import AnyMetric, Metric, said_digest

PLACE = "INVOICE.json"
Side = tuple[StoredRating, Rating]
_OF_COUNT = {
    "digest": "The digest of the count",
    "evidence_set_digest": "The digest of all evidence",
    "engine_version": "The version of the engine",
    "tzdata_version": "The version of the time zones",
}


@dataclass(frozen=True, kw_only=True)
class Main:
    """The charge that heads the invoice: its rated folder, the rating made again, and its count, if it has one."""

    stored: StoredRating
    made: Rating
    count: StoredCount | None

    @property
    def metric(self) -> AnyMetric | None:
        """What is counted for the charge, by its terms; None for a fixed amount."""
        return self.stored.billed_terms.metric_of(self.stored.charge)


def printed_sides(rated: Sequence[Side]) -> list[Side]:
    """Return the ratings that an invoice prints: its own, those it corrects, or where true-ups are all, these now."""
    own = [(stored, made) for stored, made in rated if stored.role in ("invoice", "corrected")]
    return own or [(stored, made) for stored, made in rated if stored.role == "true_up_after"]


def compare_printed(
    invoice: Mapping[str, Any], rated: Sequence[Side], counts: Mapping[str, StoredCount]
) -> Iterator[Difference]:
    """Yield where the digests and the numbers of people on the invoice are not those of its ratings and counts."""
    own = printed_sides(rated)
    yield from _compare_ratings(invoice, own)
    main = _main(invoice, own, counts)
    if main is None:
        yield Difference(code="invoice.ratings", place=PLACE, sentence="rests on no rating of the bundle.")
        return
    for rule in (_compare_terms, _compare_definition, _compare_count, _compare_people, _compare_attachments):
        yield from rule(invoice, main)
    yield from _compare_beside_lines(invoice, own)
    yield from _compare_versions(invoice, main, own)
    yield from _compare_steps(invoice, [made for stored, made in rated if stored.role == "invoice"])


def _main(invoice: Mapping[str, Any], own: Sequence[Side], counts: Mapping[str, StoredCount]) -> Main | None:
    """Return the charge that heads the invoice: the first that its terms name, or that of the first line.

    An amendment for a past day may name another charge than the invoice was opened with; the printed count decides.
    """
    named = [side for side in own if side[0].charge == side[0].terms.main_charge]
    heads = [
        Main(stored=stored, made=made, count=None if stored.count is None else counts.get(stored.count))
        for stored, made in (*named[:1], *own[:1])
    ]
    printed = invoice["count"]["digest"]
    fitting = [head for head in heads if (head.count.said["digest"] if head.count else "") == printed]
    return next(iter(fitting or heads), None)


def _compare_ratings(invoice: Mapping[str, Any], own: Sequence[Side]) -> Iterator[Difference]:
    """Every rating that is printed must be one that was made again, in the same order."""
    charges = [entry["charge"] for entry in invoice["ratings"]]
    made = [stored.charge for stored, _ in own]
    yield from unequal("invoice.ratings", PLACE, "The list of rated charges", charges, made)
    if charges == made:
        for entry, (stored, rating) in zip(invoice["ratings"], own, strict=True):
            what = f"The digest of the rating of {stored.charge}, {stored.period.words()},"
            yield from unequal("invoice.ratings", PLACE, what, entry["digest"], rating.digest())


def _compare_terms(invoice: Mapping[str, Any], main: Main) -> Iterator[Difference]:
    """Digest and sentences of the terms, and what each charge is called, are those of the terms in the bundle."""
    terms, stated = main.stored.terms, invoice["contract"]
    yield from unequal("invoice.terms", PLACE, "The digest of the terms", stated["terms_digest"], terms.digest())
    if stated["sentences"] != terms.sentences():
        yield Difference(code="invoice.terms", place=PLACE, sentence="the terms are not told as they are.")
    billed = main.stored.billed_terms
    for key in sorted({*billed.charges, *invoice["charges"]}):
        made = None
        if key in billed.charges:
            metric = billed.metric_of(key)
            made = {"metric": "fixed" if metric is None else metric.kind, "noun": billed.noun_of(key).many}
        yield from unequal("invoice.terms", PLACE, f"The charge {key}", invoice["charges"].get(key), made)


def _compare_versions(invoice: Mapping[str, Any], main: Main, own: Sequence[Side]) -> Iterator[Difference]:
    """Where other versions rule the printed ratings, too, each is told with its days and its sentences."""
    rulings = ruling_versions((stored.versions, stored.period) for stored, _ in own)
    made = [ruling.told() for ruling in rulings] if needs_telling(rulings, main.stored.terms) else []
    stated = [
        {key: entry[key] for key in entry if key != "number"} for entry in invoice["contract"].get("versions", [])
    ]
    if stated != made:
        yield Difference(
            code="invoice.terms", place=PLACE, sentence="the versions that rule it are not told as they are."
        )


def _compare_definition(invoice: Mapping[str, Any], main: Main) -> Iterator[Difference]:
    """The words of who is counted, and their digest, are those of the terms; a fixed amount has neither."""
    said, metric = invoice["definition"], main.metric
    digest = "" if metric is None else said_digest(metric)
    yield from unequal("invoice.definition", PLACE, "The digest of the definition", said["digest"], digest)
    if metric is not None:
        yield from unequal("invoice.definition", PLACE, "The definition", said["words"], metric.words())


def _compare_count(invoice: Mapping[str, Any], main: Main) -> Iterator[Difference]:
    """Digests and versions are those of the count; empty where nothing is counted."""
    for key, what in _OF_COUNT.items():
        made = "" if main.count is None else main.count.said[key]
        yield from unequal("invoice.count", PLACE, what, invoice["count"][key], made)


def _compare_people(invoice: Mapping[str, Any], main: Main) -> Iterator[Difference]:
    """The five numbers of users are those of the count and of the terms; nothing where nothing is counted."""
    said, count = invoice["counts"], main.count
    made = {
        "provisioned": None if count is None else count.said["provisioned"],
        "reported": None if count is None else count.said["reported_users"],
        "active": None if count is None else count.said["active_users"],
        "billable": None if count is None else _billable(main, count),
        "billed": None if count is None else _billed(main, count),
    }
    for name, found in made.items():
        yield from unequal("invoice.counts", PLACE, f"The number of {name} users", said[name], found)


def _billable(main: Main, count: StoredCount) -> int:
    """Whose use is billed, before floor, cap and estimates."""
    kind = count.metric.kind
    if kind == "reported_users":
        # The contract may read a missing day as zero, so this may be fewer than what was reported.
        return users_in(main.made.to_json(), RATED)
    if kind in ("provisioned_users", "seats"):
        return int(Decimal(count.said["quantity"] or 0))
    return int(count.said["active_users"])


def _billed(main: Main, count: StoredCount) -> int:
    terms = main.stored.billed_terms
    return billed_users(
        charge=terms.charges[main.stored.charge],
        active_users=_billable(main, count),
        estimated_users=users_in(main.made.to_json(), ESTIMATED),
        share=share_of(terms, main.stored.period),
    )


def _compare_beside_lines(invoice: Mapping[str, Any], own: Sequence[Side]) -> Iterator[Difference]:
    """Users that the quantities of lines do not say are told beside them, by charge."""
    for what in BESIDE_LINES:
        made: dict[str, int] = {}
        for stored, rating in own:
            made[stored.charge] = made.get(stored.charge, 0) + users_in(rating.to_json(), what)
        told = {charge for _, rating in own for charge in rating.beside_lines.get(what, {})}
        expected = {charge: str(users) for charge, users in made.items() if charge in told}
        words = f"The number of {what.replace('_', ' ')} by charge"
        yield from unequal("invoice.counts", PLACE, words, invoice.get(what, {}), expected)


def _compare_steps(invoice: Mapping[str, Any], made: Sequence[Rating]) -> Iterator[Difference]:
    """The steps from the usage to the amount, and what happened to credits, are those of the ratings.

    After the steps the working has words on missing days, differences and true-ups, which no rating makes.
    """
    steps = [entry for rating in made for entry in explain(rating)]
    for number, (stated, step) in enumerate(zip_longest(invoice["working"][: len(steps)], steps), start=1):
        yield from unequal("invoice.working", PLACE, f"Step {number} of the working", stated, step)
    credits = [entry.to_json() for rating in made for entry in rating.credits]
    yield from unequal("invoice.credits", PLACE, "What happened to credits", invoice["credits"], credits)


def _compare_attachments(invoice: Mapping[str, Any], main: Main) -> Iterator[Difference]:
    """What the document carries for counting and rating again must be what lies in the bundle."""
    stored, metric, stated = main.stored, main.metric, invoice["attachments"]
    made: dict[str, object] = {"TERMS.json": stored.terms.shortest_form(), "USAGE.json": dict(stored.usage)}
    if metric is not None:
        defined = metric.definition if isinstance(metric, Metric | ActionMetric) else metric
        # What a rule makes of several periods is rated, not counted.
        made["DEFINITION.json"] = {key: value for key, value in defined.to_json().items() if key != "over_periods"}
    if len(stored.versions) > 1:
        versions = [
            {"from": one.start.isoformat(), "name": one.name, "terms": one.terms.shortest_form()}
            for one in stored.versions
        ]
        made["VERSIONS.json"] = {"versions": versions}
    for name in sorted({*stated, *made}):
        if stated.get(name) != made.get(name):
            sentence = f"the attached {name} is not that of rated/{stored.folder}."
            yield Difference(code="invoice.attachments", place=PLACE, sentence=sentence)
