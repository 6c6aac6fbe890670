"""The vendor's own keys at the desk: which one signs, which is announced, which are refused from when on."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from licenses.models import KeyRevocation, LegalEntity, VendorKey
from licenses.operations.announce_vendor_key import announce_vendor_key, announced_key
from licenses.operations.replace_vendor_key import ReasonMissing, replace_vendor_key
from licenses.operations.revoke_vendor_key import NotRevocable, revoke_vendor_key
from licenses.queries import key_in_force
from rollcall.signing import public_file

# So long before it signs, a key should be announced: air-gapped instances get a new licence a few times a year.
OVERLAP_DAYS = 90


@require_GET
def vendor_keys(request: HttpRequest) -> HttpResponseBase:
    """List the keys of every legal entity with what may be done to them."""
    entities = [
        {
            "entity": entity,
            "keys": entity.keys.select_related("revocation").order_by("-pk"),
            "announced": announced_key(entity),
            "in_force": key_in_force(legal_entity=entity),
            "root": entity.keys.order_by("pk").first(),
        }
        for entity in LegalEntity.objects.order_by("name")
    ]
    revoked = KeyRevocation.objects.select_related("vendor_key", "instance_key__instance").order_by("-pk")
    context = {"entities": entities, "overlap": OVERLAP_DAYS, "revoked": revoked}
    return desk_page(request, "desk/license/vendor_keys.html", context, title="Signing keys")


@require_GET
def public_key(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """Send the public half of a key as the file that customers check with."""
    key = _key(fingerprint)
    response = HttpResponse(public_file(bytes(key.public_key)), content_type="text/plain; charset=us-ascii")
    response["Content-Disposition"] = 'attachment; filename="VENDOR.pub"'
    return response


@step_up("A new key is announced with which licences and documents will be signed.")
@require_POST
def announce(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Announce the next key of an entity."""
    entity = get_object_or_404(LegalEntity, pk=pk)
    key = announce_vendor_key(actor=actor_of(request), legal_entity=entity, now=clock.now())
    messages.success(request, f"{key.fingerprint} is announced: every new licence of {entity.name} names it.")
    return redirect("desk_licenses:vendor_keys")


@step_up("Another key signs licences and documents from now on.")
@require_POST
def replace(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Replace the key in force by the announced one, or by one that nobody knew before."""
    entity = get_object_or_404(LegalEntity, pk=pk)
    try:
        key = replace_vendor_key(
            actor=actor_of(request), legal_entity=entity, reason=request.POST.get("reason", ""), now=clock.now()
        )
    except ReasonMissing as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{key.fingerprint} signs from now on. What the key before it signed stays valid.")
    return redirect("desk_licenses:vendor_keys")


@step_up("What the key signed is refused from the cut-off on.")
@require_POST
def revoke(request: HttpRequest, fingerprint: str) -> HttpResponseBase:
    """Refuse what a key signs from an instant of UTC on; without one, from now on."""
    key, now = _key(fingerprint), clock.now()
    said = request.POST.get("cut_off", "").strip()
    try:
        cut_off = parse_datetime(f"{said}Z") if said else now
    except ValueError:
        cut_off = None
    if cut_off is None:
        messages.error(request, "Write day and time of the cut-off, as in 2026-05-04T09:00.")
        return redirect("desk_licenses:vendor_keys")
    try:
        revoke_vendor_key(
            actor=actor_of(request), key=key, cut_off=cut_off, reason=request.POST.get("reason", ""), now=now
        )
    except (ReasonMissing, NotRevocable) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{key.fingerprint} is revoked. Every licence is made anew with another key.")
    return redirect("desk_licenses:vendor_keys")


def _key(fingerprint: str) -> VendorKey:
    key = VendorKey.objects.filter(fingerprint=fingerprint).first()
    if key is None:
        raise Http404("There is no such key.")
    return key
