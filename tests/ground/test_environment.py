"""Every setting from outside is declared once; a wrong or missing one is refused with its name."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import BASE_DIR, VARIABLES, example_file, read_environment

PRODUCTION = {"ROLLCALL_MODE": "production", "SECRET_KEY": "x" * 60, "ROLLCALL_KEY_SECRET": "y" * 60}


def test_the_example_is_current() -> None:
    assert (BASE_DIR / ".env.example").read_text(encoding="utf-8") == example_file(), "run `make env-example`"


def test_every_variable_has_words_and_a_name_of_its_own() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(names) == len(set(names))
    assert all(variable.words.endswith(".") for variable in VARIABLES)


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "JOB_LEASE_SECONDS"])
def test_a_value_of_the_wrong_type_is_refused_by_name(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        read_environment({name: "many"})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"ROLLCALL_MODE": "prod"}, "it must be development, test or production"),
        ({"ROLLCALL_MODE": "production"}, "SECRET_KEY must hold at least 50 random characters"),
        (
            {"ROLLCALL_MODE": "production", "SECRET_KEY": "x" * 60},
            "ROLLCALL_KEY_SECRET must hold at least 50 random characters",
        ),
        (PRODUCTION | {"ROLLCALL_DEMO": "true"}, "cannot be true in production"),
        ({"ROLLCALL_DEMO_CLOCK": "/tmp/clock"}, "a real bill needs a real clock"),
    ],
)
def test_settings_that_would_be_dangerous_are_refused(environment: dict[str, str], words: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL", "SECRET"))}
    command = [sys.executable, "-c", "import config.settings"]
    started = subprocess.run(
        command, env=clean | environment, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert started.returncode != 0
    assert words in started.stderr
