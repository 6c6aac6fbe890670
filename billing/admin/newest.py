"""The newest version of a contract, for pages that begin with it."""

from django.contrib import messages
from django.http import HttpRequest

from licenses.models import Contract, ContractVersion
from licenses.queries import NothingAgreed, latest_version


def newest_or_say(request: HttpRequest, contract: Contract) -> ContractVersion | None:
    """Return the newest version; None, with the sentence on the next page, where nothing is agreed."""
    try:
        return latest_version(contract=contract)
    except NothingAgreed as nothing:
        messages.error(request, str(nothing))
        return None
