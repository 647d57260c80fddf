"""Controllers as processes that can be killed, and a judge that reads only the topics and the cloud's effect log."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from appc.bootstrap.opening import TopicBus
from appc.lcm.actions import ACTIONS
from appc.lcm.ports.bus import Message
from appc.lcm.request import CommonHeader, Flags, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.wire.envelope import build_request
from tests.pairs import TopicNames

#: How long anything may take before the test gives up, in seconds.
PATIENCE_S = 90.0


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Poll until it holds."""
    ends_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends_at, f"{what}: not within {patience_s} s"
        time.sleep(0.02)


class ControllerProcess:
    """One `appc serve`, a process of its own."""

    def __init__(self, state_dir: Path, settings: Mapping[str, str]) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("APPC_", "OS_"))}
        given = {f"APPC_{name.upper()}": value for name, value in settings.items()}
        self.log = state_dir / f"controller-{uuid4().hex[:8]}.log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "appc", "serve"],
                env={**environ, "APPC_STATE_DIR": str(state_dir), "APPC_HTTP_PORT": "0", **given},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ready(self) -> str:
        """Wait for the ready line; the URL it names."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line.startswith("ready "), f"no ready line: {line!r}; {self.log.read_text()[-2000:]}"
        return line.split()[1]

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._end()

    def terminate(self) -> int:
        """As an orderly stop; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        code = self._process.wait(timeout=PATIENCE_S)
        if self._process.stdout:
            self._process.stdout.close()
        return code


@dataclass(frozen=True)
class Fleet:
    """Controllers that work as one."""

    state_dir: Path
    settings: Mapping[str, str]

    def __post_init__(self) -> None:
        self.state_dir.mkdir(mode=0o700)

    def controller(self) -> ControllerProcess:
        """One more, or the next life of one that was killed."""
        return ControllerProcess(self.state_dir, self.settings)


def request(action: str, vnf_id: str, vserver_id: str, originator_id: str = "crash-test") -> Request:
    """A request with fresh ids and a TTL that outlasts the test."""
    now = datetime.now(UTC)
    header = CommonHeader(
        now.isoformat().replace("+00:00", "Z"),
        "2.00",
        originator_id,
        str(uuid4()),
        str(uuid4()),
        None,
        Flags(ttl_s=900),
    )
    reply_to = ReplyTo(header.key.correlation_id, ACTIONS[action].rpc_name)
    return Request(header, action, ActionIdentifiers(vnf_id, vserver_id), reply_to, now)


@dataclass
class Topics:
    """The bus as an outsider sees it."""

    bus: TopicBus
    names: TopicNames
    sent: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._offsets: dict[int, int] = {}
        self._found: defaultdict[str, list[bytes]] = defaultdict(list)

    def send(self, requests: Iterable[Request]) -> None:
        """Publish them, in one call."""
        batch = list(requests)
        self.sent += batch
        self.bus.publish([Message(self.names.request, each.vnf_id, build_request(each)) for each in batch])

    def answers(self) -> dict[str, list[bytes]]:
        """Every answer there is, by correlation-id, in order."""
        offsets = dict.fromkeys(self.bus.end(self.names.response), 0) | self._offsets
        while deliveries := self.bus.read(self.names.response, offsets, 10_000):
            for delivery in deliveries:
                self._found[json.loads(delivery.value)["correlation-id"]].append(delivery.value)
                offsets[delivery.position.partition] = delivery.position.offset + 1
        self._offsets = offsets
        return self._found

    def all_answered(self) -> bool:
        """Whether every request has a final answer."""
        answers = self.answers()
        return all(finals(answers[each.reply_to.correlation_id]) for each in self.sent)


def code_of(answer: bytes) -> int:
    """The status code of an answer."""
    return int(json.loads(answer)["body"]["output"]["status"]["code"])


def finals(answers: Iterable[bytes]) -> set[bytes]:
    """The distinct final answers."""
    return {answer for answer in answers if code_of(answer) // 100 not in (1, 5)}


def effects(file: Path) -> list[dict[str, Any]]:
    """What really happened in the cloud, in order."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@dataclass(frozen=True)
class Verdict:
    """What the judge found; every list must be empty. `codes` counts the final answers by code."""

    unanswered: list[str]
    several_finals: list[str]
    final_before_100: list[str]
    effect_twice: list[str]
    effect_without_100: list[str]
    codes: Counter[int]


def judge(topics: Topics, effect_log: Path) -> Verdict:
    """Hold answers and effects against contract section 7."""
    answers = topics.answers()
    by_id = {each.key.openstack_request_id: each.reply_to.correlation_id for each in topics.sent}
    mine = [each.reply_to.correlation_id for each in topics.sent]
    times = Counter((effect["request"], effect["operation"]) for effect in effects(effect_log))
    accepted = {cid for cid in mine if 100 in map(code_of, answers[cid])}
    return Verdict(
        unanswered=[cid for cid in mine if not finals(answers[cid])],
        several_finals=[cid for cid in mine if len(finals(answers[cid])) > 1],
        final_before_100=[cid for cid in accepted if code_of(answers[cid][0]) != 100],
        effect_twice=[f"{operation} of {by_id.get(id)}" for (id, operation), count in times.items() if count > 1],
        effect_without_100=[str(id) for id, _ in times if by_id.get(id) not in accepted],
        codes=Counter(code_of(final) for cid in mine for final in finals(answers[cid])),
    )
