"""REST v1 of the Keap simulator answers as the vendor's description says, and pages as v1 does."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.keap.contract import Json, Keap, operation, problems
from tests.simulators.scenarios.small import CASES

LISTS = {
    "/v1/contacts": "contacts",
    "/v1/orders": "orders",
    "/v1/subscriptions": "subscriptions",
    "/v1/products": "products",
    "/v1/transactions": "transactions",
}
SINGLES: dict[str, str] = {
    "/v1/contacts/{id}": "/v1/contacts/1001",
    "/v1/orders/{orderId}": "/v1/orders/20001",
    "/v1/orders/{orderId}/payments": "/v1/orders/20001/payments",
    "/v1/orders/{orderId}/transactions": "/v1/orders/20001/transactions",
    "/v1/products/{productId}": "/v1/products/11",
    "/v1/products/{productId}/subscriptions/{subscriptionId}": "/v1/products/11/subscriptions/101",
    "/v1/oauth/connect/userinfo": "/v1/oauth/connect/userinfo",
    "/v1/account/profile": "/v1/account/profile",
}
WORDINGS: tuple[dict[str, str], ...] = (
    {},
    {"discount_lines": "both", "first_order_subscription_id": "empty"},
    {"refund_amount_sign": "positive", "billing_amount_units": "minor"},
)


def asked(keap: Keap, path: str, **params: Any) -> Json:
    """The envelope of one page."""
    answer = keap.get(path, **params)
    assert answer.status_code == 200, answer.text
    envelope: Json = answer.json()
    return envelope


@pytest.mark.parametrize("switches", WORDINGS, ids=lambda each: "+".join(each) or "defaults")
@pytest.mark.parametrize("path", LISTS)
def test_every_row_fits_its_schema(keap: Keap, path: str, switches: dict[str, str]) -> None:
    """Each row of each list has only fields that the vendor names, of the declared types and formats."""
    keap.start(**switches)
    assert problems(path, 200, asked(keap, path), "v1") == []


@pytest.mark.parametrize("path", SINGLES)
def test_every_single_object_fits_its_schema(keap: Keap, path: str) -> None:
    """A single object, and the arrays without an envelope, fit their schema."""
    answer = keap.get(SINGLES[path])
    assert answer.status_code == 200, answer.text
    assert problems(path, 200, answer.json(), "v1") == []


@pytest.mark.parametrize("path", LISTS)
def test_parameters_are_the_documented_ones(path: str) -> None:
    """Each list takes the parameters of the vendor's description."""
    declared = {each["name"] for each in operation(path, "get", "v1").get("parameters", ())}
    assert {"limit", "offset"} <= declared


@pytest.mark.parametrize("path", LISTS)
def test_next_and_previous_never_end(keap: Keap, path: str) -> None:
    """Behind the last row a page is empty, and still has the count of all rows, next and previous."""
    total = asked(keap, path)["count"]
    page = asked(keap, path, limit=2, offset=total)
    assert (page[LISTS[path]], page["count"]) == ([], total)
    assert offset_of(page["next"]) == total + 2
    assert offset_of(page["previous"]) == total - 2


def offset_of(address: str) -> int:
    return int(parse_qs(urlsplit(address).query)["offset"][0])


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_list(keap: Keap, path: str) -> None:
    """Reading with a limit by the link `next` gives each row once, in the order of the whole list."""
    key = LISTS[path]
    whole = [row["id"] for row in asked(keap, path)[key]]
    size = max(1, len(whole) // 3)
    ids: list[int] = []
    page = asked(keap, path, limit=size)
    while page[key]:
        ids += [row["id"] for row in page[key]]
        address = urlsplit(page["next"])
        assert address.path.endswith("/")
        page = asked(keap, path, **{name: each[0] for name, each in parse_qs(address.query).items()})
    assert ids == whole
    assert len(set(ids)) == len(ids)


def test_ids_are_numbers_and_money_is_in_dollars(keap: Keap) -> None:
    """v1 has ids as numbers (but for an order's contact_id), money in major units, names in camel case."""
    order = asked(keap, "/v1/orders", contact_id=CASES["monthly"].contact_id)["orders"][0]
    line = order["order_items"][0]
    assert (order["contact_id"], order["contact"]["id"]) == ("1001", 1001)
    assert (order["total"], line["price"], line["product"]["id"]) == (49.0, 49.0, 11)
    assert (line["jobRecurringId"], line["subscriptionPlan"]["cycle"]) == (5006, 2)
    assert order["creation_date"].endswith(".000+0000")


def test_orders_have_the_newest_first(keap: Keap) -> None:
    """Orders come by creation_date, newest first; `order` takes two other dates."""
    dates = [row["creation_date"] for row in asked(keap, "/v1/orders")["orders"]]
    assert dates == sorted(dates, reverse=True)
    changed = [row["modification_date"] for row in asked(keap, "/v1/orders", order="update_date")["orders"]]
    assert changed == sorted(changed, reverse=True) != dates


def test_contacts_can_be_ordered_and_searched(keap: Keap) -> None:
    """Contacts take an order and its direction, since and until on the last change, and an e-mail address."""
    ids = [
        row["id"] for row in asked(keap, "/v1/contacts", order="id", order_direction="DESCENDING")["contacts"]
    ]
    assert ids == sorted(ids, reverse=True)
    keap.event("edit_contact", contact_id=1005, email="found@example.com")
    found = asked(keap, "/v1/contacts", since="2026-07-01T12:00:00.000Z")
    assert ([row["id"] for row in found["contacts"]], found["count"]) == ([1005], 1)
    by_email = asked(keap, "/v1/contacts", email="found@example.com", until="2026-07-02T00:00:00.000Z")
    assert [row["id"] for row in by_email["contacts"]] == [1005]


def test_optional_properties_are_shown_when_asked_for(keap: Keap) -> None:
    """Custom fields and lead source are left out of contacts until named, and `next` forgets the names."""
    plain = asked(keap, "/v1/contacts", limit=5)
    more = asked(keap, "/v1/contacts", limit=5, optional_properties="custom_fields,lead_source_id,nonsense")
    assert all("custom_fields" not in row for row in plain["contacts"])
    assert all("custom_fields" in row and "lead_source_id" in row for row in more["contacts"])
    assert "optional_properties" not in more["next"]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/v1/contacts", {"since": "2026-07-01"}, 400),
        ("/v1/orders", {"since": "2026-07-01T12:00:00Z"}, 400),
        ("/v1/orders", {"limit": "-1"}, 400),
        ("/v1/contacts", {"order": "colour"}, 400),
        ("/v1/contacts/1", {}, 404),
        ("/v1/products/12/subscriptions/101", {}, 404),
        ("/v1/orders/9/payments", {}, 404),
    ],
)
def test_a_refusal_is_a_message(keap: Keap, path: str, params: dict[str, str], status: int) -> None:
    """v1 refuses with a status and an object with a message, not with the error object of v2."""
    answer = keap.get(path, None, **params)
    assert (answer.status_code, set(answer.json())) == (status, {"message"})


def test_unknown_parameters_are_ignored(keap: Keap) -> None:
    """A parameter that the list does not have changes nothing."""
    assert asked(keap, "/v1/subscriptions", since="x")["count"] == asked(keap, "/v1/subscriptions")["count"]


def test_a_wrong_method_and_address_are_refused(keap: Keap) -> None:
    """A method that v1 does not have here is 405 with a message; an unknown address is an HTML page."""
    url, key = f"{keap.server.url}/crm/rest/v1", {"X-Keap-API-Key": keap.server.api_key}
    wrong = keap.session.delete(f"{url}/orders", headers=key, timeout=30)
    assert (wrong.status_code, set(wrong.json())) == (405, {"message"})
    assert keap.get("/v1/nothing").headers["Content-Type"].startswith("text/html")


def test_v1_and_v2_say_the_same(keap: Keap) -> None:
    """Both versions have the same orders with the same totals, and the same active subscriptions."""
    old = {str(row["id"]): round(row["total"] * 100) for row in asked(keap, "/v1/orders")["orders"]}
    new = {row["id"]: row["total"]["amount"] for row in keap.rows("orders")}
    assert old == new
    assert {str(row["id"]) for row in asked(keap, "/v1/subscriptions")["subscriptions"] if row["active"]} == {
        row["id"] for row in keap.rows("subscriptions") if row["active"]
    }
