"""Whom a contract counts: its definitions as cards, with the cases at their boundary and who accepted them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from licenses.models import ContractVersion, DefinitionAcceptance
from licenses.operations.accept_definition import cases_digest
from licenses.queries import acceptances_of, terms_of
from rollcall.counting.boundary_cases import BoundaryCase, boundary_cases
from rollcall.rating.cost_curve import whole_period
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.contract import ContractTerms


@dataclass(frozen=True, kw_only=True)
class DefinitionCard:
    """One definition of a version: its words and digest, its cases, and the acceptance of exactly these, if any."""

    metric_name: str
    definition: ActivityDefinition
    cases: tuple[BoundaryCase, ...]
    acceptance: DefinitionAcceptance | None

    @property
    def words(self) -> str:
        return self.definition.words()

    @property
    def digest(self) -> str:
        return self.definition.digest()

    @property
    def is_accepted(self) -> bool:
        """Whether the customer accepted this definition with these very cases."""
        return self.acceptance is not None and self.acceptance.cases_digest == self.cases_digest

    @property
    def cases_digest(self) -> str:
        """The digest of the cases as they are shown now."""
        return cases_digest([case.to_json() for case in self.cases])


def definitions_in(terms: ContractTerms) -> dict[str, ActivityDefinition]:
    """Return the definitions of the metrics that count people, by the name of the metric."""
    found = {name: getattr(metric, "definition", None) for name, metric in terms.metrics.items()}
    return {name: one for name, one in found.items() if isinstance(one, ActivityDefinition)}


def cases_of(terms: ContractTerms, definition: ActivityDefinition) -> tuple[BoundaryCase, ...]:
    """Return the cases of a definition in the first whole period of the terms."""
    return tuple(boundary_cases(definition=definition, period=whole_period(terms)))


def definition_cards(*, version: ContractVersion) -> list[DefinitionCard]:
    """Return a card for each definition of a version."""
    terms = terms_of(version)
    known = list(acceptances_of(contract=version.contract))
    cards = []
    for name, definition in definitions_in(terms).items():
        card = DefinitionCard(
            metric_name=name, definition=definition, cases=cases_of(terms, definition), acceptance=None
        )
        cards.append(replace(card, acceptance=_acceptance(known, card)))
    return cards


def _acceptance(known: Sequence[DefinitionAcceptance], card: DefinitionCard) -> DefinitionAcceptance | None:
    """Return the acceptance of this definition, of whichever version: a price alone needs no new word."""
    same = [one for one in known if (one.metric_name, one.definition_digest) == (card.metric_name, card.digest)]
    return next((one for one in same if one.cases_digest == card.cases_digest), same[0] if same else None)
