"""Each doubtful fact about Keap is a switch, and each switch changes what is served."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.keap.contract import Json, Keap
from tests.contract.keap.relation_switches import RELATION_EFFECTS
from tests.contract.keap.v1_effects import V1_EFFECTS
from tests.simulators.keap.switches import SWITCHES
from tests.simulators.scenarios.small import CASES

PAYMENTS = "/v2/sales/payments"


def of(case: str) -> str:
    return f"contact_id=={CASES[case].contact_id}"


def amount_of_seats(keap: Keap) -> float:
    amount: float = keap.rows("subscriptions", filter=of("seats"))[0]["billing_amount"]
    return amount


def discount_line(keap: Keap) -> tuple[int, int]:
    items = keap.rows("orders", filter=of("discount_amount"))[0]["order_items"]
    line = next(item for item in items if item["item_type"] == "DISCOUNT_ORDER_TOTAL")
    return line["discount"]["amount"], line["price_per_unit"]["amount"]


def refund_row(keap: Keap) -> Json:
    rows = keap.rows("payments", PAYMENTS, filter=of("refund_partial"))
    named = {row.get("refund_payment_id") for row in rows}
    return next(row for row in rows if row["id"] in named)


def first_and_second_link(keap: Keap) -> list[bool]:
    rows = keap.rows("orders", filter=of("monthly"))[:2]
    return ["subscription_id" in row["order_items"][0] for row in rows]


def refunded_order(keap: Keap) -> int:
    rows = keap.rows("orders", filter=of("refund_partial"))
    paid: int = next(row for row in rows if row["refund_total"]["amount"])["total_paid"]["amount"]
    return paid


def modified_by_merge(keap: Keap) -> bool:
    touched = keap.event(
        "merge_contacts", contact_id=CASES["monthly"].contact_id, into_contact_id=CASES["lead"].contact_id
    )
    rows = keap.rows("orders", filter="modified_since_time==2026-07-01T12:00:00.000Z")
    return touched["orders"][0] in {row["id"] for row in rows}


def unset_end_date(keap: Keap) -> Any:
    return keap.get("/v2/subscriptions/5001").json().get("end_date", "absent")


def creation_time(keap: Keap) -> str:
    text: str = keap.get("/v2/orders/20001").json()["creation_time"]
    return text


def refunded_payment_in_window(keap: Keap) -> bool:
    window = "since_time==2026-01-15T00:00:00.000Z;until_time==2026-01-15T23:59:59.000Z"
    rows = keap.rows("payments", PAYMENTS, filter=f"{window};{of('refund_partial')}")
    return len(rows) == 2


def row_at_the_bound(keap: Keap) -> bool:
    return "20001" in {
        row["id"] for row in keap.rows("orders", filter=f"created_until_time=={creation_time(keap)}")
    }


def tied_ids(keap: Keap) -> bool:
    ids = keap.ids("subscriptions", order_by="subscription_plan_id asc")
    return ids[0] < ids[1]


def second_page_repeats(keap: Keap) -> bool:
    walk: Json = {"order_by": "modification_time desc", "page_size": 10}
    first = keap.get("/v2/subscriptions", **walk).json()
    keap.event("change_plan", subscription_id=5001, price=1_00)
    second = keap.get("/v2/subscriptions", page_token=first["next_page_token"], **walk).json()
    return first["subscriptions"][-1]["id"] in {row["id"] for row in second["subscriptions"]}


def rows_by_default(keap: Keap) -> int:
    return len(keap.get("/v2/orders").json()["orders"])


def token_is_address(keap: Keap) -> bool:
    token: str = keap.get("/v2/orders", page_size=1).json()["next_page_token"]
    return token.startswith("http")


def end_of_list(keap: Keap) -> Any:
    return keap.get("/v2/products").json().get("next_page_token", "absent")


def orders_status(keap: Keap) -> int:
    return keap.get("/v2/orders").status_code


def eleven_calls(keap: Keap) -> Any:
    keap.server.control.clock(now="2026-07-02T10:00:00Z")
    answers = [keap.get("/v2/oauth/connect/userinfo") for _ in range(11)]
    return answers[-1]


def refused_status(keap: Keap) -> int:
    keap.server.control.switch("rate_limits", "on")
    status: int = eleven_calls(keap).status_code
    return status


def says_when(keap: Keap) -> bool:
    keap.server.control.switch("rate_limits", "on")
    return "Retry-After" in eleven_calls(keap).headers


def tenant_unit(keap: Keap) -> str:
    return keap.get("/v2/products").headers["x-keap-tenant-throttle-time-unit"]


def token_life(keap: Keap) -> int:
    known = keap.server.credentials
    life: int = keap.session.post(
        f"{keap.server.url}/token",
        data={"grant_type": "refresh_token", "refresh_token": known["refresh_token"]},
        auth=(known["client_id"], known["client_secret"]),
        timeout=10,
    ).json()["expires_in"]
    return life


def works_after_a_month(keap: Keap) -> bool:
    known = keap.server.credentials
    keap.server.control.clock(advance_seconds=31 * 86400)
    answer = keap.session.post(
        f"{keap.server.url}/token",
        data={"grant_type": "refresh_token", "refresh_token": known["refresh_token"]},
        auth=(known["client_id"], known["client_secret"]),
        timeout=10,
    )
    return answer.status_code == 200


def order_payment(keap: Keap) -> Any:
    rows = keap.rows("invoice_order_payments", "/v2/orders/20001/payments")
    return rows[0]["amount"]


def declined_order_payments(keap: Keap) -> list[str]:
    order = keap.rows("orders", filter=of("payment_failed"))[-1]
    rows = keap.rows("invoice_order_payments", f"/v2/orders/{order['id']}/payments")
    return [row["pay_status"] for row in rows]


def payment_of_transaction(keap: Keap) -> str:
    rows = keap.rows("transactions", "/v2/sales/transactions", filter="order_id==20001")
    (applied,) = keap.rows("invoice_order_payments", "/v2/orders/20001/payments")
    named = {applied["payment_id"]: "payment", applied["id"]: "order payment"}
    return named[rows[0]["payment_id"]]


def refund_status(keap: Keap) -> set[str]:
    return {row["refund_status"] for row in keap.rows("orders", filter=of("refund_partial"))}


def end_of_cycles(keap: Keap) -> Any:
    touched = keap.event("new_subscription", contact_id=CASES["lead"].contact_id, plan_id=101, cycles=2)
    return keap.get(f"/v2/subscriptions/{touched['subscriptions'][0]}").json().get("end_date")


def deactivated(keap: Keap) -> Any:
    keap.event("deactivate", subscription_id=5001)
    return keap.get("/v2/subscriptions/5001").json().get("end_date")


def endless_cycles(keap: Keap) -> Any:
    return keap.get("/v2/products/11").json()["subscription_plans"][0].get("number_of_cycles")


EFFECTS: dict[str, tuple[Callable[[Keap], Any], dict[Any, Any]]] = {
    "billing_amount_basis": (amount_of_seats, {"unit": 15.0, "line": 180.0}),
    "billing_amount_units": (amount_of_seats, {"major": 15.0, "minor": 1500.0}),
    "discount_lines": (
        discount_line,
        {"discount_field": (1000, 0), "negative_price": (0, -1000), "both": (1000, -1000)},
    ),
    "refund_amount_sign": (lambda keap: refund_row(keap)["amount"], {"negative": -20.0, "positive": 20.0}),
    "refund_type_label": (
        lambda keap: refund_row(keap)["type"],
        {"Refund": "Refund", "Credit Card": "Credit Card"},
    ),
    "first_order_subscription_id": (
        first_and_second_link,
        {"filled": [True, True], "empty": [False, True]},
    ),
    "order_payment_amount_units": (order_payment, {"major": 49.0, "minor": 4900}),
    "order_payments_declined": (
        declined_order_payments,
        {"absent": [], "present": ["FAILED", "FAILED", "FAILED"]},
    ),
    "transaction_payment_id": (
        payment_of_transaction,
        {"payment": "payment", "order_payment": "order payment"},
    ),
    "refund_status_form": (refund_status, {"names": {"NONE", "PARTIAL"}, "codes": {"0", "1"}}),
    "deactivation_end_date": (deactivated, {"kept": None, "today": "2026-07-01"}),
    "endless_plan_cycles": (endless_cycles, {"zero": 0, "absent": None}),
    "end_date_of_cycles": (end_of_cycles, {"shown": "2026-08-01", "hidden": None}),
    "total_paid_after_refund": (refunded_order, {"gross": 49_00, "net": 29_00}),
    "merge_touches_orders": (modified_by_merge, {"yes": True, "no": False}),
    "unset_fields": (unset_end_date, {"absent": "absent", "null": None}),
    "datetime_form": (
        creation_time,
        {"z": "2024-07-02T16:00:00Z", "offset": "2024-07-02T16:00:00.000+0000"},
    ),
    "payments_since_basis": (refunded_payment_in_window, {"payment_time": False, "update_time": True}),
    "time_bounds": (row_at_the_bound, {"inclusive": True, "exclusive": False}),
    "tie_order": (tied_ids, {"id_ascending": True, "id_descending": False}),
    "paging": (second_page_repeats, {"live": True, "snapshot": False}),
    "default_page_size": (rows_by_default, {1000: 730, 7: 7}),
    "next_page_token_form": (token_is_address, {"bare": False, "url": True}),
    "end_of_list": (end_of_list, {"empty": "", "absent": "absent"}),
    "v2_lists": (orders_status, {"available": 200, "missing": 501, "missing_404": 404}),
    "rate_limits": (lambda keap: eleven_calls(keap).status_code, {"off": 200, "on": 429}),
    "spike_arrest_status": (refused_status, {429: 429, 503: 503}),
    "retry_after": (says_when, {"absent": False, "present": True}),
    "tenant_throttle_headers": (tenant_unit, {"single": "minute", "piped": "minute|day"}),
    "token_seconds": (token_life, {86400: 86400, 60: 60}),
    "refresh_token_days": (works_after_a_month, {45: True, 30: False}),
    **RELATION_EFFECTS,
    **V1_EFFECTS,
}


def test_every_switch_is_tried() -> None:
    """No switch is without a test, and each value of each switch is tried."""
    assert set(EFFECTS) == {switch.name for switch in SWITCHES}
    for switch in SWITCHES:
        assert not switch.values or set(EFFECTS[switch.name][1]) == set(switch.values)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (name, value, expected)
        for name, (_, effects) in EFFECTS.items()
        for value, expected in effects.items()
    ],
)
def test_a_switch_changes_what_is_served(keap: Keap, name: str, value: Any, expected: Any) -> None:
    """In each position of a switch the API shows what the switch says."""
    keap.server.control.switch(name, value)
    assert EFFECTS[name][0](keap) == expected
