"""What one person did in the period of a count, day by day, from the evidence; which of it counts."""

from dataclasses import dataclass
from datetime import date

from licenses.queries import agreed_days, salt_of
from licenses.ranges import period_of
from rollcall.period import Period
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import user_key, user_ref
from usage.count_sandbox import CountFailed, run_child
from usage.files import evidence_paths
from usage.models import ActiveUserCount, EvidenceFile
from usage.queries.names import keys_of

SECONDS = 30


class ActivityUnknown(Exception):
    """The child that looks into the evidence ended without an answer."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One action of one person on one instance and civil day: how often, from which minute to which, and if it counts.

    Minutes are of that day, in the zone of the bill.
    """

    day: date
    instance: str
    action: str
    events: int
    first_minute: int
    last_minute: int
    counts: bool

    @property
    def first(self) -> str:
        """The first minute as a clock shows it."""
        return f"{self.first_minute // 60:02d}:{self.first_minute % 60:02d}"

    @property
    def last(self) -> str:
        """The last minute as a clock shows it."""
        return f"{self.last_minute // 60:02d}:{self.last_minute % 60:02d}"


def activity_of(*, count: ActiveUserCount, definition: ActivityDefinition, person: str) -> list[Deed]:
    """Return what a person did on the days that the count looked at, in the order of the days.

    Reads the evidence in a child process. Raises ActivityUnknown, StoredFileDamaged, StoredFileMissing.
    """
    ids = [entry["evidence_id"] for entry in count.evidence if entry["evidence_id"] is not None]
    if not ids:
        return []
    looked_at = days_looked_at(count, definition)
    document = {
        "definition": definition.to_json(),
        "wanted": sorted(_known_references(count, definition, person)),
        "start": looked_at.start.isoformat(),
        "end": looked_at.end.isoformat(),
        "evidence": [str(path) for path in evidence_paths(EvidenceFile.objects.filter(pk__in=ids)).values()],
    }
    try:
        found = run_child(document, module="usage.activity_child", seconds=SECONDS)["days"]
    except CountFailed as failed:
        raise ActivityUnknown("What this person did could not be read from the evidence.") from failed
    return [Deed(**{**deed, "day": date.fromisoformat(deed["day"])}) for deed in found]


def days_looked_at(count: ActiveUserCount, definition: ActivityDefinition) -> Period:
    """Return the days that any window of a count looks at: its period, or more where the window rolls."""
    windows = definition.windows(period_of(count.period), agreed_days(contract=count.contract).start)
    return Period(windows[0].start, windows[-1].end)


def references_of(count: ActiveUserCount, definition: ActivityDefinition, person: str) -> set[str]:
    """Return every reference that the definition takes for this person: their own, and those of their other ids.

    Needs the contract's salt, which a customer's request may not read.
    """
    identity = definition.identity
    if not identity.aliases:
        return {person}
    salt = salt_of(contract=count.contract)
    aliases = {
        user_ref(salt, user_key(old, identity.rule)): user_ref(salt, user_key(new, identity.rule))
        for old, new in identity.aliases
    }
    return {person, *(old for old, new in aliases.items() if new == person)}


def _known_references(count: ActiveUserCount, definition: ActivityDefinition, person: str) -> set[str]:
    """Return the same from the names, as far as they still exist."""
    identity = definition.identity
    if not identity.aliases:
        return {person}
    keys = keys_of(count)
    mine = keys.get(person)
    others = {user_key(old, identity.rule) for old, new in identity.aliases if user_key(new, identity.rule) == mine}
    return {person, *(found for found, key in keys.items() if key in others)}
