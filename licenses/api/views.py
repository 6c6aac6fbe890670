"""Customers, contracts with their versions, instances, plans: to be read."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from ground.api.filters import ByOwner
from ground.api.views import Listing, Single
from licenses.api import serializers as shapes
from licenses.models import Contract, ContractVersion, Customer, Instance, Plan, Scope
from licenses.queries import contracts_for, customers_for, instances_for, plans


class Customers(Listing):
    """The customers that the key may see: its own, or all for the vendor."""

    scope = Scope.LICENSES_READ
    serializer_class = shapes.CustomerShape

    def get_queryset(self) -> QuerySet[Customer]:
        """Return them in the order of their making."""
        return customers_for(self.actor)


class OneCustomer(Single):
    """One customer."""

    scope = Scope.LICENSES_READ
    serializer_class = shapes.CustomerShape

    def get_queryset(self) -> QuerySet[Customer]:
        """Return those among which it is looked for."""
        return customers_for(self.actor)


class Contracts(Listing):
    """The contracts that the key may see."""

    scope = Scope.LICENSES_READ
    serializer_class = shapes.ContractShape
    filter_backends = (ByOwner,)
    owners = {"customer": "customer__public_id"}

    def get_queryset(self) -> QuerySet[Contract]:
        """Return them in the order of their making."""
        return contracts_for(self.actor)


class OneContract(Single):
    """One contract."""

    scope = Scope.LICENSES_READ
    serializer_class = shapes.ContractShape

    def get_queryset(self) -> QuerySet[Contract]:
        """Return those among which it is looked for."""
        return contracts_for(self.actor)


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

    scope = Scope.LICENSES_READ
    serializer_class = shapes.InstanceShape
    filter_backends = (ByOwner,)
    owners = {"customer": "customer__public_id", "contract": "contract__public_id"}

    def get_queryset(self) -> QuerySet[Instance]:
        """Return them in the order of their making."""
        return instances_for(self.actor)


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
