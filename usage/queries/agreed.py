"""What was agreed on a count: the metric it was made of, in which version, and in which sentence of the terms."""

from dataclasses import dataclass

from licenses.models import ContractVersion, Instance
from licenses.queries import terms_of
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.contract import ContractTerms
from rollcall.terms.metrics import AnyMetric
from usage.models import ActiveUserCount


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A metric as a version of the contract has it. ``clause`` is the number of its sentence among the terms."""

    version: ContractVersion
    terms: ContractTerms
    metric: AnyMetric
    clause: int | None

    @property
    def definition(self) -> ActivityDefinition | None:
        """Whom the metric counts; None where nobody's activity is counted."""
        found = getattr(self.metric, "definition", None)
        return found if isinstance(found, ActivityDefinition) else None


def agreed_on(count: ActiveUserCount) -> Agreed | None:
    """Return what a count was made under: of the versions with this metric, the one in force when its period began.

    None for a count of terms that were only tried.
    """
    found: Agreed | None = None
    for version in ContractVersion.objects.filter(contract_id=count.contract_id).order_by("number"):
        terms = terms_of(version)
        for name, metric in terms.metrics.items():
            if metric.digest() != count.metric_digest:
                continue
            if found is None or version.active.lower <= count.period.lower:
                found = Agreed(version=version, terms=terms, metric=metric, clause=clause_of(terms, name, metric))
    return found


def clause_of(terms: ContractTerms, name: str, metric: AnyMetric) -> int | None:
    """Return the number of the sentence that says whom a metric counts, as the contract page numbers them."""
    said = {metric.words(), f"{name}: {metric.words()}"}
    return next((number for number, words in enumerate(terms.sentences(), start=1) if words in said), None)


def instance_names(*, contract_id: int) -> dict[str, str]:
    """Return {what evidence calls an instance: its name}. A file that names instances itself is not among them."""
    return dict(Instance.objects.filter(contract_id=contract_id).values_list("public_id", "name"))
