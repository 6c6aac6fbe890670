"""The policies of known vendors, and those that Rollcall was asked for, as terms to start from: one JSON file each.

Owns: reading the files strictly, the open edges of a policy as switches, and the worked examples beside them.
Does not own: contracts; a contract that starts from a template is a copy, and knows nothing of it afterwards.
Invariants: the terms of every template are accepted under every reading of its switches; the first reading of a switch
is what the terms say as they stand; every example is run by a test, so that no number here is only written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from rollcall.strict_json import read_json
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, one_of
from rollcall.terms.templates.template import Example, Reading, Switch, Template

_ENDING = ".json"


class UnknownTemplate(LookupError):
    """No template has this name; the message lists those that there are."""


class UnknownReading(ValueError):
    """A switch, or a reading of it, that the template does not have."""


@cache
def all_templates() -> tuple[Template, ...]:
    """Return every template, sorted by name. Raises TermsRefused for a file of another shape."""
    found = (file for file in files(__name__).iterdir() if file.name.endswith(_ENDING))
    return tuple(
        Template.from_fields(
            file.name.removesuffix(_ENDING), Fields.of(read_json(file.read_text(encoding="utf-8")), file.name)
        )
        for file in sorted(found, key=lambda file: file.name)
    )


def template(name: str) -> Template:
    """Return one template by its name. Raises UnknownTemplate."""
    found = {each.name: each for each in all_templates()}
    if name not in found:
        raise UnknownTemplate(f'There is no template "{name}"; use {one_of(sorted(found))}.')
    return found[name]


def with_switches(found: Template, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return TERMS.json of a template under the chosen readings; a switch that is not named keeps its first reading.

    Raises UnknownReading.
    """
    document = deepcopy(dict(found.terms))
    switches = {switch.name: switch for switch in found.switches}
    for name, wanted in chosen.items():
        if name not in switches:
            known = one_of(sorted(switches)) if switches else "none"
            raise UnknownReading(f'The template {found.name} has no switch "{name}"; it has {known}.')
        readings = {reading.name: reading for reading in switches[name].readings}
        if wanted not in readings:
            raise UnknownReading(f'The switch {name} has no reading "{wanted}"; use {one_of(tuple(readings))}.')
        document = merged(document, readings[wanted].merge)
    return document


def terms_of(found: Template, chosen: Mapping[str, str]) -> ContractTerms:
    """Return the terms of a template under the chosen readings. Raises UnknownReading and TermsRefused."""
    return ContractTerms.from_json(with_switches(found, chosen))


def merged(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with a patch laid over it (RFC 7396): null takes a key away, a list is replaced."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = value
    return result


__all__ = [
    "Example",
    "Reading",
    "Switch",
    "Template",
    "UnknownReading",
    "UnknownTemplate",
    "all_templates",
    "merged",
    "template",
    "terms_of",
    "with_switches",
]
