"""What of Redis' own configuration the promises rest on (contract section 7)."""

from collections.abc import Mapping, Sequence

#: Name, what it must be, and what can be lost otherwise.
_NEEDED = (
    ("appendonly", "yes", "a restart of Redis loses everything since its last snapshot"),
    ("appendfsync", "always", "a crash of its machine loses what was stored last"),
    ("maxmemory-policy", "noeviction", "short of memory, Redis throws away requests that were accepted"),
)

#: The names that are asked for.
NAMES = tuple(name for name, _, _ in _NEEDED)


def lacks(servers: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """A line for each setting that is not as it must be, or that Redis does not tell; none where all is well."""
    found = []
    for name, needed, loss in _NEEDED:
        values = {server.get(name) for server in servers}
        if None in values:
            found.append(f"Redis does not tell its {name}; if it is not {needed}, {loss}")
        elif wrong := sorted(value for value in values if value and value != needed):
            found.append(f"Redis has {name} {', '.join(wrong)} and not {needed}: {loss}")
    return tuple(found)
