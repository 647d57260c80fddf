"""The workflow of most actions: call the executor once."""

from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Executor, Run
from appc.lcm.record import Task


def delegate(task: Task, executor: Executor, run: Run) -> Outcome:
    """Hand the task to its executor. Raises: Failed (4xx)."""
    return executor.execute(task, run)
