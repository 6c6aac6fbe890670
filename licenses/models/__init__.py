"""The tables of ``licenses``: people, parties, contracts, instances.

Owns: the columns and the constraints that one row can break alone.
Does not own: rules over several rows (``operations``) and reading for a screen (``queries``).
Invariant: every table of a customer carries ``customer_id``, which row-level security reads.
"""

from licenses.models.acceptances import DefinitionAcceptance
from licenses.models.api_keys import ApiKey, Scope
from licenses.models.contacts import BillingContact
from licenses.models.contracts import Contract, ContractSecret, ContractVersion
from licenses.models.instances import Instance, ProvisionedCount
from licenses.models.keys import VendorKey, VendorKeySecret
from licenses.models.license_files import InstanceKey, IssuedBecause, KeyRevocation, LicenseFile
from licenses.models.parties import Customer, LegalEntity
from licenses.models.people import FactorRemoval, Membership, User, UserManager
from licenses.models.plans import Plan, PlanMetric, PlanVersion
from licenses.models.webhooks import (
    CheckoutQuestion,
    EventKind,
    Purpose,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDestination,
    WebhookEvent,
    WebhookSecret,
)

__all__ = [
    "ApiKey",
    "BillingContact",
    "CheckoutQuestion",
    "Contract",
    "ContractSecret",
    "ContractVersion",
    "Customer",
    "DefinitionAcceptance",
    "EventKind",
    "FactorRemoval",
    "Instance",
    "InstanceKey",
    "IssuedBecause",
    "KeyRevocation",
    "LegalEntity",
    "LicenseFile",
    "Membership",
    "Plan",
    "PlanMetric",
    "PlanVersion",
    "ProvisionedCount",
    "Purpose",
    "Scope",
    "User",
    "UserManager",
    "VendorKey",
    "VendorKeySecret",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookDestination",
    "WebhookEvent",
    "WebhookSecret",
]
