"""Send one reminder to one person, unless the days have arrived meanwhile."""

from datetime import date, datetime

from django.core.mail import EmailMessage

from ground.faults import fault_point
from licenses.models import Contract, User
from licenses.queries import latest_version, terms_of
from rollcall.period import civil_day
from usage.dues import due_date
from usage.operations.remind_of_reports import administrators
from usage.queries.overdue import missing_so_far
from usage.reminders import Facts, mail_to_customer, mail_to_manager


def send_reminder(*, contract_id: int, start: date, offset: int, user_id: int, now: datetime) -> str:
    """Send the mail and return the address it went to; "" when nothing is missing any more or the person has left.

    The caller's job is keyed, so a mail is sent once; a worker that dies while sending may send it a second time.
    """
    contract = Contract.objects.select_related("customer__legal_entity").get(pk=contract_id)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    terms = terms_of(latest_version(contract=contract))
    period = terms.period_of(start)
    if user is None or period is None:
        return ""
    today = civil_day(now, terms.timezone)
    missing = missing_so_far(contract=contract, period=period, terms=terms, today=today)
    if not missing:
        return ""
    entity = contract.customer.legal_entity
    facts = Facts(
        contract=contract.number,
        customer=contract.customer.name,
        product=contract.product_name,
        vendor=entity.name,
        period=period,
        due=due_date(period),
        is_overdue=offset > 0,
        missing=missing,
    )
    base, query = entity.portal_url.rstrip("/"), f"?contract={contract.public_id}&month={period.start:%Y-%m}"
    if user.pk == contract.account_manager_id:
        reminded = [person.email for person in administrators(contract)]
        mail = mail_to_manager(facts, reminded=reminded, address=f"{base}/admin/days/{query}")
    else:
        name, language = user.full_name or user.email, contract.customer.language
        mail = mail_to_customer(facts, name=name, language=language, address=f"{base}/usage/days/{query}")
    fault_point("remind.before_send")
    EmailMessage(
        subject=mail.subject, body=mail.body, to=[user.email], reply_to=[entity.email] if entity.email else []
    ).send()
    return user.email
