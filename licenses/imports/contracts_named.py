"""Finding the contract that a row names."""

from licenses.imports.table import RowWrong
from licenses.models import Contract


def contract_named(number: str) -> Contract:
    """Return the contract of a number. Raises RowWrong at the column contract."""
    found = Contract.objects.filter(number=number).select_related("customer").first()
    if found is None:
        raise RowWrong("contract", f"There is no contract {number}. Import the contracts first.")
    return found
