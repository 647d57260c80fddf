"""The effect log: a file that says what really happened, to be counted against what was requested."""

import json
import os
from pathlib import Path

from appc.demo.cloud.isotime import micros
from appc.demo.cloud.values import Effect


class EffectLog:
    """Appends one JSON line per effect. A line is in the file, for every reader, when `record` returns."""

    def __init__(self, path: Path | None) -> None:
        """Makes the file. Raises: OSError when it cannot be appended to."""
        self._path = path
        self._append(b"")

    def record(self, effect: Effect) -> None:
        """Raises: OSError when the line cannot be written."""
        line = {
            "at": micros(effect.at),
            "server": effect.server,
            "operation": effect.operation,
            "request": effect.request,
        }
        self._append(json.dumps(line).encode() + b"\n")

    def _append(self, line: bytes) -> None:
        if self._path is None:
            return
        # Opened for each line: effects are rare, and a log that is never closed misses none.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # One unbuffered write: a killed process leaves whole lines only.
            os.write(file, line)
        finally:
            os.close(file)
