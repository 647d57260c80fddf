"""`appc check`: what the controller would say to a message, as far as the message alone decides it."""

import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from appc.bootstrap.opening import open_schemas
from appc.commands.configuration import settings_or_exit
from appc.lcm.actions import ACTIONS
from appc.lcm.errors import Rejected
from appc.lcm.planning import read_payload, rpc_name_fits
from appc.lcm.request import Request
from appc.lcm.targeting import wanted_by
from appc.wire.envelope import read_either
from appc.wire.malformed import Malformed, NotARequest


def check_file(file: Path, config: Path | None) -> int:
    """Check a message or a body and print every fault, one line each; 0 if there is none. `-` is standard input."""
    settings = settings_or_exit(config)
    enough = settings.max_message_bytes + 1  # a device or a pipe may have no end
    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
            content = source.read(enough)
    except OSError as error:
        print(f"appc check: cannot read {file}: {error.strerror}", file=sys.stderr)
        return 2
    console = Console(highlight=False, soft_wrap=True)
    try:
        reading = read_either(content, settings.max_message_bytes, open_schemas(settings))
    except Malformed as malformed:
        return _told(console, "malformed", list(malformed.errors))
    except NotARequest as other:
        console.print(f"[yellow]no request[/]: {other}; the controller puts it aside and does not answer")
        return 1
    for path in reading.unknown_members:
        console.print(f"[yellow]ignored[/]    {path}: unknown member")
    faults = list(_faults(reading.request))
    if faults:
        return _told(console, "rejected", faults)
    request = reading.request
    console.print(f"[green]valid[/]      {request.action} of VNF {request.vnf_id}, request-id {request.key.request_id}")
    console.print("           its age, the inventory, locks and other requests are judged when it arrives", style="dim")
    return 0


def _faults(request: Request) -> Iterator[Rejected]:
    """Checks 2 to 4: each on its own, so that all faults are seen at once."""
    action = ACTIONS[request.action]
    for examine in (
        lambda: rpc_name_fits(request, action),
        lambda: wanted_by(request, action, inventoried=True),
        lambda: read_payload(request, action, None),
    ):
        try:
            examine()
        except Rejected as fault:
            yield fault


def _told(console: Console, verdict: str, faults: list[Rejected]) -> int:
    for fault in faults:
        console.print(f"[red]{verdict:10}[/] {fault.code} {fault.message}", markup=True)
    return 1
