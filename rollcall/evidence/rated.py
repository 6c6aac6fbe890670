"""The rated folders of a bundle as values: terms, versions, usage, and the rating that the vendor stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.contents import ROLES
from rollcall.evidence.read import Bundle
from rollcall.period import EmptyPeriod, Period
from rollcall.rating.usage import TermUsage
from rollcall.rating.versions import Amendment, rules_of_versions
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, TermsRefused

_RATED_KEYS = {"charge", "period", "count", "role", "true_up"}


@dataclass(frozen=True, kw_only=True)
class StoredRating:
    """One rated folder. `usage` and `rating` are its documents, `versions` the terms of the term in order of time.

    `terms` are those of the first day of the period; `billed_terms` have the charges of all that count in it.
    """

    folder: str
    charge: str
    period: Period
    count: str | None
    role: str
    true_up: str
    settled: Mapping[str, str] | None
    terms: ContractTerms
    billed_terms: ContractTerms
    versions: tuple[Amendment, ...]
    usage: Mapping[str, Any]
    term_usage: TermUsage
    rating: Mapping[str, Any]

    @property
    def place(self) -> str:
        """The member that states the rating."""
        return f"rated/{self.folder}/RATING.json"

    @property
    def net_amount(self) -> Decimal:
        """What the stored lines are said to come to."""
        return Decimal(self.rating["net_amount"])

    def given(self, metric: str) -> object:
        """Return what the usage gives of a metric in the period of this rating; None where it gives nothing."""
        for entry in self.usage.get("periods", []):
            if entry["start"] == self.period.start.isoformat():
                return entry.get("quantities", {}).get(metric)
        return None


def read_rated(bundle: Bundle, folder: str) -> StoredRating:
    """Read one rated folder. Raises BundleRefused for one that cannot be rated again as it is written."""
    place = f"rated/{folder}"
    said = bundle.fields(f"{place}/RATED.json")
    usage, rating = bundle.fields(f"{place}/USAGE.json"), bundle.fields(f"{place}/RATING.json")
    try:
        if (
            not _RATED_KEYS <= set(said) <= {*_RATED_KEYS, "settled"}
            or said["role"] not in ROLES
            or said["true_up"] == ""
        ):
            raise ValueError("its keys or its role are not known")
        terms = ContractTerms.from_json(bundle.fields(f"{place}/TERMS.json"))
        versions = _versions(bundle, f"{place}/VERSIONS.json", terms)
        period = Period.from_json(said["period"])
        found = StoredRating(
            folder=folder,
            charge=_text(said["charge"]),
            period=period,
            count=None if said["count"] is None else _text(said["count"]),
            role=said["role"],
            true_up="" if said["true_up"] is None else _text(said["true_up"]),
            settled=said.get("settled"),
            terms=terms,
            billed_terms=rules_of_versions(versions, period).billed_terms(is_in_advance=False),
            versions=versions,
            usage=usage,
            term_usage=TermUsage.from_json(usage),
            rating=rating,
        )
        _refuse_other_shapes(found)
    except (TermsRefused, EmptyPeriod) as error:
        raise BundleRefused(f"{place}: {error}") from error
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise BundleRefused(f"{place} is not written as a rating is: {error!r}.") from error
    if (found.role in ("invoice", "corrected")) != (not found.true_up):
        raise BundleRefused(f"{place}: a true-up is named where there is none, or none where there is one.")
    return found


def _versions(bundle: Bundle, name: str, terms: ContractTerms) -> tuple[Amendment, ...]:
    """Return the versions of the term; these terms alone where there is one. Raises TermsRefused, BundleRefused."""
    if not bundle.has(name):
        return (Amendment(start=terms.term.start, terms=terms, name="version 1"),)
    fields, found = Fields.of(bundle.document(name), ""), []
    for number, row in enumerate(fields.listed("versions")):
        entry = Fields.of(row, f"versions[{number}]")
        meaning = ContractTerms.from_json(entry.take("terms"))
        found.append(Amendment(start=entry.day("from"), terms=meaning, name=entry.text("name")))
        entry.nothing_else("a version")
    fields.nothing_else("versions")
    if terms.digest() not in {one.terms.digest() for one in found}:
        raise BundleRefused(f"{name} has other versions than the terms beside it.")
    return tuple(found)


def _refuse_other_shapes(found: StoredRating) -> None:
    for line in found.rating["lines"]:
        if not all(isinstance(value, str) for value in line.values()):
            raise ValueError("a line holds something else than texts")
        Decimal(line["quantity"]), Decimal(line["unit_price"]), Decimal(line["amount"])
    Decimal(found.rating["net_amount"])
    if found.settled is not None:
        Decimal(found.settled["amount"]), _text(found.settled["reason"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
