"""The description of the interface: what the code gives, and what the interface keeps to, whatever it is sent.

A seeded sample of requests made from the description, along its links and against its grain; 20,000 of them at full
size (ROLLCALL_CAMPAIGN). No answer is a fault of ours, and none breaks its description.
"""

import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from drf_spectacular.renderers import OpenApiYamlRenderer
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.api_description import description
from config.api_docs import operations
from config.api_examples import BEGIN, END, ORIGIN, examples
from config.environment import BASE_DIR
from tests.api.calls import Program, program_of
from tests.portal.conftest import Played, fixed_today, played, played_once

__all__ = ["fixed_today", "played", "played_once"]

IS_FULL = bool(os.environ.get("ROLLCALL_CAMPAIGN"))
# Requests of each way: single operations, and walks along the links.
EXAMPLES = 110 if IS_FULL else 6
WALKS, STEPS = (700, 14) if IS_FULL else (40, 12)
# Both ways together are a thousand requests every day, and twenty thousand at full size.
LEAST_SENT, LEAST_WALKED = (13_000, 7_000) if IS_FULL else (680, 320)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
QUIET = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}


def test_the_description_in_the_repository_is_what_the_code_gives() -> None:
    written = OpenApiYamlRenderer().render(description(), renderer_context={}).decode()

    assert (BASE_DIR / "docs" / "api" / "openapi.yaml").read_text(encoding="utf-8").rstrip() == written.rstrip()


def test_the_examples_are_those_of_the_description() -> None:
    text = (BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")

    assert text.partition(BEGIN)[2].partition(END)[0].strip() == examples().strip()
    assert examples().count("```sh") == len(operations(origin=ORIGIN))


def test_people_read_it_under_the_strict_policy(client: Client) -> None:
    response = client.get("/api/")

    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    text = response.content.decode()
    assert {one.name for one in operations(origin=ORIGIN) if f'id="{one.name}"' not in text} == set()
    assert "<script>" not in text
    assert "style=" not in text


@pytest.fixture(scope="module")
def keys(played: Played) -> list[Program]:
    return [program_of(None, name="fuzz"), program_of(played.house.customer_a, name="fuzz")]


@pytest.fixture(autouse=True)
def unlimited(settings: Any) -> None:
    """Nobody is told to come back later."""
    settings.API_REQUESTS_PER_MINUTE = 10**6


def schema() -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.yaml", get_wsgi_application())


def attack(operation: Any, key: Program, mode: GenerationMode, number: int, answers: Counter[int]) -> None:
    """Send one operation what its description allows, or what it does not."""

    @seed(number)
    @settings(max_examples=EXAMPLES, **QUIET)
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {key.text}"})
        answers[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    # Some operations take nothing that could be wrong.
    with contextlib.suppress(Unsatisfiable):
        attempt()


@pytest.mark.usefixtures("played")
def test_whatever_is_sent_the_description_holds(keys: list[Program], figure: Callable[[str], None]) -> None:
    answers: Counter[int] = Counter()
    ways = itertools.product(schema().get_all_operations(), keys, GenerationMode)
    for number, (found, key, mode) in enumerate(ways):
        attack(found.ok(), key, mode, number, answers)
    figure(f"requests of single operations: {sum(answers.values()):,}, none a fault, none against the description")
    assert sum(answers.values()) >= LEAST_SENT, answers
    assert {200, 400, 404} <= answers.keys(), answers


@pytest.mark.usefixtures("played")
def test_along_its_links_the_description_holds(keys: list[Program], figure: Callable[[str], None]) -> None:
    answers: Counter[tuple[str, int]] = Counter()

    class Walk(schema().as_state_machine()):  # type: ignore[misc]
        """Follows ids from one answer to the next."""

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {keys[0].text}"}}

        def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
            answers[(case.operation.label, response.status_code)] += 1
            case.validate_response(response, checks=CHECKS)

    Walk.run(settings=settings(max_examples=WALKS, stateful_step_count=STEPS, **QUIET))

    figure(f"requests along links: {sum(answers.values()):,}, none a fault, none against the description")
    assert sum(answers.values()) >= LEAST_WALKED, answers
    followed = {label for (label, status), _ in answers.items() if "{public_id}" in label and status == 200}
    assert len(followed) >= 3, answers
