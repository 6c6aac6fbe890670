"""GitLab licence usage file (Admin, Subscription, "Export license usage file"): one number of billable users a day.

Six lines about the licence stand before the table `Date,Billable User Count` (older versions: `Active User Count`).
Times are UTC without saying so. A daily job writes the rows, so a day can be missing, which is no zero, or there twice;
then the larger number is the day's, as GitLab bills the maximum. Nobody is named in it: no active users can be counted
from it, but it can be billed where the contract bills reported counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rollcall.formats.mapping import column_name
from rollcall.formats.profile import COUNTS, LARGEST, UTC, DayCount, Fact, Look, Part, Profile, TableRecords

NAME = "gitlab_license_usage"

_COUNTS = ("billable_user_count", "active_user_count")
# The licence key is a secret of the customer's and is not repeated anywhere.
_TOLD = {"company": "company", "license_start_date": "license_start", "license_end_date": "license_end"}


def preamble(records: Sequence[Sequence[str]]) -> Iterator[Part]:
    """Return what the lines before the table say about the licence."""
    for record in records:
        name = _TOLD.get(column_name(record[0]))
        if name and len(record) > 1:
            yield Fact(name, record[1])
        if column_name(record[0]) == "generated_at" and len(record) > 1:
            yield Fact("generated_at", record[1])


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the number of one day."""
    users = next((record[name] for name in _COUNTS if name in record), "")
    yield DayCount(at=record.get("date", ""), users=users)


def recognizes(look: Look) -> bool:
    """Return whether the table is the one that GitLab writes under its licence."""
    return NAME in look.below and any(line.lstrip('"').lower().startswith("license key") for line in look.lines)


PROFILE = Profile(
    name=NAME,
    title="GitLab licence usage",
    kind=COUNTS,
    shape=TableRecords(header=(("date",), _COUNTS), reads_preamble=preamble),
    recognizes=recognizes,
    recognized_by="the line `License Key` above a table of days with the number of billable or active users",
    parts=parts,
    labels={"at": "Date", "quantity": "Billable User Count"},
    zone=UTC,
    several_a_day=LARGEST,
)
