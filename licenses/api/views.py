"""Customers, contracts with their versions, instances, plans: read, made, and changed by who read them."""

from typing import Any

from django.db.models import Max, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ground.api.etags import etag_of, require_match
from ground.api.fields import StrictInput
from ground.api.filters import ByOwner
from ground.api.problems import Refused
from ground.api.schema import IF_MATCH
from ground.api.views import Listing, Single
from licenses.api import serializers as shapes
from licenses.models import Contract, ContractVersion, Customer, Instance, LegalEntity, Plan, Scope
from licenses.operations.change_contract import change_contract
from licenses.operations.change_customer import change_customer
from licenses.operations.create_contract import create_contract
from licenses.operations.create_customer import create_customer
from licenses.operations.register_instance import register_instance
from licenses.queries import contracts_for, customers_for, instances_for, plans


class Customers(Listing):
    """The customers that the key may see: its own, or all for the vendor."""

    scope, write_scope = Scope.LICENSES_READ, Scope.LICENSES_WRITE
    serializer_class = shapes.CustomerShape

    def get_queryset(self) -> QuerySet[Customer]:
        """Return them in the order of their making."""
        return customers_for(self.actor)

    @extend_schema(request=shapes.NewCustomer, responses={201: shapes.CustomerShape})
    def post(self, request: Request) -> Response:
        """Make a customer."""
        said = checked(shapes.NewCustomer, request)
        entity = said.pop("legal_entity", None)
        customer = create_customer(actor=self.actor, legal_entity=legal_entity_named(entity), **said)
        return made(shapes.CustomerShape(customer).data)


class OneCustomer(Single):
    """One customer."""

    scope, write_scope = Scope.LICENSES_READ, Scope.LICENSES_WRITE
    serializer_class = shapes.CustomerShape

    def get_queryset(self) -> QuerySet[Customer]:
        """Return those among which it is looked for."""
        return customers_for(self.actor)

    @extend_schema(parameters=[IF_MATCH], request=shapes.CustomerChange, responses=shapes.CustomerShape)
    def patch(self, request: Request, public_id: str) -> Response:
        """Change what of a customer may change. If-Match names the state that was read."""
        customer = get_object_or_404(locked(self.get_queryset()), public_id=public_id)
        require_match(request, etag_of(shapes.CustomerShape(customer).data))
        changed = change_customer(
            actor=self.actor, customer=customer, reason="by API", **checked(shapes.CustomerChange, request)
        )
        return self.shown(changed)


class Contracts(Listing):
    """The contracts that the key may see."""

    scope, write_scope = Scope.LICENSES_READ, Scope.LICENSES_WRITE
    serializer_class = shapes.ContractShape
    filter_backends = (ByOwner,)
    owners = {"customer": "customer__public_id"}

    def get_queryset(self) -> QuerySet[Contract]:
        """Return them in the order of their making."""
        return with_version(contracts_for(self.actor))

    @extend_schema(request=shapes.NewContract, responses={201: shapes.ContractShape})
    def post(self, request: Request) -> Response:
        """Make a contract; it says something with its first version."""
        said = checked(shapes.NewContract, request)
        customer = customers_for(self.actor).filter(public_id=named(said.pop("customer"))).first()
        if customer is None:
            raise Refused("There is no customer of this id.")
        contract = create_contract(actor=self.actor, customer=customer, **said)
        return made(shapes.ContractShape(self.get_queryset().get(pk=contract.pk)).data)


class OneContract(Single):
    """One contract."""

    scope, write_scope = Scope.LICENSES_READ, Scope.LICENSES_WRITE
    serializer_class = shapes.ContractShape

    def get_queryset(self) -> QuerySet[Contract]:
        """Return those among which it is looked for."""
        return with_version(contracts_for(self.actor))

    @extend_schema(parameters=[IF_MATCH], request=shapes.ContractChange, responses=shapes.ContractShape)
    def patch(self, request: Request, public_id: str) -> Response:
        """Change the paper of a contract. If-Match names the state that was read."""
        contract = read_before(self, request, public_id)
        change_contract(actor=self.actor, contract=contract, reason="by API", **checked(shapes.ContractChange, request))
        return self.shown(self.get_queryset().get(pk=contract.pk))


class Versions(Listing):
    """The versions of a contract, the first agreed first."""

    scope = Scope.LICENSES_READ
    serializer_class = shapes.VersionShape

    def get_queryset(self) -> QuerySet[ContractVersion]:
        """Return those of the contract that the address names."""
        contract: Any = get_object_or_404(contracts_for(self.actor), public_id=self.kwargs["public_id"])
        return ContractVersion.objects.for_actor(self.actor).filter(contract=contract)


class Instances(Listing):
    """The installations that the key may see."""

    scope, write_scope = Scope.LICENSES_READ, Scope.LICENSES_WRITE
    serializer_class = shapes.InstanceShape
    filter_backends = (ByOwner,)
    owners = {"customer": "customer__public_id", "contract": "contract__public_id"}

    def get_queryset(self) -> QuerySet[Instance]:
        """Return them in the order of their making."""
        return instances_for(self.actor)

    @extend_schema(request=shapes.NewInstance, responses={201: shapes.InstanceShape})
    def post(self, request: Request) -> Response:
        """Register an installation."""
        said = checked(shapes.NewInstance, request)
        contract = contracts_for(self.actor).filter(public_id=named(said.pop("contract"))).first()
        if contract is None:
            raise Refused("There is no contract of this id.")
        instance = register_instance(actor=self.actor, contract=contract, **said)
        return made(shapes.InstanceShape(instance).data)


class OneInstance(Single):
    """One installation."""

    scope = Scope.LICENSES_READ
    serializer_class = shapes.InstanceShape

    def get_queryset(self) -> QuerySet[Instance]:
        """Return those among which it is looked for."""
        return instances_for(self.actor)


class Plans(Listing):
    """The published price lists from which a contract may start, and their drafts. For the vendor's keys."""

    scope = Scope.LICENSES_READ
    for_vendor_only = True
    serializer_class = shapes.PlanShape

    def get_queryset(self) -> QuerySet[Plan]:
        """Return them in the order of their making."""
        return plans()


def checked(shape: type[StrictInput], request: Request) -> dict[str, Any]:
    """Return what was sent, as the shape takes it. Raises ValidationError."""
    taken = shape(data=request.data)
    taken.is_valid(raise_exception=True)
    found: dict[str, Any] = dict(taken.validated_data)
    return found


def made(data: Any) -> Response:
    """Return a new object with its ETag."""
    return Response(data, status=201, headers={"ETag": etag_of(data)})


def named(public_id: str) -> str:
    """Return an id as a program wrote it; one that cannot be an id finds nothing."""
    return public_id if public_id.isascii() and public_id.isprintable() else ""


def locked(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return rows so that nobody changes one between reading and writing it."""
    return rows.select_for_update(of=("self",))


def with_version(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Return contracts with the number of the version that was agreed last."""
    return contracts.annotate(latest_version=Max("versions__number"))


def read_before(view: Any, request: Request, public_id: str) -> Contract:
    """Return a contract under a lock, if the request names its present state. Raises Http404, ReadFirst and others."""
    contract: Contract = get_object_or_404(locked(contracts_for(view.actor)), public_id=public_id)
    shown = with_version(contracts_for(view.actor)).get(pk=contract.pk)
    require_match(request, etag_of(shapes.ContractShape(shown).data))
    return contract


def legal_entity_named(name: str | None) -> LegalEntity:
    """Return the vendor's company of this name, or the only one. Raises Refused."""
    found = LegalEntity.objects.filter(name=name) if name is not None else LegalEntity.objects.all()
    entities = list(found[:2])
    if len(entities) != 1:
        raise Refused("Name the legal entity that bills this customer, as it is written in its records.")
    return entities[0]
