"""Secrets that go into a play, and must not come out of it in a text, a payload or a word on its progress."""

from collections.abc import Mapping
from typing import Any

from appc.lcm.redaction import REDACTED, is_secret, redacted, redacted_text

#: Shorter values of secrets are not looked for in texts: they would stand in many a word.
_SHORTEST_SECRET = 4


class Secrets:
    """The secrets that went into a play, so that none of them comes out of it."""

    def __init__(self, *given: object) -> None:
        """`given`: JSON of any shape; the values of members whose names say so are secrets."""
        found = {value for each in given for value in _secrets(each) if len(value) >= _SHORTEST_SECRET}
        self._values = sorted(found, key=len, reverse=True)

    def taken_out_of(self, text: str) -> str:
        """The text without them."""
        for value in self._values:
            text = text.replace(value, REDACTED)
        return redacted_text(text)

    def taken_out_of_data(self, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
        """JSON without them, and without members whose names say so."""
        return self._masked(redacted(value))

    def _masked(self, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
        if isinstance(value, Mapping):
            return {self._plain(str(name)): self._masked(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._masked(each) for each in value]
        return self._plain(value) if isinstance(value, str) else value

    def _plain(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, REDACTED)
        return text


def _secrets(value: object, secret: bool = False) -> list[str]:
    if isinstance(value, Mapping):
        return [each for name, inner in value.items() for each in _secrets(inner, secret or is_secret(str(name)))]
    if isinstance(value, list | tuple):
        return [each for inner in value for each in _secrets(inner, secret)]
    return [str(value)] if secret and isinstance(value, str | int) else []
