"""What every page of the vendor's desk stands on: who may look, read-only records, long tables.

Owns: the base class of all admin pages of records, and the wrapper of all other desk pages.
Does not own: what any page shows; that is each app's `admin/` room.
Invariants: the desk writes through operations only, never through a form of open fields; only
people with a vendor role get in; no list counts a whole table.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.views import ChangeList

from ground.desk_list import ListToTakeHome
from ground.long_tables import QuickSearch
from ground.presentation import format

COUNTED_AT_MOST = 5_000


def has_vendor_role(request: HttpRequest) -> bool:
    """Whether the signed-in person is one of the vendor's."""
    return bool(request.user.is_active and getattr(request.user, "vendor_role", ""))


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to a bound and no further, so the first page of a million rows is as fast as of a hundred."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, models.QuerySet):
            return rows.order_by().values("pk")[:COUNTED_AT_MOST].count()
        return len(rows)


class Looking:
    """Permissions of a page on which people look and never edit."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_vendor_role(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return has_vendor_role(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class RecordAdmin(Looking, ListToTakeHome, QuickSearch, ModelAdmin):  # type: ignore[misc]
    """A list of records and one record as a page of facts. Changes go through operations, on pages of their own."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    actions: ClassVar[Sequence[Any]] = ()
    list_filter_submit = True
    compressed_fields = True
    change_form_show_cancel_button = False
    list_fullwidth = True

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        # The name stands in the classes of the cells, by which the style sheet knows numbers.
        self.numbers = {name: f"number_{name}" for name in self.list_display if is_number(model, name)}
        for name, column in self.numbers.items():
            setattr(self, column, number_column(model, name))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show a record under the name of its kind; it is looked at, so no verb belongs in the title."""
        named = {"title": capfirst(str(self.opts.verbose_name)), **(extra_context or {})}
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, named)
        return page

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """Return the columns, whole numbers as people write them and under each other."""
        return [self.numbers.get(name, name) for name in super().get_list_display(request)]


def is_number(model: type[models.Model], name: Any) -> bool:
    """Whether a column of a list is a field of the model that holds a plain whole number."""
    field = next((one for one in model._meta.fields if one.name == name), None)
    return isinstance(field, models.IntegerField) and not field.choices and not field.primary_key


def number_column(model: type[models.Model], name: str) -> Callable[[Any], str | None]:
    """Return the column of a field that writes its number in groups of three; it is sorted as the field is."""

    def column(row: Any) -> str | None:
        value = getattr(row, name)
        return None if value is None else format.number(value)

    heading = str(getattr(model._meta.get_field(name), "verbose_name", name))
    shown: Callable[[Any], str | None] = display(description=heading, ordering=name)(column)
    return shown


class ListOfPages(ChangeList):  # type: ignore[misc]
    """A list whose first column leads to the pages of the records."""

    def url_for_result(self, result: Any) -> str:
        return str(self.model_admin.page_of(result))


class RecordWithPage(RecordAdmin):
    """A list of records each of which has a page of its own on the desk, at `page_of`."""

    preserve_filters = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ListOfPages

    def page_of(self, row: Any) -> str:
        """Return the address of the record's page."""
        raise NotImplementedError

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponseBase:
        """Lead to the record's page. Nothing is changed here, so a form that is sent here is refused."""
        if request.method != "GET":
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404("There is no such record.")
        return redirect(self.page_of(row))


class RecordInline(Looking, TabularInline):  # type: ignore[misc]
    """Records that belong to the one on the page."""

    extra = 0
    can_delete = False
    show_change_link = False
    tab = False


DeskView = Callable[..., HttpResponseBase]


def desk_view(view: DeskView) -> DeskView:
    """Let only the vendor's people reach a desk page that is no list of records; others are sent to sign in."""
    return admin.site.admin_view(view)


def desk_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200
) -> HttpResponseBase:
    """Draw a desk page inside the admin site's frame; `title` stands in its head and in the browser's tab."""
    frame = admin.site.each_context(request)
    return render(request, template, {**frame, "title": title, **context}, status=status)
