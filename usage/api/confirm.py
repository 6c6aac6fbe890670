"""Say what a file is and which days it covers, as a person says it in the portal."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ground import clock
from ground.api.fields import DaysInput, StrictInput
from ground.api.problems import Conflict, Refused
from ground.api.views import Walled
from licenses.api.views import checked
from licenses.models import Scope
from licenses.queries import NothingAgreed
from rollcall.formats.mapping import MappingRefused
from rollcall.period import EmptyPeriod, Period, UnknownZone
from usage.api.serializers import ReportShape
from usage.billed import NotMeant
from usage.operations.confirm_report import MadeInTheFuture, NothingCovered, OrderUnclear, confirm_report
from usage.operations.move_report import MoveRefused
from usage.queries import reports_for

REFUSALS = (EmptyPeriod, MadeInTheFuture, MappingRefused, NothingAgreed, NothingCovered, OrderUnclear, UnknownZone)


class Confirmation(StrictInput):
    """The word about a file: it is a complete account of these days."""

    covers = DaysInput(help_text="civil days in the contract's zone")
    generated_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="when the exporter made it; the later one is valid"
    )
    source_timezone = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="of times that name no zone"
    )
    mapping = serializers.DictField(
        required=False, allow_null=True, default=None, help_text="column mapping, MAP.json; null: the suggested one"
    )
    nobody_active = serializers.BooleanField(
        default=False, help_text="a file without rows means that nobody was active"
    )
    meant = serializers.CharField(
        max_length=10_000,
        default="",
        allow_blank=True,
        help_text="the choice of the question billed.lowered: billed months are lowered on purpose",
    )


class Confirm(Walled):
    """The confirmation of a file that was looked at."""

    scope = write_scope = Scope.USAGE_WRITE

    @extend_schema(operation_id="usage_reports_confirm", request=Confirmation, responses={202: ReportShape})
    def post(self, request: Request, public_id: str) -> Response:
        """Have a file read. 409 while it is still being looked at, when it is past this step, and unless it is meant.

        A file that lowers months which were billed does not count without that word: once read it is
        `needs_confirmation` again, and its question `billed.lowered` names the months, invoices and users. The same
        word about it is then refused with the problem `lowers-billed-months`. Confirm it with `meant`, the choice of
        that question, if it is so.
        """
        report = get_object_or_404(reports_for(self.actor), public_id=public_id)
        said: dict[str, Any] = checked(Confirmation, request)
        try:
            confirmed = confirm_report(
                actor=self.actor,
                report=report,
                mapping=said["mapping"],
                source_timezone=said["source_timezone"],
                covers=Period(said["covers"]["start"], said["covers"]["end"]),
                generated_at=said["generated_at"],
                nobody_active=said["nobody_active"],
                meant=said["meant"],
                now=clock.now(),
            )
        except NotMeant as refused:
            raise Conflict(str(refused), code="lowers_billed_months") from refused
        except MoveRefused as refused:
            raise Conflict(str(refused)) from refused
        except REFUSALS as refused:
            raise Refused(str(refused)) from refused
        return Response(ReportShape(reports_for(self.actor).get(pk=confirmed.pk)).data, status=202)
