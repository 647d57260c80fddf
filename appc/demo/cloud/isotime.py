"""Times as the services write and read them; inside the cloud a time is seconds since the epoch, UTC."""

from datetime import UTC, datetime


def seconds(at: float) -> str:
    """To the second and Zulu, as in Nova's and Glance's `created` and `updated`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micros(at: float) -> str:
    """To the microsecond and Zulu, as in Keystone's `expires_at` and in the effect log."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def naive_micros(at: float) -> str:
    """To the microsecond and without a zone, as in Nova's `OS-SRV-USG` members and in Cinder."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def parse(text: str) -> float:
    """A time without a zone is UTC. Raises: ValueError."""
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
