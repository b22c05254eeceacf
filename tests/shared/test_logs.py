"""Logs: one JSON object a line, with the trace, without the values of variables."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from shared.observability.logs import configure_logs
from shared.observability.trace import current_trace, new_traceparent


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    configure_logs("tests", level="WARNING")


def failing(secret: str) -> None:
    raise ValueError("no")


@pytest.mark.parametrize("is_json", [True, False])
def test_line_names_service_and_trace_and_shows_no_variable(
    capsys: pytest.CaptureFixture[str], *, is_json: bool
) -> None:
    configure_logs("orders", level="INFO", is_json=is_json)
    trace = new_traceparent()
    token = current_trace.set(trace)
    phone = "138" + "00138000"
    try:
        failing(phone)
    except ValueError:
        structlog.get_logger("fresh").exception("order_failed", order_id="o1")
    finally:
        current_trace.reset(token)

    told = capsys.readouterr().err

    assert phone not in told
    assert trace.split("-")[1] in told
    if is_json:
        line = json.loads(told)
        assert (line["service"], line["event"], line["order_id"]) == (
            "orders",
            "order_failed",
            "o1",
        )
        assert "ValueError: no" in line["exception"]


def test_logs_of_libraries_have_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("orders", level="INFO")

    logging.getLogger("aiokafka").warning("lost %s", "a broker")

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["logger"]) == (
        "lost a broker",
        "warning",
        "aiokafka",
    )


def test_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("orders", level="WARNING")

    structlog.get_logger("quiet").info("nothing_much")

    assert capsys.readouterr().err == ""
