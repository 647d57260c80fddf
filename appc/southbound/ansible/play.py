"""Plays and what comes of them, as values: what all ways of playing agree on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appc.lcm.withheld import Secrets


@dataclass(frozen=True)
class Play:
    """A playbook to play. `inventory` is Ansible's own structure, of groups; `variables` go before all others.

    `files`: the content of files by name, which the play finds in its folder. `secrets`: not to be told by anything.
    """

    playbook: Path
    inventory: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)


@dataclass(frozen=True)
class TaskFailure:
    """A task that failed on a host, or a host that could not be reached."""

    host: str
    task: str
    message: str
    unreachable: bool = False

    def __str__(self) -> str:
        if self.unreachable:
            return f"host {self.host} is unreachable: {self.message}"
        return f"task {self.task!r} failed on host {self.host}: {self.message}"


@dataclass(frozen=True)
class PlayReport:
    """How a play ended. `code`: Ansible's exit code; 0 is success. `failures`: of the hosts on which it did not get
    through; `problem`: why there was no play, or Ansible's last words where nothing else says what went wrong.

    `data`: what the playbook says by `set_stats`. `hosts`: how many the play ran on.
    """

    code: int
    failures: tuple[TaskFailure, ...] = ()
    problem: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    hosts: int = 0


def as_data(value: Mapping[str, Any]) -> str:
    """YAML of which nothing is ever taken for a template, however deep in it and whatever it looks like.

    JSON is YAML; `!unsafe` makes Ansible take all strings below it as they are (ansible-core: "Unsafe or raw strings").
    """
    return f"!unsafe {json.dumps(value, ensure_ascii=False)}\n"
