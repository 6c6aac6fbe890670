"""Which instance a call is about: the one of the key, or the one that the query names."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from ground.api.problems import BadRequest
from ground.api.views import Walled
from licenses.models import Instance
from licenses.queries import instances_for

INSTANCE = OpenApiParameter(
    "instance", OpenApiTypes.STR, description="The instance's id; the key of an instance names it by itself."
)


def instance_of(view: Walled, request: Request) -> Instance:
    """Return the instance that reports: the key's own, or the one that the query names. Raises NotFound, BadRequest."""
    own = view.caller.instance_id
    found = instances_for(view.actor)
    if own is not None:
        found = found.filter(pk=own)
    wanted = request.query_params.get("instance", "")
    if wanted and "\x00" not in wanted:
        found = found.filter(public_id=wanted)
    elif own is None:
        raise BadRequest("Name the instance: ?instance=<id>.")
    instance = found.first()
    if instance is None:
        raise NotFound("This instance does not exist.")
    return instance
