"""Checks of single values, and the words in which ChartMogul refuses them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from tests.simulators.chartmogul import moments
from tests.simulators.chartmogul.customers.geography import is_country, is_currency
from tests.simulators.http import Json

LONGEST_TEXT = 255
LARGEST_INTEGER = 2**63 - 1

Check = Callable[[Json], str | None]


def text(value: Json) -> str | None:
    """A string of at most 255 characters."""
    if not isinstance(value, str):
        return "is invalid"
    return f"is too long (maximum is {LONGEST_TEXT} characters)" if len(value) > LONGEST_TEXT else None


def long_text(value: Json) -> str | None:
    """A string of any length."""
    return None if isinstance(value, str) else "is invalid"


def email(value: Json) -> str | None:
    """Something that looks like an e-mail address; the empty string clears."""
    if value == "":
        return None
    refused = "The value provided does not appear to be a valid email address."
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or any(each.isspace() for each in value):
        return refused
    name, at, domain = value.rpartition("@")
    return None if at and name and "@" not in name and "." in domain.strip(".") else refused


def country(value: Json) -> str | None:
    """ISO 3166-1 alpha-2."""
    return None if value == "" or (isinstance(value, str) and is_country(value)) else "is invalid"


def currency(value: Json) -> str | None:
    """Three letters that are a currency."""
    return None if isinstance(value, str) and is_currency(value) else "Currency is invalid"


def integer(value: Json) -> str | None:
    """A whole number."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER
    return None if is_number else "is not a number"


def loose_integer(value: Json) -> str | None:
    """A whole number, or the digits of one in a string."""
    return None if whole(value) is not None else "is not a number"


def boolean(value: Json) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "is invalid"


def moment(value: Json) -> str | None:
    """A date or time."""
    return None if moments.parsed(value) else "is invalid"


def past(now: datetime) -> Check:
    """A date or time that is not in the future."""

    def check(value: Json) -> str | None:
        when = moments.parsed(value)
        if when is None:
            return "is invalid"
        return "is in the future" if when > now else None

    return check


def one_of(values: Iterable[str]) -> Check:
    """One of some words."""
    allowed = frozenset(values)
    return lambda value: (
        None if isinstance(value, str) and value in allowed else "is not included in the list"
    )


def whole(value: Json) -> int | None:
    """The whole number that a value stands for, if any."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if (
        isinstance(value, str)
        and value.strip().lstrip("+-").isdecimal()
        and len(value) < len(str(LARGEST_INTEGER))
    ):
        value = int(value)
    return value if isinstance(value, int) and abs(value) <= LARGEST_INTEGER else None


def problems(given: Mapping[str, Json], checks: Mapping[str, Check]) -> dict[str, str]:
    """Field to complaint, for the fields that are there and not null."""
    found = {name: check(given[name]) for name, check in checks.items() if given.get(name) is not None}
    return {name: complaint for name, complaint in found.items() if complaint}
