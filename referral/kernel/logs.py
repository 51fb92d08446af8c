"""Log lines in which nothing stands that somebody wrote.

What was told about a survivor must not reach a log, nor by a library that logs a statement with its
parameters, nor by the text of an exception. So a line holds the fields of `FIELDS` and no other; of
what a library logs it holds the words fixed in its code, without their arguments; of an exception
the type and the places it went through.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

FIELDS: Final = frozenset(
    {
        "timestamp", "level", "logger", "event", "error", "places", "reference",
        "method", "route", "status", "ms", "job", "count",
    }
)  # fmt: skip
PLACES: Final = 5
_FORMATTERS_OWN: Final = frozenset({"_record", "_from_structlog"})
SERVER: Final = ("gunicorn.error", "gunicorn.access")

Line = MutableMapping[str, Any]


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Where a module tells what happened: fixed words, and values by name."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def places_of(error: BaseException) -> str:
    """Where an exception was raised and what called that, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))


def without_what_was_typed(_logger: Any, _method: str, line: Line) -> Line:
    """Keep the fields of the list, and an exception's type and places."""
    raised = line.get("exc_info")
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        line.update(error=type(error).__qualname__, places=places_of(error))
    return {name: value for name, value in line.items() if name in FIELDS | _FORMATTERS_OWN}


STAMPED: Final[list[Any]] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *STAMPED,
        without_what_was_typed,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


def formatter(output: TextIO) -> logging.Formatter:
    """Lines of JSON; on a terminal, for a person to read."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if output.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*STAMPED, without_what_was_typed],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        use_get_message=False,  # the words without their arguments
    )


def configure(output: TextIO | None = None) -> None:
    """Send the log of this process to `output` (standard error), its server's own lines too."""
    output = output or sys.stderr
    handler = logging.StreamHandler(output)
    handler.setFormatter(formatter(output))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("referral").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    for name in SERVER:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
