"""Paging by `limit` and `marker`, the same in Nova, Glance and Cinder; each words its refusals itself."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from appc.demo.cloud.faults import Fault


class Identified(Protocol):
    """Anything that has an id."""

    @property
    def id(self) -> str:
        """Never blocks."""


T = TypeVar("T", bound=Identified)


def page(items: Sequence[T], query: QueryParams, default: int, maximum: int) -> tuple[Sequence[T], bool]:
    """The page asked for, and whether it is full: then the services offer a next one, even where it is empty.

    Raises: Fault 400 for a limit that is no number, a marker that is no item of the list.
    """
    limit = min(_limit(query, default), maximum)
    start = 0
    if marker := query.get("marker"):
        start = 1 + _position(items, marker)
    found = items[start : start + limit]
    return found, bool(found) and len(found) == limit


def next_url(path: str, query: QueryParams, last: Identified) -> str:
    """Where the page after the one that ends with `last` is."""
    kept = [(name, value) for name, value in query.multi_items() if name != "marker"]
    return f"{path}?{urlencode([*kept, ('marker', last.id)])}"


def _limit(query: QueryParams, default: int) -> int:
    text = query.get("limit")
    if text is None:
        return default
    if not text.isdecimal():
        reason = f"'{text}' does not match '^[0-9]*$'"
        raise Fault(400, f"Invalid input for query parameters limit. Value: {text}. {reason}")
    return int(text)


def _position(items: Sequence[Identified], marker: str) -> int:
    for position, item in enumerate(items):
        if item.id == marker:
            return position
    raise Fault(400, f"marker [{marker}] not found")
