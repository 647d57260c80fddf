"""The workflow of most VM actions: call the executor once."""

from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Run
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task


def delegate(task: Task, ports: Ports, run: Run) -> Outcome:
    """Hand the task to its executor. Raises: Failed (4xx)."""
    return ports.executors[task.protocol].execute(task, run)
