"""Why the world does not do what it is asked for; each service words and numbers it."""


class NotFound(LookupError):
    """Nothing with this id; a deleted server counts as gone."""


class Conflict(Exception):
    """The server's vm_state or task_state (`attr`), or that it never ran (no `state`), forbids the action."""

    def __init__(self, attr: str, state: str | None) -> None:
        super().__init__(f"{attr} {state}")
        self.attr = attr
        self.state = state


class InUse(Exception):
    """Something else has it: 409, with this text."""


class Invalid(ValueError):
    """It makes no sense as things are: 400 in every service, with this text."""
