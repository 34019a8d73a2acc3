"""The lists of the Keap simulator: filters, order, pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.keap.contract import Json, Keap

PAYMENTS = "/v2/sales/payments"


def walk(keap: Keap, path: str, key: str, **params: Any) -> tuple[list[str], int]:
    """Follow the page tokens to the end: every id in the order served, and the number of calls."""
    ids: list[str] = []
    calls, token = 0, dict[str, Any]()
    while True:
        page = keap.get(path, **params, **token).json()
        calls += 1
        ids += [row["id"] for row in page[key]]
        if not page["next_page_token"]:
            return ids, calls
        token = {"page_token": page["next_page_token"]}


@pytest.mark.parametrize("order", ["id asc", "id desc", "modification_time desc", "order_time asc"])
def test_page_tokens_walk_the_whole_list_once(keap: Keap, order: str) -> None:
    """In any order, pages of 100 give each of the 730 orders once, in 8 calls."""
    ids, calls = walk(keap, "/v2/orders", "orders", page_size=100, order_by=order)
    assert (len(ids), len(set(ids)), calls) == (730, 730, 8)


def test_keyset_pages_walk_the_whole_list_once(keap: Keap) -> None:
    """`id>N` ordered by id gives the next rows after N, until a page is not full."""
    ids: list[int] = []
    last, calls = 0, 0
    while not calls or len(ids) == calls * 200:
        page = keap.ids("payments", PAYMENTS, filter=f"id>{last}", order_by="id asc", page_size=200)
        ids, calls, last = ids + page, calls + 1, page[-1]
    assert calls == 4
    assert ids == sorted(set(ids)) == keap.ids("payments", PAYMENTS)


def test_newest_first_is_really_sorted(keap: Keap) -> None:
    """Subscriptions ordered by modification time, descending, are in that order."""
    times = [
        row["modification_time"] for row in keap.rows("subscriptions", order_by="modification_time desc")
    ]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("change", ["", "x", "altered"])
def test_an_altered_page_token_is_refused(keap: Keap, change: str) -> None:
    """A token that was made up, altered, or comes from another query gets 400."""
    token = keap.get("/v2/orders", page_size=5).json()["next_page_token"]
    other: dict[str, Any] = {"order_by": "id desc"} if not change else {}
    wrong = {"": token, "x": token + "x", "altered": token[:-2] + "AA"}[change]
    assert keap.get("/v2/orders", page_size=5, page_token=wrong, **other).status_code == 400


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v2/orders", {"filter": "colour==red"}),
        ("/v2/orders", {"filter": "contact_id>5"}),
        ("/v2/subscriptions", {"filter": "modification_time>2026-01-01T00:00:00.000Z"}),
        ("/v2/orders", {"filter": "id"}),
        ("/v2/orders", {"filter": "id>abc"}),
        ("/v2/orders", {"filter": "modified_since_time==2026-01-01"}),
        ("/v2/orders", {"filter": "modified_since_time==2026-01-01T00:00:00.000"}),
        ("/v2/contacts", {"filter": "start_update_time==2026-01-01T00:00:00Z"}),
        (PAYMENTS, {"filter": "id!=40001"}),
        (PAYMENTS, {"order_by": "update_time asc"}),
        ("/v2/orders", {"order_by": "id"}),
        ("/v2/orders", {"order_by": "id sideways"}),
        ("/v2/orders", {"page_size": "1001"}),
        ("/v2/orders", {"page_size": "-1"}),
        ("/v2/contacts", {"fields": "id,shoe_size"}),
    ],
)
def test_what_the_description_does_not_allow_is_refused(
    keap: Keap, path: str, params: dict[str, Any]
) -> None:
    """An unknown field or operator, a value of the wrong kind, or a date without a time gets 400."""
    answer = keap.get(path, **params)
    assert (answer.status_code, answer.json()["status"]) == (400, "Bad Request")


def test_an_unknown_parameter_is_ignored(keap: Keap) -> None:
    """A parameter that Keap does not know is no filter: the call gives everything."""
    assert len(keap.rows("contacts", email="nobody@example.com")) == 67


def country(row: Json) -> str:
    return "".join(address["country_code"] for address in row["addresses"])


def has_product(row: Json, product_id: str) -> bool:
    return any(item.get("product", {}).get("id") == product_id for item in row["order_items"])


@pytest.mark.parametrize(
    ("path", "condition", "expected"),
    [
        ("/v2/contacts", "ids==1001,1003,9", lambda row: row["id"] in ("1001", "1003")),
        ("/v2/contacts", "contact_id>=1066", lambda row: int(row["id"]) >= 1066),
        ("/v2/contacts", "given_name==av*", lambda row: row.get("given_name", "").startswith("Av")),
        ("/v2/contacts", "email==AVA.STONE@example.com", lambda row: row["id"] == "1001"),
        ("/v2/contacts", "billing_address_country_code==DEU", lambda row: country(row) == "DEU"),
        ("/v2/subscriptions", "contact_id==1036", lambda row: row["contact_id"] == "1036"),
        ("/v2/subscriptions", "status==Inactive", lambda row: not row["active"]),
        (
            "/v2/subscriptions",
            "subscription_plan_ids==104,105;billing_amount<1000",
            lambda row: row["subscription_plan_id"] == "104",
        ),
        ("/v2/orders", "id>20001;id<=20003", lambda row: row["id"] in ("20002", "20003")),
        ("/v2/orders", "id!=20001", lambda row: row["id"] != "20001"),
        ("/v2/orders", "paid==false", lambda row: row["status"] != "PAID"),
        ("/v2/orders", "product_id==16", lambda row: has_product(row, "16")),
        (PAYMENTS, "amount>=1000", lambda row: row["amount"] >= 1000),
        (PAYMENTS, "order_ids==20001,20005", lambda row: row["order_ids"][0] in ("20001", "20005")),
        ("/v2/products", "product_id>16", lambda row: row["id"] == "17"),
        ("/v2/products", "name==team*", lambda row: row["name"] == "Team Seat"),
    ],
)
def test_filters_choose_rows(keap: Keap, path: str, condition: str, expected: Callable[[Json], bool]) -> None:
    """Each condition of a filter narrows the list, and `;` joins them."""
    key = path.split("/")[-1]
    wanted = [row["id"] for row in keap.rows(key, path) if expected(row)]
    assert wanted
    assert [row["id"] for row in keap.rows(key, path, filter=condition)] == wanted


def test_time_filters_are_windows(keap: Keap) -> None:
    """Orders modified in June 2026 are those whose modification time lies in June 2026."""
    window = "modified_since_time==2026-06-01T00:00:00.000Z;modified_until_time==2026-06-30T23:59:59.999Z"
    chosen = {row["id"] for row in keap.rows("orders", filter=window)}
    expected = {row["id"] for row in keap.rows("orders") if row["modification_time"].startswith("2026-06")}
    assert chosen == expected
    assert 20 < len(chosen) < 100


def test_fields_choose_the_attributes_of_contacts(keap: Keap) -> None:
    """`fields` gives those attributes and the id; without it, everything that is known."""
    (row,) = keap.rows("contacts", filter="ids==1001", fields="update_time,email_addresses")
    assert set(row) == {"id", "update_time", "email_addresses"}
    assert {"addresses", "company", "create_time"} <= set(keap.get("/v2/contacts/1001").json())


def test_the_token_as_an_address_leads_to_the_next_page(keap: Keap) -> None:
    """In its address form the token is the whole address of the next page, which can be asked as it is."""
    keap.server.control.switch("next_page_token_form", "url")
    first = keap.get("/v2/orders", page_size=2, order_by="id desc").json()
    assert set(parse_qs(urlsplit(first["next_page_token"]).query)) == {"page_size", "order_by", "page_token"}
    key = {"X-Keap-API-Key": keap.server.api_key}
    second = keap.session.get(first["next_page_token"], headers=key, timeout=10).json()
    assert [row["id"] for row in first["orders"] + second["orders"]] == ["20730", "20729", "20728", "20727"]


def test_plans_are_listed_under_their_product(keap: Keap) -> None:
    """A product's plans can be read alone, in the shape that order items use."""
    plans = keap.rows("subscriptions", "/v2/products/12/subscriptions", filter="cycle_type==MONTHLY")
    assert [(plan["id"], plan["frequency"]) for plan in plans] == [("103", 1), ("104", 3)]


def test_one_page_of_a_thousand_is_quick(keap: Keap) -> None:
    """A full page of orders is served again in well under a second, since rows are rendered once."""
    keap.rows("orders")
    assert keap.get("/v2/orders", page_size=1000).elapsed.total_seconds() < 0.5
