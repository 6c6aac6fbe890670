"""Identity providers as the settings name them (OpenID Connect); read once, and refused with a sentence where wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

VENDOR, CUSTOMER = "vendor", "customer"
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ON_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One identity provider, and for whom its word counts.

    `side` says whose people sign in with it; `domains` whose addresses it may speak for; `claims` what its token must
    say besides; `customers` the only customers, by number, whose members it lets in. `email_verified_claim` is the
    claim that says that the address was checked. With `trusts_second_factor` its `amr` counts as a second factor.
    """

    key: str
    name: str
    issuer: str
    client_id: str
    secret: str = field(repr=False)
    side: str
    domains: frozenset[str] = frozenset()
    claims: Mapping[str, str] = field(default_factory=dict)
    customers: frozenset[str] = frozenset()
    email_verified_claim: str = "email_verified"
    trusts_second_factor: bool = False


def read_providers(rows: object) -> tuple[Provider, ...]:
    """Read the list of the setting OIDC_PROVIDERS. Raises ImproperlyConfigured naming the provider and the field."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ImproperlyConfigured("OIDC_PROVIDERS must be a JSON list of objects, one for each identity provider.")
    providers = tuple(_read(row, number) for number, row in enumerate(rows, start=1))
    keys = [one.key for one in providers]
    if len(set(keys)) < len(keys):
        raise ImproperlyConfigured("OIDC_PROVIDERS: two providers have the same `key`.")
    return providers


def _read(row: dict[str, Any], number: int) -> Provider:
    place = f"OIDC_PROVIDERS, provider {row.get('key') or number}"
    known = set(Provider.__dataclass_fields__)
    if unknown := sorted(set(row) - known):
        raise ImproperlyConfigured(f"{place}: there is no field {unknown[0]!r}; the fields are {', '.join(known)}.")
    for name in ("key", "name", "issuer", "client_id", "secret", "side"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ImproperlyConfigured(f"{place}: {name!r} is missing.")
    provider = Provider(
        key=row["key"],
        name=row["name"],
        issuer=row["issuer"],
        client_id=row["client_id"],
        secret=row["secret"],
        side=row["side"],
        domains=frozenset(domain.lower() for domain in _texts(row, "domains", place)),
        claims=_claims(row, place),
        customers=frozenset(_texts(row, "customers", place)),
        email_verified_claim=str(row.get("email_verified_claim", "email_verified")),
        trusts_second_factor=row.get("trusts_second_factor", False) is True,
    )
    _check(provider, place)
    return provider


def _check(provider: Provider, place: str) -> None:
    if not _KEY.fullmatch(provider.key):
        raise ImproperlyConfigured(f"{place}: 'key' stands in addresses; use small letters, digits and hyphens.")
    if provider.side not in (VENDOR, CUSTOMER):
        raise ImproperlyConfigured(f"{place}: 'side' is {provider.side!r}; it must be vendor or customer.")
    issuer = urlsplit(provider.issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in _ON_THIS_MACHINE):
        raise ImproperlyConfigured(f"{place}: 'issuer' must be an https address.")
    if not provider.domains and not provider.claims:
        raise ImproperlyConfigured(f"{place}: give 'domains' or 'claims': whose people does it speak for?")
    if provider.side == CUSTOMER and not provider.domains and not provider.customers:
        raise ImproperlyConfigured(
            f"{place}: without 'domains' it could name anybody's address; give 'domains' or 'customers'."
        )
    if provider.side == VENDOR and provider.customers:
        raise ImproperlyConfigured(f"{place}: 'customers' are for providers of the side customer.")


def _texts(row: dict[str, Any], name: str, place: str) -> Sequence[str]:
    values = row.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ImproperlyConfigured(f"{place}: {name!r} must be a list of texts.")
    return values


def _claims(row: dict[str, Any], place: str) -> dict[str, str]:
    claims = row.get("claims", {})
    if not isinstance(claims, dict) or not all(isinstance(value, str) and value for value in claims.values()):
        raise ImproperlyConfigured(f"{place}: 'claims' must give one text for each claim that the token must have.")
    return dict(claims)
