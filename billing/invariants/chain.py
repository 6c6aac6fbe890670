"""The heads of the chains: what a person keeps outside, so that nobody can write the whole chain anew unseen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceSeries


class HeadUnreadable(ValueError):
    """A kept head is not written as NUMBER=DIGEST."""


@dataclass(frozen=True, kw_only=True)
class ChainHead:
    """The last document of one series."""

    entity: str
    number: str
    issue_date: date
    chain_digest: str
    documents: int

    def line(self) -> str:
        """The one line that is printed, and that may be kept: entity, number and digest."""
        what = f"{self.entity}, dated {self.issue_date}, {self.documents:,} documents"
        return f"{self.number}={self.chain_digest} ({what})"


def chain_heads() -> list[ChainHead]:
    """Return the head of each series that has a document."""
    heads = []
    for series in InvoiceSeries.objects.select_related("legal_entity").order_by("legal_entity__name", "kind", "year"):
        documents = Invoice.objects.filter(series=series, state=Invoice.State.FINALIZED)
        last = documents.order_by("-sequence").first()
        if last is not None and last.number is not None and last.issue_date is not None:
            heads.append(
                ChainHead(
                    entity=series.legal_entity.name,
                    number=last.number,
                    issue_date=last.issue_date,
                    chain_digest=last.chain_digest,
                    documents=documents.count(),
                )
            )
    return heads


def kept_heads_stand(kept: Iterable[str]) -> CheckResult:
    """Each head that was kept outside, as NUMBER=sha256:..., is still the digest of that document.

    Raises HeadUnreadable.
    """
    result = CheckResult(name="kept heads of the chain stand", figures={"heads": 0})
    for text in kept:
        number, equals, digest = text.strip().partition("=")
        digest = digest.split(" ")[0]
        if not equals or not digest.startswith("sha256:"):
            raise HeadUnreadable(f"A kept head is written as R-0012=sha256:..., not {text!r}.")
        result.count("heads")
        found = list(Invoice.objects.filter(number=number).values_list("chain_digest", flat=True))
        result.expect(bool(found), f"document {number} was kept with a digest and is not there any more")
        result.expect(
            not found or digest in found,
            f"document {number} has the chain digest {', '.join(found)}, kept was {digest}: the chain was written anew",
        )
    return result
