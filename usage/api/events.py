"""Events in: one, a batch, or one a line; each gets its own answer."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from ground import clock
from ground.api.problems import BadRequest, TooLarge
from ground.api.views import Walled
from licenses.api.instance import INSTANCE, instance_of
from licenses.models import Scope
from rollcall.intake.events import ACCEPTED, FORMS, REJECTED, RETRY, BatchRefused
from rollcall.intake.sandbox import ChildDied
from usage.operations.receive_events import receive_events
from usage.operations.receive_report import FileEmpty, FileTooLarge

# A CloudEvent as far as the description says it; the child that reads it is stricter.
EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "made by the client, once an event"},
        "source": {"type": "string", "minLength": 1, "maxLength": 1024},
        "type": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "the action"},
        "subject": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "the user"},
        "time": {"type": "string", "format": "date-time"},
        "data": {},
    },
    "required": ["specversion", "id", "source", "type", "subject", "time"],
}


class Busy(APIException):
    """Nobody could read the batch now; nothing of it was kept."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"
    wait = 10


class EventAnswer(serializers.Serializer[Any]):
    """What becomes of one event."""

    index = serializers.IntegerField(help_text="its place in the batch, from 0")
    id = serializers.CharField(help_text="as the client made it; empty where there was none")
    status = serializers.ChoiceField(
        choices=[ACCEPTED, REJECTED, RETRY],
        help_text="accepted; rejected for good: do not send it again; retry: rejected for now, send it again later",
    )
    code = serializers.CharField()
    message = serializers.CharField()


class BatchAnswer(serializers.Serializer[Any]):
    """A stored batch, and the answer to each event. An event that is missing here was not taken: send it again."""

    batch = serializers.CharField()
    already_received = serializers.BooleanField(help_text="these bytes were here before, and nothing was changed")
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    retry = serializers.IntegerField()
    events = EventAnswer(many=True)


class Unparsed(BaseParser):
    """Leaves the bytes alone: no web process parses what a customer sent."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the bytes as they come."""
        return stream


class Events(Walled):
    """Usage events of an instance."""

    scope = write_scope = Scope.USAGE_WRITE
    for_instances = True
    is_remembered = False
    parser_classes = (Unparsed,)

    @extend_schema(
        operation_id="events_create",
        parameters=[INSTANCE],
        request={
            "application/cloudevents+json": EVENT_SCHEMA,
            "application/cloudevents-batch+json": {"type": "array", "items": EVENT_SCHEMA, "maxItems": 10000},
            "application/x-ndjson": OpenApiTypes.STR,
        },
        responses={202: BatchAnswer},
    )
    def post(self, request: Request) -> Response:
        """Take a batch: it is accepted when its bytes and its row are stored. Sent twice, it changes nothing."""
        form = FORMS.get((request.content_type or "").partition(";")[0].strip().lower())
        if form is None:
            raise UnsupportedMediaType(request.content_type, f"Send one of {', '.join(FORMS)}.")
        instance = instance_of(self, request)
        try:
            received = receive_events(
                actor=self.actor, instance=instance, form=form, stream=request._request, now=clock.now()
            )
        except FileTooLarge as refused:
            raise TooLarge(str(refused)) from refused
        except (FileEmpty, BatchRefused) as refused:
            raise BadRequest(str(refused)) from refused
        except ChildDied as died:
            raise Busy("The batch could not be read now. Send it again, in smaller parts.") from died
        said = [
            {"index": one.index, "id": one.id, "status": one.status, "code": one.code, "message": one.message}
            for one in received.answers
        ]
        batch = received.batch
        return Response(
            {
                "batch": batch.public_id,
                "already_received": received.already_received,
                "accepted": batch.events_accepted,
                "rejected": batch.events_rejected,
                "retry": batch.events_ahead,
                "events": said,
            },
            status=status.HTTP_202_ACCEPTED,
        )
