"""Take a file from a person: a plain form that works without JavaScript; dropping a file onto it is an extra."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ground import clock
from ground.presentation import format
from licenses.portal.page import Crumb, PortalRequest, chosen_contract, page, zone_of
from licenses.queries import instances_for
from usage.limits import MOST_FILES, largest_upload
from usage.models import UsageReport
from usage.operations.pack_files import pack_files
from usage.operations.receive_report import FileEmpty, FileTooLarge, Received, receive_report
from usage.portal.forms import UploadForm
from usage.queries import days_lost


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PortalRequest) -> HttpResponse:
    """Show the form, or take the file and go on to the report it became."""
    contract, _ = chosen_contract(request)
    instances = list(instances_for(request.actor))
    form = UploadForm(
        request.POST or None, request.FILES or None, instances=instances, chosen=request.GET.get("instance")
    )
    if request.method == "POST" and form.is_valid():
        try:
            received = _received(request, form)
        except (FileEmpty, FileTooLarge) as refusal:
            form.add_error("file", str(refusal))
        else:
            if received.already_received:
                messages.info(request, _about_received_before(received.report))
            return redirect("usage:report", received.report.public_id)
    return page(
        request,
        "portal/usage/upload.html",
        section="usage",
        contract=contract,
        status=422 if form.errors else 200,
        context={
            "form": form,
            "instances": instances,
            "largest": format.size(largest_upload()),
            "most_files": MOST_FILES,
            "crumbs": [Crumb(words="Usage", address="/usage/"), Crumb(words="Upload")],
        },
    )


def _received(request: PortalRequest, form: UploadForm) -> Received:
    """Take one file as it is, several as one archive. Raises FileEmpty, FileTooLarge."""
    files, instance, now = form.cleaned_data["file"], form.chosen_instance(), clock.now()
    if len(files) == 1:
        return receive_report(actor=request.actor, instance=instance, file_name=files[0].name, stream=files[0], now=now)
    with pack_files([(file.name, file) for file in files]) as archive:
        name = f"{len(files)} files, {min(file.name for file in files)} and others.zip"
        return receive_report(actor=request.actor, instance=instance, file_name=name, stream=archive, now=now)


def _about_received_before(report: UsageReport) -> str:
    """Say that nothing was changed and, where another file has taken days of this one, how they count again."""
    zone = zone_of(report.contract)
    said = f"These bytes were received before, on {format.instant(report.received_at, zone)}. Nothing was changed."
    takers = list(dict.fromkeys(one.other.file_name for one in days_lost(report=report, zone=zone)))
    if not takers:
        return said
    names = ", ".join(takers[:3]) + (f" and {len(takers) - 3} other files" if len(takers) > 3 else "")
    return f"{said} Some of its days count from {names} now. To have them count from this file again, take that back."
