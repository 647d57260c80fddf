"""What a process that plays tells the controller, and how."""

import json
import os
from collections.abc import Mapping
from typing import Any

#: Characters of a failure's message that are passed on.
_LONGEST_MESSAGE = 1000
#: What ansible-core itself says of a result that must not be shown.
_HIDDEN = "the result is hidden, for the task says no_log"
#: What a command or module says besides "non-zero return code".
_DETAILS = ("stderr", "module_stderr", "stdout", "module_stdout")
#: What ansible-core says of a command that could not be started; the system's own word for it is the return code.
_NOT_STARTED = "Error executing command."
#: Messages that say that something failed, not what.
_EMPTY_WORDS = ("", "non-zero return code", "MODULE FAILURE", "All items completed", "One or more items failed")


def tell(handle: int, event: Mapping[str, Any]) -> None:
    """Write one event, as one line. Raises: OSError if the controller is gone."""
    line = json.dumps(event, default=str).encode() + b"\n"
    while line:
        line = line[os.write(handle, line) :]


def hosts_of(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Ansible's statistics by host: on how many tasks it failed, and was not reached."""
    hosts = sorted({host for name in ("processed", "failures", "dark") for host in counts.get(name, {})})
    return {
        host: {"failures": counts["failures"].get(host, 0), "unreachable": counts["dark"].get(host, 0)}
        for host in hosts
    }


def failure_message(result: Mapping[str, Any]) -> str:
    """What a task's result says of its failure; nothing of a result that says no_log."""
    if result.get("_ansible_no_log") or "censored" in result:
        return _HIDDEN
    items = [each for each in result.get("results") or () if isinstance(each, Mapping) and each.get("failed")]
    if items:
        return f"{len(items)} of {len(result['results'])} items failed, the last by: {failure_message(items[-1])}"
    message = str(result.get("msg") or "").strip()
    if message == _NOT_STARTED and isinstance(result.get("rc"), int):
        program, *_ = str(result.get("cmd", "")).split(" ")  # its arguments may hold what nobody may see
        return f"{message} {program}: {os.strerror(result['rc'])}"
    words = message.splitlines()[0].split(":")[0] if message else ""
    if words in _EMPTY_WORDS or words.startswith("MODULE FAILURE"):
        details = (str(result.get(name) or "").strip() for name in _DETAILS)
        message = ": ".join(part for part in (message, next(filter(None, details), "")) if part)
    return (message or "it does not say why")[:_LONGEST_MESSAGE]
