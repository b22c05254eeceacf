"""Structured logs: one JSON object a line, or readable lines for a terminal."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.observability.trace import current_trace


def _add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    trace = current_trace.get()
    if trace is not None:
        event["trace_id"] = trace.split("-")[1]
    return event


_TALKATIVE = ("aiokafka", "httpx", "httpcore")
"""Libraries that tell of every request; their warnings are enough."""


def configure_logs(service: str, *, level: str = "INFO", is_json: bool = True) -> None:
    """Send the logs of this process, those of libraries too, to standard error.

    Each line names the service and, within a request or an event, its trace id.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if is_json:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # tracebacks without the values of local variables: those hold buyers' data and secrets
        last += [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in _TALKATIVE:
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(service=service)
