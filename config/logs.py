"""Logs: lines for people in development, JSON for programs in production; a traceback in both, and never a local."""

from typing import Any

import structlog

_STAMPED = (structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso"))


def log_settings(*, production: bool, level: str) -> dict[str, Any]:
    """Return Django's LOGGING. Values of variables stay out of tracebacks: among them are passwords and users."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    rendered = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()] if production else [plain]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
                "foreign_pre_chain": [*_STAMPED],
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"weasyprint": {"level": "ERROR"}, "fontTools": {"level": "ERROR"}},
    }


def configure_structlog() -> None:
    """Let our own log lines go through the handlers of the standard library, with their traceback as text."""
    structlog.configure(
        processors=[
            *_STAMPED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
