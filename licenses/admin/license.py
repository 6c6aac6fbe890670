"""The licence of a contract at the desk: its state, the file, a new one, and the keys of its instances."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from licenses.license_state import license_state
from licenses.models import Contract, InstanceKey, LicenseFile
from licenses.operations.issue_license import LicenseTooLong, issue_license
from licenses.operations.replace_vendor_key import ReasonMissing
from licenses.operations.revoke_instance_key import revoke_instance_key
from licenses.operations.revoke_vendor_key import NotRevocable
from licenses.portal.license import license_text, revocations_text
from licenses.queries import NothingAgreed, contracts_for
from licenses.sealing import NotOpened
from licenses.vendor_signing import NoKey, NotSigned
from rollcall.signing.license import NEVER_BLOCKED


@require_GET
def license_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show how the licence of a contract stands, what was issued, and which keys its instances had."""
    contract = _contract(request, public_id)
    context = {
        "contract": contract,
        "license": license_state(contract=contract, now=clock.now()),
        "issued": contract.license_files.select_related("version", "vendor_key").order_by("-serial"),
        "keys": InstanceKey.objects.filter(contract=contract).select_related("instance").order_by("instance", "-pk"),
        "never_blocked": NEVER_BLOCKED,
    }
    return desk_page(request, "desk/license/license.html", context, title=f"Licence of {contract.number}")


@require_GET
def license_file(request: HttpRequest, public_id: str, license_id: str) -> HttpResponseBase:
    """Send one licence file of a contract."""
    row = LicenseFile.objects.filter(contract=_contract(request, public_id), public_id=license_id).first()
    if row is None:
        raise Http404("There is no such licence.")
    return license_text(row)


@require_GET
def revocations(request: HttpRequest, public_id: str, license_id: str) -> HttpResponseBase:
    """Send the list of refused keys of a licence."""
    row = LicenseFile.objects.filter(contract=_contract(request, public_id), public_id=license_id).first()
    if row is None:
        raise Http404("There is no such licence.")
    return revocations_text(row)


@require_POST
def issue(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Issue the next licence of a contract."""
    contract = _contract(request, public_id)
    try:
        row = issue_license(actor=actor_of(request), contract=contract, now=clock.now())
    except (NothingAgreed, LicenseTooLong, NoKey, NotOpened, NotSigned) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Licence {row.serial} is issued. The customer finds it under Instances.")
    return redirect("desk_licenses:license", public_id)


@step_up("Reports that the key signs are refused from now on.")
@require_POST
def revoke_key(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Revoke the key of an instance, from one of its reports on where that is said."""
    found = InstanceKey.objects.filter(
        contract=_contract(request, public_id), fingerprint=request.POST.get("key", "")
    ).first()
    if found is None:
        messages.error(request, "Choose a key of this contract's instances.")
        return redirect("desk_licenses:license", public_id)
    number = request.POST.get("from_seq", "").strip()
    if number and not number.isdecimal():
        messages.error(request, "Write the number of the first report that is refused, or leave it empty.")
        return redirect("desk_licenses:license", public_id)
    try:
        key = revoke_instance_key(
            actor=actor_of(request),
            key=found,
            from_seq=int(number) if number else None,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except (ReasonMissing, NotRevocable) as refused:
        messages.error(request, str(refused))
    else:
        since = f"from report {key.revoked_from_seq} on" if key.revoked_from_seq else "from now on"
        messages.success(request, f"The key of {key.instance.name} is revoked: its reports are refused {since}.")
    return redirect("desk_licenses:license", public_id)


def _contract(request: HttpRequest, public_id: str) -> Contract:
    found = contracts_for(actor_of(request)).filter(public_id=public_id).first()
    if found is None:
        raise Http404("There is no such contract.")
    return found
