"""The one place where a queryset is narrowed to what an actor may see. Row-level security stands behind it."""

from typing import Any, Self, TypeVar

from django.db import models

from ground.actor import Actor

Row = TypeVar("Row", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows of customers. A model whose own key is the customer sets `customer_field = "id"` in a subclass."""

    customer_field = "customer_id"

    def for_actor(self, actor: Actor) -> Self:
        """Return the rows the actor may see: all for the vendor, those of their own customers for others."""
        if actor.is_vendor:
            return self.all()
        wanted: dict[str, Any] = {f"{self.customer_field}__in": actor.customer_ids}
        return self.filter(**wanted)
