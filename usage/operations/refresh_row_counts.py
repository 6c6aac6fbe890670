"""Bring the row counts of an instance's reports up to what each of them owns now."""

from django.db import transaction

from licenses.models import Instance
from usage.models import UsageReport
from usage.queries.evidence import made_evidence
from usage.queries.ownership import owned_by_report

# Rows that change sides when another report takes or gives back instants.
CHANGING_COUNTS = ("accepted", "quarantined", "duplicate", "not_owned")


def refresh_row_counts(*, instance: Instance, zone: str) -> None:
    """Set accepted and not owned rows of every counted report from its current evidence; doing it again is harmless.

    A report whose evidence is still to be made keeps its counts until then.
    """
    with transaction.atomic():
        owned = owned_by_report(instance=instance)
        made = made_evidence(owned, zones=[zone])
        for report in UsageReport.objects.select_for_update().filter(pk__in=owned).order_by("pk"):
            evidence = made.get((report.pk, zone))
            if evidence is not None:
                counts = {f"rows_{name}": evidence.row_counts[name] for name in CHANGING_COUNTS}
            elif not owned[report.pk]:
                good = (report.rows_accepted or 0) + (report.rows_not_owned or 0)
                counts = {"rows_accepted": 0, "rows_not_owned": good}
            else:
                continue
            if any(getattr(report, name) != rows for name, rows in counts.items()):
                for name, rows in counts.items():
                    setattr(report, name, rows)
                report.save(update_fields=list(counts))
