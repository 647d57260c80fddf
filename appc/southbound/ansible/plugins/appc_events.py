"""Ansible's callback of a play in the warm process: what happens, for the controller, a JSON object a line.

It stands in a folder of its own because Ansible looks plugins up by folder, and imports it itself.
"""

import os
from typing import Any

from ansible.plugins.callback import CallbackBase

from appc.southbound.ansible.telling import failure_message, hosts_of, tell

DOCUMENTATION = """
name: appc_events
type: stdout
short_description: Tells the controller what happens in a play
description: A JSON object a line, on the file descriptor that APPC_EVENTS names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible ships no types
    """See the documentation above."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "appc_events"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """A task begins, on all hosts."""
        self._tell(event="task", name=task.get_name())

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """A handler begins."""
        self._tell(event="task", name=task.get_name())

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed on a host."""
        if not ignore_errors:
            self._failed(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """A host could not be reached."""
        self._failed(result, unreachable=True)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The end, with what `set_stats` collected."""
        counts = {"failures": stats.failures, "dark": stats.dark, "processed": stats.processed}
        self._tell(event="stats", hosts=hosts_of(counts), data=stats.custom.get("_run", {}))

    def _failed(self, result: Any, unreachable: bool = False) -> None:
        self._tell(
            event="failed",
            host=result.host.get_name(),
            task=result.task.get_name(),
            message=failure_message(result.result),
            unreachable=unreachable,
        )

    def _tell(self, **event: Any) -> None:
        tell(int(os.environ["APPC_EVENTS"]), event)
