"""The one list of environment variables. `.env.example` is generated from it and a test holds the two equal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from rollcall.intake.handing import NOBODY
from rollcall.intake.limits import DEFAULT_LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One setting from outside. `kind` is the reading method of django-environ; `None` as default means required."""

    name: str
    kind: str
    default: Any
    words: str
    example: str = ""


# What one upload may cost: the field of `rollcall.intake.limits.Limits` and what it means.
LIMITS: tuple[tuple[str, str], ...] = (
    ("plain_bytes", "The most bytes that one upload may have when it is unpacked."),
    ("ratio", "A compressed upload may be so many times larger unpacked; beyond that it is a bomb."),
    ("members", "The most files in one zip archive."),
    ("rows", "The most rows of one upload."),
    ("columns", "The most columns of a table."),
    ("line_characters", "The longest line, in characters."),
    ("field_characters", "The longest field, in characters."),
    ("workbook_bytes", "The most bytes that a spreadsheet may have when it is unpacked."),
    ("cells", "The most cells in the rectangle around all cells of a sheet."),
    ("sniff_seconds", "The longest that a first look at an upload may take, in seconds."),
    ("sniff_memory_bytes", "The most memory of a first look at an upload, in bytes."),
    ("sniff_workbook_memory_bytes", "The most memory of a first look at a spreadsheet or zip archive, in bytes."),
    ("read_seconds", "The longest that reading an upload may take, in seconds."),
    ("read_memory_bytes", "The most memory of reading an upload, in bytes."),
)

VARIABLES: tuple[Variable, ...] = (
    Variable(
        name="ROLLCALL_MODE",
        kind="str",
        default="development",
        words="development, test or production. Production demands a secret key, host names and HTTPS.",
        example="production",
    ),
    Variable(
        name="SECRET_KEY",
        kind="str",
        default="",
        words="Signs sessions and links: 50 random characters or more. Required in production.",
        example="change-me",
    ),
    Variable(
        name="ROLLCALL_KEY_SECRET",
        kind="str",
        default="",
        words="Seals the vendor's signing keys in the database: 50 random characters or more, kept apart from its "
        "backups. Required in production; with another value stored keys cannot sign any more.",
        example="change-me",
    ),
    Variable(
        name="ROLLCALL_SIGNER_COMMAND",
        kind="str",
        default="",
        words="A program that keeps the vendor's signing key outside the database: it reads the bytes to sign and "
        "writes the 64 bytes of an Ed25519 signature. Its words are split as a shell does, and no shell is started.",
        example="/usr/local/bin/sign-with-module --slot 2",
    ),
    Variable(
        name="SECOND_FACTOR",
        kind="str",
        default="",
        words="Second factor of the vendor's people: required (nobody opens the desk without one) or offered. Empty: "
        "required in production, offered elsewhere.",
        example="required",
    ),
    Variable(
        name="STEP_UP_MINUTES",
        kind="int",
        default=15,
        words="Finalizing, changing prices and making or turning keys need a second factor proven so many minutes ago "
        "at most, from everybody who has one.",
        example="15",
    ),
    Variable(
        name="SESSION_IDLE_MINUTES",
        kind="int",
        default=60,
        words="Whoever does nothing for so long is signed out.",
        example="60",
    ),
    Variable(
        name="SESSION_MOST_HOURS",
        kind="int",
        default=12,
        words="Whoever was signed in for so long is signed out, busy or not.",
        example="12",
    ),
    Variable(
        name="OIDC_PROVIDERS",
        kind="json",
        default=[],
        words="Identity providers (OpenID Connect) as a JSON list: key, name, issuer, client_id, secret, side (vendor "
        "or customer), domains or claims, and what docs/sign-in.md says beside these.",
        example='[{"key": "vendor", "name": "Vendor account", "issuer": "https://login.vendor.example", "client_id": '
        '"rollcall", "secret": "change-me", "side": "vendor", "domains": ["vendor.example"]}]',
    ),
    Variable(
        name="ALLOWED_HOSTS",
        kind="list",
        default=["localhost", "127.0.0.1", "[::1]"],
        words="Host names under which the portal answers, separated by commas.",
        example="rollcall.vendor.example",
    ),
    Variable(
        name="CSRF_TRUSTED_ORIGINS",
        kind="list",
        default=[],
        words="Origins whose forms are accepted behind a proxy, with scheme.",
        example="https://rollcall.vendor.example",
    ),
    Variable(
        name="TRUSTED_PROXIES",
        kind="int",
        default=0,
        words="Number of reverse proxies in front that set X-Forwarded-For and X-Forwarded-Proto. 0 means none.",
        example="1",
    ),
    Variable(
        name="DATABASE_URL",
        kind="str",
        default="",
        words="PostgreSQL 16 or newer, as the role rollcall_app. Empty: the launcher starts a private server in var/.",
        example="postgres://rollcall_app:password@db.internal:5432/rollcall",
    ),
    Variable(
        name="DATABASE_OWNER_URL",
        kind="str",
        default="",
        words="The same database as the role rollcall_owner. Read by the migrate command only.",
        example="postgres://rollcall_owner:password@db.internal:5432/rollcall",
    ),
    Variable(
        name="CELERY_BROKER_URL",
        kind="str",
        default="filesystem://localhost/",
        words="Redis or RabbitMQ in production. filesystem://localhost/ keeps messages in var/broker, for one machine.",
        example="redis://:password@redis.internal:6379/0",
    ),
    Variable(
        name="JOB_LEASE_SECONDS",
        kind="int",
        default=60,
        words="A job whose worker gave no sign of life for so long is given to another worker.",
        example="60",
    ),
    Variable(
        name="JOB_MOST_PER_CUSTOMER",
        kind="int",
        default=1,
        words="So many jobs of one customer run at once; keep it below the number of workers' hands.",
        example="1",
    ),
    Variable(
        name="JOB_SWEEP_SECONDS",
        kind="int",
        default=5,
        words="How often the sweeper looks for jobs that nobody woke up or finished.",
        example="5",
    ),
    Variable(
        name="JOB_RESEND_SECONDS",
        kind="int",
        default=30,
        words="The sweeper sends a second wake-up for a waiting job after so long.",
        example="30",
    ),
    Variable(
        name="ROLLCALL_VAR",
        kind="str",
        default=str(BASE_DIR / "var"),
        words="Folder for everything written on this machine: private database, stored files, broker, demo.",
        example="/var/lib/rollcall",
    ),
    Variable(
        name="ROLLCALL_STORAGE",
        kind="str",
        default="",
        words="Folder of uploads, evidence and documents. Empty: storage/ under ROLLCALL_VAR.",
        example="/var/lib/rollcall/storage",
    ),
    Variable(
        name="API_REQUESTS_PER_MINUTE",
        kind="int",
        default=1200,
        words="How often one API key may ask in a minute, in each web process.",
    ),
    Variable(
        name="WEBHOOK_ALLOWED_HOSTS",
        kind="list",
        default=[],
        words="The only hosts to which webhooks are sent, separated by commas; .vendor.example names all below it. "
        "Empty: every public host.",
        example="hooks.vendor.example,.partners.example",
    ),
    Variable(
        name="WEBHOOK_PLAIN_LOOPBACK",
        kind="bool",
        default=False,
        words="Lets webhooks go to this machine's loopback, and over http there: for trying receivers. Refused in "
        "production.",
        example="false",
    ),
    Variable(
        name="USAGE_LARGEST_UPLOAD",
        kind="int",
        default=2 * 1024**3,
        words="The most bytes that one uploaded file may have, as sent. A proxy in front must let as many through.",
        example="2147483648",
    ),
    Variable(
        name="USAGE_REPORT_DUE_DAYS",
        kind="int",
        default=3,
        words="A period is to be reported within so many days after its end; what arrives later is marked as late.",
        example="3",
    ),
    Variable(
        name="USAGE_SILENT_AFTER_DAYS",
        kind="int",
        default=3,
        words="An instance with so many missing days in a row up to yesterday is listed as silent on the desk.",
        example="3",
    ),
    Variable(
        name="USAGE_REMIND_DAYS_BEFORE",
        kind="list",
        default=["1"],
        words="So many days before a report is due the customer's administrators are reminded, where days are missing.",
        example="1",
    ),
    Variable(
        name="USAGE_REMIND_DAYS_AFTER",
        kind="list",
        default=["1", "7"],
        words="So many days after a report was due they are reminded again, and the account manager with them.",
        example="1,7",
    ),
    *(
        Variable(
            name=f"USAGE_LIMIT_{name.upper()}",
            kind="int",
            default=getattr(DEFAULT_LIMITS, name),
            words=words,
            example=str(getattr(DEFAULT_LIMITS, name)),
        )
        for name, words in LIMITS
    ),
    Variable(
        name="USAGE_CHILD_USER",
        kind="str",
        default=NOBODY,
        words="Whom the programs that read uploads become when Rollcall was started as root.",
        example=NOBODY,
    ),
    Variable(
        name="ROLLCALL_DEMO",
        kind="bool",
        default=False,
        words="True only for the demo: allows the demo's clock and its known passwords.",
        example="false",
    ),
    Variable(
        name="ROLLCALL_DEMO_CLOCK",
        kind="str",
        default="",
        words="A file that holds one ISO instant; it replaces the clock. Refused unless ROLLCALL_DEMO is true.",
        example="",
    ),
    Variable(
        name="EMAIL_URL",
        kind="str",
        default="",
        words="Outgoing mail. Empty: mails are written to var/mail.",
        example="smtp+tls://user:password@mail.internal:587",
    ),
    Variable(
        name="DEFAULT_FROM_EMAIL",
        kind="str",
        default="billing@localhost",
        words="Sender of outgoing mail.",
        example="billing@vendor.example",
    ),
    Variable(
        name="LOG_LEVEL",
        kind="str",
        default="INFO",
        words="DEBUG, INFO, WARNING or ERROR.",
        example="INFO",
    ),
)


def load_env_file() -> None:
    """Read `.env` beside manage.py into the process's environment; what is set already stays."""
    if (BASE_DIR / ".env").exists():
        environ.Env.read_env(BASE_DIR / ".env")


def read_environment(source: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read every declared variable; a value of the wrong type raises ImproperlyConfigured and names the variable."""
    env = environ.Env()
    if source is not None:
        env.ENVIRON = dict(source)
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        read: Callable[..., Any] = getattr(env, variable.kind)
        try:
            values[variable.name] = read(variable.name, default=variable.default)
        except ValueError as error:
            raise ImproperlyConfigured(f"{variable.name} is not a valid {variable.kind}: {error}") from error
    return values


def example_file() -> str:
    """Return the text of `.env.example`: every variable with its words; commented out when it has a default."""
    parts = [
        "# Settings of Rollcall. Copy to .env and fill in; the launcher and Django read it.",
        "# Generated from config/environment.py by `make env-example`; do not edit by hand.",
    ]
    for variable in VARIABLES:
        parts += ["", f"# {variable.words}", f"#{variable.name}={variable.example}"]
    return "\n".join(parts) + "\n"
