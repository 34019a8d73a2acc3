"""How Keap's times and dates are read, also after a cache or warehouse has had them."""

from __future__ import annotations

import datetime as dt

import pytest

from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import day_of, parse_date, parse_instant

DENVER = "America/Denver"
HALF_PAST_TWO = dt.datetime(2024, 5, 21, 14, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text", ["2024-05-21T14:30:00Z", "2024-05-21T14:30:00.000+0000", "2024-05-21T08:30:00-06:00"]
)
def test_an_offset_counts(text: str) -> None:
    """Both forms that Keap writes, and any other offset."""
    assert parse_instant(text, DENVER) == HALF_PAST_TWO


@pytest.mark.parametrize("text", ["2024-05-21T14:30:00", "2024-05-21 14:30:00", "2024-05-21T14:30:00.000"])
def test_a_time_without_an_offset_is_utc(text: str) -> None:
    """Keap always writes an offset; one that got lost on the way was UTC."""
    assert parse_instant(text, DENVER) == HALF_PAST_TWO


def test_a_pure_date_is_local_midnight() -> None:
    """A day begins at midnight in the account's zone, never at midnight UTC."""
    assert parse_instant("2024-05-21", DENVER) == dt.datetime(2024, 5, 21, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-03",
        "2024-09-03T00:00:00",
        "2024-09-03 00:00:00",
        "2024-09-03T00:00:00Z",
        "2024-09-03T00:00:00.000+0000",
        "2024-09-03 00:00:00+00",
        "2024-09-03T06:00:00Z",
    ],
)
def test_a_date_stays_the_same_day(text: str) -> None:
    """Also when Keap or something on the way added a midnight to it: of no zone, of UTC or of Denver."""
    assert parse_date(text, DENVER) == dt.date(2024, 9, 3)


def test_a_moment_at_midnight_utc_is_no_date() -> None:
    """A record that was changed on the stroke of midnight UTC was changed the evening before in Denver."""
    assert day_of("2024-09-03T00:00:00Z", DENVER) == dt.date(2024, 9, 2)
    assert day_of(None, DENVER) is None


def test_a_moment_gives_its_local_day() -> None:
    """Four in the morning UTC is the evening before in Denver."""
    assert parse_date("2024-09-03T04:00:00Z", DENVER) == dt.date(2024, 9, 2)


@pytest.mark.parametrize("text", ["3 September", "2024-13-01", "2024-09-03 or so", "2024-09-03T25:00:00Z"])
def test_what_is_no_time_is_a_reject(text: str) -> None:
    """Neither a guess nor a default."""
    with pytest.raises(UnwritableError):
        parse_instant(text, DENVER)
    with pytest.raises(UnwritableError):
        parse_date(text, DENVER)
