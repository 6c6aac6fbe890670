"""Celery: only a wake-up for job rows. JSON only, no result backend, late acknowledgement."""

import os
import warnings
from pathlib import Path

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import celeryd_init
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from ground.database.roles import PowerfulRole, refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["filesystem"] = "config.embedded_broker:Transport"
app = Celery("rollcall")

if not settings.PRODUCTION:
    # In a container of a developer everything runs as root; in production the warning stays.
    warnings.filterwarnings("ignore", category=SecurityWarning)


IS_EMBEDDED = settings.CELERY_BROKER_URL.startswith("filesystem:")
# A wake-up is worth no wait: the work has its job row, and the sweeper sends another. Without these, each request that
# enqueues a job would hang for six seconds while the broker is down.
GIVES_UP_SOON: dict[str, object] = {"max_retries": 1, "interval_start": 0.1}


def _transport_options() -> dict[str, object]:
    """Folders of the embedded broker, or the time after which Redis gives an unfinished message to another worker."""
    if not IS_EMBEDDED:
        return {"visibility_timeout": 3600, "socket_connect_timeout": 3, **GIVES_UP_SOON}
    folder = Path(settings.VAR_DIR) / "broker"
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    messages = str(folder / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(folder / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }


app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=_transport_options(),
    broker_connection_retry_on_startup=True,
    accept_content=["json"],
    task_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    # Orders to workers go through the broker's fan-out, which the embedded one keeps as files for ever.
    worker_enable_remote_control=not IS_EMBEDDED,
    worker_max_tasks_per_child=200,
    timezone="UTC",
)
app.autodiscover_tasks()


def _refuse_to_start(**kwargs: object) -> None:
    """End a worker that would pass every wall; Celery swallows any exception here but this one."""
    try:
        refuse_to_start()
    except PowerfulRole as refusal:
        raise SystemExit(str(refusal)) from refusal


celeryd_init.connect(_refuse_to_start, weak=False)
