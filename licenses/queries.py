"""Reads of ``licenses``: who somebody is, what was agreed on a day, how many accounts exist."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from ground.actor import Actor, NotAllowed
from licenses.models import (
    ApiKey,
    BillingContact,
    Contract,
    ContractSecret,
    ContractVersion,
    Customer,
    DefinitionAcceptance,
    Instance,
    LegalEntity,
    LicenseFile,
    Membership,
    Plan,
    PlanVersion,
    ProvisionedCount,
    VendorKey,
)
from licenses.models.people import User
from licenses.ranges import period_of
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms


class NothingAgreed(Exception):
    """The contract has no version for this day, so nothing can be counted or billed for it."""


def actor_of_user(user: Any) -> Actor:
    """Return the actor that a signed-in person is. Raises NotAllowed for somebody who is not signed in."""
    if not isinstance(user, User) or not user.is_active:
        raise NotAllowed("Somebody who is not signed in may not do this.")
    # Evaluated here, as the application's role: under the portal's role other customers' memberships are invisible.
    customer_ids = frozenset(Membership.objects.filter(user=user).values_list("customer_id", flat=True))
    return Actor(user_id=user.pk, name=user.get_full_name(), vendor_role=user.vendor_role, customer_ids=customer_ids)


def customers_for(actor: Actor) -> QuerySet[Customer]:
    """Return the customers the actor may see."""
    return Customer.objects.for_actor(actor).select_related("legal_entity")


def contracts_for(actor: Actor) -> QuerySet[Contract]:
    """Return the contracts the actor may see, each with its customer."""
    return Contract.objects.for_actor(actor).select_related("customer")


def instances_for(actor: Actor) -> QuerySet[Instance]:
    """Return the instances the actor may see, each with its contract."""
    return Instance.objects.for_actor(actor).select_related("contract")


def plans() -> QuerySet[Plan]:
    """Return what the vendor sells, each plan with its versions."""
    return Plan.objects.prefetch_related("versions").order_by("name")


def published_plans() -> list[PlanVersion]:
    """Return the newest published version of each plan: what a contract may start from."""
    newest: dict[int, PlanVersion] = {}
    for version in PlanVersion.objects.filter(published_at__isnull=False).select_related("plan").order_by("number"):
        newest[version.plan_id] = version
    return sorted(newest.values(), key=lambda version: version.plan.name)


def license_files_for(actor: Actor) -> QuerySet[LicenseFile]:
    """Return the licences the actor may see, each with its contract and version."""
    return LicenseFile.objects.for_actor(actor).select_related("contract", "version")


def keys_for(actor: Actor) -> QuerySet[ApiKey]:
    """Return the API keys the actor may see, each with its customer and instance, the newest first."""
    return ApiKey.objects.for_actor(actor).select_related("customer", "instance").order_by("-pk")


def is_administrator(*, actor: Actor, customer: Customer) -> bool:
    """Return whether the actor is a person who administers this customer."""
    if actor.user_id is None:
        return False
    return Membership.objects.filter(user_id=actor.user_id, customer=customer, role="admin").exists()


def live_keys(*, customer: Customer | None, now: datetime) -> QuerySet[ApiKey]:
    """Return the keys of a customer (None: of the vendor) that still let somebody in."""
    in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return ApiKey.objects.filter(in_time, customer=customer, revoked_at__isnull=True)


def acceptances_of(*, contract: Contract) -> QuerySet[DefinitionAcceptance]:
    """Return what the customer accepted of a contract's definitions, the newest first."""
    return DefinitionAcceptance.objects.filter(contract=contract).select_related("version").order_by("-pk")


def version_at(*, contract: Contract, day: date) -> ContractVersion:
    """Return the version that is in force on a civil day. Raises NothingAgreed."""
    version = ContractVersion.objects.filter(contract=contract, active__contains=day).first()
    if version is None:
        raise NothingAgreed(f"Contract {contract.number} has no version for {day:%d %b %Y}.")
    return version


def latest_version(*, contract: Contract) -> ContractVersion:
    """Return the version whose days come last. Raises NothingAgreed for a contract without versions."""
    version = ContractVersion.objects.filter(contract=contract).order_by("active").last()
    if version is None:
        raise NothingAgreed(f"Contract {contract.number} has no version yet.")
    return version


def terms_of(version: ContractVersion) -> ContractTerms:
    """Return the frozen terms of a version."""
    return ContractTerms.from_json(version.terms)


def terms_at(*, contract: Contract, day: date) -> ContractTerms:
    """Return the terms in force on a civil day. Raises NothingAgreed."""
    return terms_of(version_at(contract=contract, day=day))


def agreed_days(*, contract: Contract) -> Period:
    """Return the days from the first to the last version. Raises NothingAgreed."""
    ranges = list(ContractVersion.objects.filter(contract=contract).order_by("active").values_list("active", flat=True))
    if not ranges:
        raise NothingAgreed(f"Contract {contract.number} has no version yet.")
    periods = [period_of(days) for days in ranges]
    return Period(periods[0].start, max(period.end for period in periods))


def zones_of(*, contract: Contract) -> list[str]:
    """Return the time zones in which the contract's versions count days, sorted; one unless an amendment changed it."""
    versions = ContractVersion.objects.filter(contract=contract)
    return sorted({str(version.terms.get("timezone", "UTC")) for version in versions})


def zone_at(*, contract: Contract, day: date) -> str:
    """Return the time zone of a civil day: of the version in force then, else of the nearest one that has a say.

    Raises NothingAgreed for a contract without versions.
    """
    versions = ContractVersion.objects.filter(contract=contract).order_by("active")
    started = [version for version in versions if version.active.lower <= day]
    nearest = started[-1] if started else versions.first()
    if nearest is None:
        raise NothingAgreed(f"Contract {contract.number} has no version yet.")
    return str(nearest.terms["timezone"])


def salt_of(*, contract: Contract) -> bytes:
    """Return the contract's secret salt; readable for the vendor's processes only."""
    return bytes(ContractSecret.objects.get(contract=contract).salt)


def key_in_force(*, legal_entity: LegalEntity) -> VendorKey | None:
    """Return the key with which the entity signs now; None while it has none."""
    signs = Q(announced_at__isnull=True) | Q(taken_up_at__isnull=False)
    return VendorKey.objects.filter(signs, legal_entity=legal_entity, retired_at__isnull=True).first()


def billing_contacts_of(*, contract: Contract) -> QuerySet[BillingContact]:
    """Return who receives the documents of a contract now, in the order of their addresses."""
    return BillingContact.objects.filter(contract=contract, removed_at__isnull=True).order_by("email")


def billing_addresses(*, contract: Contract) -> list[str]:
    """Return the addresses to which the documents of a contract go, sorted; empty while there is no contact."""
    return list(billing_contacts_of(contract=contract).values_list("email", flat=True))


def provisioned_at(*, contract: Contract, day: date) -> ProvisionedCount | None:
    """Return the newest number of provisioned users dated on or before a day; None means "not reported".

    The vendor's own number stands for the whole contract. A newer user list stands for its instance: then the newest
    lists of the instances are added up, in a row that is not stored, with the oldest of their dates.
    """
    rows = list(ProvisionedCount.objects.filter(contract=contract, date__lte=day).order_by("pk"))
    state = {row.report_public_id: row for row in rows}
    valid = [row for row in rows if not row.report_public_id or state[row.report_public_id] is row]
    newest: dict[int | None, ProvisionedCount] = {}
    for row in sorted((row for row in valid if not row.is_withdrawn), key=_order_of_lists):
        newest[row.instance_id] = row
    whole = newest.pop(None, None)
    lists = sorted(newest.values(), key=lambda row: row.instance_id or 0)
    if not lists or (whole is not None and whole.date >= max(row.date for row in lists)):
        return whole
    if len(lists) == 1:
        return lists[0]
    return ProvisionedCount(
        customer_id=contract.customer_id,
        contract=contract,
        users=sum(row.users for row in lists),
        date=min(row.date for row in lists),
        source=f"user lists of {len(lists)} instances",
    )


def provisioned_levels(*, contract: Contract, period: Period) -> dict[date, int]:
    """Return the numbers of provisioned users by the day on which they were stated: those of the period, and the last
    one before it. Empty means "not reported"."""
    days = set(ProvisionedCount.objects.filter(contract=contract, date__lt=period.end).values_list("date", flat=True))
    carried = max((day for day in days if day <= period.start), default=None)
    asked = sorted({day for day in days if day > period.start} | ({carried} if carried is not None else set()))
    found = {day: provisioned_at(contract=contract, day=day) for day in asked}
    return {day: row.users for day, row in found.items() if row is not None}


def _order_of_lists(row: ProvisionedCount) -> tuple[object, ...]:
    """Sort numbers of one day by what they are, never by when they came; only the vendor's own follow each other."""
    own = not row.report_public_id
    made = row.generated_at.timestamp() if row.generated_at is not None else 0.0
    return (row.date, own, row.grade or 0, row.generated_at is not None, made, row.sha256, row.pk)
