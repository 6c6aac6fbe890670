"""What the description of the interface says beside the shapes: problems, who may, and how answers lead on."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The ETag of what was read. Without it: 428."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The ETag of what is known: then 304."
)
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` names the kind, `detail` is a sentence for people, `errors` names fields.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["type", "title", "status", "detail", "instance"],
}
REFUSAL = {
    "description": "A refusal.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# The object of a collection is found under the id that a list, or its making, gives.
FIRST_OF_LIST, JUST_MADE = "$response.body#/results/0/id", "$response.body#/id"


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add to the generated description what every operation has: the form of a refusal, and links to what it names."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    paths = result["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            operation["responses"] |= {"4XX": REFUSAL, "503": REFUSAL} if path.endswith("/events") else {"4XX": REFUSAL}
            _link(paths, path, method, operation)
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                operation.setdefault("parameters", []).append(_idempotency_key())
    return result


def _link(paths: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> None:
    """Say which addresses take the id that an answer holds."""
    found = {
        other_path: other
        for other_path, operations in paths.items()
        for other_method, other in operations.items()
        if other_method == "get" and other_path.startswith(f"{path}/{{") and other_path.count("{") == 1
    }
    wanted = {("get", "200"): FIRST_OF_LIST, ("post", "201"): JUST_MADE, ("post", "202"): JUST_MADE}
    for (asked, status), expression in wanted.items():
        if method != asked or status not in operation["responses"] or not found:
            continue
        operation["responses"][status]["links"] = {
            other["operationId"]: {
                "operationId": other["operationId"],
                "parameters": {name: expression for name in ("public_id", "id") if f"{{{name}}}" in other_path},
            }
            for other_path, other in sorted(found.items())
        }


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Made by the client. The same request under the same key is done once and answered alike.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    }
