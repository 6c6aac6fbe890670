"""Where the first run stands: what each step brought in, what is still missing, and what an import would do."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from billing.imports.carry_out import Outcome
from billing.imports.steps import BY_KIND, STEPS
from billing.models import FirstRunImport, InvoiceSeries, OpenBalance
from ground.models import Job
from licenses.imports.table import CHANGED, NEW, SAME, WRONG, Table
from licenses.models import BillingContact, Contract, Customer, Instance, LegalEntity, ProvisionedCount

NAMED = 5
ALL = ""
VIEWS = (WRONG, NEW, CHANGED, SAME)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something that stands without what it needs: how many, and the first of them by name."""

    words: str
    number: int
    named: list[str]

    @property
    def more(self) -> int:
        return self.number - len(self.named)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its table, how many rows stand, and what is missing before its data can bill."""

    table: type[Table]
    stands: int
    missing: Missing | None

    @property
    def is_needed(self) -> bool:
        """Whether nobody can be billed without it; the others are for comparison and for going on with numbers."""
        return self.table.kind in {"customers", "contracts", "instances"}


def steps_of_first_run() -> list[Step]:
    """Return the steps in their order, each with what stands."""
    stands = {
        "customers": Customer.objects.count(),
        "contracts": Contract.objects.count(),
        "instances": Instance.objects.count(),
        "provisioned_users": ProvisionedCount.objects.values("contract").distinct().count(),
        "billing_contacts": BillingContact.objects.filter(removed_at__isnull=True).count(),
        "open_balances": OpenBalance.objects.count(),
        "series": InvoiceSeries.objects.count(),
    }
    missing = {
        "customers": _entities_missing(),
        "contracts": _missing(
            "{} without a contract",
            "customer,customers",
            _without(Customer.objects.all(), Contract, "customer"),
            "name",
        ),
        "instances": _missing(
            "{} without an instance", "contract,contracts", _without(Contract.objects.all(), Instance, "contract")
        ),
        "provisioned_users": _missing(
            "{} without a number of accounts",
            "contract,contracts",
            _without(Contract.objects.all(), ProvisionedCount, "contract"),
        ),
        "billing_contacts": _missing(
            "{} without a billing contact: nothing can be sent",
            "contract,contracts",
            Contract.objects.filter(
                ~Exists(BillingContact.objects.filter(contract=OuterRef("pk"), removed_at__isnull=True))
            ),
        ),
        "series": _missing(
            "{} whose numbers begin at 1 unless you say otherwise",
            "company,companies",
            _without(LegalEntity.objects.all(), InvoiceSeries, "legal_entity"),
            "name",
        ),
    }
    return [Step(table=one, stands=stands[one.kind], missing=missing.get(one.kind)) for one in STEPS]


def _entities_missing() -> Missing | None:
    """Customers are billed by a company of the vendor's; without one nothing can be imported."""
    if LegalEntity.objects.exists():
        return None
    return Missing(words="your own company is not set up yet: customers are billed by it", number=0, named=[])


def _without(rows: QuerySet[Any], model: type[Any], column: str) -> QuerySet[Any]:
    return rows.filter(~Exists(model.objects.filter(**{column: OuterRef("pk")})))


def _missing(words: str, noun: str, rows: QuerySet[Any], name: str = "number") -> Missing | None:
    number = rows.count()
    if not number:
        return None
    one, several = noun.split(",")
    named = list(rows.order_by(name).values_list(name, flat=True)[:NAMED])
    return Missing(words=words.format(f"{number:,} {one if number == 1 else several}"), number=number, named=named)


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """One row as the page lists it."""

    table: str
    where: str
    line: int
    outcome: str
    name: str
    changes: list[tuple[str, str, str]]
    errors: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ShownImport:
    """An import on its page: totals per table, and the rows of one view."""

    first_run: FirstRunImport
    job: Job | None
    totals: list[dict[str, Any]]
    counts: Counter[str]
    rows: list[ShownRow]

    @property
    def is_wrong(self) -> bool:
        return bool(self.counts[WRONG])

    @property
    def changes_nothing(self) -> bool:
        return not (self.counts[NEW] or self.counts[CHANGED] or self.counts[WRONG])


def imports_of_first_run() -> QuerySet[FirstRunImport]:
    """Return all imports, the newest first, without what they hold."""
    return FirstRunImport.objects.defer("tables", "outcomes").order_by("-pk")


def shown_import(*, first_run: FirstRunImport, view: str = ALL) -> ShownImport:
    """Return an import with the rows whose outcome is `view`; all of them for another view."""
    outcomes: list[Outcome] = first_run.outcomes
    totals = [
        {
            "title": BY_KIND[one["kind"]].title,
            "where": one["where"],
            "counts": {view: sum(row["outcome"] == view for row in one["rows"]) for view in VIEWS},
        }
        for one in outcomes
    ]
    counts = Counter(row["outcome"] for one in outcomes for row in one["rows"])
    return ShownImport(
        first_run=first_run,
        job=_job_of(first_run),
        totals=totals,
        counts=counts,
        rows=[_row(one, row) for one in outcomes for row in one["rows"] if view not in VIEWS or row["outcome"] == view],
    )


def _row(table: Outcome, row: dict[str, Any]) -> ShownRow:
    return ShownRow(
        table=BY_KIND[table["kind"]].title,
        where=table["where"],
        line=row["line"],
        outcome=row["outcome"],
        name=row["name"],
        changes=[(column, before, after) for column, before, after in row["changes"]],
        errors=[(column, words) for column, words in row["errors"]],
    )


def _job_of(first_run: FirstRunImport) -> Job | None:
    """The work that is under way for an import."""
    if first_run.state not in (FirstRunImport.State.READING, FirstRunImport.State.IMPORTING):
        return None
    kinds = ("billing.show_first_run", "billing.import_first_run")
    return Job.objects.filter(kind__in=kinds, args__import_id=first_run.pk).order_by("-pk").first()
