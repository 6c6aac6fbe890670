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
from licenses.checkout import CheckoutAnswer
from licenses.models import Scope
from licenses.operations.add_contract_version import REFUSALS, add_contract_version
from licenses.operations.ask_checkout import ask_checkout
from licenses.queries import contracts_for
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
    heard: CheckoutAnswer | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let a checkout hook be asked before the transaction of the request begins; who may not ask is refused."""
        super().initial(request, *args, **kwargs)
        # The body is read whole before it is parsed: who remembers the request reads it once more.
        if request.method != "POST" or not self.actor.is_vendor or not request._request.body:
            return
        said = NewVersion(data=request.data)
        contract = contracts_for(self.actor).filter(public_id=kwargs["public_id"]).first()
        if contract is None or not said.is_valid():
            return
        days = said.validated_data["active"]
        if days["start"] < days["end"]:
            self.heard = ask_checkout(
                actor=self.actor,
                contract=contract,
                terms=said.validated_data["terms"],
                active=Period(days["start"], days["end"]),
                now=clock.now(),
            )

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
                checkout=self.heard,
            )
        except (*REFUSALS, TermsRefused, EmptyPeriod) as refused:
            raise Refused(str(refused)) from refused
        ask_to_review(version)
        return Response(VersionShape(version).data, status=201)
