"""`appc send` and its friends: one request, each answer as it arrives."""

import json
import queue
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from appc.client import ActionStatus, Answer, ClientError, InvalidAction, LcmClient, NotTaken, Unreachable, connect
from appc.client.typed_action import fresh_id
from appc.commands.progress import Progress
from appc.commands.reaching import whereabouts
from appc.lcm.actions import ACTION_ALIASES, ACTIONS
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.lcm.visible import visible
from appc.wire.timestamps import zulu

#: Who asks, where the command line does not say.
ORIGINATOR = "appc-cli"
#: How often ActionStatus is asked while somebody looks on, in seconds.
_LOOK_S = 2.0


class WrongUsage(Exception):
    """What the command line asks for cannot be sent."""


@dataclass(frozen=True)
class Asked:
    """A request as the command line gives it; ids that are None become fresh UUIDs. What it says is judged there."""

    action: str
    vnf_id: str
    vserver_id: str | None = None
    vnfc_name: str | None = None
    vf_module_id: str | None = None
    payload: str | None = None
    request_id: str | None = None
    sub_request_id: str | None = None
    originator_id: str = ORIGINATOR
    mode: str | None = None
    force: bool = False
    ttl_s: int | None = None

    def request(self, now: datetime) -> Request:
        """The request to send. Raises: WrongUsage."""
        action = ACTIONS.get(ACTION_ALIASES.get(self.action, self.action))
        if action is None:
            raise WrongUsage(f"{self.action!r} is no action: `appc actions` lists them, in their spelling")
        if self.mode and self.mode.upper() not in Mode.__members__:
            raise WrongUsage(f"--mode {self.mode}: allowed are {', '.join(Mode)}")
        mode = Mode(self.mode.upper()) if self.mode else None
        flags = Flags(mode, self.force or None, self.ttl_s)
        request_id, sub_request_id = self.request_id or fresh_id(), self.sub_request_id or fresh_id()
        header = CommonHeader(
            zulu(now), "2.00", self.originator_id, request_id, sub_request_id, flags=flags if flags != Flags() else None
        )
        ids = ActionIdentifiers(self.vnf_id, self.vserver_id, self.vnfc_name, self.vf_module_id)
        return Request(header, action.name, ids, ReplyTo(header.key.correlation_id, action.rpc_name), now, self.payload)


def ask_and_show(asked: Asked, wait: bool, timeout_s: float, as_json: bool) -> int:
    """Send it and print each answer; the exit code of the command."""
    try:
        request = asked.request(datetime.now(UTC))
        with _client() as client:
            return _shown(client, request, wait, timeout_s, as_json)
    except (WrongUsage, InvalidAction) as error:
        print(f"appc: {visible(str(error))}", file=sys.stderr)
        return 2
    except (NotTaken, Unreachable) as error:
        print(f"appc: {error}", file=sys.stderr)
        return 1
    except ClientError as error:
        print(f"appc: {error}\n{_how_to_ask(request)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"appc: interrupted; what is under way goes on\n{_how_to_ask(request)}", file=sys.stderr)
        return 1


@contextmanager
def _client() -> Iterator[LcmClient]:
    """The controller's client. Raises: WrongUsage, Unreachable."""
    there = whereabouts()
    try:
        client = connect(there.url, there.access, there.topics)
    except ValueError as error:
        raise WrongUsage(f"APPC_URL {error}") from None
    with client:
        yield client


def _shown(client: LcmClient, request: Request, wait: bool, timeout_s: float, as_json: bool) -> int:
    """Print what comes, up to the final answer or, without `wait`, the first. Raises: ClientError."""
    console = Console(highlight=False)
    arrived: queue.SimpleQueue[Answer | ClientError] = queue.SimpleQueue()
    begun = time.monotonic()
    with Progress(request, sys.stderr) as progress:
        client.submit(request, arrived.put, arrived.put, timeout_s=timeout_s)
        while True:
            try:
                event = arrived.get(timeout=_LOOK_S if progress.visible else None)
            except queue.Empty:
                _look(client, request, progress)
                continue
            if isinstance(event, ClientError):
                raise event
            with progress.aside():
                _print(console, event, time.monotonic() - begun, as_json)
            progress.accepted = event.code == 100
            if event.final or not wait:
                return 0 if event.code in (100, 400) else 1


def _look(client: LcmClient, request: Request, progress: Progress) -> None:
    """Have the progress line say what ActionStatus says."""
    if not progress.accepted:
        return
    key = request.key
    status = ActionStatus(
        vnf_id=request.vnf_id,
        originator_id=ORIGINATOR,
        asked_request_id=key.request_id,
        asked_sub_request_id=key.sub_request_id,
        asked_originator_id=key.originator_id,
    )

    def show(answer: Answer) -> None:
        members = json.loads(answer.payload or "{}")
        if members.get("status") == "IN_PROGRESS" and members.get("status-reason"):
            progress.say(visible(str(members["status-reason"])))

    client.submit(status, show, timeout_s=_LOOK_S * 5)


def _print(console: Console, answer: Answer, after_s: float, as_json: bool) -> None:
    if as_json:
        print(answer.text, flush=True)
    else:
        console.print(line(answer, after_s), soft_wrap=True)


def _how_to_ask(request: Request) -> str:
    key = request.key
    sub_request = f" --sub-request-id {key.sub_request_id}" if key.sub_request_id else ""
    return visible(f"ask later:  appc status {key.request_id} --vnf-id {request.vnf_id}{sub_request}")


def line(answer: Answer, after_s: float) -> Text:
    """One answer for people: code and message, the time it took, what else it carries."""
    colour = {1: "cyan", 4: "green" if answer.succeeded else "red", 5: "yellow"}.get(answer.code // 100, "red")
    text = Text(f"{answer.code} ", style=f"bold {colour}")
    text.append(visible(answer.message), style=colour)
    text.append(f"  ({after_s:.2f} s)", style="dim")
    for name, value in answer.members.items():
        text.append(f"\n    {name}: {visible(str(value))}")
    return text
