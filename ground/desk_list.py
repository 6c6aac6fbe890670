"""Lists of records that a person takes home as they are filtered, and that open in saved views."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.html import strip_tags
from django.utils.text import capfirst

from ground.desk_table import WRITTEN_AS, table_response
from ground.presentation import format as written
from ground.presentation.table_file import Cell

# What a request may write; whoever needs more filters, month by month.
TAKEN_AT_MOST = 50_000
ROWS_AT_ONCE = 2_000
Columns = Sequence[tuple[str, Callable[[Any], Cell]]]


class SavedView(SimpleListFilter):
    """The views of a list, each a word in its address."""

    title = "view"
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(model_admin.saved_views.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        view = self.value()
        return self.model_admin.in_view(queryset, view) if view in self.model_admin.saved_views else queryset

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.model_admin = model_admin
        super().__init__(request, params, model, model_admin)


class ListToTakeHome:
    """A list that is written as CSV or as a workbook with `as` in its address, filtered and sorted as it is shown.

    `export_columns` are the headings and the values of the file; without them it has the columns of the list.
    `saved_views` are the words of the views; `in_view` narrows the rows to one of them.
    """

    list_before_template = "desk/list_before.html"
    opts: Any
    saved_views: ClassVar[Mapping[str, str]] = {}
    export_columns: ClassVar[Columns] = ()
    # The largest columns, which no file has.
    export_without: ClassVar[Sequence[str]] = ()

    def in_view(self, rows: QuerySet[Any], view: str) -> QuerySet[Any]:
        """Return the rows of a saved view."""
        raise NotImplementedError

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        filters: Sequence[Any] = super().get_list_filter(request)  # type: ignore[misc]
        return [SavedView, *filters] if self.saved_views else filters

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        asked = request.GET.copy()
        written_as = (asked.pop("as", None) or [""])[-1]
        request.GET = asked  # type: ignore[assignment]
        if written_as in WRITTEN_AS:
            return self._taken_home(request, written_as)
        about = {
            "title": capfirst(str(self.opts.verbose_name_plural)),
            "views_of_list": self.saved_views.items(),
            "view_of_list": asked.get("view", ""),
        }
        page: HttpResponseBase = super().changelist_view(request, {**(extra_context or {}), **about})  # type: ignore[misc]
        return page

    def _taken_home(self: Any, request: HttpRequest, written_as: str) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        self.request = request
        try:
            rows = self.get_changelist_instance(request).queryset.defer(*self.export_without)
        except IncorrectLookupParameters:
            return redirect(request.path)
        if rows.order_by().values("pk")[: TAKEN_AT_MOST + 1].count() > TAKEN_AT_MOST:
            most = written.number(TAKEN_AT_MOST)
            messages.error(request, f"These are more than {most} rows. Filter the list first, then download it.")
            return redirect(request.get_full_path())
        columns = self.export_columns or self._columns_shown()
        return table_response(
            name=str(self.opts.verbose_name_plural).replace(" ", "-"),
            header=[heading for heading, _ in columns],
            rows=_rows(rows.iterator(chunk_size=ROWS_AT_ONCE), columns),
            written_as=written_as,
        )

    def _columns_shown(self: Any) -> Columns:
        """The columns of the list, each as plain words or numbers."""

        def reads(name: str) -> Callable[[Any], Cell]:
            return lambda row: as_cell(lookup_field(name, row, self)[2])

        return [
            (str(label_for_field(name, self.model, self)), reads(name))
            for name in self.list_display
            if name != "action"
        ]


def _rows(found: Iterable[Any], columns: Columns) -> Iterator[list[Cell]]:
    for row in found:
        yield [read(row) for _, read in columns]


def as_cell(value: Any) -> Cell:
    """A value of a list as a cell: numbers and days as themselves, a label as its word, anything else as text."""
    if isinstance(value, tuple):
        value = value[-1]
    if value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value if isinstance(value, date) else strip_tags(str(value))
