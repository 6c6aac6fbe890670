"""From TERMS.json to the fields of a form, with the sentence of a refusal at the field that it names."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rollcall.terms.fields import TermsRefused
from rollcall.terms.outline import Answer, Group, Kinds, Named, Question, Rows, Shape

# What of an object has no field of its own is written as JSON under this key.
OTHERS = "(others)"
# A field whose value is JSON, whatever its question is, has a second field with this ending.
AS_JSON = "~"
STATED, NAMES, ROWS = "?", "{}", "[]"
# What a change takes away has one field for all of it.
ENDED = "(ended)"


@dataclass(kw_only=True)
class Node:
    """One field, or one group of fields. `look` is the part of the template that draws it; `path` is its name."""

    look: str
    path: str
    label: str = ""
    help: str = ""
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    is_on: bool = False
    # An object that may be left out has a box to state it.
    may_be_left_out: bool = False
    is_stated: bool = True
    is_json: bool = False
    placeholder: str = ""
    name: str = ""
    error: str = ""
    children: list["Node"] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the field in the page."""
        return "t-" + "".join(letter if letter.isalnum() else "-" for letter in self.path)

    def holds(self, path: str) -> bool:
        """Whether a path is that of this field, or lies in it."""
        rest = path[len(self.path) :]
        return path.startswith(self.path) and (not rest or rest[0] in ".[")

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def draw(*, outline: Group, document: Mapping[str, Any], refused: Sequence[TermsRefused] = ()) -> Node:
    """Return the form of a document, which need not be complete or right, with what is refused at its fields."""
    root = _draw_group(outline, document, "")
    for one in refused:
        _place(root, one)
    return root


def _draw_group(group: Group, document: Mapping[str, Any], path: str) -> Node:
    known = set(known_keys(group, document))
    ended = tuple(key for key in group.takes_away if key in document and document[key] is None)
    document = {key: value for key, value in document.items() if key not in ended}
    children: list[Node] = []
    for question in sorted(group.questions, key=_weight_in_contract if not path else _weight):
        if question.is_flat and isinstance(question.shape, Kinds):
            children += _draw_flat(question, question.shape, document, path)
        else:
            children.append(_draw_question(question, document, _join(path, question.key)))
    if others := {key: value for key, value in document.items() if key not in known}:
        children.append(
            Node(look="json", path=_join(path, OTHERS), label="Further keys", value=_written(others), is_json=True)
        )
    if group.takes_away:
        labels = {question.key: question.label for question in group.questions}
        choices = tuple((key, labels[key]) for key in group.takes_away)
        children.append(Node(look="several", path=_join(path, ENDED), label="What ends", choices=choices, chosen=ended))
    # The whole needs no word of what it is; the marks of code around names are for programmers.
    return Node(look="group", path=path, help=group.help.replace("`", "") if path else "", children=children)


def known_keys(group: Group, document: Mapping[str, Any]) -> list[str]:
    """Return the keys of an object that its questions ask for, those of the chosen kinds among them."""
    keys = []
    for question in group.questions:
        keys.append(question.key)
        if question.is_flat and isinstance(question.shape, Kinds):
            chosen = question.shape.groups.get(str(document.get(question.key, question.default)))
            keys += known_keys(chosen, document) if chosen else []
    return keys


def _draw_flat(question: Question, shape: Kinds, document: Mapping[str, Any], path: str) -> list[Node]:
    """Draw an object whose keys stand beside the word that chooses them."""
    chosen = document.get(question.key, question.default)
    group = shape.groups.get(str(chosen), Group(questions=()))
    keys = {shape.key, *known_keys(group, document)}
    found = {key: value for key, value in document.items() if key in keys}
    node = _draw_kinds(shape, {**found, shape.key: chosen} if chosen is not None else found, path)
    node.children[0].label, node.children[0].help = question.label, question.help or node.children[0].help
    return node.children


def _weight_in_contract(question: Question) -> int:
    """What every contract says first, then what it may say, last what few change."""
    if question.is_optional:
        return 3 if isinstance(question.shape, Answer) else 2
    return 0 if isinstance(question.shape, Answer) else 1


def _weight(question: Question) -> int:
    """Short answers first, then objects that must be there, then those that may be left out."""
    if isinstance(question.shape, Answer):
        return 1 if question.is_optional else 0
    return 3 if question.is_optional else 2


def _draw_question(question: Question, document: Mapping[str, Any], path: str) -> Node:
    is_there = question.key in document
    value = document.get(question.key)
    node = _draw(question.shape, value, path, question)
    node.label, node.help = question.label, question.help or node.help
    if question.is_optional and not isinstance(question.shape, Answer):
        node.may_be_left_out = True
        node.is_stated = is_there and (question.is_change or value not in (None, 0, [], {}))
    return node


def _draw(shape: Shape, value: Any, path: str, question: Question | None = None) -> Node:
    if isinstance(shape, Answer):
        return _draw_answer(shape, value, path, question)
    if isinstance(shape, Rows):
        if value is not None and not _is_list_of_objects(value):
            return Node(look="json", path=path, value=_written(value), is_json=True)
        is_none = value == [] and question is not None and question.is_change
        rows: Sequence[Any] = [] if is_none else value or [{}]
        drawn = [_draw_group(shape.of, row, f"{path}[{number}]") for number, row in enumerate(rows)]
        for number, row in enumerate(drawn):
            row.name = str(number)
        return Node(look="rows", path=path, children=drawn)
    if isinstance(shape, Group) and isinstance(value, int | str):
        # A value alone stands for the first key of its object, as in "included": 50.
        value = {shape.questions[0].key: value}
    if value is not None and not isinstance(value, Mapping):
        return Node(look="json", path=path, value=_written(value), is_json=True)
    found: Mapping[str, Any] = value or {}
    if isinstance(shape, Group):
        return _draw_group(shape, found, path)
    if isinstance(shape, Named):
        return _draw_named(shape, found, path)
    return _draw_kinds(shape, found, path)


def _draw_named(shape: Named, found: Mapping[str, Any], path: str) -> Node:
    children = []
    for name, inner in found.items():
        child = _draw(shape.of, inner, _join(path, name))
        child.name = name
        children.append(child)
    return Node(look="named", path=path, children=children)


def _draw_kinds(shape: Kinds, found: Mapping[str, Any], path: str) -> Node:
    kind = found.get(shape.key)
    if kind not in shape.groups:
        kind = next(iter(shape.groups)) if kind is None else kind
    group = shape.groups.get(str(kind), Group(questions=()))
    node = _draw_group(group, {key: value for key, value in found.items() if key != shape.key}, path)
    chooser = Node(
        look="kind",
        path=_join(path, shape.key),
        label=shape.key.capitalize(),
        value=str(kind),
        help=node.help,
        choices=_choices(tuple(shape.groups), str(kind)),
    )
    node.look, node.help = "group", ""
    node.children.insert(0, chooser)
    return node


def _draw_answer(shape: Answer, value: Any, path: str, question: Question | None) -> Node:
    default: Any = "" if question is None or question.default is None else question.default
    if shape.kind == "json" or not _fits(shape.kind, value):
        text = "" if value is None else _written(value)
        return Node(look="json", path=path, value=text, is_json=True)
    node = Node(look=shape.kind, path=path)
    if shape.kind == "yes_no":
        node.is_on = bool(default if value is None else value)
    elif shape.kind == "maybe":
        node.look, node.value = "choice", {True: "yes", False: "no"}.get(value, "")
        node.choices = (("", "not stated"), ("yes", "yes"), ("no", "no"))
    elif shape.kind == "choice":
        node.value = str(value if value is not None else default)
        node.choices = _choices(shape.choices, node.value)
        if question is not None and (question.default is None or question.may_be_null):
            node.choices = (("", "not stated"), *node.choices)
    elif shape.kind == "texts":
        node.value = "\n".join(map(str, value if isinstance(value, list | tuple) else default or ()))
    elif shape.kind == "groups":
        node.value = "\n".join(", ".join(group) for group in value or ())
    elif shape.kind == "pairs":
        node.value = "\n".join(f"{left} = {right}" for left, right in (value or {}).items())
    elif shape.kind == "window":
        node.value = str(value["days"]) if isinstance(value, Mapping) else str(value or default)
    else:
        node.value = "" if value is None else str(value)
        node.placeholder = str(default)
    return node


def _fits(kind: str, value: Any) -> bool:
    """Whether a value can stand in the field of its question; another one is written as JSON."""
    if value is None:
        return True
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(one, str) and "\n" not in one for one in value)
    if kind == "groups":
        return isinstance(value, list) and all(map(_is_group, value))
    if kind == "pairs":
        return isinstance(value, Mapping) and all(
            isinstance(right, str) and "=" not in left and "\n" not in left + right for left, right in value.items()
        )
    if kind == "window":
        return isinstance(value, str) or (isinstance(value, Mapping) and set(value) == {"days"})
    if kind in ("yes_no", "maybe"):
        return isinstance(value, bool)
    if kind in ("whole", "decimal"):
        return isinstance(value, int | str) and not isinstance(value, bool)
    return isinstance(value, str)


def _is_group(value: Any) -> bool:
    """Whether a value is a list of names that can stand on one line."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(name, str) and name.strip() == name != "" and not {",", "\n"} & {*name} for name in value)
    )


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def _choices(words: tuple[str, ...], chosen: str) -> tuple[tuple[str, str], ...]:
    known = words if not chosen or chosen in words else (*words, chosen)
    return tuple((word, word.replace("_", " ")) for word in known)


def _written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _place(root: Node, refused: TermsRefused) -> None:
    """Put the sentence at the field of its path, or at the nearest one around it."""
    best = root
    for node in root.walk():
        if node.holds(refused.path) and len(node.path) > len(best.path):
            best = node
    said = refused.sentence
    if best.path != refused.path and refused.path:
        said = f"{refused.path[len(best.path) :].lstrip('.')}: {refused.sentence}"
    best.error = f"{best.error} {said}" if best.error else said
    for node in root.walk():
        # A box that hides the field would hide its sentence.
        if node.may_be_left_out and refused.path.startswith(node.path) and node.error:
            node.is_stated = True
