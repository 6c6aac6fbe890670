"""Words for codes: what is wrong with a row, what kind of file it is, where a report stands."""

from dataclasses import dataclass

from usage.cures import MORE_REASON_WORDS
from usage.models import ReportState

KIND_WORDS = {
    "events": "events, so any definition can be counted",
    "per_user_and_day": "per user and day, so the zone and the actions are fixed by the exporter",
    "counts": "daily counts, from which no active users can be derived",
    "snapshot": "a list of accounts: a dated number of provisioned users, and never active ones",
}

REASON_WORDS = {
    "event_id.conflict": "Same event id, other content",
    "event_id.too_long": "Event id is too long",
    "field.line_break": "Line break inside a field",
    "field.too_long": "A field is too long",
    "quantity.invalid": "Quantity cannot be read",
    "quantity.negative": "Quantity is below zero",
    "row.columns": "Another number of columns than the header",
    "row.header": "The header again",
    "row.quote": "Quotes do not match",
    "row.too_long": "The line is too long",
    "rows.equal": "Equal rows without an id, kept",
    "text.not_utf8": "Not in the file's encoding",
    "text.nul": "NUL character",
    "time.ambiguous": "An hour that the clock showed twice",
    "time.future": "Later than the file arrived",
    "time.implausible": "Time is out of any plausible range",
    "time.invalid": "Time cannot be read",
    "time.no_such_local_time": "An hour that the clock left out",
    "time.no_zone": "Time without a zone",
    "time.offset": "Offset that no zone has",
    "time.outside_contract": "Outside the contract's days",
    "time.zone_unknown": "Time zone is not known",
    "user.damaged": "User is damaged",
    "user.empty": "User is empty",
    "user.line_break": "Line break inside the user",
    "user.placeholder": "A placeholder instead of a user",
    "user.too_long": "User is too long",
}


@dataclass(frozen=True, kw_only=True)
class StateWords:
    """How a state is shown: a mark of the sprite, a word, and a tone (ok, wait, stop, info or none)."""

    mark: str
    words: str
    tone: str = ""


STATE_WORDS = {
    ReportState.RECEIVED: StateWords(mark="clock", words="being looked at", tone="info"),
    ReportState.NEEDS_CONFIRMATION: StateWords(mark="clock", words="waits for you to confirm", tone="wait"),
    ReportState.NEEDS_DECISION: StateWords(mark="clock", words="waits for the account manager", tone="wait"),
    ReportState.READING: StateWords(mark="clock", words="being read", tone="info"),
    ReportState.ACCEPTED: StateWords(mark="tick", words="accepted", tone="ok"),
    ReportState.QUARANTINED: StateWords(mark="tick", words="accepted, some rows quarantined", tone="ok"),
    ReportState.REJECTED: StateWords(mark="cross", words="rejected", tone="stop"),
    ReportState.WITHDRAWN: StateWords(mark="circle", words="withdrawn"),
}


def reason_words(code: str) -> str:
    """Return a finding's code as words; an unknown code is shown as it is."""
    return REASON_WORDS.get(code) or MORE_REASON_WORDS.get(code, code)
