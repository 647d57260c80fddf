"""`appc send` and its friends: one request, each answer as it arrives."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from rich.console import Console
from rich.text import Text

from appc.client.lcm_client import AnswerTimeout, LcmClient, Topics
from appc.client.message_router import MessageRouter, NoController
from appc.lcm.actions import ACTION_ALIASES, ACTIONS
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.wire.answers import Answer
from appc.wire.timestamps import zulu

#: Where a controller is looked for (contract section 1).
DEFAULT_URL = "http://127.0.0.1:8181"


class WrongUsage(Exception):
    """What the command line asks for cannot be sent."""


@dataclass(frozen=True)
class Asked:
    """A request as the command line gives it; ids that are None become fresh UUIDs."""

    action: str
    vnf_id: str
    vserver_id: str | None = None
    vnfc_name: str | None = None
    vf_module_id: str | None = None
    payload: str | None = None
    request_id: str | None = None
    sub_request_id: str | None = None
    originator_id: str = "appc-cli"
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
        request_id, sub_request_id = self.request_id or str(uuid4()), self.sub_request_id or str(uuid4())
        header = CommonHeader(
            zulu(now), "2.00", self.originator_id, request_id, sub_request_id, flags=flags if flags != Flags() else None
        )
        ids = ActionIdentifiers(self.vnf_id, self.vserver_id, self.vnfc_name, self.vf_module_id)
        return Request(header, action.name, ids, ReplyTo(header.key.correlation_id, action.rpc_name), now, self.payload)


def ask_and_show(asked: Asked, wait: bool, timeout_s: float, as_json: bool) -> int:
    """Send it and print each answer; the exit code of the command."""
    try:
        request = asked.request(datetime.now(UTC))
    except WrongUsage as error:
        print(f"appc: {error}", file=sys.stderr)
        return 2
    try:
        with controller_router() as router:
            return _shown(_answers(LcmClient(router, topics()), request, wait, timeout_s), as_json)
    except (NoController, AnswerTimeout) as error:
        print(f"appc: {error}", file=sys.stderr)
        return 1


def controller_router() -> MessageRouter:
    """The controller that APPC_URL, APPC_USERNAME and APPC_PASSWORD name."""
    username = os.environ.get("APPC_USERNAME")
    credentials = (username, os.environ.get("APPC_PASSWORD", "")) if username else None
    return MessageRouter(os.environ.get("APPC_URL", DEFAULT_URL), credentials)


def topics() -> Topics:
    """The topics, where the environment renames them as it does for the controller."""
    defaults = Topics()
    return Topics(
        os.environ.get("APPC_REQUEST_TOPIC", defaults.request), os.environ.get("APPC_RESPONSE_TOPIC", defaults.response)
    )


def _answers(client: LcmClient, request: Request, wait: bool, timeout_s: float) -> Iterator[tuple[Answer, float]]:
    begun = time.monotonic()
    client.send(request)
    for answer in client.answers(request.reply_to.correlation_id, timeout_s=timeout_s):
        yield answer, time.monotonic() - begun
        if not wait:
            return


def _shown(answers: Iterator[tuple[Answer, float]], as_json: bool) -> int:
    console, code = Console(highlight=False), 1
    for answer, after_s in answers:
        code = 0 if answer.code in (100, 400) else 1
        if as_json:
            print(answer.text, flush=True)
        else:
            console.print(line(answer, after_s), soft_wrap=True)
    return code


def line(answer: Answer, after_s: float) -> Text:
    """One answer for people: code and message, the time it took, what else it carries."""
    colour = {1: "cyan", 4: "green" if answer.code == 400 else "red", 5: "yellow"}.get(answer.code // 100, "red")
    text = Text(f"{answer.code} ", style=f"bold {colour}")
    text.append(answer.message, style=colour)
    text.append(f"  ({after_s:.2f} s)", style="dim")
    for name, value in answer.members.items():
        text.append(f"\n    {name}: {value}")
    return text
