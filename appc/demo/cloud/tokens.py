"""Tokens: issued, checked on every call of a service, and gone when they are revoked or too old."""

import secrets


class Tokens:
    """The valid tokens and when each ends; time, in seconds, is an argument."""

    def __init__(self, life_s: float) -> None:
        self._life_s = life_s
        self._ends: dict[str, float] = {}

    def issue(self, now: float) -> tuple[str, float]:
        """A new token, and when it ends. Those that have ended are forgotten."""
        self._ends = {token: end for token, end in self._ends.items() if end > now}
        token, end = secrets.token_urlsafe(32), now + self._life_s
        self._ends[token] = end
        return token, end

    def ends(self, token: str | None, now: float) -> float | None:
        """When this token ends; None where it is not, or no longer, valid."""
        end = self._ends.get(token or "")
        return end if end is not None and end > now else None

    def revoke(self, token: str) -> None:
        """The token is not valid any more."""
        self._ends.pop(token, None)
