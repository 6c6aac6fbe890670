"""Licence files: which there are, and each as the instance takes it; the list of refused keys."""

import hashlib
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from ground import clock
from ground.api.etags import is_known
from ground.api.filters import ByOwner
from ground.api.schema import IF_NONE_MATCH
from ground.api.views import Listing, Walled
from licenses.api.instance import INSTANCE, instance_of
from licenses.licensing import in_force, newest
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


class Newest(Walled):
    """What an instance takes home by itself, with its own key: the same as its people download in the portal.

    The key of an instance needs no other scope than the one to report; any other key reads licences.
    """

    scope = Scope.LICENSES_READ
    for_instances = True

    def scope_for(self, method: str | None) -> str:
        """Return the scope that is asked for."""
        return Scope.LICENSES_READ if self.caller.instance_id is None else Scope.USAGE_WRITE

    def license_of(self, request: Request) -> LicenseFile:
        """Return the licence in force of the instance's contract, before the first one begins that one."""
        contract = instance_of(self, request).contract
        found = in_force(contract=contract, now=clock.now()) or newest(contract=contract)
        if found is None:
            raise NotFound("No licence was issued for this instance yet.")
        return found


class NewestLicense(Newest):
    """The licence of an instance."""

    @extend_schema(
        operation_id="licenses_newest_retrieve",
        parameters=[INSTANCE, IF_NONE_MATCH],
        responses={(200, "text/plain"): OpenApiTypes.STR, 304: None},
    )
    def get(self, request: Request) -> HttpResponse:
        """Send the licence in force in its armor. With If-None-Match, nothing where the caller has it already."""
        row = self.license_of(request)
        return as_text(request, armored("LICENSE", bytes(row.envelope)), mark=row.digest, name=f"{row.serial}.license")


class NewestRevocations(Newest):
    """The vendor's list of refused keys, as far as an instance is concerned."""

    @extend_schema(
        operation_id="revocations_retrieve",
        parameters=[INSTANCE, IF_NONE_MATCH],
        responses={(200, "text/plain"): OpenApiTypes.STR, 204: None, 304: None},
    )
    def get(self, request: Request) -> HttpResponse:
        """Send the signed list in its armor; nothing where no key is refused, or where the caller has it already."""
        row = self.license_of(request)
        if not row.revocations:
            return HttpResponse(status=204)
        mark = hashlib.sha256(row.revocations.encode()).hexdigest()
        return as_text(request, row.revocations, mark=mark, name=f"{row.serial}.revocations")


def as_text(request: Request, text: str, *, mark: str, name: str) -> HttpResponse:
    """Return a signed text with its ETag, or 304 where the caller has it."""
    etag = f'"{mark}"'
    if is_known(request, etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    return HttpResponse(
        text,
        content_type="text/plain; charset=us-ascii",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "ETag": etag},
    )
