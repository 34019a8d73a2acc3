"""Names of countries, US states and currencies."""

from functools import cache, lru_cache

from babel import Locale
from babel.numbers import get_currency_symbol

US_STATES = dict(
    pair.split("=")
    for pair in [
        "AL=Alabama",
        "AK=Alaska",
        "AZ=Arizona",
        "AR=Arkansas",
        "CA=California",
        "CO=Colorado",
        "CT=Connecticut",
        "DE=Delaware",
        "DC=District of Columbia",
        "FL=Florida",
        "GA=Georgia",
        "HI=Hawaii",
        "ID=Idaho",
        "IL=Illinois",
        "IN=Indiana",
        "IA=Iowa",
        "KS=Kansas",
        "KY=Kentucky",
        "LA=Louisiana",
        "ME=Maine",
        "MD=Maryland",
        "MA=Massachusetts",
        "MI=Michigan",
        "MN=Minnesota",
        "MS=Mississippi",
        "MO=Missouri",
        "MT=Montana",
        "NE=Nebraska",
        "NV=Nevada",
        "NH=New Hampshire",
        "NJ=New Jersey",
        "NM=New Mexico",
        "NY=New York",
        "NC=North Carolina",
        "ND=North Dakota",
        "OH=Ohio",
        "OK=Oklahoma",
        "OR=Oregon",
        "PA=Pennsylvania",
        "RI=Rhode Island",
        "SC=South Carolina",
        "SD=South Dakota",
        "TN=Tennessee",
        "TX=Texas",
        "UT=Utah",
        "VT=Vermont",
        "VA=Virginia",
        "WA=Washington",
        "WV=West Virginia",
        "WI=Wisconsin",
        "WY=Wyoming",
        "PR=Puerto Rico",
    ]
)


@cache
def _english() -> Locale:
    return Locale("en")


@lru_cache(maxsize=10_000)
def is_country(code: str) -> bool:
    """Is this an ISO 3166-1 alpha-2 code?"""
    return len(code) == len("US") and code.isalpha() and code in _english().territories


def country_name(code: str | None) -> str | None:
    """`IN` is `India`."""
    return _english().territories.get(code or "")


def state_name(code: str | None) -> str | None:
    """`US-NY` and `NY` are `New York`; an unknown code stands for itself."""
    return code and US_STATES.get(code.removeprefix("US-"), code)


@lru_cache(maxsize=10_000)
def is_currency(code: str) -> bool:
    """Is this an ISO 4217 code?"""
    return code in _english().currencies


@cache
def currency_sign(code: str) -> str:
    """`USD` is `$`."""
    return get_currency_symbol(code, locale="en")
