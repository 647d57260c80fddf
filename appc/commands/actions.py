"""The table of actions, for `appc actions`."""

from collections.abc import Iterable
from typing import Any

from appc.lcm.actions import Action

#: How many columns a terminal has that shows the whole table.
_ROOM = 100


def action_rows(actions: Iterable[Action]) -> list[dict[str, Any]]:
    """One object for each action (contract section 1, `appc actions --json`)."""
    return [
        {
            "action": action.name,
            "rpc-name": action.rpc_name,
            "scopes": sorted(action.scopes),
            "executor": action.protocol.value,
            "payload": {
                field.alias or name: "required" if field.is_required() else "optional"
                for name, field in action.payload.model_fields.items()
            },
            "output": sorted(action.output),
            "synchronous": action.synchronous,
            "time-limit-s": action.time_limit_s,
        }
        for action in actions
    ]


def action_table(actions: Iterable[Action]) -> None:
    """Print the table for people; required payload keys carry a star.

    Keys are what is folded, at the commas, and only they; the column of outputs is for terminals with room for it.
    """
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    headings = ("action", "scopes", "by", "payload (* required)", "output")
    for heading in headings if console.width >= _ROOM else headings[:-1]:
        table.add_column(heading, no_wrap=not heading.startswith("payload"), overflow="fold")
    for row in action_rows(actions):
        keys = ", ".join(f"{key}*" if need == "required" else key for key, need in row["payload"].items())
        cells = (row["action"], ", ".join(row["scopes"]), row["executor"], keys, ", ".join(row["output"]))
        table.add_row(*cells[: len(table.columns)])
    console.print(table)
