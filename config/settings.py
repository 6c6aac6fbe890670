"""Django's settings: one file, driven by the environment variables declared in `environment.py`."""

import shlex
import warnings
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.desk import UNFOLD as DESK_FRAME
from config.environment import BASE_DIR, LIMITS, load_env_file, read_environment
from config.logs import configure_structlog, log_settings
from ground.sign_in.providers import read_providers
from ground.sign_in.words import OFFERED, REQUIRED

load_env_file()
ENVIRONMENT = read_environment()

MODE = ENVIRONMENT["ROLLCALL_MODE"]
if MODE not in {"development", "test", "production"}:
    raise ImproperlyConfigured(f"ROLLCALL_MODE is {MODE!r}; it must be development, test or production.")
PRODUCTION = MODE == "production"
DEBUG = False
VAR_DIR = Path(ENVIRONMENT["ROLLCALL_VAR"]).resolve()

SECRET_KEY = ENVIRONMENT["SECRET_KEY"] or ("" if PRODUCTION else "development-only-" + "not-a-secret-" * 4)
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must hold at least 50 random characters in production.")
# With this the private halves of the vendor's keys are sealed (licenses/sealing.py).
ROLLCALL_KEY_SECRET = ENVIRONMENT["ROLLCALL_KEY_SECRET"] or (
    "" if PRODUCTION else "development-only-" + "seals-nothing-worth-it-" * 2
)
ROLLCALL_SIGNER_COMMAND = shlex.split(ENVIRONMENT["ROLLCALL_SIGNER_COMMAND"])
if PRODUCTION and len(ROLLCALL_KEY_SECRET) < 50:
    raise ImproperlyConfigured(
        "ROLLCALL_KEY_SECRET must hold at least 50 random characters in production: it seals the vendor's signing keys."
    )
ALLOWED_HOSTS = ENVIRONMENT["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = ENVIRONMENT["CSRF_TRUSTED_ORIGINS"]

# --- Apps -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "pghistory",
    "pgtrigger",
    "csp",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "ground",
    "licenses",
    "usage",
    "billing",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "ground.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "ground.middleware.DeskPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Before the portal's wall, whose database role knows nothing of people's factors.
    "ground.sign_in.middleware.SessionEnds",
    "ground.sign_in.middleware.Factors",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "ground.middleware.Refusals",
    "ground.middleware.StorableTexts",
    # Last: nothing but the view and its template runs under the portal's role.
    "ground.middleware.PortalWall",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    # Without DATABASE_URL nothing can connect; `python -m config.launch run ...` supplies it.
    "default": environ.Env.db_url_config(ENVIRONMENT["DATABASE_URL"] or "postgres://rollcall_app@localhost/rollcall"),
}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})

# Constraints written as SQL are kept by the database alone; forms need not check them again.
SILENCED_SYSTEM_CHECKS = ["models.W045"]

# --- People ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "licenses.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# People are invited by the vendor or by their own administrators; nobody signs up.
ACCOUNT_ADAPTER = "ground.accounts.ClosedAccounts"
SOCIALACCOUNT_ADAPTER = "licenses.sign_in.single_sign_on.InvitedPeople"
# A link leads to the provider: a form would be stopped by our own policy at the provider's second redirect.
SOCIALACCOUNT_LOGIN_ON_GET = True
ACCOUNT_RATE_LIMITS: dict[str, str] = {"login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = ENVIRONMENT["TRUSTED_PROXIES"]
SIGN_IN_CODE_STAGE = "licenses.sign_in.single_sign_on.CodeAtLogIn"
MFA_ADAPTER = "licenses.sign_in.factors.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# Browsers take keys over plain HTTP from this machine alone; the library refuses even that unless told.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Clocks of telephones are not exact: the half minute before and the one after are taken as well, each once.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "ground.sign_in.forms.AuthenticateForm",
    "reauthenticate": "ground.sign_in.forms.ReauthenticateForm",
    "activate_totp": "ground.sign_in.forms.ActivateForm",
}
SECOND_FACTOR = ENVIRONMENT["SECOND_FACTOR"] or (REQUIRED if PRODUCTION else OFFERED)
if SECOND_FACTOR not in {REQUIRED, OFFERED}:
    raise ImproperlyConfigured(f"SECOND_FACTOR is {SECOND_FACTOR!r}; it must be required or offered.")
STEP_UP_MINUTES = ENVIRONMENT["STEP_UP_MINUTES"]
ACCOUNT_REAUTHENTICATION_TIMEOUT = STEP_UP_MINUTES * 60
SESSION_IDLE_MINUTES = ENVIRONMENT["SESSION_IDLE_MINUTES"]
SESSION_MOST_HOURS = ENVIRONMENT["SESSION_MOST_HOURS"]
OIDC_PROVIDERS = read_providers(ENVIRONMENT["OIDC_PROVIDERS"])

# --- Roads into the portal ------------------------------------------------------------------------------------

# Every view under one of these URL namespaces runs as the database role rollcall_portal for one customer.
PORTAL_NAMESPACES = frozenset({"licenses", "usage", "billing"})
PORTAL_SESSION_KEY = "customer"
# Gives the actor of a user; the app that owns people and memberships implements it.
ACTOR_OF_USER = "licenses.queries.actor_of_user"

# --- Language and time ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ----------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "media"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    # Only production collects static files; elsewhere they are found where they lie.
    warnings.filterwarnings("ignore", message="No directory at")
STORAGE_ROOT = Path(ENVIRONMENT["ROLLCALL_STORAGE"] or VAR_DIR / "storage")
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# The form says how many files are too many (usage.limits); this is where a request is cut off without words.
DATA_UPLOAD_MAX_NUMBER_FILES = 2000

# --- Background work ------------------------------------------------------------------------------------------

CELERY_BROKER_URL = ENVIRONMENT["CELERY_BROKER_URL"]
JOB_LEASE_SECONDS = ENVIRONMENT["JOB_LEASE_SECONDS"]
JOB_MOST_PER_CUSTOMER = ENVIRONMENT["JOB_MOST_PER_CUSTOMER"]
USAGE_LARGEST_UPLOAD = ENVIRONMENT["USAGE_LARGEST_UPLOAD"]
USAGE_LIMITS = {name: ENVIRONMENT[f"USAGE_LIMIT_{name.upper()}"] for name, _ in LIMITS}
USAGE_CHILD_USER = ENVIRONMENT["USAGE_CHILD_USER"]
USAGE_REPORT_DUE_DAYS = ENVIRONMENT["USAGE_REPORT_DUE_DAYS"]
USAGE_SILENT_AFTER_DAYS = ENVIRONMENT["USAGE_SILENT_AFTER_DAYS"]
USAGE_REMIND_DAYS_BEFORE = ENVIRONMENT["USAGE_REMIND_DAYS_BEFORE"]
USAGE_REMIND_DAYS_AFTER = ENVIRONMENT["USAGE_REMIND_DAYS_AFTER"]
JOB_SWEEP_SECONDS = ENVIRONMENT["JOB_SWEEP_SECONDS"]
JOB_RESEND_SECONDS = ENVIRONMENT["JOB_RESEND_SECONDS"]
# When the job named first succeeds, the jobs behind it are enqueued in the same transaction with the same arguments.
JOB_FOLLOWERS: dict[str, tuple[str, ...]] = {
    "usage.make_evidence": ("billing.review_instance",),
    "usage.preview_report": ("billing.price_preview",),
    "usage.read_report": ("billing.review_report",),
}

# --- Demo -----------------------------------------------------------------------------------------------------

ROLLCALL_DEMO = ENVIRONMENT["ROLLCALL_DEMO"]
ROLLCALL_DEMO_CLOCK = ENVIRONMENT["ROLLCALL_DEMO_CLOCK"]
if ROLLCALL_DEMO_CLOCK and not ROLLCALL_DEMO:
    raise ImproperlyConfigured(
        "ROLLCALL_DEMO_CLOCK is set but ROLLCALL_DEMO is not true: a real bill needs a real clock."
    )
if ROLLCALL_DEMO and PRODUCTION:
    raise ImproperlyConfigured("ROLLCALL_DEMO cannot be true in production.")

# --- Mail -----------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = ENVIRONMENT["DEFAULT_FROM_EMAIL"]
# Seconds after which a mail server that says nothing counts as away.
EMAIL_TIMEOUT = 30
if ENVIRONMENT["EMAIL_URL"]:
    vars().update(environ.Env.email_url_config(ENVIRONMENT["EMAIL_URL"]))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- Audit ----------------------------------------------------------------------------------------------------

PGHISTORY_APPEND_ONLY = True
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# --- Security -------------------------------------------------------------------------------------------------

SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_MOST_HOURS * 60 * 60
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ENVIRONMENT["TRUSTED_PROXIES"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}
# The vendor's desk is drawn by django-unfold, whose Alpine.js evaluates expressions; only staff reach it.
DESK_URL_PREFIX = "/admin/"
DESK_CONTENT_SECURITY_POLICY = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": [SELF, "'unsafe-inline'"],
}

# --- Programming interface ------------------------------------------------------------------------------------

API_REQUESTS_PER_MINUTE = ENVIRONMENT["API_REQUESTS_PER_MINUTE"]
WEBHOOK_ALLOWED_HOSTS = ENVIRONMENT["WEBHOOK_ALLOWED_HOSTS"]
WEBHOOK_PLAIN_LOOPBACK = ENVIRONMENT["WEBHOOK_PLAIN_LOOPBACK"]
if WEBHOOK_PLAIN_LOOPBACK and PRODUCTION:
    raise ImproperlyConfigured("WEBHOOK_PLAIN_LOOPBACK cannot be true in production: it opens this machine's loopback.")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["licenses.api.authentication.KeyAuthentication"],
    # No view is open by omission: `ground.api.views.Walled` asks for scopes, and what is not walled is closed.
    "DEFAULT_PERMISSION_CLASSES": ["ground.api.scopes.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["ground.api.throttles.PerKey"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ground.api.parsers.BoundedJson"],
    "DEFAULT_PAGINATION_CLASS": "ground.api.pages.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "ground.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "STRICT_JSON": True,
    # One form of every answer: no suffixes, no format from the query.
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": ENVIRONMENT["TRUSTED_PROXIES"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rollcall",
    "VERSION": "1",
    "DESCRIPTION": "Usage in; contracts, counts and invoices out. Decimals are texts, ends of spans are exclusive, "
    "refusals are problems (RFC 9457).",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ground.api.schema.complete",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "InvoiceKindEnum": "billing.models.Invoice.Kind",
        "TrueUpKindEnum": "billing.models.TrueUp.Kind",
        "TrueUpStateEnum": "billing.models.TrueUp.State",
        "JobStateEnum": "ground.models.Job.State",
        "ReportStateEnum": "usage.models.ReportState",
        "LanguageEnum": ["en", "de", "fr"],
    },
    "SERVE_PUBLIC": True,
}

# --- Desk -----------------------------------------------------------------------------------------------------

UNFOLD = DESK_FRAME

# --- Logs -----------------------------------------------------------------------------------------------------

LOGGING = log_settings(production=PRODUCTION, level=ENVIRONMENT["LOG_LEVEL"])
configure_structlog()
