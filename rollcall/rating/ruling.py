"""Which versions of a contract rule the periods of one document, and on which days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollcall.period import Period
from rollcall.rating.versions import Amendment, rules_of_versions
from rollcall.terms.contract import ContractTerms


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """One version: the terms as they were agreed, with their phases, and the days from its first to its last."""

    name: str
    span: Period
    terms: ContractTerms

    def told(self) -> dict[str, object]:
        """Return its days and its sentences, as a document tells them."""
        return {
            "start": self.span.start.isoformat(),
            "end": self.span.end.isoformat(),
            "sentences": self.terms.sentences(),
        }


def ruling_versions(ruled: Iterable[tuple[Sequence[Amendment], Period]]) -> tuple[Ruling, ...]:
    """Return the versions by which some periods are rated, in order of time; of each period come all versions of its
    term. Terms that are alike are one version. Raises TermsRefused.
    """
    found: dict[str, Ruling] = {}
    for versions, period in ruled:
        by_name = {version.name: version for version in versions}
        for one in rules_of_versions(versions, period).in_force:
            version = by_name[one.version_name]
            digest, span = version.terms.digest(), one.span
            if digest in found:
                known = found[digest].span
                span = Period(min(known.start, span.start), max(known.end, span.end))
            found[digest] = Ruling(name=version.name, span=span, terms=version.terms)
    return tuple(sorted(found.values(), key=lambda ruling: ruling.span.start))


def needs_telling(rulings: Sequence[Ruling], terms: ContractTerms) -> bool:
    """Whether a document that tells these terms alone would leave out what else rules it, or tell what does not."""
    return [ruling.terms.digest() for ruling in rulings] != [terms.digest()]
