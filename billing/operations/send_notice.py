"""Mail one notice to those who asked for it."""

from django.core.mail import EmailMessage

from billing.models import Notice, NoticePreference
from ground.faults import fault_point
from licenses.ranges import period_of
from usage.operations.remind_of_reports import administrators


def send_notice(*, notice_id: int) -> list[str]:
    """Send the mail of a notice, and return the addresses it went to; none where nobody wants this kind.

    The caller's job is keyed, so a mail is sent once; a worker that dies while sending may send it a second time.
    """
    notice = Notice.objects.select_related("contract__customer__legal_entity", "contract__account_manager").get(
        pk=notice_id
    )
    contract, to = notice.contract, addresses_for(notice)
    if not to:
        return []
    entity = contract.customer.legal_entity
    fault_point("notice.before_send")
    EmailMessage(
        subject=subject_of(notice),
        body=body_of(notice, portal_url=entity.portal_url, vendor=entity.name),
        to=to,
        reply_to=[entity.email] if entity.email else [],
    ).send()
    return to


def addresses_for(notice: Notice) -> list[str]:
    """Return who receives a notice: the customer's administrators and the account manager, as far as they want it."""
    contract = notice.contract
    preference = NoticePreference.objects.filter(contract=contract).first()
    if preference is not None and notice.kind in preference.off_kinds:
        return []
    found: list[str] = []
    if preference is None or preference.is_sent_to_customer:
        found += [person.email for person in administrators(contract)]
    if (preference is None or preference.is_sent_to_vendor) and contract.account_manager is not None:
        found.append(contract.account_manager.email)
    return list(dict.fromkeys(found))


def subject_of(notice: Notice) -> str:
    """Say in one line what it is about."""
    what = {
        Notice.Kind.FLOOR.value: f"{notice.percent} % of the floor",
        Notice.Kind.COMMITMENT.value: f"{notice.percent} % of the commitment",
        Notice.Kind.POOL.value: f"{notice.percent} % of the credit",
        Notice.Kind.CAP.value: f"{notice.percent} % of the cap",
        Notice.Kind.AHEAD.value: "More users than in the last three periods",
    }[notice.kind]
    return f"{what}: {notice.contract.product_name}, contract {notice.contract.number}"


def body_of(notice: Notice, *, portal_url: str, vendor: str) -> str:
    """Say what was reached, that it is an estimate, and where to look."""
    where = f"The users and the estimate of this period: {portal_url.rstrip('/')}/\n\n" if portal_url else ""
    days = period_of(notice.period).words()
    return (
        f"Contract {notice.contract.number}, {notice.contract.product_name}, {days}.\n\n{notice.words}\n\n"
        "This is an estimate from the reports that have arrived, not a bill. Nothing has to be done.\n\n"
        f"{where}{vendor}\n"
    )
