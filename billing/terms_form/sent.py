"""From a sent form back to TERMS.json: what the person wrote, unchanged, so that the engine judges it."""

import re
from typing import Any

from django.http import QueryDict

from billing.terms_form.drawn import AS_JSON, ENDED, NAMES, OTHERS, ROWS, STATED
from rollcall.strict_json import NotStrictJson, read_json
from rollcall.terms.fields import TermsRefused
from rollcall.terms.outline import Answer, Group, Kinds, Named, Question, Rows, Shape

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_LEFT_OUT = object()


class NotJson(TermsRefused):
    """A field that takes JSON holds something else."""


def read_form(*, outline: Group, data: QueryDict) -> dict[str, Any]:
    """Return the document that a form says. Raises NotJson, at the path of the field."""
    return _read_group(outline, data, "")


def _read_group(group: Group, data: QueryDict, path: str) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for question in group.questions:
        at = f"{path}.{question.key}" if path else question.key
        if question.is_flat and isinstance(question.shape, Kinds):
            found = _read_kinds(question.shape, data, path)
            unsaid = (question.default, "")
            document |= {key: value for key, value in found.items() if key != question.key or value not in unsaid}
            continue
        value = _read_question(question, data, at)
        if value is not _LEFT_OUT:
            document[question.key] = value
    ended = data.getlist(f"{path}.{ENDED}" if path else ENDED)
    document |= {key: None for key in group.takes_away if key in ended and key not in document}
    others = f"{path}.{OTHERS}" if path else OTHERS
    if data.get(others, "").strip():
        found = _json(data.get(others, ""), others)
        if not isinstance(found, dict):
            raise NotJson(others, 'must be an object, as in {"key": "value"}.')
        document |= found
    return document


def _read_question(question: Question, data: QueryDict, path: str) -> Any:
    if isinstance(question.shape, Answer):
        value = _read_answer(question.shape, data, path)
        if value is _LEFT_OUT:
            return None if question.may_be_null else value
        # A default that is written out means the same as one that is left out, and reads worse.
        is_always_there = question.shape.kind in ("choice", "yes_no", "texts")
        same = is_always_there and (tuple(value) if isinstance(value, list) else value) == question.default
        return _LEFT_OUT if same else value
    if question.is_optional and data.get(path + STATED) != "on":
        return _LEFT_OUT
    return _read(question.shape, data, path)


def _read(shape: Shape, data: QueryDict, path: str) -> Any:
    if data.get(path + AS_JSON):
        return _json(data.get(path, ""), path)
    if isinstance(shape, Answer):
        return _read_answer(shape, data, path)
    if isinstance(shape, Group):
        return _read_group(shape, data, path)
    if isinstance(shape, Rows):
        return [_read_group(shape.of, data, f"{path}[{number}]") for number in data.getlist(path + ROWS)]
    if isinstance(shape, Named):
        return _read_named(shape, data, path)
    return _read_kinds(shape, data, path)


def _read_named(shape: Named, data: QueryDict, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in data.getlist(path + NAMES):
        new = data.get(f"{path}.{name}#", name).strip() or name
        if new in found:
            raise TermsRefused(f"{path}.{name}", f'the name "{new}" stands twice; each needs a name of its own.')
        found[new] = _read(shape.of, data, f"{path}.{name}")
    return found


def _read_kinds(shape: Kinds, data: QueryDict, path: str) -> dict[str, Any]:
    kind = data.get(f"{path}.{shape.key}" if path else shape.key, "")
    group = shape.groups.get(kind, Group(questions=()))
    return {shape.key: kind, **_read_group(group, data, path)}


def _read_answer(shape: Answer, data: QueryDict, path: str) -> Any:
    if shape.kind == "yes_no" and not data.get(path + AS_JSON):
        return data.get(path) == "on"
    text = data.get(path, "").replace("\r\n", "\n").strip()
    if not text:
        return _LEFT_OUT
    if data.get(path + AS_JSON) or (shape.kind in ("text", "whole", "decimal", "choice") and text[0] in "{["):
        return _json(text, path)
    if shape.kind == "maybe":
        return text == "yes"
    if shape.kind == "whole":
        return int(text) if _WHOLE.fullmatch(text) else text
    if shape.kind == "texts":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if shape.kind == "groups":
        return [[name.strip() for name in line.split(",")] for line in text.split("\n") if line.strip()]
    if shape.kind == "pairs":
        pairs = (line.partition("=") for line in text.split("\n") if line.strip())
        return {left.strip(): right.strip() for left, _, right in pairs}
    if shape.kind == "window":
        return {"days": int(text)} if _WHOLE.fullmatch(text) else text
    return text


def _json(text: str, path: str) -> Any:
    try:
        return read_json(text)
    except NotStrictJson as error:
        raise NotJson(path, f"takes one value written as JSON. {error}") from error
