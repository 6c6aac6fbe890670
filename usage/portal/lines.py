"""From a counted person back to the files: which line of which file was counted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from licenses.portal.page import Crumb, PortalRequest, page
from usage.lines_page import lines_context
from usage.operations.order_trace import NotAPerson, order_trace


@require_http_methods(["GET", "HEAD", "POST"])
def lines(request: PortalRequest) -> HttpResponse:
    """Show the lines that a person was counted from, or have them looked for."""
    query = request.POST if request.method == "POST" else request.GET
    context = lines_context(request.actor, query)
    count, person = context["count"], context.get("person")
    if request.method == "POST":
        if count is not None and person is not None:
            try:
                order_trace(actor=request.actor, count=count, user_ref=person.user_ref)
            except NotAPerson as refusal:
                messages.error(request, str(refusal))
            return redirect(f"{reverse('usage:lines')}?{urlencode({'count': count.pk, 'user': person.user_ref})}")
        return redirect("usage:lines")
    context |= {
        "address": reverse("usage:lines"),
        "report_url": "usage:report",
        "crumbs": [
            Crumb(words="Who was counted", address="/counted/"),
            Crumb(words=(person.name or person.user_ref[:12]) if person else "One person"),
        ],
    }
    contract = count.contract if count is not None else None
    return page(request, "portal/usage/lines.html", section="counted", contract=contract, context=context)
