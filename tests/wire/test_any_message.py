"""Any bytes get a verdict, and nothing but a verdict; what is built is read again."""

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from appc.lcm.actions import ACTIONS
from appc.lcm.outcome import Outcome
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.status import STATUSES
from appc.lcm.target import ActionIdentifiers
from appc.wire.answers import LcmAnswers, NotAnAnswer, malformed_answer, read_answer
from appc.wire.envelope import Malformed, NotARequest, Reading, build_request, read_either, read_input, read_request
from appc.wire.schemas import Schemas
from appc.wire.timestamps import parse_zulu
from tests.wire.corpus import MESSAGE
from tests.wire.referee import conforms

# ------------------------------------------------------------ strategies

#: What JSON can hold: no lone surrogates.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
#: Values that are nearly right somewhere.
NEARLY = (
    st.sampled_from([None, "", " ", 0, -1, 12, 1.5, 3600.0, 65536, True, False, [], {}])
    | st.sampled_from(["2.0", "2.00", "60", "0", "TRUE", "n", "NORMAL", "request", "Restart", "Configmodify"])
    | st.sampled_from(["2026-08-03T08:50:18Z", "2026-02-30T00:00:00Z", "Terminate", "x" * 41, "\n", "2.0\n"])
    | st.sampled_from([10**40, -(10**39), 1e40, 1e308, "exclus\u0131ve", {"input": {}}, {"vnf-id": "v"}, {"mode": "x"}])
)


def _places(members: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    deeper = [
        place for name, value in members.items() if isinstance(value, dict) for place in _places(value, (*path, name))
    ]
    return [*((*path, name) for name in members), *deeper]


PLACES = _places(MESSAGE)


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, Any]:
    """The message of the corpus with up to four members replaced, taken away or added."""
    document: dict[str, Any] = json.loads(json.dumps(MESSAGE))
    for _ in range(draw(st.integers(1, 4))):
        *parents, name = draw(st.sampled_from(PLACES))
        members: Any = document
        for parent in parents:
            members = members.get(parent) if isinstance(members, dict) else None
        if isinstance(members, dict):
            if draw(st.booleans()):
                members[name] = copy.deepcopy(draw(NEARLY | JSON))
            elif draw(st.booleans()):
                members.pop(name, None)
            else:
                members[draw(TEXTS)] = draw(JSON)
    return document


IDS = TEXTS.filter(bool).map(lambda text: text[:40])
NAMES = TEXTS.filter(bool)
MAYBE_NAMES = st.none() | NAMES
FLAGS = st.none() | st.builds(
    Flags, st.none() | st.sampled_from(Mode), st.none() | st.booleans(), st.none() | st.integers(0, 65535)
)
TIMESTAMPS = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
HEADERS = st.builds(
    CommonHeader,
    TIMESTAMPS,
    st.from_regex(r"2\.[0-9]{2}", fullmatch=True),
    IDS,
    IDS,
    st.none() | IDS,
    MAYBE_NAMES,
    FLAGS,
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request that can be asked."""
    header, action = draw(HEADERS), ACTIONS[draw(st.sampled_from(sorted(ACTIONS)))]
    return Request(
        header,
        action.name,
        draw(st.builds(ActionIdentifiers, NAMES, *[MAYBE_NAMES] * 4)),
        draw(st.builds(ReplyTo, NAMES, NAMES)),
        parse_zulu(header.timestamp),
        draw(MAYBE_NAMES),
        draw(MAYBE_NAMES) if "identity-url" in action.input else None,
    )


OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(sorted(STATUSES)),
    TEXTS.filter(bool),
    st.none() | JSON.map(json.dumps),
    st.fixed_dictionaries(
        {}, optional={"locked": st.sampled_from(["TRUE", "FALSE"]), "snapshot-id": TEXTS, "x": TEXTS}
    ),
)

# ------------------------------------------------------------ properties


def verdict(read: Callable[[], Reading]) -> Reading | tuple[int, str] | None:
    """The request, or what is said against it; None for what is no request."""
    try:
        return read()
    except Malformed as malformed:
        return malformed.error.code, malformed.error.message
    except NotARequest:
        return None


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
@example(b"{")
@example(b'{"type": "response"}')
def test_any_bytes_get_a_verdict(value: bytes) -> None:
    """Nothing is raised but Malformed and NotARequest."""
    for read in (read_request, read_input, read_either):
        assert not isinstance(verdict(lambda: read(value, max_bytes=10**6)), Reading)  # noqa: B023  # called at once


@given(mutants())
def test_a_mutant_is_judged_alike_by_everyone(no_schema: Schemas, document: dict[str, Any]) -> None:
    """Published schema, models and the referee: the same verdict, code and field."""
    value = json.dumps(document).encode()
    by_schema = verdict(lambda: read_request(value))
    by_models = verdict(lambda: read_request(value, schemas=no_schema))
    if by_schema is not None:
        assert conforms("request-envelope", document) is isinstance(by_schema, Reading)
    assert by_schema == by_models


@given(mutants())
def test_a_malformed_mutant_has_an_answer(document: dict[str, Any]) -> None:
    """Of type error, by the published schema, and readable."""
    try:
        read_request(json.dumps(document).encode())
    except Malformed as malformed:
        message = malformed_answer(malformed, "t")
        assert conforms("answer-envelope", json.loads(message.value))
        answer = read_answer(message.value)
        assert (answer.type, answer.final, answer.code) == ("error", True, malformed.error.code)
        assert answer.correlation_id == malformed.legible.correlation_id
    except NotARequest:
        pass


@given(requests())
def test_what_is_built_is_read_again(request_: Request) -> None:
    """Request to bytes and back."""
    reading = read_request(build_request(request_))
    assert (reading.request, reading.unknown_members) == (request_, ())
    assert conforms("request-envelope", json.loads(build_request(request_)))


@given(requests(), OUTCOMES)
def test_every_answer_conforms_and_is_read_again(request_: Request, outcome: Outcome) -> None:
    """Whatever the outcome carries."""
    value = LcmAnswers("t").answer(request_, outcome).value
    assert conforms("answer-envelope", json.loads(value))
    answer = read_answer(value)
    assert (answer.correlation_id, answer.rpc_name) == (request_.reply_to.correlation_id, request_.reply_to.rpc_name)
    assert (answer.code, answer.message) == (outcome.code, outcome.message)
    assert answer.header["timestamp"] == request_.header.timestamp
    assert answer.members.keys() <= ACTIONS[request_.action].output


@given(requests(), OUTCOMES, OUTCOMES)
def test_an_answer_depends_on_its_request_and_outcome_alone(request_: Request, first: Outcome, second: Outcome) -> None:
    """The same arguments give the same bytes."""
    twin = replace(first, extra=dict(reversed(first.extra.items())))
    answers = LcmAnswers("t")
    assert answers.answer(request_, first) == answers.answer(replace(request_), twin)
    same = {answers.answer(request_, outcome).value for outcome in (first, second, first, second)}
    assert len(same) <= 2


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_answer_or_none(value: bytes) -> None:
    """A client reads a topic that others write to as well."""
    with suppress(NotAnAnswer):
        read_answer(value)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 9))
def test_the_moment_of_a_request_is_its_timestamp(moment: Any, digits: int) -> None:  # noqa: ANN401
    """To the digits that the client writes."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + (f".{moment:%f}000"[: digits + 1] if digits else "") + "Z"
    header = {**MESSAGE["body"]["input"]["common-header"], "timestamp": text}
    body = {"input": MESSAGE["body"]["input"] | {"common-header": header}}
    sent_at = read_input(json.dumps(body).encode()).request.sent_at
    assert abs((moment - sent_at).total_seconds()) < 10 ** -min(digits, 6)
