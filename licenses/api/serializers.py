"""Customers, contracts, instances and plans as they are sent."""

from typing import Any

from rest_framework import serializers

from ground.api.fields import Days


class CustomerShape(serializers.Serializer[Any]):
    """A company that signs."""

    id = serializers.CharField(source="public_id")
    number = serializers.CharField()
    name = serializers.CharField()
    address_lines = serializers.ListField(child=serializers.CharField())
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2")
    vat_id = serializers.CharField()
    language = serializers.CharField()
    electronic_address = serializers.CharField()
    created_at = serializers.DateTimeField()


class ContractShape(serializers.Serializer[Any]):
    """An agreement; what was agreed stands in its versions."""

    id = serializers.CharField(source="public_id")
    customer = serializers.CharField(source="customer.public_id")
    number = serializers.CharField()
    product_name = serializers.CharField()
    buyer_reference = serializers.CharField()
    po_number = serializers.CharField()
    payment_days = serializers.IntegerField()
    live_from = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()


class VersionShape(serializers.Serializer[Any]):
    """Terms as they are in force on some days; they never change."""

    number = serializers.IntegerField()
    active = Days()
    terms = serializers.DictField(help_text="contract terms, TERMS.json")
    terms_digest = serializers.CharField()
    agreed_at = serializers.DateTimeField()


class InstanceShape(serializers.Serializer[Any]):
    """One installation of the product."""

    id = serializers.CharField(source="public_id")
    contract = serializers.CharField(source="contract.public_id")
    name = serializers.CharField()
    cost_center = serializers.CharField()
    reports_from = serializers.DateField()
    reports_until = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()


class PlanVersionShape(serializers.Serializer[Any]):
    """One price list of a plan."""

    number = serializers.IntegerField()
    terms = serializers.DictField()
    published_at = serializers.DateTimeField(allow_null=True)


class PlanShape(serializers.Serializer[Any]):
    """What the vendor sells."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    versions = PlanVersionShape(many=True)
