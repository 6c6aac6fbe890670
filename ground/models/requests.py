"""Requests that a program made once and may repeat: the answer of the first is the answer of all."""

from django.db import models
from django.db.models.functions import Now

from ground.scoping import ScopedQuerySet


class AnsweredRequest(models.Model):
    """What a program asked under an Idempotency-Key of its own, and what it was answered.

    Written in the transaction of the effect: either both are there or neither. Refusals are not kept; a refused
    request may be repeated.
    """

    # A plain number: ground knows no customers. Null for the vendor's programs.
    customer_id = models.BigIntegerField(null=True, blank=True)
    caller = models.CharField(max_length=12)
    key = models.CharField(max_length=255)
    # SHA-256 over method, address and body: the same key with another request is a mistake.
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="answered_request_once")]
        indexes = [models.Index(fields=["created_at"], name="answered_request_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.caller}"
