"""The reports of a key's instances."""

from django.db.models import QuerySet

from ground.api.filters import ByOwner
from ground.api.views import Listing
from licenses.models import Scope
from usage.api import serializers as shapes
from usage.models import UsageReport
from usage.queries import reports_for


class Reports(Listing):
    """The reports that the key may see."""

    scope = Scope.USAGE_READ
    serializer_class = shapes.ReportShape
    filter_backends = (ByOwner,)
    owners = {"contract": "contract__public_id", "instance": "instance__public_id"}

    def get_queryset(self) -> QuerySet[UsageReport]:
        """Return them in the order of their making."""
        return reports_for(self.actor)
