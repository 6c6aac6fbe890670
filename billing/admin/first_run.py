"""First run: bring in what there was before, step by step, and see every change before it is made."""

from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.admin.refusals import said_to
from billing.imports.samples import sample_csv, sample_workbook
from billing.imports.steps import BY_KIND
from billing.models import FirstRunImport
from billing.operations.confirm_first_run import confirm_first_run
from billing.operations.start_first_run import FilesRefused, Sent, start_first_run
from billing.queries.first_run import VIEWS, imports_of_first_run, shown_import, steps_of_first_run
from ground import clock
from ground.desk import desk_page
from ground.desk_table import CSV, TYPES, XLSX
from ground.middleware import actor_of

ON_A_PAGE = 100
IMPORTS_SHOWN = 10
WORKBOOK = "first-run"
MAY_IMPORT = ("finance", "admin")


@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponseBase:
    """Show the steps with what stands and what is missing; take files in."""
    actor, refused = actor_of(request), ""
    if request.method == "POST":
        sent = [
            Sent(name=one.name or "file", path=Path(one.temporary_file_path()))
            for one in cast("list[TemporaryUploadedFile]", request.FILES.getlist("files"))
        ]
        if not sent:
            messages.error(request, "Choose the files to import.")
            return redirect("desk:first_run")
        try:
            started = start_first_run(actor=actor, files=sent, now=clock.now())
        except FilesRefused as words:
            refused = str(words)
        else:
            return redirect("desk:first_run_import", started.public_id)
    context: dict[str, Any] = {
        "steps": steps_of_first_run(),
        "imports": imports_of_first_run()[:IMPORTS_SHOWN],
        "may_import": actor.vendor_role in MAY_IMPORT,
        "refused": refused,
    }
    return desk_page(request, "desk/first_run/steps.html", context, title="First run", status=422 if refused else 200)


def import_or_404(public_id: str) -> FirstRunImport:
    found = FirstRunImport.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404("There is no such import.")
    return found


@require_GET
def import_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show what an import would do, row by row, or did."""
    actor, view = actor_of(request), request.GET.get("rows", "")
    shown = shown_import(first_run=import_or_404(public_id), view=view)
    paginator: Paginator[Any] = Paginator(shown.rows, ON_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "shown": shown,
        "first_run": shown.first_run,
        "view": view if view in VIEWS else "",
        "views": [(one, shown.counts[one]) for one in VIEWS],
        "rows": page.object_list,
        "page": page,
        "pages": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "may_import": actor.vendor_role in MAY_IMPORT,
    }
    return desk_page(request, "desk/first_run/import.html", context, title="Import")


@require_POST
def do_import(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Import exactly what was shown."""
    with said_to(request):
        confirm_first_run(actor=actor_of(request), first_run=import_or_404(public_id), now=clock.now())
        messages.success(request, "The import runs. This page says when it is done.")
    return redirect("desk:first_run_import", public_id)


@require_GET
def sample(request: HttpRequest, name: str, written_as: str) -> HttpResponseBase:
    """Send a file to fill in: one step as CSV, or all steps as one workbook."""
    if name == WORKBOOK and written_as == XLSX:
        file = sample_workbook()
    elif name in BY_KIND and written_as == CSV:
        file = sample_csv(BY_KIND[name])
    else:
        raise Http404("There is no such sample.")
    return FileResponse(file, as_attachment=True, filename=f"{name}.{written_as}", content_type=TYPES[written_as])
