"""Lists of a million rows: searching and filtering them without reading them.

Owns: how what a person types becomes conditions that an index answers, and filters that know their few values.
Does not own: which fields a list searches, or which indexes a table has; each app's `admin/` and models say so.
Invariants: what is found is what the fields of the list say, by their beginning or whole; a text of several words is
looked for as it stands, and word by word, in whichever fields.
"""

from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.utils import lookup_spawns_duplicates
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

# Rows of another table that are named one by one; of more than that, one in a few rows of the list is found anyway.
NAMED_AT_MOST = 200
_LOOKUPS = {"^": "istartswith", "=": "iexact"}


class QuickSearch:
    """A list whose search looks into other tables first, so that each table is read by its own index.

    One condition over joined tables can be answered by no index: the database would read all rows of all of them.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows that the text finds, and whether some may be there twice."""
        fields: tuple[str, ...] = tuple(self.get_search_fields(request))  # type: ignore[attr-defined]
        is_plain = all(_leads_to_one(queryset.model, field) for field in fields)
        if not search_term.strip() or not fields or not is_plain:
            return super().get_search_results(request, queryset, search_term)  # type: ignore[misc,no-any-return]
        text = search_term.strip().strip("\"'")
        words = text.split()
        found = _found(queryset.model, fields, text)
        if len(words) > 1:
            each = Q()
            for word in words:
                each &= _found(queryset.model, fields, word)
            found |= each
        return queryset.filter(found), False


def _leads_to_one(model: type[models.Model], field: str) -> bool:
    """Whether a search field begins with a mark of how it is compared, and leads to one row at most."""
    path = field[1:]
    return field[:1] in _LOOKUPS and not lookup_spawns_duplicates(model._meta, path)


def _found(model: type[models.Model], fields: tuple[str, ...], text: str) -> Q:
    """Return the condition that one of the fields is, or begins with, this text."""
    found = Q()
    for field in fields:
        lookup, path = _LOOKUPS[field[0]], field[1:]
        relation, separator, rest = path.partition(LOOKUP_SEP)
        if separator:
            found |= _related(model, relation, **{f"{rest}__{lookup}": text})
        else:
            found |= Q(**{f"{path}__{lookup}": text})
    return found


def _related(model: type[models.Model], relation: str, **condition: str) -> Q:
    """Return the condition that a row refers to one of those rows of another table."""
    other: Any = model._meta.get_field(relation).related_model
    rows = other._default_manager.filter(**condition).order_by().values_list("pk", flat=True)
    keys = list(rows[: NAMED_AT_MOST + 1])
    return Q(**{f"{relation}__in": rows if len(keys) > NAMED_AT_MOST else keys})


class FewValues(AllValuesFieldListFilter):
    """A filter by a field without choices that has few values and an index: they are found one after the other."""

    lookup_choices: Any

    def __init__(self, field: Any, request: HttpRequest, params: Any, model: Any, *rest: Any, **more: Any) -> None:
        super().__init__(field, request, params, model, *rest, **more)
        self.lookup_choices = _values(model, field.name)


def _values(model: type[models.Model], name: str) -> list[Any]:
    """Return the values of a field in order, each by one look into its index."""
    values: list[Any] = []
    rows = model._default_manager.order_by(name).values_list(name, flat=True)
    value = rows.first()
    while value is not None:
        values.append(value)
        value = rows.filter(**{f"{name}__gt": value}).first()
    return values
