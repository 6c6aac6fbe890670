"""The desk's page of somebody's second factor: whether there is one, who took one away, and taking it away."""

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.proof import has_factor
from ground.sign_in.step_up import step_up
from licenses.models import User
from licenses.operations.remove_second_factor import NotRemovable, remove_second_factor


@step_up("Without the second factor a password alone may open the person's account.")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what there is; POST takes it away with a reason, which the vendor's administrators may."""
    actor, person = actor_of(request), get_object_or_404(User, pk=pk)
    error = ""
    if request.method == "POST":
        try:
            remove_second_factor(actor=actor, person=person, reason=request.POST.get("reason", ""), now=clock.now())
        except NotRemovable as refused:
            error = str(refused)
        else:
            messages.success(request, f"{person.email} has no second factor any more, and is signed out everywhere.")
            return redirect("desk_people:second_factor", pk)
    context = {
        "person": person,
        "has_factor": has_factor(person),
        "connections": SocialAccount.objects.filter(user=person).order_by("date_joined"),
        "is_own": actor.user_id == person.pk,
        "may_remove": actor.vendor_role == "admin" and actor.user_id != person.pk,
        "removals": person.factor_removals.all(),
        "error": error,
        "said": request.POST.get("reason", "") if error else "",
    }
    title = f"Second factor of {person.get_full_name()}"
    return desk_page(request, "desk/people/second_factor.html", context, title=title, status=422 if error else 200)
