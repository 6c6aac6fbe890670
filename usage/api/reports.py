"""The reports of a key's instances; files and signed reports in, receipts out."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ground import clock
from ground.api.filters import ByOwner
from ground.api.problems import BadRequest, TooLarge
from ground.api.views import Listing, Walled
from licenses.api.instance import INSTANCE, instance_of
from licenses.models import Scope
from usage.api import serializers as shapes
from usage.api.events import Unparsed
from usage.models import ReportState, UsageReport
from usage.operations.receive_report import FileEmpty, FileTooLarge, receive_report
from usage.queries import reports_for

REPORT_NAME = OpenApiParameter("X-File-Name", OpenApiTypes.STR, OpenApiParameter.HEADER, description="For people.")
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
        report = received(self, request, request.query_params.get("file_name", ""))
        return Response(shapes.ReportShape(report).data, status=202)


class SignedAnswer(serializers.Serializer[Any]):
    """A signed report, with its receipt once it counts. Sent again, it is known and answered with the receipt."""

    id = serializers.CharField(source="public_id")
    state = serializers.ChoiceField(choices=ReportState.choices)
    refusal_code = serializers.CharField()
    refusal_message = serializers.CharField()
    waits_for = serializers.SerializerMethodField(help_text="why it waits for the vendor's word, in sentences")
    receipt = serializers.CharField(
        source="receipt.document", default=None, allow_null=True, help_text="armored; null until it counts"
    )

    def get_waits_for(self, report: UsageReport) -> list[str]:
        """Return what was noticed, while somebody has to decide about it."""
        if report.state != ReportState.NEEDS_DECISION:
            return []
        return [str(question["message"]) for question in report.questions]


class SignedReports(Walled):
    """Reports that an instance signed."""

    scope = write_scope = Scope.USAGE_WRITE
    for_instances = True
    is_remembered = False
    parser_classes = (Unparsed,)

    @extend_schema(
        operation_id="signed_reports_create",
        parameters=[INSTANCE, REPORT_NAME],
        request={"text/plain": OpenApiTypes.STR},
        responses={202: SignedAnswer},
    )
    def post(self, request: Request) -> Response:
        """Send a signed report as it was written. Whether its signature holds is said by its state."""
        report = received(self, request, request.headers.get("X-File-Name", ""))
        return Response(SignedAnswer(report).data, status=202)


def received(view: Walled, request: Request, file_name: str) -> UsageReport:
    """Return the report that the body of a request is. Raises NotFound, BadRequest, TooLarge."""
    try:
        taken = receive_report(
            actor=view.actor,
            instance=instance_of(view, request),
            file_name=file_name or "file",
            stream=request._request,
            now=clock.now(),
        )
    except FileTooLarge as refused:
        raise TooLarge(str(refused)) from refused
    except FileEmpty as refused:
        raise BadRequest(str(refused)) from refused
    return reports_for(view.actor).select_related("receipt").get(pk=taken.report.pk)
