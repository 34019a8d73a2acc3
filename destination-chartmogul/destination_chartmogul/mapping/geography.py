"""Countries and states, as people write them, to ISO 3166 codes. Exact names and codes only, nothing alike.

Names and codes come from pycountry (ISO 3166-1 and 3166-2 as Debian's iso-codes keeps them). It is imported
with the first address that needs it, since that takes a sixth of a second.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from types import MappingProxyType

# What people call countries beside the names of ISO 3166; each can mean one country only.
_ALSO_CALLED = (
    "uk:GB|great britain:GB|britain:GB|england:GB|scotland:GB|wales:GB|northern ireland:GB|"
    "russia:RU|turkey:TR|ivory coast:CI|holland:NL|"
    "the netherlands:NL|czech republic:CZ|swaziland:SZ|burma:MM|cape verde:CV|vatican:VA|vatican city:VA|"
    "brunei:BN|palestine:PS|east timor:TL|macau:MO|micronesia:FM|british virgin islands:VG|"
    "us virgin islands:VI|democratic republic of the congo:CD|republic of the congo:CG|republic of korea:KR|"
    "the bahamas:BS|the gambia:GM|the philippines:PH|saint martin:MF|falkland islands:FK|uae:AE"
)
# Codes that ISO 3166-3 withdrew, and that address lists still hold, with the code of today.
_WITHDRAWN = "bur:MM|ddr:DE|fxx:FR|rom:RO|tmp:TL|ymd:YE|zar:CD"
_STATES_ALSO_CALLED = "washington dc:US-DC|virgin islands:US-VI|us virgin islands:US-VI"
# ChartMogul takes states of the United States alone (https://dev.chartmogul.com/reference/customers/add/).
WITH_STATES = "US"


@lru_cache(maxsize=4096)
def country_of(text: object) -> str | None:
    """`USA`, `us`, `United States`, `Türkiye` → alpha-2 code; None for what is no country's name or code."""
    return _countries().get(folded(text))


@lru_cache(maxsize=4096)
def state_of(text: object) -> str | None:
    """`CO`, `US-CO`, `Colorado` → `US-CO`; None for what is no part of the United States."""
    return _states().get(folded(text).removeprefix("us "))


def folded(text: object) -> str:
    """Without case, accents, dots and other signs, which differ between writers of the same name."""
    plain = unicodedata.normalize("NFKD", "" if text is None else str(text)).casefold().replace("&", " and ")
    kept = "".join(c for c in plain if not unicodedata.combining(c) and c not in ".'’`")
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())


@cache
def _countries() -> MappingProxyType[str, str]:
    from pycountry import countries

    found = _pairs(_WITHDRAWN) | _pairs(_ALSO_CALLED)
    for country in countries:
        names = (getattr(country, each, None) for each in ("name", "official_name", "common_name"))
        found |= {folded(name): country.alpha_2 for name in names if name}
    for country in countries:  # codes last: where a name and a code are spelt alike, the code is meant
        found |= {country.alpha_2.lower(): country.alpha_2, country.alpha_3.lower(): country.alpha_2}
    return MappingProxyType(found)


@cache
def _states() -> MappingProxyType[str, str]:
    from pycountry import subdivisions

    found = _pairs(_STATES_ALSO_CALLED)
    ours = (each for each in subdivisions if each.country_code == WITH_STATES)
    for state in ours:
        found |= {folded(state.name): state.code, folded(state.code).removeprefix("us "): state.code}
    return MappingProxyType(found)


def _pairs(table: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in table.split("|"))
