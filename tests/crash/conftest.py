"""The pairs of bus and store that are killed, and the cloud that outlives the controllers."""

from tests.crash.fixtures import brokers, pair, scene

__all__ = ["brokers", "pair", "scene"]
