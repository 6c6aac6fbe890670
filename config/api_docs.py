"""The description of the interface, for programs as OpenAPI and for people as one plain page."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiYamlRenderer

from config.api_description import description
from config.api_examples import example

PREFIX = "/api/v1/"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What goes over the line: status of an answer, kind of its bytes, and the shape, which may have a place here."""

    status: str
    kind: str
    type: str
    is_shape: bool


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that a program can ask for, as the page shows it."""

    name: str
    method: str
    path: str
    words: str
    parameters: list[dict[str, Any]]
    sent: list[Content]
    answered: list[Content]
    example: str

    @property
    def group(self) -> str:
        """The first word of the address, such as "usage"."""
        return self.path.removeprefix(PREFIX).partition("/")[0]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One shape of JSON: its fields with their types."""

    name: str
    words: str
    fields: list[tuple[str, str, str]]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Send the description as OpenAPI 3.1."""
    text = OpenApiYamlRenderer().render(description(), renderer_context={})
    return HttpResponse(text, content_type="application/yaml")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the description to people, with commands that call this portal."""
    found = operations(origin=request.build_absolute_uri("/").rstrip("/"))
    groups = [(name, list(members)) for name, members in groupby(found, key=lambda one: one.group)]
    return render(request, "api/docs.html", {"groups": groups, "shapes": shapes()})


def operations(*, origin: str) -> list[Operation]:
    """Return every operation in the order of its address; `origin` is what the examples call."""
    return [
        Operation(
            name=operation["operationId"],
            method=method.upper(),
            path=path,
            words=operation.get("description", ""),
            parameters=[
                {
                    "name": one["name"],
                    "place": one["in"],
                    "is_required": one.get("required", False),
                    "words": one.get("description", ""),
                }
                for one in operation.get("parameters", [])
            ],
            sent=_contents("", operation.get("requestBody", {})),
            answered=[
                content
                for status, answer in operation["responses"].items()
                for content in (_contents(status, answer) or [Content(status=status, kind="", type="", is_shape=False)])
            ],
            example=example(method, path, operation, origin=origin),
        )
        for path, methods in sorted(description()["paths"].items())
        for method, operation in methods.items()
    ]


def shapes() -> list[Shape]:
    """Return every shape in the order of its name."""
    return [
        Shape(
            name=name,
            words=shape.get("description", ""),
            fields=[
                (field, _type(inner), inner.get("description", "")) for field, inner in shape["properties"].items()
            ],
        )
        for name, shape in sorted(description()["components"]["schemas"].items())
        if "properties" in shape
    ]


def _contents(status: str, body: dict[str, Any]) -> list[Content]:
    known = description()["components"]["schemas"]
    return [
        Content(status=status, kind=kind, type=name, is_shape="properties" in known.get(name, {}))
        for kind, content in body.get("content", {}).items()
        for name in [_type(content.get("schema", {}))]
    ]


def _type(schema: dict[str, Any]) -> str:
    """Return the name of a shape, or the type in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for joined in ("allOf", "oneOf", "anyOf"):
        if joined in schema:
            return " or ".join(_type(one) for one in schema[joined])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if "format" in schema else words
