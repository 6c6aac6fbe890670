"""The versions of a contract: read, and agreed; what an amendment moves in billed periods is reviewed at once."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.closing_jobs import ask_to_review
from ground import clock
from ground.api.fields import DaysInput, StrictInput
from ground.api.problems import Refused
from ground.api.schema import IF_MATCH
from licenses.api.serializers import VersionShape
from licenses.api.views import Versions, checked, read_before
from licenses.models import Scope
from licenses.operations.add_contract_version import REFUSALS, add_contract_version
from rollcall.period import EmptyPeriod, Period
from rollcall.terms.fields import TermsRefused


class NewVersion(StrictInput):
    """Terms, and the days on which they are in force; a version in force before then ends there."""

    terms = serializers.DictField(help_text="contract terms, TERMS.json")
    active = DaysInput()
    reason = serializers.CharField(max_length=1000, default="by API")


class AgreedVersions(Versions):
    """The versions of a contract, the first agreed first."""

    write_scope = Scope.LICENSES_WRITE

    @extend_schema(parameters=[IF_MATCH], request=NewVersion, responses={201: VersionShape})
    def post(self, request: Request, public_id: str) -> Response:
        """Agree on terms: the first version, or an amendment. If-Match names the state of the contract."""
        contract = read_before(self, request, public_id)
        said: dict[str, Any] = checked(NewVersion, request)
        try:
            version = add_contract_version(
                actor=self.actor,
                contract=contract,
                terms=said["terms"],
                active=Period(said["active"]["start"], said["active"]["end"]),
                agreed_at=clock.now(),
                reason=said["reason"],
            )
        except (*REFUSALS, TermsRefused, EmptyPeriod) as refused:
            raise Refused(str(refused)) from refused
        ask_to_review(version)
        return Response(VersionShape(version).data, status=201)
