"""The desk's page of API keys: the vendor's own, and those of the customers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from licenses.key_form import KeyAnswer, make_as_said, scopes_offered
from licenses.models import Customer, Instance
from licenses.operations.revoke_api_key import revoke_api_key
from licenses.queries import keys_for

SHOWN = 500


@step_up("Whoever holds an API key reads and writes in its name.")
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponseBase:
    """List the keys; POST makes one, of the vendor or of the customer that is named, and shows its text this once."""
    actor = actor_of(request)
    answer = KeyAnswer(made=None, errors={})
    if request.method == "POST":
        number = request.POST.get("customer", "").strip()
        customer = Customer.objects.filter(number=number).first() if number.isprintable() else None
        if number and customer is None:
            answer = KeyAnswer(made=None, errors={"customer": "There is no customer of this number."})
        else:
            instances = list(Instance.objects.filter(customer=customer)) if customer else []
            answer = make_as_said(
                actor=actor, said=request.POST, customer=customer, instances=instances, now=clock.now()
            )
    context = {
        "keys": list(keys_for(actor)[:SHOWN]),
        "scopes": scopes_offered(vendors_own=True),
        "may_change": True,
        "made": answer.made,
        "errors": answer.errors,
        "said": request.POST if answer.errors else {},
        "now": clock.now(),
    }
    return desk_page(request, "desk/api_keys.html", context, title="API keys")


@require_POST
def revoke(request: HttpRequest, prefix: str) -> HttpResponseBase:
    """Revoke a key; its next call is refused."""
    actor = actor_of(request)
    key = keys_for(actor).filter(prefix=prefix).first()
    if key is None:
        raise Http404("This key does not exist.")
    revoke_api_key(actor=actor, key=key, now=clock.now())
    messages.success(request, f"The key {key.name} is revoked: its next call is refused.")
    return redirect("desk_keys:api_keys")
