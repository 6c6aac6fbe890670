"""Background work that the caller may wait for."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers

from ground.api.views import Listing, Single
from ground.models import Job

SCOPE = "usage:read"


class JobShape(serializers.Serializer[Any]):
    """How far a piece of work is. Its arguments and its result are the house's own."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    progress_done = serializers.IntegerField()
    progress_total = serializers.IntegerField(allow_null=True)
    progress_words = serializers.CharField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class Jobs(Listing):
    """The background work of the key's customer, or all for the vendor."""

    scope = SCOPE
    serializer_class = JobShape

    def get_queryset(self) -> QuerySet[Job]:
        """Return it in the order of its making."""
        return Job.objects.for_actor(self.actor)


class OneJob(Single):
    """One piece of work."""

    scope = SCOPE
    serializer_class = JobShape

    def get_queryset(self) -> QuerySet[Job]:
        """Return that among which it is looked for."""
        return Job.objects.for_actor(self.actor)


urlpatterns = [
    path("jobs", Jobs.as_view(), name="jobs"),
    path("jobs/<str:public_id>", OneJob.as_view(), name="job"),
]
