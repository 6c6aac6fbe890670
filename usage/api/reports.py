"""The reports of a key's instances, and files in."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ground import clock
from ground.api.filters import ByOwner
from ground.api.problems import BadRequest, TooLarge
from ground.api.views import Listing
from licenses.models import Scope
from usage.api import serializers as shapes
from usage.api.events import INSTANCE, Unparsed, instance_of
from usage.models import UsageReport
from usage.operations.receive_report import FileEmpty, FileTooLarge, receive_report
from usage.queries import reports_for

FILE_NAME = OpenApiParameter("file_name", OpenApiTypes.STR, description="For people; the last part of the path.")


class Reports(Listing):
    """The reports that the key may see."""

    scope, write_scope = Scope.USAGE_READ, Scope.USAGE_WRITE
    for_instances = True
    is_remembered = False
    parser_classes = (Unparsed,)
    serializer_class = shapes.ReportShape
    filter_backends = (ByOwner,)
    owners = {"contract": "contract__public_id", "instance": "instance__public_id"}

    def get_queryset(self) -> QuerySet[UsageReport]:
        """Return them in the order of their making."""
        return reports_for(self.actor)

    @extend_schema(
        parameters=[INSTANCE, FILE_NAME],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={202: shapes.ReportShape},
        filters=False,
    )
    def post(self, request: Request) -> Response:
        """Send a file of any known format, as in the portal. The same bytes are one report, however often they come."""
        try:
            received = receive_report(
                actor=self.actor,
                instance=instance_of(self, request),
                file_name=request.query_params.get("file_name", "") or "file",
                stream=request._request,
                now=clock.now(),
            )
        except FileTooLarge as refused:
            raise TooLarge(str(refused)) from refused
        except FileEmpty as refused:
            raise BadRequest(str(refused)) from refused
        report = reports_for(self.actor).get(pk=received.report.pk)
        return Response(shapes.ReportShape(report).data, status=202)
