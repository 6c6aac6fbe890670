"""Issue a licence anew where what it says has changed, or where it ends soon; otherwise leave it."""

from datetime import datetime

from ground.actor import Actor
from ground.audit import acting
from ground.together import own_transaction
from licenses.licensing import RENEWED_BEFORE, newest, says_the_same, version_to_license, write_down
from licenses.models import Contract, ContractVersion, IssuedBecause, LicenseFile
from licenses.operations.issue_license import store_license
from licenses.queries import NothingAgreed


def reissue_license(
    *,
    actor: Actor,
    contract: Contract,
    because: IssuedBecause,
    now: datetime,
    version: ContractVersion | None = None,
) -> LicenseFile | None:
    """Return the new licence; None where the last one of that version says the same and does not end soon.

    A contract that never had a licence gets none by itself: somebody asks for the first. Doing it twice issues once.
    Raises NotAllowed, NoKey, NotOpened, NotSigned.
    """
    actor.require_vendor()
    with own_transaction(), acting(actor=actor, verb="reissue_license", reason=str(because)):
        Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
        if newest(contract=contract) is None:
            return None
        try:
            of = version if version is not None else version_to_license(contract=contract, now=now)
            would_say = write_down(contract=contract, version=of, serial=1, now=now.replace(microsecond=0))
        except NothingAgreed:
            return None
        last = LicenseFile.objects.filter(contract=contract, version=of).order_by("serial").last()
        if last is not None and says_the_same(last, would_say) and not _is_due(last, would_say.expires, now):
            return None
        return store_license(actor=actor, contract=contract, version=of, because=because, now=now)


def _is_due(last: LicenseFile, possible_end: datetime, now: datetime) -> bool:
    """Return whether a licence ends soon, and a new one would end later."""
    return last.expires - now <= RENEWED_BEFORE and possible_end > last.expires
