"""The pairs of bus and store, and scenes on them: as in `tests/crash`."""

from tests.crash.fixtures import brokers, pair, scene

__all__ = ["brokers", "pair", "scene"]
