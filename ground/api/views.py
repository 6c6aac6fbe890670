"""The frame of every view of the interface: scope, wall, and nothing left behind by a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from rest_framework import generics
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ground.actor import Actor
from ground.api.caller import Caller
from ground.api.etags import etag_of
from ground.api.idempotency import answered_once
from ground.api.problems import BadRequest
from ground.api.scopes import HasScope
from ground.portal_wall import portal_transaction
from ground.together import together


class Walled(APIView):
    """A view whose handler runs behind the caller's wall.

    `scope` is asked of whoever reads, `write_scope` of whoever writes. Keys are looked up and counted before the wall;
    an exception of the handler, and an answer from 400 on, takes back what it wrote.
    """

    permission_classes: ClassVar[tuple[type[BasePermission], ...]] = (HasScope,)
    scope: ClassVar[str]
    write_scope: ClassVar[str] = ""
    for_instances: ClassVar[bool] = False
    for_vendor_only: ClassVar[bool] = False
    # Whether an Idempotency-Key is heeded; what is known by its bytes needs none.
    is_remembered: ClassVar[bool] = True

    def scope_for(self, method: str | None) -> str:
        """Return the scope that a method asks for."""
        return self.scope if method in ("GET", "HEAD", "OPTIONS") else (self.write_scope or self.scope)

    @property
    def caller(self) -> Caller:
        caller = self.request.auth
        assert isinstance(caller, Caller)
        return caller

    @property
    def actor(self) -> Actor:
        return self.caller.actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ask for the key and its scope; then refuse texts that no row could ever hold."""
        super().initial(request, *args, **kwargs)
        if any("\x00" in str(value) for value in kwargs.values()):
            raise Http404("There is nothing under this address.")
        if any("\x00" in value for name in request.query_params for value in request.query_params.getlist(name)):
            raise BadRequest("A parameter holds NUL.")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """As REST framework does it, with the wall around the handler alone."""
        self.args, self.kwargs = args, kwargs
        asked = self.initialize_request(request, *args, **kwargs)
        self.request = asked
        self.headers = self.default_response_headers
        try:
            self.initial(asked, *args, **kwargs)
            known = (asked.method or "").lower() in self.http_method_names
            handler = getattr(self, (asked.method or "").lower(), None) if known else None
            response = self._behind_the_wall(handler or self.http_method_not_allowed, asked, args, kwargs)
        except Exception as error:  # noqa: BLE001 - REST framework answers what it knows and raises the rest again
            response = self.handle_exception(error)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        return self.response

    def _behind_the_wall(self, handler: Any, request: Request, args: Any, kwargs: Any) -> Any:
        with wall_of(self.caller):
            if self.is_remembered and request.method not in ("GET", "HEAD", "OPTIONS"):
                response = answered_once(request, self.caller, lambda: handler(request, *args, **kwargs))
            else:
                response = handler(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response


@contextmanager
def wall_of(caller: Caller) -> Iterator[None]:
    """Open the transaction of a caller: the portal's for a customer's key, the application's for the vendor's."""
    if caller.customer_id is not None:
        with portal_transaction(caller.customer_id):
            yield
    else:
        with together():
            yield


class Listing(Walled, generics.ListAPIView):
    """A list in pages. A subclass gives `get_queryset` and `serializer_class`."""


class Single(Walled, generics.RetrieveAPIView):
    """One object by its public id, with the mark of its state; one of somebody else is as absent as one that never was.

    Whoever changes it sends the mark back.
    """

    lookup_field = "public_id"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the object with its ETag."""
        return self.shown(self.get_object())

    def shown(self, row: Any, *, status: int = 200) -> Response:
        """Return what the view shows of a row, with its ETag."""
        data = self.get_serializer(row).data
        return Response(data, status=status, headers={"ETag": etag_of(data)})
