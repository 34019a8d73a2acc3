"""Order payments: one call for each order that changed."""

from collections import Counter
from math import ceil

import pytest

from tests.simulators import Server
from tests.source_keap.reading import Json, read
from tests.source_keap.test_more_streams import calls

ONLY = ["order_payments"]


@pytest.fixture
def june(keap: Server, config: Json) -> Json:
    """Only orders changed since the middle of June 2026, so that a read takes few calls."""
    keap.control.switch("rate_limits", "off")
    return {**config, "start_date": "2026-06-15T00:00:00Z"}


def orders_since_june(keap: Server) -> dict[str, Json]:
    rows = keap.control.dump()["orders"]
    return {row["id"]: row for row in rows if row["modification_time"] >= "2026-06-15"}


def test_each_order_is_asked_for_its_payments(keap: Server, june: Json) -> None:
    """As many calls as orders besides those for the orders, and the payments of each with its id."""
    orders = orders_since_june(keap)
    result = read(june, ONLY)
    rows = result.records["order_payments"]
    assert calls(keap) == ceil(len(orders) / 100) + len(orders)
    of_orders = [row for row in keap.control.dump()["payments"] if row["order_ids"][0] in orders]
    expected = Counter((row["order_ids"][0], row["id"], row["amount"]) for row in of_orders)
    assert Counter((row["order_id"], row["payment_id"], row["amount"]) for row in rows) == expected
    assert len({row["id"] for row in rows}) == len(rows) > 10


def test_later_only_changed_orders_are_asked(keap: Server, june: Json) -> None:
    """A refund: one call for the orders, one for its order; the payment comes again beside the refund."""
    first = read(june, ONLY)
    order_id = str(keap.control.event("refund", contact_id="1001")["orders"][0])
    before = calls(keap)
    second = read(june, ONLY, first.state)
    assert calls(keap) == before + 2
    assert {row["order_id"] for row in second.records["order_payments"]} == {order_id}
    assert "REFUNDED" in {row["pay_status"] for row in second.records["order_payments"]}
    assert read(june, ONLY, second.state).records["order_payments"] == []


@pytest.mark.parametrize(
    ("switch", "value"),
    [("order_payments_declined", "present"), ("unset_fields", "null"), ("datetime_form", "offset")],
)
def test_doubtful_forms(keap: Server, june: Json, switch: str, value: str) -> None:
    """Ids stay unique with declined charges among the payments; each payment comes in any case."""
    plain = set(read(june, ONLY).ids("order_payments"))
    keap.control.switch(switch, value)
    ids = read(june, ONLY).ids("order_payments")
    assert len(set(ids)) == len(ids)
    assert plain <= set(ids)


def test_an_order_that_is_gone_meanwhile_is_passed_over(keap: Server, june: Json) -> None:
    """404 for the payments of an order that the list of orders no longer has."""
    orders = orders_since_june(keap)
    gone = min(orders, key=int)
    keap.control.faults(
        [
            {"path": f"/crm/rest/v2/orders/{gone}/payments", "status": 404},
            {"path": "/crm/rest/v2/orders$", "nth": 2, "status": 200, "body": {"orders": []}},
        ]
    )
    result = read(june, ONLY)
    assert (result.errors(), result.logs("WARN")) == ([], [])
    asked = {row["order_id"] for row in result.records["order_payments"]}
    assert gone not in asked
    assert len(asked) > 10


@pytest.mark.parametrize("missing", ["missing", "missing_404"])
def test_an_account_without_orders(keap: Server, june: Json, missing: str) -> None:
    """The stream stays empty with a warning."""
    keap.control.switch("v2_lists", missing)
    result = read(june, ONLY)
    assert result.records["order_payments"] == []
    assert "Stream order_payments is not available" in result.logs("WARN")[0]
