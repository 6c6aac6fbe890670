"""The desk's page from a counted person back to the lines of the files."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from ground.desk import desk_page
from ground.middleware import actor_of
from usage.lines_page import lines_context
from usage.operations.order_trace import NotAPerson, order_trace


@require_http_methods(["GET", "POST"])
def lines(request: HttpRequest) -> HttpResponseBase:
    """Show the lines that a person was counted from, or have them looked for."""
    actor = actor_of(request)
    context = lines_context(actor, request.POST if request.method == "POST" else request.GET)
    count, person = context["count"], context.get("person")
    if request.method == "POST":
        if count is not None and person is not None:
            try:
                order_trace(actor=actor, count=count, user_ref=person.user_ref)
            except NotAPerson as refusal:
                messages.error(request, str(refusal))
            return redirect(f"{reverse('desk_usage:lines')}?{urlencode({'count': count.pk, 'user': person.user_ref})}")
        return redirect("desk_usage:lines")
    context |= {"address": reverse("desk_usage:lines"), "report_url": "desk_usage:quarantine"}
    return desk_page(request, "desk/lines.html", context, title="Lines behind a count")
