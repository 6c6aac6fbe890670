"""Licence files: which there are, and each as the instance takes it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from ground.api.filters import ByOwner
from ground.api.views import Listing, Walled
from licenses.models import LicenseFile, Scope
from licenses.models.license_files import IssuedBecause
from licenses.queries import license_files_for
from rollcall.signing.armor import armored


class LicenseShape(serializers.Serializer[Any]):
    """One licence as it was issued; of two of a contract the one with the higher serial is valid from its start on."""

    id = serializers.CharField(source="public_id")
    contract = serializers.CharField(source="contract.public_id")
    serial = serializers.IntegerField()
    version = serializers.IntegerField(source="version.number")
    digest = serializers.CharField()
    not_before = serializers.DateTimeField()
    expires = serializers.DateTimeField()
    grace_days = serializers.IntegerField()
    because = serializers.ChoiceField(choices=IssuedBecause.choices)
    issued_at = serializers.DateTimeField()


class LicenseFiles(Listing):
    """The licences that the key may see."""

    scope = Scope.LICENSES_READ
    serializer_class = LicenseShape
    filter_backends = (ByOwner,)
    owners = {"contract": "contract__public_id"}

    def get_queryset(self) -> QuerySet[LicenseFile]:
        """Return them in the order of their making."""
        return license_files_for(self.actor)


class OneLicenseFile(Walled):
    """One licence file."""

    scope = Scope.LICENSES_READ

    @extend_schema(operation_id="licenses_file_retrieve", responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """Send the signed licence in its armor, as the instance takes it."""
        row = get_object_or_404(license_files_for(self.actor), public_id=public_id)
        return HttpResponse(
            armored("LICENSE", bytes(row.envelope)),
            content_type="text/plain; charset=us-ascii",
            headers={"Content-Disposition": f'attachment; filename="{row.public_id}.license"'},
        )
