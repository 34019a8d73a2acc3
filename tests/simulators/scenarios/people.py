"""Invented people and the few places they live in; the e-mail domain is reserved for examples (RFC 2606)."""

from __future__ import annotations

from typing import Any

PLACES: dict[str, dict[str, str]] = {
    "denver": {
        "line1": "100 Example Street",
        "locality": "Denver",
        "region": "Colorado",
        "region_code": "US-CO",
        "country_code": "USA",
        "zip_code": "80202",
    },
    "austin": {
        "line1": "200 Example Avenue",
        "locality": "Austin",
        "region": "Texas",
        "region_code": "US-TX",
        "country_code": "USA",
        "zip_code": "78701",
    },
    "portland": {
        "line1": "300 Example Road",
        "locality": "Portland",
        "region": "Oregon",
        "region_code": "US-OR",
        "country_code": "USA",
        "zip_code": "97201",
    },
    "toronto": {
        "line1": "400 Example Street",
        "locality": "Toronto",
        "region": "Ontario",
        "region_code": "CA-ON",
        "country_code": "CAN",
        "postal_code": "M5H 2N2",
    },
    "london": {
        "line1": "5 Example Lane",
        "locality": "London",
        "region": "London",
        "region_code": "GB-LND",
        "country_code": "GBR",
        "postal_code": "EC1A 1BB",
    },
    "munich": {
        "line1": "Beispielweg 6",
        "locality": "München",
        "region": "Bayern",
        "region_code": "DE-BY",
        "country_code": "DEU",
        "postal_code": "80331",
    },
}


def person(name: str, place: str = "", company: str = "", email: str | None = None) -> dict[str, Any]:
    """The fields of a contact; the e-mail address follows from the name unless it is given."""
    given, _, family = name.partition(" ")
    address = f"{given}.{family}@example.com".lower() if email is None else email
    who: dict[str, Any] = {"given_name": given, "family_name": family, "email": address, "company": company}
    if place:
        who["address"] = PLACES[place]
    return who
