"""What a person can do about a row that was kept apart, by the code of its finding."""

# Codes whose words stand nowhere else.
MORE_REASON_WORDS = {
    "action.empty": "Action is empty",
    "action.marker": "Action holds a mark that is kept for Rollcall",
    "action.none": "No action can be told",
    "cell.error": "An error of the spreadsheet",
    "count.invalid": "Number cannot be read",
    "count.no_heartbeat": "No heartbeat of the day",
    "events.invalid": "Number of events cannot be read",
    "field.type": "A field of another type",
    "json.invalid": "Not JSON that can be read",
    "json.no_object": "Not a JSON object",
    "line.unknown": "A line of another shape",
    "outcome.invalid": "Outcome cannot be read",
    "outcome.unknown": "Outcome is not known",
    "row.kind": "A record of another kind",
    "time.order": "Last before first",
    "time.outside_contract": "Outside the contract's days",
    "time.two_days": "First and last on two days",
    "user.nobody": "Nobody stands behind the row",
}

CURES = {
    "action.empty": "Fill in what was done, or name one action for the whole file when you confirm it.",
    "action.marker": "Rename the action: a blank and an exclamation mark are kept for rows that are no activity.",
    "action.none": "Fill in what was done, or leave the row out.",
    "cell.error": "Open the spreadsheet, correct the formula or type the value, and send the row again.",
    "count.invalid": "Write a whole number.",
    "count.no_heartbeat": "The product wrote no number for this day. Export the day again.",
    "event_id.conflict": "Two different events have one id. Give the row an id of its own, or leave it out.",
    "event_id.too_long": "Shorten the id at its source, so that it stays unique.",
    "events.invalid": "Write how many events the row stands for: a whole number from 1.",
    "field.line_break": "Take the line break out of the value.",
    "field.too_long": "Shorten the value; ids and actions are never cut here.",
    "field.type": "Write the field as the format does, or leave the row out.",
    "json.invalid": "Write the record as one whole JSON object.",
    "json.no_object": "Write the record as one JSON object with fields.",
    "line.unknown": "Check whether the line belongs to this log; if not, leave it out.",
    "outcome.invalid": "Write the outcome as the other rows do.",
    "outcome.unknown": "Say which outcomes mean success when you confirm the file.",
    "quantity.invalid": "Write a number with a point, without units and without a sign.",
    "quantity.negative": "A use cannot be negative: correct the number, or leave the row out.",
    "row.columns": "Quote values that hold the delimiter, so that the row has as many columns as the header.",
    "row.header": "Leave the repeated header out; it is not a row.",
    "row.kind": "The record belongs to another kind of export. Send it as a file of its own.",
    "row.quote": "Quote the whole value, and double the quotes inside it.",
    "row.too_long": "Check for a missing line break, and send the rows again.",
    "text.not_utf8": "Export the file as UTF-8, or correct the damaged letters in the row.",
    "text.nul": "The row was damaged when it was written. Export it again.",
    "time.ambiguous": "The clock showed this hour twice. Write the time with its offset, as in +02:00.",
    "time.future": "The time lies after the file arrived. Check the clock of the installation and the time zone.",
    "time.implausible": "Check the unit of the time: seconds, milliseconds or days.",
    "time.invalid": "Write a time as in 2026-09-30T08:14:00+02:00. A month has no more days than the calendar.",
    "time.no_such_local_time": "The clock left this hour out. Write the time with its offset, as in +02:00.",
    "time.no_zone": "Write the zone with the time, or name one zone for the file when you confirm it.",
    "time.offset": "Correct the offset; zones lie between -12:00 and +14:00.",
    "time.order": "The last activity cannot lie before the first. Correct the two times.",
    "time.outside_contract": "The row lies before or after the contract. Nothing is to be done if that is right.",
    "time.two_days": "A row stands for one day of the contract's zone. Part it at midnight.",
    "time.zone_unknown": "Write the zone by its full name, as in Europe/Berlin, or as an offset.",
    "user.damaged": "A spreadsheet wrote over the id. Take it from the source again, and keep the column as text.",
    "user.empty": "Fill in who it was; without a user the row can count for nobody.",
    "user.line_break": "Take the line break out of the id.",
    "user.nobody": "Nothing is to be done: the row counts for no one, and it is not held against the file.",
    "user.too_long": "Write the id, not a text about the user.",
}
ANY_CURE = "Correct the value in the column that is named, or ask us about the row."


def cure_of(code: str) -> str:
    """Return what can be done about a finding; a code that is not known has words that always hold."""
    return CURES.get(code, ANY_CURE)
