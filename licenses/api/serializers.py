"""Customers, contracts, instances and plans as they are sent."""

from typing import Any

from rest_framework import serializers

from ground.api.fields import DayInput, Days, StrictInput


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
    latest_version = serializers.IntegerField(allow_null=True, help_text="the number of the version agreed last")
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


class NewCustomer(StrictInput):
    """A company that signs."""

    number = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=200)
    address_lines = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=10)
    country = serializers.RegexField(r"^[A-Z]{2}$", help_text="ISO 3166-1 alpha-2")
    vat_id = serializers.CharField(max_length=20, default="", allow_blank=True)
    language = serializers.ChoiceField(choices=["en", "de", "fr"], default="en")
    legal_entity = serializers.CharField(
        required=False, help_text="name of the vendor's company that bills it; needed where there are several"
    )


class CustomerChange(StrictInput):
    """What of a customer may change."""

    name = serializers.CharField(max_length=200, required=False)
    address_lines = serializers.ListField(
        child=serializers.CharField(max_length=200), min_length=1, max_length=10, required=False
    )
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    vat_id = serializers.CharField(max_length=20, allow_blank=True, required=False)
    language = serializers.ChoiceField(choices=["en", "de", "fr"], required=False)
    electronic_address = serializers.CharField(max_length=100, allow_blank=True, required=False)


class NewContract(StrictInput):
    """An agreement; its terms come with its first version."""

    customer = serializers.CharField(help_text="the customer's id")
    number = serializers.CharField(max_length=40)
    product_name = serializers.CharField(max_length=200)
    buyer_reference = serializers.CharField(max_length=100, default="", allow_blank=True)
    po_number = serializers.CharField(max_length=100, default="", allow_blank=True)
    payment_days = serializers.IntegerField(min_value=0, max_value=365, default=30)


class ContractChange(StrictInput):
    """What of a contract's paper may change; terms change by a version."""

    product_name = serializers.CharField(max_length=200, required=False)
    buyer_reference = serializers.CharField(max_length=100, allow_blank=True, required=False)
    po_number = serializers.CharField(max_length=100, allow_blank=True, required=False)
    payment_days = serializers.IntegerField(min_value=0, max_value=365, required=False)


class NewInstance(StrictInput):
    """An installation, which owes a report for every day from its first on."""

    contract = serializers.CharField(help_text="the contract's id")
    name = serializers.CharField(max_length=100)
    reports_from = DayInput()
    reports_until = DayInput(required=False, allow_null=True, default=None, help_text="exclusive")
