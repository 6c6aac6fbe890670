"""The customer's licence: the file to take home, and the activation file that an instance answers with."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from ground import clock
from ground.actor import NotAllowed
from licenses.license_state import license_state
from licenses.models import LicenseFile
from licenses.operations.activate_instance import ActivationRefused, activate_instance
from licenses.portal.page import Crumb, PortalRequest, chosen_contract, page
from licenses.queries import is_administrator
from rollcall.signing import public_file
from rollcall.signing.armor import MOST_CHARACTERS, armored
from rollcall.signing.license import NEVER_BLOCKED


def license_text(row: LicenseFile) -> HttpResponse:
    """Return a licence file as it is taken home: armored text, which mail and editors leave whole."""
    response = HttpResponse(armored("LICENSE", bytes(row.envelope)), content_type="text/plain; charset=us-ascii")
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.license"'
    return response


def revocations_text(row: LicenseFile) -> HttpResponse:
    """Return the list of refused keys of a licence. Raises Http404 where it names none."""
    if not row.revocations:
        raise Http404("No key was revoked when this licence was issued.")
    response = HttpResponse(row.revocations, content_type="text/plain; charset=us-ascii")
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.revocations"'
    return response


@require_safe
def license_file(request: PortalRequest, license_id: str) -> HttpResponse:
    """Send a licence file."""
    return license_text(_license(request, license_id))


@require_safe
def revocations(request: PortalRequest, license_id: str) -> HttpResponse:
    """Send the signed list of refused keys that goes with a licence."""
    return revocations_text(_license(request, license_id))


@require_safe
def vendor_key(request: PortalRequest, license_id: str) -> HttpResponse:
    """Send the public key of the vendor with which a licence is checked."""
    response = HttpResponse(
        public_file(bytes(_license(request, license_id).vendor_key.public_key)),
        content_type="text/plain; charset=us-ascii",
    )
    response["Content-Disposition"] = 'attachment; filename="VENDOR.pub"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def license_page(request: PortalRequest) -> HttpResponse:
    """Show the licence of a contract with its next step; POST takes an activation file."""
    contract, contracts = chosen_contract(request)
    error = ""
    if request.method == "POST":
        try:
            key = activate_instance(actor=request.actor, text=_sent(request), now=clock.now())
        except (ActivationRefused, NotAllowed) as refused:
            error = str(refused)
        else:
            words = f"{key.instance.name} is activated with the key {key.fingerprint}. The next licence names it."
            messages.success(request, words)
            return redirect(request.get_full_path())
    return page(
        request,
        "portal/license/license.html",
        section="instances",
        contract=contract,
        status=422 if error else 200,
        context={
            "contracts": contracts,
            "license": license_state(contract=contract, now=clock.now()) if contract else None,
            "may_activate": contract is not None and is_administrator(actor=request.actor, customer=contract.customer),
            "error": error,
            "never_blocked": NEVER_BLOCKED,
            "crumbs": [Crumb(words="Instances", address="/instances/"), Crumb(words="Licence")],
        },
    )


def _license(request: PortalRequest, license_id: str) -> LicenseFile:
    row = LicenseFile.objects.for_actor(request.actor).select_related("vendor_key").filter(public_id=license_id).first()
    if row is None:
        raise Http404("This licence does not exist.")
    return row


def _sent(request: PortalRequest) -> str:
    """Return the activation as a file or as pasted text. Raises ActivationRefused for bytes that are no text."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", "")
    if file.size is not None and file.size > MOST_CHARACTERS:
        raise ActivationRefused("This file is too long to be an activation file. Send the one that the instance made.")
    try:
        return bytes(file.read()).decode("ascii")
    except UnicodeDecodeError as error:
        raise ActivationRefused("This is not an activation file. Send the one that the instance made.") from error
