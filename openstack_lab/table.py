"""What each VM action does from each state of a server: held against a real OpenStack, and quoted by the guide."""

from collections.abc import Iterator

#: By action: the status afterwards where it succeeds, `-` where it fails and changes nothing. A server in BUILD, which
#: is waited for, becomes ACTIVE first; one in VOLUME boots from a volume, and runs.
TABLE = """\
              ACTIVE   SHUTOFF  PAUSED   SUSPENDED  ERROR   VERIFY_RESIZE  BUILD    DELETED  VOLUME
Start         ACTIVE   ACTIVE   ACTIVE   ACTIVE     -       -              ACTIVE   -        ACTIVE
Stop          SHUTOFF  SHUTOFF  SHUTOFF  SHUTOFF    -       -              SHUTOFF  -        SHUTOFF
Restart       ACTIVE   ACTIVE   ACTIVE   ACTIVE     -       -              ACTIVE   -        ACTIVE
Reboot/SOFT   ACTIVE   -        -        -          -       -              ACTIVE   -        ACTIVE
Reboot/HARD   ACTIVE   ACTIVE   ACTIVE   ACTIVE     ACTIVE  -              -        -        ACTIVE
Rebuild       ACTIVE   ACTIVE   ACTIVE   ACTIVE     -       -              ACTIVE   -        -
Migrate       ACTIVE   SHUTOFF  -        SUSPENDED  -       -              ACTIVE   -        ACTIVE
Evacuate      ACTIVE   SHUTOFF  -        -          ACTIVE  -              -        -        ACTIVE
Snapshot      ACTIVE   SHUTOFF  PAUSED   SUSPENDED  -       -              ACTIVE   -        ACTIVE
AttachVolume  ACTIVE   SHUTOFF  PAUSED   -          -       VERIFY_RESIZE  ACTIVE   -        ACTIVE
DetachVolume  ACTIVE   SHUTOFF  PAUSED   -          -       VERIFY_RESIZE  ACTIVE   -        ACTIVE
"""


def rows() -> Iterator[tuple[str, str, str]]:
    """Action, state before, status afterwards or `-`."""
    heading, *lines = TABLE.splitlines()
    for line in lines:
        action, *ends = line.split()
        for state, end in zip(heading.split(), ends, strict=True):
            yield action, state, end
