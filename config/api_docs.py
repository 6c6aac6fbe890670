"""The description of the interface, for programs as OpenAPI and for people as one plain page."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that a program can ask for, as the page shows it."""

    name: str
    method: str
    path: str
    words: str
    parameters: list[dict[str, Any]]
    sent: list[tuple[str, str]]
    answered: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One shape of JSON: its fields with their types."""

    name: str
    words: str
    fields: list[tuple[str, str, str]]


@cache
def description() -> dict[str, Any]:
    """Return the description as the code gives it; it is the same for everybody and as long as the process lives."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Send the description as OpenAPI 3.1."""
    text = OpenApiYamlRenderer().render(description(), renderer_context={})  # type: ignore[no-untyped-call]
    return HttpResponse(text, content_type="application/yaml")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the description to people."""
    return render(request, "api/docs.html", {"operations": operations(), "shapes": shapes()})


def operations() -> list[Operation]:
    """Return every operation in the order of its address."""
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
            sent=_contents(operation.get("requestBody", {})),
            answered=[
                (f"{status} {kind}".strip(), name)
                for status, answer in operation["responses"].items()
                for kind, name in (_contents(answer) or [("", "")])
            ],
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


def _contents(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(kind, _type(content.get("schema", {}))) for kind, content in body.get("content", {}).items()]


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
