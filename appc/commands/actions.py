"""The table of actions, for `appc actions`."""

from collections.abc import Iterable
from typing import Any

from appc.lcm.actions import Action


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
    """Print the table for people; required payload keys carry a star."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("action", "scopes", "by", "payload (* required)", "output"):
        table.add_column(heading, no_wrap=heading in ("action", "by"), overflow="fold")
    for row in action_rows(actions):
        keys = ", ".join(f"{key}*" if need == "required" else key for key, need in row["payload"].items())
        table.add_row(row["action"], ", ".join(row["scopes"]), row["executor"], keys, ", ".join(row["output"]))
    Console().print(table)
