"""Contacts to customers."""

from __future__ import annotations

from typing import Any

import pytest

from destination_chartmogul.mapping.bundle import map_bundle
from destination_chartmogul.mapping.context import Ledger
from destination_chartmogul.mapping.customers import map_contact
from destination_chartmogul.mapping.objects import Customer
from tests.destination_chartmogul.keap import bundle, contact, context, order


def mapped(**changes: Any) -> Customer:
    """Contact 1001 with some fields changed."""
    return map_contact(contact(**changes), context(), None)[0]


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
    """It is left out with a notice; ChartMogul would refuse the customer."""
    customer, notices = map_contact(
        contact(email_addresses=[{"field": "EMAIL1", "email": "x"}]), context(), None
    )
    assert (customer.email, [n.rule for n in notices]) == (None, ["invalid_email"])


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"country_code": "USA", "region_code": "US-CO"}, ("US", "US-CO")),
        ({"country_code": "US", "region": "Colorado"}, ("US", "US-CO")),
        ({"country_code": "usa", "region": "tx"}, ("US", "US-TX")),
        ({"country_code": "GBR", "region": "London"}, ("GB", None)),
        ({"country_code": "XYZ", "locality": "Nowhere"}, (None, None)),
        ({"country_code": "USA", "region": "Bavaria"}, ("US", None)),
    ],
)
def test_country_and_state(address: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    """Alpha-3 or alpha-2 to alpha-2; states of the United States only."""
    customer = mapped(addresses=[address])
    assert (customer.country, customer.state) == expected


def test_the_billing_address_is_preferred() -> None:
    """Another address is taken only when there is no billing address."""
    shipping = {"field": "SHIPPING", "country_code": "CAN", "locality": "Toronto"}
    billing = {"field": "BILLING", "country_code": "USA", "locality": "Denver", "postal_code": "80202"}
    assert (mapped(addresses=[shipping, billing]).city, mapped(addresses=[shipping]).city) == (
        "Denver",
        "Toronto",
    )


def test_a_lead_date_in_the_future_or_unreadable_is_left_out() -> None:
    """ChartMogul takes dates in the past only."""
    assert mapped(create_time="2027-01-01T00:00:00Z").lead_created_at is None
    assert mapped(create_time="soon").lead_created_at is None
    assert mapped(create_time="2024-03-15T10:30:00.000+0000").lead_created_at is not None


def test_an_order_makes_its_customer_when_the_contact_did_not_come() -> None:
    """From what the order says; a later contact record completes it."""
    result = map_bundle(bundle(orders=[order()]), Ledger(), context())
    assert (result.desired.customer.name, result.desired.customer.email) == ("Ada Low", "ada@example.com")
    assert not result.desired.customer_known
