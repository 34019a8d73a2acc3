"""Contacts to customers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pycountry
import pytest

from destination_chartmogul.mapping.bundle import map_bundle
from destination_chartmogul.mapping.context import Ledger
from destination_chartmogul.mapping.customers import map_contact
from destination_chartmogul.mapping.geography import country_of, state_of
from destination_chartmogul.mapping.objects import Customer
from tests.destination_chartmogul.keap import bundle, contact, context, order


def mapped(**changes: Any) -> Customer:
    """Contact 1001 with some fields changed."""
    return map_contact(contact(**changes), context(), None).customer


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Ada Low"),
        ({"given_name": None}, "Low"),
        ({"given_name": "", "family_name": " "}, "Low Works"),
        ({"given_name": None, "family_name": None, "company": None}, "Keap contact 1001"),
        ({"given_name": "x" * 300}, "x" * 255),
    ],
)
def test_name(changes: dict[str, Any], name: str) -> None:
    """Given and family name, else the company, else the id; never an e-mail address."""
    assert mapped(**changes).name == name


@pytest.mark.parametrize(
    ("rows", "email"),
    [
        ([("EMAIL2", "b@example.com"), ("EMAIL1", "a@example.com")], "a@example.com"),
        ([("EMAIL1", None), ("EMAIL2", "b@example.com")], "b@example.com"),
        ([("EMAIL1", "not an address"), ("EMAIL2", "b@example.com")], None),
        ([("EMAIL1", "a@b")], None),
        ([], None),
    ],
)
def test_email(rows: list[tuple[str, str | None]], email: str | None) -> None:
    """The first that is present, if it looks like an address."""
    assert mapped(email_addresses=[{"field": f, "email": e} for f, e in rows]).email == email


def test_an_invalid_email_leaves_the_customer() -> None:
    """The field is a reject, since ChartMogul would refuse the customer; the address is in no message."""
    result = map_contact(contact(email_addresses=[{"field": "EMAIL1", "email": "x@y"}]), context(), None)
    assert result.customer.email is None
    assert [(r.rule, r.key, r.field) for r in result.rejects] == [
        ("invalid_email", "1001", "email_addresses")
    ]
    assert "x@y" not in result.rejects[0].message


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"country_code": "USA", "region_code": "US-CO"}, ("US", "US-CO")),
        ({"country_code": "US", "region": "Colorado"}, ("US", "US-CO")),
        ({"country_code": "usa", "region": "tx"}, ("US", "US-TX")),
        ({"country_code": "GBR", "region": "London"}, ("GB", None)),
        ({"country_code": "XYZ", "locality": "Nowhere"}, (None, None)),
        ({"country_code": "USA", "region": "Bavaria"}, ("US", None)),
        ({"country": "United States of America", "region": "new york"}, ("US", "US-NY")),
        ({"country": "U.S.A.", "region": "Washington, D.C."}, ("US", "US-DC")),
        ({"country_code": "XYZ", "country": "Canada", "region": "Ontario"}, ("CA", None)),
        ({"country": "Côte d’Ivoire"}, ("CI", None)),
        ({"country": "turkiye"}, ("TR", None)),
        ({"country": "Bosnia & Herzegovina"}, ("BA", None)),
        ({"country": "South Korea"}, ("KR", None)),
        ({"country": "Korea"}, (None, None)),
        ({"country": "Untied States"}, (None, None)),
        ({"country_code": "ROM"}, ("RO", None)),
    ],
)
def test_country_and_state(address: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    """Alpha-3 or alpha-2 to alpha-2; states of the United States only."""
    customer = mapped(addresses=[address])
    assert (customer.country, customer.state) == expected


@pytest.mark.parametrize(
    ("address", "rejects"),
    [
        ({"country": "Nowhere", "region": "Colorado"}, [("unknown_country", "addresses.country")]),
        ({"country_code": "USA", "region": "Bavaria"}, [("unknown_state", "addresses.region")]),
        ({"country_code": "DEU", "region": "Bavaria"}, []),
        ({"country_code": "USA", "locality": "Denver"}, []),
    ],
)
def test_a_place_that_is_none_is_a_reject_of_the_field(
    address: dict[str, Any], rejects: list[tuple[str, str]]
) -> None:
    """The customer is written without it; regions outside the United States are not asked for."""
    result = map_contact(contact(addresses=[address]), context(), None)
    assert [(r.rule, r.field) for r in result.rejects] == rejects
    assert result.customer.name == "Ada Low"


@pytest.mark.parametrize("code", ["alpha_2", "alpha_3", "name", "official_name", "common_name"])
def test_every_code_and_name_of_a_country_is_that_country(code: str) -> None:
    """No name of one country is a name or code of another."""
    for country in pycountry.countries:
        if text := getattr(country, code, None):
            assert country_of(text) == country.alpha_2
            assert country_of(f" {text.upper()} ") == country.alpha_2


def test_every_code_and_name_of_a_state_is_that_state() -> None:
    """With and without the country's prefix."""
    for state in (each for each in pycountry.subdivisions if each.country_code == "US"):
        forms = (state.code, state.code.removeprefix("US-").lower(), state.name)
        assert {state_of(form) for form in forms} == {state.code}


def test_the_company_is_the_name_when_the_policy_says_so() -> None:
    """Else the person, who is named when there is no company."""
    ctx = context(customer_name="company")
    with_company = map_contact(contact(), ctx, None).customer
    without = map_contact(contact(company=None), ctx, None).customer
    assert (with_company.name, with_company.company, without.name) == ("Low Works", "Low Works", "Ada Low")


def test_the_billing_address_is_preferred() -> None:
    """Another address is taken only when there is no billing address."""
    shipping = {"field": "SHIPPING", "country_code": "CAN", "locality": "Toronto"}
    billing = {"field": "BILLING", "country_code": "USA", "locality": "Denver", "postal_code": "80202"}
    assert (mapped(addresses=[shipping, billing]).city, mapped(addresses=[shipping]).city) == (
        "Denver",
        "Toronto",
    )


def test_an_order_makes_its_customer_when_the_contact_did_not_come() -> None:
    """From what the order says; a later contact record completes it."""
    result = map_bundle(bundle(orders=[order()]), Ledger(), context())
    assert (result.desired.customer.name, result.desired.customer.email) == ("Ada Low", "ada@example.com")
    assert not result.desired.customer_known


def test_country_names_are_loaded_when_an_address_needs_them() -> None:
    """They take a sixth of a second, which `spec` and `check` need not wait for."""
    said = "import sys, destination_chartmogul.run, destination_chartmogul.mapping.customers as c;"
    said += (
        "before = 'pycountry' in sys.modules; c.country_of('US'); print(before, 'pycountry' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.split() == ["False", "True"]
