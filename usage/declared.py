"""A person's word that nobody was active: how such a report looks among the others."""

from usage.models import UsageReport

DECLARATION = "declaration"


def is_declaration(report: UsageReport) -> bool:
    """Return whether the report is a person's word without a file; it gives way to every file for the same days."""
    return (report.sniffed or {}).get("format") == DECLARATION
