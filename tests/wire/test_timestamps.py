"""Contract section 3.1, `timestamp`: ISO 8601 in UTC, the fraction read as a fraction."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appc.wire.schemas import installed_schemas
from appc.wire.timestamps import parse_zulu, zulu
from tests.wire.corpus import HEADER, changed
from tests.wire.referee import conforms

DIGITS = st.text("0123456789", min_size=1, max_size=10)


def schema_takes(text: str) -> bool:
    """Whether the published schema takes it."""
    return not installed_schemas().faults("request-envelope", changed({f"{HEADER}/timestamp": text}))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2016-08-03T08:50:18.97Z", datetime(2016, 8, 3, 8, 50, 18, 970000), id="the guide's example"),
        pytest.param("2016-08-03T08:50:18Z", datetime(2016, 8, 3, 8, 50, 18), id="no fraction"),
        pytest.param("2016-08-03T08:50:18.0Z", datetime(2016, 8, 3, 8, 50, 18), id="ONAP SO since 2021"),
        pytest.param("2016-08-03T08:50:00.5Z", datetime(2016, 8, 3, 8, 50, 0, 500000), id="half a second, not 5 ms"),
        pytest.param("2016-08-03T08:50:00.123456Z", datetime(2016, 8, 3, 8, 50, 0, 123456), id="newer Java"),
        pytest.param("2016-08-03T08:50:00.999999999Z", datetime(2016, 8, 3, 8, 50, 0, 999999), id="nine digits"),
        pytest.param("2016-8-3T8:5:1.001Z", datetime(2016, 8, 3, 8, 5, 1, 1000), id="one digit each"),
    ],
)
def test_a_timestamp_means_this_moment(text: str, moment: datetime) -> None:
    """Fractions of any length count as fractions of a second."""
    assert parse_zulu(text) == moment.replace(tzinfo=UTC)


@given(st.datetimes(), DIGITS)
def test_every_moment_can_be_written_and_read(moment: datetime, fraction: str) -> None:
    """Whatever the calendar has; more than nine digits are too many."""
    text = f"{moment.replace(microsecond=0).isoformat()}.{fraction}Z"
    if len(fraction) == 10:
        assert not schema_takes(text)
        with pytest.raises(ValueError, match="ISO 8601"):
            parse_zulu(text)
        return
    assert schema_takes(text)
    read = parse_zulu(text)
    assert read.replace(microsecond=0, tzinfo=None) == moment.replace(microsecond=0)
    assert read.microsecond == int(fraction.ljust(9, "0")[:6])


@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32), st.booleans())
@example(1900, 2, 29, False)
@example(2000, 2, 29, True)
@example(0, 1, 1, False)
@example(400, 2, 29, False)
def test_the_schema_knows_the_calendar(year: int, month: int, day: int, short: bool) -> None:
    """The published schema takes exactly the dates that exist, leap years included."""
    date = f"{year:04}-{month}-{day}" if short else f"{year:04}-{month:02}-{day:02}"
    text = f"{date}T00:00:00Z"
    try:
        parse_zulu(text)
        exists = True
    except ValueError:
        exists = False
    assert schema_takes(text) is exists


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_the_schema_knows_the_clock(hour: int, minute: int, second: int) -> None:
    """00:00:00 to 23:59:59."""
    text = f"2026-01-01T{hour}:{minute}:{second}Z"
    assert schema_takes(text) is (hour < 24 and minute < 60 and second < 60)


@given(st.from_regex(r"[0-9]{3,5}-[0-9]{1,3}-[0-9]{1,3}T[0-9:.]{3,12}Z?\n?", fullmatch=True))
def test_schema_referee_and_parser_agree(text: str) -> None:
    """Nearly timestamps."""
    try:
        parse_zulu(text)
        good = True
    except ValueError:
        good = False
    document = changed({f"{HEADER}/timestamp": text})
    assert (schema_takes(text), conforms("request-envelope", document)) == (good, good)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    """To the millisecond, which is what every APPC reads."""
    assert moment - parse_zulu(zulu(moment)) < timedelta(milliseconds=1)


def test_another_time_zone_is_written_in_utc() -> None:
    """Zulu is UTC."""
    assert zulu(datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == "2025-12-31T23:30:00.000Z"


def test_a_moment_without_time_zone_is_a_mistake() -> None:
    """Nobody knows which moment it is."""
    with pytest.raises(ValueError, match="time zone"):
        zulu(datetime(2026, 1, 1))


@pytest.mark.parametrize("evil", ["0" * 100000, "2026-" * 20000, "2026-01-01T00:00:00." + "9" * 100000])
def test_evil_texts_are_refused_at_once(evil: str) -> None:
    """The expressions take linear time; the test's own time limit would notice others."""
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_zulu(evil)
    assert not schema_takes(evil)
