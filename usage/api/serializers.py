"""Reports and counts as they are sent."""

from typing import Any

from rest_framework import serializers

from ground.api.fields import Days, DecimalText, Instants
from usage.models import Grade, ReportState


class ReportShape(serializers.Serializer[Any]):
    """One received file or stream of one instance, with what was found in it."""

    id = serializers.CharField(source="public_id")
    contract = serializers.CharField(source="contract.public_id")
    instance = serializers.CharField(source="instance.public_id")
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="in bytes")
    grade = serializers.ChoiceField(choices=Grade.choices)
    state = serializers.ChoiceField(choices=ReportState.choices)
    kind = serializers.CharField()
    covers = Instants(allow_null=True)
    generated_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    rows_read = serializers.IntegerField(allow_null=True)
    rows_accepted = serializers.IntegerField(allow_null=True)
    rows_quarantined = serializers.IntegerField(allow_null=True)
    rows_duplicate = serializers.IntegerField(allow_null=True)
    rows_not_owned = serializers.IntegerField(allow_null=True)
    users = serializers.IntegerField(allow_null=True)
    finding_counts = serializers.DictField(child=serializers.IntegerField())
    questions = serializers.ListField(child=serializers.DictField())
    refusal_code = serializers.CharField()
    refusal_message = serializers.CharField()


class EvidenceShape(serializers.Serializer[Any]):
    """One file of evidence behind a count."""

    report = serializers.CharField()
    file_name = serializers.CharField()
    instance = serializers.CharField()
    grade = serializers.CharField()
    digest = serializers.CharField()


class CountShape(serializers.Serializer[Any]):
    """One count of one metric in one period, with the evidence it was made from."""

    id = serializers.IntegerField(source="pk")
    contract = serializers.CharField(source="contract.public_id")
    metric_name = serializers.CharField()
    metric_kind = serializers.CharField()
    metric_digest = serializers.CharField()
    period = Days()
    zone = serializers.CharField()
    active_users = serializers.IntegerField(allow_null=True)
    reported_users = serializers.IntegerField(allow_null=True)
    provisioned_users = serializers.IntegerField(allow_null=True)
    provisioned_date = serializers.DateField(allow_null=True)
    quantity = DecimalText(allow_null=True)
    daily = serializers.DictField(child=serializers.IntegerField(), help_text="users of each day")
    evidence = EvidenceShape(many=True)
    evidence_set_digest = serializers.CharField()
    digest = serializers.CharField()
    engine_version = serializers.CharField()
    tzdata_version = serializers.CharField()
    counted_at = serializers.DateTimeField()
