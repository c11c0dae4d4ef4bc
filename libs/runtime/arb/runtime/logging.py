"""One way to log: structured lines on stderr, the standard library's loggers included, secrets taken out last."""

import logging
import sys
from collections.abc import Iterable
from typing import Any, Literal

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from arb.runtime.redaction import redact_named, redact_text

LogFormat = Literal["json", "console"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def configure(
    service: str, level: LogLevel = "INFO", log_format: LogFormat = "json", *, secrets: Iterable[str] = ()
) -> BoundLogger:
    """Set up logging for this process and return its logger. The values in `secrets` are never written out."""
    hidden = tuple(secrets)

    def named(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
        fields.setdefault("service", service)
        return fields

    def hide_fields(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
        return redact_named(fields)

    def hide_text(_: WrappedLogger, __: str, line: Any) -> str:
        return redact_text(str(line), hidden)

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
    ]
    render: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    # Rendering comes before the last step, so that the text of exceptions and foreign loggers is cleaned as well.
    formatter = ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[ProcessorFormatter.remove_processors_meta, hide_fields, *render, hide_text],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("aiohttp.access", "asyncio", "nats"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=False,
    )
    logger: BoundLogger = structlog.stdlib.get_logger(service)
    return logger
