"""What a key was made for is asked before anything is read."""

from typing import Any

from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ground.api.caller import Caller


class ScopeMissing(exceptions.PermissionDenied):
    """The key was not made for this."""

    default_code = "scope_missing"


class HasScope(BasePermission):
    """Lets a key in whose scopes hold the view's for the method; an instance's key where instances may report."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        wanted = view.scope_for(request.method)
        if wanted not in caller.scopes:
            raise ScopeMissing(f"This key lacks the scope {wanted}.")
        if caller.instance_id is not None and not view.for_instances:
            raise ScopeMissing("The key of an instance may only report for it.")
        if view.for_vendor_only and caller.customer_id is not None:
            raise ScopeMissing("This is for the vendor's own keys.")
        return True
