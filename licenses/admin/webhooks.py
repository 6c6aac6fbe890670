"""The desk's page of webhooks: where events go, who is asked before seats are reduced, and the forms for both."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from licenses.models import Contract, Customer, LegalEntity, Purpose
from licenses.operations.register_destination import (
    DestinationRefused,
    Registered,
    register_checkout_hook,
    register_destination,
)
from licenses.webhook_state import destinations, event_types

NO_ANSWER: dict[str, str] = {}


@step_up("Whoever receives events learns what customers have agreed, used and owe.")
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """List the destinations; POST registers one, or a checkout hook, and shows its secret this once."""
    made: Registered | None = None
    errors, asked = NO_ANSWER, request.POST.get("purpose", "")
    if request.method == "POST":
        try:
            if not request.POST.get("url", "").strip():
                raise DestinationRefused("url", "Write the address to which requests are sent.")
            made = _hook(request) if asked == Purpose.CHECKOUT else _destination(request)
        except DestinationRefused as refused:
            errors = {refused.field: str(refused)}
    rows = list(destinations(actor_of(request)))
    context: dict[str, Any] = {
        "told": [row for row in rows if not row.is_asked],
        "asked": [row for row in rows if row.is_asked],
        "made": made,
        "events": event_types(),
        "entities": LegalEntity.objects.order_by("name"),
        "products": Contract.objects.order_by("product_name").values_list("product_name", flat=True).distinct()[:200],
        "errors": errors if asked != Purpose.CHECKOUT else NO_ANSWER,
        "hook_errors": errors if asked == Purpose.CHECKOUT else NO_ANSWER,
        "said": request.POST if errors else NO_ANSWER,
        "chosen": request.POST.getlist("events") if errors else [],
        "now": clock.now(),
    }
    return desk_page(request, "desk/webhooks/list.html", context, title="Webhooks")


def _destination(request: HttpRequest) -> Registered:
    said = request.POST
    number = said.get("customer", "").strip()
    customer = Customer.objects.filter(number=number).first() if number and number.isprintable() else None
    if number and customer is None:
        raise DestinationRefused("customer", "There is no customer of this number.")
    return register_destination(
        actor=actor_of(request),
        url=said.get("url", ""),
        note=said.get("note", ""),
        event_types=said.getlist("events"),
        customer=customer,
        now=clock.now(),
    )


def _hook(request: HttpRequest) -> Registered:
    said = request.POST
    entity_id = said.get("legal_entity", "")
    entity = LegalEntity.objects.filter(pk=int(entity_id)).first() if _is_number(entity_id) else None
    if entity is None:
        raise DestinationRefused("legal_entity", "Choose the company whose contracts it is asked about.")
    product = said.get("product", "").strip()
    if len(product) > 200 or not product.isprintable():
        raise DestinationRefused("product", "Name the product as contracts do, or leave it empty.")
    return register_checkout_hook(
        actor=actor_of(request),
        url=said.get("url", ""),
        note=said.get("note", ""),
        legal_entity=entity,
        product_name=product,
        now=clock.now(),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
