"""The one Celery task: it wakes a worker up. Messages carry a job's number, for the broker's logs, and nothing else.

And the work that belongs to no app.
"""

from datetime import datetime, timedelta
from typing import Any

from celery import shared_task

from ground.jobs import Args, JobContext, job
from ground.operations.forget_requests import forget_requests
from ground.operations.mail_account_change import mail_account_change
from ground.operations.run_next_job import run_next_job
from ground.sign_in.changes import MAIL
from ground.wakeup import TASK


@shared_task(name=TASK)
def run_job_task(*, job_id: int, **later: Any) -> None:
    """Run the job whose turn it is, of this customer or another. Unknown arguments of a newer sender are ignored."""
    run_next_job()


@job("ground.forget_requests", every=timedelta(days=1))
def forget(context: JobContext) -> Args:
    """Forget answers that nobody will ask for again."""
    return {"forgotten": forget_requests(now=context.now())}


@job(MAIL)
def tell_account_change(context: JobContext) -> Args:
    """Mail somebody that their sign-in has changed. Arguments: user_id, change, at, address."""
    at = datetime.fromisoformat(context.args["at"])
    args = {name: context.args[name] for name in ("user_id", "change", "address")}
    return {"sent_to": mail_account_change(at=at, **args)}
