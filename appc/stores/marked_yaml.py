"""Reads YAML (JSON is YAML) that an operator wrote, and says of every fault in which file, line and field it is.

Only texts, lists and mappings: what these files hold. Built from the parser's events, so that nothing a
file may contain is expanded or constructed: aliases, tags and duplicate keys are faults, nesting has a limit.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from appc.lcm.fault_words import fault_words
from appc.lcm.ports.failures import Misconfigured

#: A place in the document: keys and indexes from the root.
Place = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

#: Levels of lists and mappings inside one another; our files have six.
_MAX_DEPTH = 20
#: libyaml's parser is eight times as fast; a PyYAML that was built without it has only its own.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
#: What is said of files alone, by pydantic's names of faults.
_WORDS = {"extra_forbidden": "is no field of this file", "model_type": "must be a mapping"}


@dataclass
class Marked:
    """A document with the line of each place, and every fault found so far."""

    name: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, place: Place, what: str, line: int | None = None) -> None:
        """Note that something is wrong at this place; `line` where the place's own is not the one to show."""
        # what is missing has no line of its own: the nearest place around it has
        around = (place[:length] for length in range(len(place), -1, -1))
        shown = line or next((self.lines[each] for each in around if each in self.lines), 1)
        self.faults.append((shown, f"{self.name}:{shown}: {_path(place)}{what}"))

    def pick(self, *pattern: str | int) -> Iterator[tuple[Place, Any]]:
        """Every value at `pattern`, in which "*" is each item of a list; what has another form is passed over."""
        found: list[tuple[Place, Any]] = [((), self.data)]
        for key in pattern:
            found = [((*place, k), value[k]) for place, value in found for k in _keys(value, key)]
        return iter(found)

    def unique(self, values: Iterable[tuple[Place, Any]], same: Callable[[str], str] = str) -> None:
        """Note every text that was there before; `same` gives what is compared."""
        first: dict[str, Place] = {}
        for place, text in values:
            if isinstance(text, str) and (before := first.setdefault(same(text), place)) != place:
                self.fault(place, f"{text} is already in line {self.lines[before]}")

    def settle(self, others: Iterable[str] = ()) -> None:
        """Raises: Misconfigured with every fault that was noted, in the order of lines, then these `others`."""
        faults = [text for _, text in sorted(self.faults, key=lambda fault: fault[0])] + list(others)
        if faults:
            raise Misconfigured(faults)


def read(path: Path) -> Marked:
    """The document in a file.

    Raises: Misconfigured if it cannot be read or is no YAML; lesser faults are noted in the result.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Misconfigured([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise Misconfigured([f"{path.name}: is not UTF-8 at byte {error.start}"]) from None
    return parse(path.name, text)


def parse(name: str, text: str, as_written: bool = False) -> Marked:
    """The document in this text; `name` is what faults call it.

    `as_written`: numbers and words like `true` need no quotes, they are texts as they were written.
    Raises: Misconfigured if it is no YAML; lesser faults are noted in the result.
    """
    marked = Marked(name)
    try:
        _Composer(marked, text, as_written).compose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Misconfigured([f"{name}:{line}: {error.problem}"]) from None
    except yaml.YAMLError as error:
        raise Misconfigured([f"{name}: {str(error).splitlines()[0]}"]) from None
    return marked


def validated(marked: Marked, model: type[M]) -> M | None:
    """The document as this model; None if it does not fit, with the faults noted."""
    try:
        return model.model_validate(marked.data)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            marked.fault(fault["loc"], fault_words(fault, _WORDS))
        return None


class _Composer:
    """Builds the document from the parser's events."""

    def __init__(self, marked: Marked, text: str, as_written: bool) -> None:
        self._marked = marked
        self._as_written = as_written
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)

    def compose(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
            elif isinstance(event, yaml.NodeEvent):
                if documents > 1:
                    self._stop(event, "a second document begins here; only one is read")
                self._marked.data = self._node(event, ())

    def _node(self, event: yaml.Event, place: Place) -> Any:
        self._marked.lines.setdefault(place, _line(event))
        if isinstance(event, yaml.AliasEvent):
            self._stop(event, f"aliases are not read; write out what *{event.anchor} stands for")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            self._stop(event, f"tags are not read: {event.tag}")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if len(place) >= _MAX_DEPTH:
            self._stop(event, f"nesting is deeper than {_MAX_DEPTH} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._node(item, (*place, index)) for index, item in enumerate(self._content())]
        return self._mapping(place)

    def _content(self) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _stop(self, event: yaml.Event, what: str) -> NoReturn:
        raise Misconfigured([f"{self._marked.name}:{_line(event)}: {what}"])

    def _mapping(self, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self._content():
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(event, "a key must be text")
            inner = (*place, event.value)
            if event.value in mapping:
                self._marked.fault(inner, f"is already in line {self._marked.lines[inner]}", _line(event))
            # the key's line, not the value's: that may begin further down
            self._marked.lines.setdefault(inner, _line(event))
            mapping[event.value] = self._node(next(self._events), inner)
        return mapping

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> str | None:
        # (True, …): written without quotes, so its form decides what it is
        resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(event.value[:1], ()) if event.implicit[0] else ()
        kind = next((tag for tag, form in resolvers if form.match(event.value)), _STRING)
        if kind == _NULL:
            return None
        if kind != _STRING and not self._as_written:
            self._marked.fault(place, f"{event.value} is no text to YAML; put it in quotes")
        return str(event.value)


def _keys(value: object, key: str | int) -> Iterable[str | int]:
    if isinstance(value, list):
        return range(len(value)) if key == "*" else [key] if isinstance(key, int) else ()
    return [key] if isinstance(value, dict) and key in value else ()


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _path(place: Place) -> str:
    """`vnfs[0].vms[1].id: `, or nothing for the document itself."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return f"{text.removeprefix('.')}: " if text else ""
