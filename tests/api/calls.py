"""A program that calls: one key, and the answers as JSON."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from licenses.models import Customer, Instance, Scope
from licenses.operations.make_api_key import make_api_key
from tests.cast import BUILDER

MADE_AT = datetime(2026, 5, 1, tzinfo=UTC)
CUSTOMERS_OWN = [Scope.LICENSES_READ, Scope.USAGE_READ, Scope.USAGE_WRITE, Scope.BILLING_READ]


@dataclass(frozen=True)
class Program:
    """Calls with one key."""

    text: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, address: str, **query: Any) -> HttpResponse:
        return self.client.get(f"/api/v1/{address}", query, headers={"Authorization": f"Bearer {self.text}"})

    def send(self, address: str, body: Any, *, method: str = "post", **headers: str) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = named.pop("Content-Type", "application/json")
        return getattr(self.client, method)(
            f"/api/v1/{address}",
            body,
            content_type=content_type,
            headers={"Authorization": f"Bearer {self.text}", **named},
        )


def program_of(
    customer: Customer | None, *scopes: str, instance: Instance | None = None, name: str = "test"
) -> Program:
    """A program of a customer (None: of the vendor), with all scopes that its key may have."""
    everything = list(Scope) if customer is None else CUSTOMERS_OWN
    wanted = [Scope.USAGE_WRITE] if instance is not None else everything
    made = make_api_key(
        actor=BUILDER, name=name, scopes=scopes or wanted, customer=customer, instance=instance, now=MADE_AT
    )
    return Program(made.text)


def rows(response: HttpResponse) -> list[dict[str, Any]]:
    """The rows of one page."""
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found
