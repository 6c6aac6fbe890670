"""The choice of colors and the choice of a customer: what a person may do without being at a customer's page."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ground.middleware import actor_of
from ground.templatetags.rollcall import THEME_COOKIE, THEMES
from licenses.queries import customers_for

A_YEAR = 365 * 24 * 60 * 60


@require_POST
def colors(request: HttpRequest) -> HttpResponse:
    """Keep the chosen colors in a cookie and return to the page."""
    chosen = request.POST.get("theme", "")
    response = HttpResponse(status=204) if request.headers.get("HX-Request") else redirect(_back(request))
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def customers(request: HttpRequest) -> HttpResponse:
    """List the companies that a person belongs to; POST chooses one of them."""
    actor = actor_of(request)
    own = customers_for(actor).filter(pk__in=actor.customer_ids).order_by("name")
    if request.method == "POST":
        chosen = own.filter(public_id=request.POST.get("customer", "")).first()
        if chosen is None:
            raise Http404("This company does not exist.")
        request.session[settings.PORTAL_SESSION_KEY] = chosen.pk
        return redirect("billing:home")
    return render(request, "portal/customers.html", {"customers": own})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Ask every crawler to stay away."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def _back(request: HttpRequest) -> str:
    """Return the page the form was sent from, if it is one of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # A text without a slash in front is the name of a route to `redirect`.
    return target if is_ours and target.startswith("/") else "/"
