"""The customer's keys for its programs: who may call, for what, since when; an administrator makes and revokes them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from ground import clock
from ground.sign_in.step_up import step_up
from licenses.key_form import KeyAnswer, make_as_said, scopes_offered
from licenses.models import Customer
from licenses.operations.revoke_api_key import revoke_api_key
from licenses.portal.page import PortalRequest, page
from licenses.queries import instances_for, is_administrator, keys_for


@step_up("Whoever holds an API key reads and writes in its name.")
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: PortalRequest) -> HttpResponse:
    """List the keys; POST makes one and shows its text this one time."""
    customer = Customer.objects.for_actor(request.actor).get(pk=request.customer_id)
    instances = list(instances_for(request.actor).filter(customer=customer).order_by("name"))
    answer = KeyAnswer(made=None, errors={})
    if request.method == "POST":
        answer = make_as_said(
            actor=request.actor, said=request.POST, customer=customer, instances=instances, now=clock.now()
        )
    return page(
        request,
        "portal/keys/keys.html",
        section="instances",
        status=422 if answer.errors else 200,
        context={
            "keys": list(keys_for(request.actor).filter(customer=customer)),
            "instances": instances,
            "scopes": scopes_offered(vendors_own=False),
            "may_change": is_administrator(actor=request.actor, customer=customer),
            "made": answer.made,
            "errors": answer.errors,
            "said": request.POST if answer.errors else {},
            "now": clock.now(),
        },
    )


@require_POST
def revoke(request: PortalRequest, prefix: str) -> HttpResponse:
    """Revoke a key; its next call is refused."""
    key = keys_for(request.actor).filter(prefix=prefix).first()
    if key is None:
        raise Http404("This key does not exist.")
    revoke_api_key(actor=request.actor, key=key, now=clock.now())
    messages.success(request, f"The key {key.name} is revoked: its next call is refused.")
    return redirect("licenses:api_keys")
