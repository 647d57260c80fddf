"""Log lines: JSON or text, one line each (a traceback apart), without secrets and without control characters.

Modules log by `logging.getLogger(__name__)`; a line about a request has `extra=request_fields(request)`.
"""

import json
import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from appc.lcm.events import Accepted, Answered, Finished, LcmEvent, Progressed, Redelivered, Started
from appc.lcm.outcome import Outcome
from appc.lcm.redaction import redacted, redacted_text
from appc.lcm.request import request_fields as request_fields
from appc.lcm.visible import visible

#: What `event` says of a request; its code, message and times have fields of their own.
LogEvent = Literal["answered", "accepted", "redelivered", "begun", "step", "finished"]

_PACKAGE = "appc"
#: Characters of one value; a client's ids may be as long as its message.
_LONGEST = 10_000


class LogObserver:
    """Port Observer: one line for each event; steps only at level debug."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger or logging.getLogger(f"{_PACKAGE}.requests")

    def notify(self, event: LcmEvent) -> None:
        """Write the line."""
        match event:
            case Answered(outcome=outcome):
                # a rejection is the client's matter, a defect (200) is ours
                self._log(logging.ERROR if outcome.code == 200 else logging.INFO, "answered", event, _fields(outcome))
            case Accepted():
                self._log(logging.INFO, "accepted", event)
            case Redelivered():
                self._log(logging.INFO, "redelivered", event)
            case Started(waited_s=waited_s):
                self._log(logging.INFO, "begun", event, {"waited_s": round(waited_s, 3)})
            case Progressed(step=step):
                self._log(logging.DEBUG, "step", event, {"step": step})
            case Finished(outcome=outcome, took_s=took_s):
                level = logging.INFO if outcome.succeeded else logging.WARNING
                self._log(level, "finished", event, _fields(outcome) | {"took_s": round(took_s, 3)})

    def _log(self, level: int, name: LogEvent, event: LcmEvent, more: Mapping[str, object] | None = None) -> None:
        self._logger.log(level, name, extra={**request_fields(event.request), **(more or {})})


class LogHandler(logging.StreamHandler[TextIO]):
    """Writes formatted lines to a stream; a line that cannot be written is told of, without its contents."""

    def __init__(self, log_format: Literal["text", "json"] | None, stream: TextIO) -> None:
        """`log_format` None: text on a terminal, else json."""
        super().__init__(stream)
        terminal = stream.isatty()
        text = log_format == "text" or (log_format is None and terminal)
        render: list[Processor] = [_escape, structlog.dev.ConsoleRenderer(colors=terminal, sort_keys=False)]
        if not text:
            render = [structlog.processors.JSONRenderer(_json_line)]
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processors=[_arrange, structlog.processors.format_exc_info, _redact, *render]
            )
        )

    def handleError(self, record: logging.LogRecord) -> None:
        """Say which line is lost; the standard library would print its arguments, secrets among them."""
        where = f"{record.filename}:{record.lineno}"
        line = {"level": "error", "logger": record.name, "event": f"a log line of {where} is lost"}
        try:
            self.stream.write(_json_line(line) + self.terminator)
        except (OSError, ValueError):
            return  # the stream itself is gone: there is nobody to tell


def configure_logging(log_format: Literal["text", "json"] | None, level: str, stream: TextIO) -> None:
    """Send all log lines to `stream`; called again, it replaces what it did before.

    `level` is for the controller's own lines; others' are written from warning on, because at debug they
    show what they send and receive.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, LogHandler)]:
        root.removeHandler(handler)
    root.addHandler(LogHandler(log_format, stream))
    own = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(own, logging.WARNING))
    logging.getLogger(_PACKAGE).setLevel(own)


def _fields(outcome: Outcome) -> dict[str, object]:
    return {"code": outcome.code, "status": outcome.message}


def _arrange(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """What every line has first, then what the call gave as `extra`."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    head = {"timestamp": at.replace("+00:00", "Z"), "level": record.levelname.lower(), "logger": record.name}
    extra = structlog.stdlib.ExtraAdder()(logger, method, {"_record": record})
    return {**head, **event, **{key: value for key, value in extra.items() if key != "_record"}}


def _redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger, method
    return {key: _plain(value) for key, value in redacted(dict(event)).items()}


def _plain(value: object) -> object:
    """What JSON can hold; everything else as text, and texts without secrets."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = redacted_text(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _json_line(event: object, **_: Any) -> str:
    # json leaves one control character as it is
    return json.dumps(event).replace("\x7f", "\\u007f")


def _escape(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Nothing that came from outside may end a line, colour a terminal or look like another line."""
    del logger, method
    safe = {key: visible(value) if isinstance(value, str) else value for key, value in event.items()}
    if trace := event.get("exception"):
        safe["exception"] = "\n".join(f"    {visible(line)}" for line in trace.splitlines())
    return {key: value for key, value in safe.items() if value is not None}
