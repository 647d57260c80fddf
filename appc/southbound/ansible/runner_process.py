"""A process that plays one playbook by ansible-runner, which runs `ansible-playbook` in a process of its own again.

Started by the controller as `python -m appc.southbound.ansible.runner_process HANDLE`; HANDLE is the play's socket.
"""

import json
import os
import shlex
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

from appc.southbound.ansible.process_tree import keep_descendants, kill_tree
from appc.southbound.ansible.telling import failure_message, hosts_of, tell

#: Ansible's own words on why there is no play begin so.
_ERROR = ("ERROR!", "[ERROR]:", "ERROR:")
#: The variable by which Ansible is told whether it may speak with a host whose key it does not know.
_HOST_KEYS = "ANSIBLE_HOST_KEY_CHECKING"


class Teller:
    """Tells the controller what ansible-runner's events say."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def hear(self, event: Mapping[str, Any]) -> bool:
        """One event of ansible-runner; False: it need not be kept in a file."""
        data = event.get("event_data", {})
        match event.get("event"):
            case "playbook_on_task_start":
                self._tell(event="task", name=data["name"])
            case "runner_on_failed" if not data.get("ignore_errors"):
                self._failed(data, unreachable=False)
            case "runner_on_unreachable":
                self._failed(data, unreachable=True)
            case "playbook_on_stats":
                self._tell(event="stats", hosts=hosts_of(data), data=data.get("artifact_data", {}))
            case _ if event.get("stdout", "").startswith(_ERROR):
                self._tell(event="problem", message=event["stdout"])
        return False

    def ended(self, code: int) -> None:
        """The last word."""
        self._tell(event="end", code=code)

    def _failed(self, data: Mapping[str, Any], unreachable: bool) -> None:
        message = failure_message(data.get("res") or {})
        self._tell(event="failed", host=data["host"], task=data["task"], message=message, unreachable=unreachable)

    def _tell(self, **event: Any) -> None:
        tell(self._handle, event)


def play(what: Mapping[str, str], teller: Teller) -> None:
    """Play it by ansible-runner, on hosts whose keys are known unless the operator says otherwise."""
    from ansible_runner.interface import init_runner

    folder = what["folder"]
    runner = init_runner(
        private_data_dir=f"{folder}/runner",
        playbook=what["playbook"],
        inventory=f"{folder}/inventory.yml",
        cmdline=shlex.join(["--extra-vars", f"@{folder}/variables.yml"]),
        envvars={"ANSIBLE_LOCAL_TEMP": f"{folder}/tmp", "TMPDIR": f"{folder}/tmp"},
        event_handler=teller.hear,
        quiet=True,
    )
    if _HOST_KEYS not in os.environ:  # it says there "check none", which would go before ansible.cfg
        runner.config.env.pop(_HOST_KEYS, None)
    runner.run()
    teller.ended(int(runner.rc))


def main() -> NoReturn:
    """Say the id, hear what to play, play it; end at once when the controller is gone."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    keep_descendants()
    tell(connection.fileno(), {"pid": os.getpid()})
    lines = connection.makefile("rb")
    if line := lines.readline():

        def end_with_the_controller() -> None:
            lines.readline()  # nothing more is ever said: this returns when the other end is closed
            kill_tree(os.getpid(), itself=False)
            os._exit(1)

        threading.Thread(target=end_with_the_controller, daemon=True).start()
        what = json.loads(line)
        os.mkdir(f"{what['folder']}/runner", mode=0o700)
        play(what, Teller(connection.fileno()))
    os._exit(0)


if __name__ == "__main__":
    main()
