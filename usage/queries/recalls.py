"""Recalls of reporters: which one concerns a statement, and which reports one concerns."""

from typing import Any

from django.db.models import Case, QuerySet, TextField, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Substr

from rollcall.signing.report import Statement
from rollcall.signing.reporter_versions import reporters_of
from usage.models import ReporterRecall, SignedReport


def recall_of(said: Statement) -> ReporterRecall | None:
    """Return the recall that stands and concerns a statement, the first one made; None for most."""
    made_by = reporters_of(program=said.program, software=said.software)
    standing = ReporterRecall.objects.filter(lifted_at=None, reporter__in=made_by).order_by("pk")
    for recall in standing:
        is_concerned = recall.since is None or said.end > recall.since
        if is_concerned and recall.versions.include(made_by[recall.reporter]):
            return recall
    return None


def recall_words(recall: ReporterRecall, said: Statement) -> str:
    """Say of a statement that what made it is recalled, why, and what to do."""
    version = reporters_of(program=said.program, software=said.software)[recall.reporter]
    reason, cure = (f"{text.rstrip('.')}." for text in (recall.reason, recall.cure))
    return f"{recall.reporter} {version} is recalled. {reason} {cure}"


def reports_recalled(recall: ReporterRecall) -> QuerySet[SignedReport]:
    """Return the reports that a recall concerns, whatever became of them, the first of each instance first."""
    made = _with_version(recall)
    versions = [
        version
        for version in made.order_by().values_list("made_with", flat=True).distinct()
        if version is not None and recall.versions.include(version)
    ]
    return (
        made.filter(made_with__in=versions)
        .select_related("report", "customer", "contract", "instance")
        .order_by("contract_id", "instance_id", "sequence", "pk")
    )


def _with_version(recall: ReporterRecall) -> QuerySet[Any]:
    """Reports of the days that are concerned, each with the version of the recalled reporter as `made_with`."""
    its = f"{recall.reporter} "
    rows = SignedReport.objects.annotate(
        program=_text(KeyTextTransform("program", "statement")),
        ends=_text(KeyTextTransform("to", "statement")),
        made_with=Case(
            When(program__startswith=its, then=Substr("program", len(its) + 1)),
            default=_text(KeyTextTransform(recall.reporter, KeyTransform("software", "statement"))),
            output_field=TextField(),
        ),
    )
    return rows if recall.since is None else rows.filter(ends__gt=recall.since.isoformat())


def _text(value: KeyTextTransform) -> Cast:
    """A text of the statement as text, of which the database then knows that it is no JSON."""
    return Cast(value, TextField())
