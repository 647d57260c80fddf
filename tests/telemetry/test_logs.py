"""Log lines: one line each, with the request's ids, without secrets and control characters."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appc.lcm.events import Accepted, Answered, Finished, LcmEvent, Progressed, Started
from appc.lcm.outcome import Outcome
from appc.telemetry.logs import LogHandler, LogObserver, request_fields
from tests.fakes.requests import a_request

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
REQUEST = a_request(
    "Restart",
    "vnf-1",
    request_id="r-1",
    sub_request_id="s-1",
    originator_id="SO",
    payload='{"vm-id": "x", "password": "canary"}',
)
IDS = {
    "request_id": "r-1",
    "sub_request_id": "s-1",
    "originator_id": "SO",
    "vnf_id": "vnf-1",
    "action": "Restart",
}


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def logged(
    log: Callable[[logging.Logger], object],
    log_format: Literal["text", "json"] | None = "json",
    stream: io.StringIO | None = None,
) -> str:
    """What a logger's calls write."""
    stream = stream or io.StringIO()
    logger = logging.Logger("appc.somewhere")
    logger.addHandler(LogHandler(log_format, stream))
    log(logger)
    return stream.getvalue()


def line(log: Callable[[logging.Logger], object]) -> dict[str, Any]:
    """The one JSON line that a logger's call writes."""
    (text,) = logged(log).splitlines()
    found: dict[str, Any] = json.loads(text)
    return found


def failing(what: str) -> Callable[[logging.Logger], None]:
    """Logs an exception with this text."""

    def log(logger: logging.Logger) -> None:
        try:
            raise ValueError(what)
        except ValueError:
            logger.exception("executing failed")

    return log


def test_a_json_line_has_time_level_logger_and_event() -> None:
    """The time is UTC, to the millisecond, and is the record's own."""
    found = line(lambda logger: logger.warning("%s answers wait", 3))
    at = datetime.fromisoformat(found.pop("timestamp"))
    assert abs(datetime.now(UTC) - at).total_seconds() < 60
    assert found == {"level": "warning", "logger": "appc.somewhere", "event": "3 answers wait"}


def test_a_line_about_a_request_has_its_ids() -> None:
    """request-id, sub-request-id, originator-id, vnf-id and action, whatever the line says."""
    found = line(lambda logger: logger.info("begun", extra=request_fields(REQUEST)))
    assert found | IDS == found


def test_an_exception_is_one_json_line_with_its_traceback() -> None:
    """At level error."""
    found = line(failing("boom"))
    assert found["level"] == "error"
    assert found["exception"].startswith("Traceback (most recent call last):")
    assert found["exception"].endswith("ValueError: boom")


def test_a_text_line_reads_from_left_to_right() -> None:
    """Time, level, event, logger, then the fields; what is absent is left out."""
    extra = {"vnf_id": "vnf-1", "sub_request_id": None, "waited_s": 0.5}
    text = logged(lambda logger: logger.info("begun", extra=extra), "text")
    words = text.split()
    assert words[0].endswith("Z")
    assert words[1:] == ["[info", "]", "begun", "[appc.somewhere]", "vnf_id=vnf-1", "waited_s=0.5"]


def test_a_traceback_in_text_is_indented() -> None:
    """So that no line of it can pass for a log line, whatever the exception's text is."""
    forged = "boom\n2030-01-31T12:00:00.000Z [info     ] all is well\r\x1b[2K"
    head, *trace = logged(failing(forged), "text").splitlines()
    assert "executing failed" in head
    assert all(each.startswith("    ") for each in trace)
    assert r"\x1b[2K" in trace[-1]


@pytest.mark.parametrize(
    ("log_format", "stream", "is_json", "is_coloured"),
    [
        pytest.param(None, io.StringIO, True, False, id="not a terminal"),
        pytest.param(None, Terminal, False, True, id="a terminal"),
        pytest.param("json", Terminal, True, False, id="json on a terminal"),
        pytest.param("text", io.StringIO, False, False, id="text into a file"),
    ],
)
def test_format_and_colour_follow_the_terminal_unless_told(
    log_format: Literal["text", "json"] | None, stream: type[io.StringIO], is_json: bool, is_coloured: bool
) -> None:
    """LOG_FORMAT: text on a terminal, else json; colour on a terminal only."""
    text = logged(lambda logger: logger.info("begun"), log_format, stream())
    assert text.startswith("{") == is_json
    assert ("\x1b[" in text) == is_coloured


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "log",
    [
        pytest.param(lambda logger: logger.info("x", extra={"password": "canary"}), id="field"),
        pytest.param(lambda logger: logger.info("x", extra={"a": {"b": [{"api-token": "canary"}]}}), id="inside"),
        pytest.param(lambda logger: logger.info("x", extra={"payload": REQUEST.payload}), id="payload's text"),
        pytest.param(lambda logger: logger.info("got %s", REQUEST.payload), id="JSON inside the event"),
        pytest.param(lambda logger: logger.info("got %r", {"private_key": "can\"a'ry canary"}), id="repr in event"),
        pytest.param(lambda logger: logger.info("at redis://:canary@localhost/0"), id="URL"),
        pytest.param(failing("{'password': 'canary', 'x': 1}"), id="repr in an exception"),
        pytest.param(failing(json.dumps({"payload": json.dumps({"secret": "ca nary canary"})})), id="JSON in JSON"),
        pytest.param(lambda logger: logger.info("%s %s", {"password": "canary"}), id="line that cannot be formatted"),
    ],
)
def test_no_line_shows_a_secret(log: Callable[[logging.Logger], object], log_format: Literal["text", "json"]) -> None:
    """By the names of contract section 8, wherever they stand."""
    text = logged(log, log_format)
    assert text.strip()
    assert "canary" not in text


def test_a_line_that_cannot_be_formatted_is_told_of() -> None:
    """With the place of the call, so that it can be mended."""
    found = line(lambda logger: logger.info("%s %s", "x"))
    assert found["event"].startswith("a log line of test_logs.py:")


def test_a_long_value_is_cut() -> None:
    """A vnf-id may be as long as a message."""
    found = line(lambda logger: logger.info("x", extra={"vnf_id": "v" * 100_000}))
    assert found["vnf_id"] == "v" * 10_000 + "… (100000 characters)"


@settings(deadline=None)
@given(st.text(st.characters()))
@example("a\r\nb\x00\x1b[31m\x7f\x85\x9b\u2028\u202e\ud800")
def test_whatever_a_client_sends_stays_in_one_line(text: str) -> None:
    """No control character, no line end of any kind, nothing that cannot be written; JSON gives it back."""
    as_json = logged(lambda logger: logger.info("begun", extra={"vnf_id": text}))
    assert as_json.removesuffix("\n").isascii()
    assert as_json.removesuffix("\n").isprintable()
    as_text = logged(lambda logger: logger.info("vnf %s begun", text, extra={"vnf_id": text}), "text")
    assert len(as_text.splitlines()) == 1
    as_text.encode()
    assert not any(each in as_text for each in "\x1b\x7f\x9b\x85\u2028\u202e")


@settings(deadline=None)
@given(st.text(st.characters(), max_size=50).filter(lambda text: not set(text) & set("{[:=")))
def test_json_gives_back_what_went_in(text: str) -> None:
    """Escaped, not changed."""
    assert line(lambda logger: logger.info("begun", extra={"vnf_id": text}))["vnf_id"] == text


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            Answered(REQUEST, NOON, Outcome(312, "DUPLICATE REQUEST")),
            {"event": "answered", "level": "info", "code": 312, "status": "DUPLICATE REQUEST"},
            id="rejected",
        ),
        pytest.param(
            Answered(REQUEST, NOON, Outcome(200, "UNEXPECTED ERROR - x")),
            {"event": "answered", "level": "error", "code": 200, "status": "UNEXPECTED ERROR - x"},
            id="defect",
        ),
        pytest.param(Accepted(REQUEST, NOON), {"event": "accepted", "level": "info"}, id="accepted"),
        pytest.param(
            Started(REQUEST, NOON, 0.12345), {"event": "begun", "level": "info", "waited_s": 0.123}, id="begun"
        ),
        pytest.param(
            Progressed(REQUEST, NOON, "stop server"),
            {"event": "step", "level": "debug", "step": "stop server"},
            id="step",
        ),
        pytest.param(
            Finished(REQUEST, NOON, Outcome.success(), 5),
            {
                "event": "finished",
                "level": "info",
                "code": 400,
                "status": "SUCCESS - request has been processed successfully",
                "took_s": 5,
            },
            id="succeeded",
        ),
        pytest.param(
            Finished(REQUEST, NOON, Outcome(401, "DG FAILURE - conflict"), 5),
            {"event": "finished", "level": "warning", "code": 401, "status": "DG FAILURE - conflict", "took_s": 5},
            id="failed",
        ),
    ],
)
def test_each_event_is_one_line_with_the_request_s_ids(event: LcmEvent, expected: dict[str, object]) -> None:
    """What the log observer writes."""
    stream = io.StringIO()
    logger = logging.Logger("appc.requests")
    logger.addHandler(LogHandler("json", stream))
    LogObserver(logger).notify(event)
    (text,) = stream.getvalue().splitlines()
    found = json.loads(text)
    del found["timestamp"]
    assert found == {"logger": "appc.requests"} | IDS | expected


#: A process of its own, because the configuration of logging is the process's.
CONFIGURED = """
import logging, sys
from appc.telemetry.logs import configure_logging
configure_logging(None, "debug", sys.stderr)
configure_logging(None, sys.argv[1], sys.stderr)
for name in ("appc.somewhere", "urllib3"):
    for level in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger(name), level)("%s of %s", level, name)
"""


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param("debug", "debug info warning error warning error", id="debug"),
        pytest.param("info", "info warning error warning error", id="info"),
        pytest.param("error", "error error", id="error"),
    ],
)
def test_the_level_is_for_the_controller_s_own_lines(level: str, expected: str) -> None:
    """Libraries speak from warning on: at debug they show what they send. All of it goes to standard error, once."""
    done = subprocess.run(
        [sys.executable, "-c", CONFIGURED, level],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == ""
    assert [json.loads(each)["event"].split()[0] for each in done.stderr.splitlines()] == expected.split()
