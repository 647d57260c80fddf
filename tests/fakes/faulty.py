"""A store and a bus that fail, or die, at a named point: `before update_many`, `after publish` and the like.

Put in front of any port, real or fake. What fails *after* a call has done its work: nobody knows that it did.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar, cast

from appc.lcm.ports.failures import Unavailable

Port = TypeVar("Port")


class Watcher(Protocol):
    """Is told of every call, at its points."""

    def at(self, point: str, *arguments: object) -> None:
        """A call is at this point; what is raised here is raised there."""


class Died(BaseException):
    """The process of a controller ended here. Not an Exception: nothing may catch it and go on."""


class Faults:
    """What goes wrong, shared by the ports of one process. A point is `before` or `after` and a method's name.

    Once it has died, no call of it reaches the outside: it raises Died in the thread that made this, every
    other thread stays where it is for ever.
    """

    def __init__(self) -> None:
        self.died = threading.Event()
        self._home = threading.current_thread()
        self._lock = threading.Lock()
        self._failing: dict[str, int] = {}
        self._errors: dict[str, Exception] = {}
        self._deadly: set[str] = set()
        self._listeners: list[tuple[str, Callable[..., None]]] = []
        self._passed: dict[str, int] = {}
        self._changed = threading.Condition(self._lock)

    def fail(self, point: str, times: int = 1, error: Exception | None = None) -> None:
        """Raise Unavailable there, or another error, so many times."""
        with self._lock:
            self._failing[point] = times
            self._errors[point] = error or Unavailable(f"out of reach {point}")

    def mend(self) -> None:
        """Nothing fails any more."""
        with self._lock:
            self._failing.clear()

    def die(self, point: str | None = None) -> None:
        """Die there, or here and now."""
        if point is None:
            self.died.set()
        else:
            with self._lock:
                self._deadly.add(point)

    def listen(self, point: str, listener: Callable[..., None]) -> None:
        """Call this there, each time, with the arguments of the call."""
        self._listeners.append((point, listener))

    def wait_for(self, point: str, times: int = 1, timeout_s: float = 10.0) -> None:
        """Wait until it was passed so often, failures included. Raises: TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._passed.get(point, 0) >= times, timeout_s):
                raise TimeoutError(f"{point}: {self._passed.get(point, 0)} times, not {times}")

    def passed(self, point: str) -> int:
        """How often it was passed, failures included."""
        with self._lock:
            return self._passed.get(point, 0)

    def at(self, point: str, *arguments: object) -> None:
        """A call is at this point."""
        self._end_if_dead()
        for wanted, listener in self._listeners:
            if wanted == point:
                listener(*arguments)
        with self._changed:
            self._passed[point] = self._passed.get(point, 0) + 1
            self._changed.notify_all()
            if point in self._deadly:
                self.died.set()
            left = self._failing.get(point, 0)
            self._failing[point] = max(0, left - 1)
        self._end_if_dead()
        if left:
            raise self._errors[point]

    def _end_if_dead(self) -> None:
        if self.died.is_set():
            if threading.current_thread() is self._home:
                raise Died
            threading.Event().wait()


def faulty(port: Port, faults: Watcher) -> Port:
    """The same port, with these faults in every method."""
    return cast(Port, _Faulty(port, faults))


class _Faulty:
    def __init__(self, port: object, faults: Watcher) -> None:
        self._port = port
        self._faults = faults

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the port has
        attribute = getattr(self._port, name)
        return partial(self._call, name, attribute) if callable(attribute) else attribute

    def _call(self, name: str, method: Callable[..., Any], *arguments: object, **named: object) -> object:
        self._faults.at(f"before {name}", *arguments)
        result = method(*arguments, **named)
        self._faults.at(f"after {name}", *arguments)
        return _Faulty(result, self._faults) if name == "consumer" else result
