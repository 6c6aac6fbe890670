"""The activity definition inside a metric: read with the zone of the contract."""

from __future__ import annotations

from collections.abc import Mapping

from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.fields import Fields, TermsRefused


def read_definition(fields: Fields, timezone: str, why: str) -> ActivityDefinition:
    """Take the key `definition`. One that names no zone has the zone of the contract. Raises TermsRefused."""
    document, path = fields.take("definition", why), fields.at("definition")
    if not isinstance(document, Mapping):
        raise TermsRefused(path, 'must be an object with the actions that count, as in {"actions": ["login"]}.')
    try:
        definition = ActivityDefinition.from_json({"timezone": timezone, **document})
    except ValueError as error:
        raise TermsRefused(path, str(error)) from error
    if definition.timezone != timezone:
        raise TermsRefused(
            f"{path}.timezone",
            f"{definition.timezone} is not the zone of this contract, {timezone}; a contract has one zone for days.",
        )
    if definition.window_days is None and definition.look_back_before_start:
        raise TermsRefused(
            f"{path}.look_back_before_start",
            "belongs to a rolling window: in the billed period there are no days before the start of the contract.",
        )
    return definition
