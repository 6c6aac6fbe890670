"""Whom the word of an identity provider lets in: always somebody who was invited before, never a stranger."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount

from ground.sign_in.providers import VENDOR, Provider
from licenses.models import Membership, User


class NotAdmitted(Exception):
    """The provider's word lets nobody in; the message says whom to ask."""


def admit(*, provider: Provider, claims: Mapping[str, Any], known: User | None) -> User:
    """Return the invited person for whom the provider may speak.

    `claims` are those of the token and the user info; `known` is the person who signed in with this identity before.
    The first time the person is found by the address that the provider has checked. Every time the provider must be
    trusted for that address, for the person's side, and for every customer of theirs. Raises NotAdmitted.
    """
    for name, value in provider.claims.items():
        if not _says(claims.get(name), value):
            raise NotAdmitted(f"{provider.name} does not count you among the people who may sign in here. Ask there.")
    email = str(claims.get("email") or "").strip().lower()
    if not email:
        raise NotAdmitted(f"{provider.name} did not say your e-mail address. Ask there to release it to this portal.")
    if claims.get(provider.email_verified_claim) not in (True, "true", 1, "1"):
        raise NotAdmitted(f"{provider.name} has not verified {email}. Have it verified there, then sign in again.")
    if provider.domains and email.rpartition("@")[2] not in provider.domains:
        raise NotAdmitted(f"{provider.name} may not speak for {email}. Sign in with the account of your own company.")
    person = known or User.objects.filter(email=email).first()
    if person is None:
        raise NotAdmitted(f"Nobody has invited {email}. Ask the vendor or an administrator of your company.")
    if known is None and SocialAccount.objects.filter(user=person, provider=provider.key).exists():
        # An address may be given to somebody else at the provider; the person here is the one who came first.
        raise NotAdmitted(
            f"{email} is connected with another account of {provider.name}. "
            "Ask an administrator of the vendor to take that connection away."
        )
    if not person.is_active:
        raise NotAdmitted(f"The account of {person.email} is closed. An administrator can open it again.")
    if person.is_staff != (provider.side == VENDOR):
        raise NotAdmitted(f"{person.email} signs in another way than through {provider.name}. Ask whoever invited you.")
    if not person.is_staff:
        _check_customers(provider, person)
    return person


def _check_customers(provider: Provider, person: User) -> None:
    numbers = set(Membership.objects.filter(user=person).values_list("customer__number", flat=True))
    if not numbers:
        raise NotAdmitted(f"{person.email} belongs to no customer yet. Ask the person who invited you.")
    if provider.customers and not numbers <= provider.customers:
        raise NotAdmitted(
            f"{person.email} belongs to a customer for which {provider.name} does not speak. Use your password."
        )


def _says(claim: object, value: str) -> bool:
    """Whether a claim is the value, or a list that holds it."""
    return value in [str(one) for one in claim] if isinstance(claim, list) else str(claim) == value
