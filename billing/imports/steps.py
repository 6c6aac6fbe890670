"""The steps of the first run in their order: a row may name what an earlier step brought in."""

from billing.imports.open_balances import OpenBalances
from billing.imports.series import Series
from licenses.imports.contacts import BillingContacts
from licenses.imports.contracts import Contracts
from licenses.imports.customers import Customers
from licenses.imports.instances import Instances
from licenses.imports.provisioned import ProvisionedUsers
from licenses.imports.table import Table

STEPS: tuple[type[Table], ...] = (
    Customers,
    Contracts,
    Instances,
    ProvisionedUsers,
    BillingContacts,
    OpenBalances,
    Series,
)
BY_KIND: dict[str, type[Table]] = {step.kind: step for step in STEPS}
