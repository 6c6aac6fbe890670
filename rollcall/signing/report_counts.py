"""What the rows of a report count to, by the plain counter: stated by the instance, computed again by the vendor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rollcall.counting import plain
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.signing.report_rows import ReportRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import resolve, user_ref
from rollcall.zones import zone_table

# References that live as long as one count; nobody else sees them.
_SALT = b"rollcall report"


def counts_of(
    rows: Iterable[ReportRow], *, definitions: Mapping[str, ActivityDefinition], period: Period, timezone: str
) -> dict[str, int]:
    """Return {metric: active users} of the days of a report alone: a rolling window looks at no day before them."""
    zone = zone_table(timezone)
    names: dict[str, str] = {}
    evidence: list[EvidenceRow] = []
    refs: dict[str, str] = {}
    for row in rows:
        ref = refs.get(row.user) or refs.setdefault(row.user, user_ref(_SALT, row.user))
        names[ref] = row.user
        evidence.append(row.as_evidence(user_ref=ref, instance="", zone=zone))
    return {
        name: plain.count(
            rows=evidence,
            definition=definition,
            period=period,
            resolution=resolve(names, definition, _SALT),
            since=period.start,
        ).active_users
        for name, definition in sorted(definitions.items())
    }
