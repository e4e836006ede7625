"""The log: a JSON line a request, with names of routes and figures, never with texts, names, tokens or bodies."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

from dpa_service.serving.headers import request_id

# What a line may say. Anything else is dropped before it is written, whoever wrote the call.
ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "ms",
        "actor",
        "code",
        "exception",
        "where",
        "mode",
    }
)
_LOGGER = "dpa"

log = structlog.get_logger(_LOGGER)


def configure() -> None:
    """Set structlog up once for the process; lines go to standard error."""
    logger = logging.getLogger(_LOGGER)
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )


def only_allowed(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list."""
    for key in list(line):
        if key not in ALLOWED:
            del line[key]
    return line


def register(app: Flask) -> None:
    """Write a line at the end of every request."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def done(answer: Response) -> Response:
        log.info(
            "request",
            request_id=request_id(),
            method=request.method,
            route=request.url_rule.rule if request.url_rule else "(none)",
            status=answer.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000),
            actor=g.get("caller", "anonymous"),
        )
        return answer


def failure(trouble: BaseException) -> None:
    """Log an unexpected error: its kind and where it happened. Its message is left out, for it may hold what a user wrote."""
    frames = traceback.extract_tb(trouble.__traceback__)[-6:]
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("failure", request_id=request_id(), exception=type(trouble).__name__, where=where)
