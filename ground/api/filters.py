"""Narrowing a list by what its rows belong to: `?contract=<id>`, each a public id."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request


class ByOwner(BaseFilterBackend):
    """Filters by the view's `owners`: {"contract": "contract__public_id"}. An id that does not exist finds nothing."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return the rows of the owners that the query names."""
        wanted: dict[str, Any] = {
            field: request.query_params[name] for name, field in view.owners.items() if name in request.query_params
        }
        if any("\x00" in value for value in wanted.values()):
            return queryset.none()
        return queryset.filter(**wanted)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the description of each."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": f"Only those of this {name}, by its id.",
                "schema": {"type": "string"},
            }
            for name in view.owners
        ]
