"""The desk's pages of `licenses`: customers, people, legal entities, instances, provisioned counts.

Owns: lists and pages of facts. Does not own: the contract's page, which shows what is billed and so lives in
`billing`; or any write.
"""

from licenses.admin.customers import CustomerAdmin, LegalEntityAdmin
from licenses.admin.instances import InstanceAdmin, LicenseFileAdmin, ProvisionedCountAdmin
from licenses.admin.people import UserAdmin

__all__ = [
    "CustomerAdmin",
    "InstanceAdmin",
    "LegalEntityAdmin",
    "LicenseFileAdmin",
    "ProvisionedCountAdmin",
    "UserAdmin",
]
