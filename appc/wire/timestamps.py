"""Timestamps on the wire: ISO 8601 in UTC, "Zulu" (contract section 3.1; guide, Table 2)."""

import re
from datetime import UTC, datetime

#: One-digit month, day, hour, minute and second are in APPC's YANG; 0 to 9 fraction digits are what clients send.
_ZULU = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})T([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{1,9}))?Z")


def parse_zulu(text: str) -> datetime:
    """The moment, with time zone. Digits below a microsecond are cut off.

    Raises: ValueError for another format or a date that does not exist.
    """
    match = _ZULU.fullmatch(text)
    if match is None:
        raise ValueError("not ISO 8601 in UTC, such as 2026-01-02T03:04:05.678Z")
    *fields, fraction = match.groups()
    # APPC reads the fraction as a count of milliseconds (facts 3.3); here it is one, of any length
    microsecond = int(f"{fraction or 0:0<6}"[:6])
    year, month, day, hour, minute, second = map(int, fields)
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)


def zulu(moment: datetime) -> str:
    """The moment in UTC, with milliseconds: what every known server and client reads.

    Raises: ValueError without time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
