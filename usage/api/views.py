"""Reports and counts, to be read."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from ground.api.filters import ByOwner
from ground.api.views import Listing, Single
from licenses.models import Scope
from usage.api import serializers as shapes
from usage.models import ActiveUserCount, UsageReport
from usage.queries import counts_for, reports_for


class OneReport(Single):
    """One report."""

    scope = Scope.USAGE_READ
    serializer_class = shapes.ReportShape

    def get_queryset(self) -> QuerySet[UsageReport]:
        """Return those among which it is looked for."""
        return reports_for(self.actor)


class Counts(Listing):
    """The counts that the key may see."""

    scope = Scope.USAGE_READ
    serializer_class = shapes.CountShape
    filter_backends = (ByOwner,)
    owners = {"contract": "contract__public_id"}

    def get_queryset(self) -> QuerySet[ActiveUserCount]:
        """Return them in the order of their making."""
        return counts_for(self.actor)


@extend_schema(parameters=[OpenApiParameter("pk", OpenApiTypes.INT64, OpenApiParameter.PATH)])
class OneCount(Single):
    """One count."""

    scope = Scope.USAGE_READ
    serializer_class = shapes.CountShape
    lookup_field = "pk"

    def get_queryset(self) -> QuerySet[ActiveUserCount]:
        """Return those among which it is looked for."""
        return counts_for(self.actor)
