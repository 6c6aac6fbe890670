"""What a log says of a fault: where it happened, in development and in production, and nothing of what was at hand."""

import json
import logging
import sys

import pytest

from config.logs import log_settings


def logged(*, production: bool) -> str:
    """A fault with a password at hand, as Django logs it, rendered as the console shows it."""
    wanted = log_settings(production=production, level="INFO")["formatters"]["plain"]
    make = wanted.pop("()")
    try:
        password = "rosebud" + "-42"
        raise ValueError(f"{len(password)} letters")
    except ValueError:
        record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "It broke", (), sys.exc_info())
    return str(make(**wanted).format(record))


@pytest.mark.parametrize("production", [False, True])
def test_a_fault_is_logged_with_its_place_and_without_what_was_at_hand(production: bool) -> None:
    text = logged(production=production)
    assert "It broke" in text
    assert "ValueError: 10 letters" in text
    assert "test_logs.py" in text
    assert "rosebud-42" not in text


def test_production_logs_one_object_a_line() -> None:
    text = logged(production=True)
    assert "\n" not in text
    assert json.loads(text)["exception"].startswith("Traceback (most recent call last)")
