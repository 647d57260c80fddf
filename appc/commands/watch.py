"""`appc watch`: requests and answers on the bus, one line each."""

import sys
import time
from collections import OrderedDict
from datetime import datetime

from rich.console import Console
from rich.text import Text

from appc.client.connecting import open_transport
from appc.client.errors import Unreachable
from appc.client.following import Following, Seen
from appc.commands.reaching import Whereabouts, whereabouts
from appc.lcm.ports.failures import Unavailable
from appc.lcm.status import Category, category_of
from appc.lcm.visible import visible
from appc.wire.answers import NotAnAnswer, read_answer
from appc.wire.envelope import Malformed, NotARequest, read_request

#: Requests whose answers are recognised, at most: a watch may last for weeks.
_REMEMBERED = 10_000
_COLOURS = {Category.ACCEPTED: "cyan", Category.SUCCESS: "green", Category.PARTIAL_FAILURE: "yellow"}


def watch_bus() -> int:
    """Follow both topics until Ctrl-C, which is how it ends well."""
    there = whereabouts()
    try:
        with Following(open_transport(there.url, there.access), there.topics) as following:
            _print_all(following, there)
    except (Unreachable, Unavailable) as error:
        print(f"appc watch: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"appc watch: APPC_URL {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _print_all(following: Following, there: Whereabouts) -> None:
    print(f"watching {there.topics.request} and {there.topics.response} at {there.url}", file=sys.stderr, flush=True)
    console, lines = Console(highlight=False), Lines(there.topics.request)
    for seen in following:
        console.print(lines.of(seen), soft_wrap=True)


class Lines:
    """Makes a line of a message; remembers requests, so that an answer's line names what it answers."""

    def __init__(self, request_topic: str) -> None:
        self._request_topic = request_topic
        self._asked: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def of(self, seen: Seen) -> Text:
        """The line, with the time it was seen at."""
        text = Text(datetime.now().strftime("%H:%M:%S.%f")[:-3], style="dim")
        if seen.topic == self._request_topic:
            return text.append(" → ", style="bold").append_text(self._request(seen.value))
        return text.append(" ← ", style="bold").append_text(self._answer(seen.value))

    def _request(self, value: bytes) -> Text:
        try:
            request = read_request(value).request
        except (Malformed, NotARequest) as error:
            return Text(visible(f"unreadable: {error}"), style="red")
        what = f"{request.action} {request.vnf_id}"
        if vserver_id := request.identifiers.vserver_id:
            what += f" {vserver_id}"
        what = visible(what)
        self._asked[request.reply_to.correlation_id] = what, time.monotonic()
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        return Text(what, style="bold").append(
            visible(f"  {request.key.request_id}  by {request.key.originator_id}"), style="not bold dim"
        )

    def _answer(self, value: bytes) -> Text:
        try:
            answer = read_answer(value)
        except NotAnAnswer as error:
            return Text(visible(f"unreadable: {error}"), style="red")
        text = Text(visible(f"{answer.code} {answer.message}"), style=_COLOURS.get(category_of(answer.code), "red"))
        what, asked_at = self._asked.get(answer.correlation_id, (visible(answer.rpc_name), None))
        if answer.final:
            self._asked.pop(answer.correlation_id, None)
        text.append(f"  {what}  {visible(answer.request_id or answer.correlation_id)}", style="dim")
        return text.append("" if asked_at is None else f"  ({time.monotonic() - asked_at:.2f} s)", style="dim")
