"""Whatever fits the OpenAPI documents, and whatever does not, gets an answer that they promise."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from shopfleet.prove.fleet import Fleet

EXAMPLES = 3
LEFT_OUT = {"/v1/live", "/v1/signing-keys:rotation"}
"""A stream, which never ends, and what ends the token that all else is asked with."""

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
TRIED = settings(
    max_examples=EXAMPLES,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("service", ["directory", "orders", "inventory", "reporting"])
@pytest.mark.timeout(240)
async def test_every_operation_keeps_its_promises(fleet: Fleet, service: str) -> None:
    headers = {"Authorization": f"Bearer {fleet.token}"}
    answered = await asyncio.to_thread(try_all, fleet.addresses[service], headers)

    assert answered.total() > 2 * answered[401], "most examples are let in"
    assert answered[200]
    assert answered[400] + answered[422]


def try_all(url: str, headers: Mapping[str, str]) -> Counter[int]:
    """Send examples to every operation; return how often each status was answered."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    answered: Counter[int] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if operation.path in LEFT_OUT:
            continue
        trial(operation, GenerationMode.POSITIVE, headers, answered)()
        with suppress(Unsatisfiable):  # where nothing is asked, nothing can be wrong
            trial(operation, GenerationMode.NEGATIVE, headers, answered)()
    return answered


def trial(
    operation: Any, mode: GenerationMode, headers: Mapping[str, str], answered: Counter[int]
) -> Callable[[], None]:
    """Return what sends examples of one kind to one operation."""

    @TRIED
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        answered[answer.status_code] += 1

    return send
