"""The scenario `generated`: right proportions, money that adds up, the same bytes every time, quick lists."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.contract.keap.contract import Keap, simulated_keap
from tests.simulators.keap.bill_dates import bill_date_after, local_date
from tests.simulators.keap.engine import BillingEngine
from tests.simulators.keap.rendering import row_texts
from tests.simulators.keap.resource import Resource, Shown
from tests.simulators.keap.resources import CONTACTS, ORDERS, PAYMENTS, SUBSCRIPTIONS
from tests.simulators.keap.switches import new_switches
from tests.simulators.keap.wording import wording
from tests.simulators.scenarios import ScenarioError, built, load
from tests.simulators.scenarios.generated import size

SMALL_ENOUGH_FOR_THE_ENGINE, REPEATED = "generated:200:4", "generated:1300:3"
PAGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v2/contacts", {"filter": "start_update_time==2026-06-01T00:00:00.000Z", "order_by": "id asc"}),
    ("/v2/orders", {"filter": "id>23000", "order_by": "id asc"}),
    ("/v2/orders", {"filter": "modified_since_time==2026-06-20T00:00:00.000Z", "order_by": "id asc"}),
    ("/v2/subscriptions", {"order_by": "modification_time desc"}),
    ("/v2/sales/payments", {"order_by": "payment_time desc"}),
)


@pytest.fixture(scope="module")
def account() -> Iterator[Keap]:
    with simulated_keap(REPEATED) as keap:
        yield keap


@pytest.fixture(scope="module", params=[SMALL_ENOUGH_FOR_THE_ENGINE, REPEATED])
def engine(request: pytest.FixtureRequest) -> BillingEngine:
    return load(request.param)


@pytest.mark.parametrize(
    "name", ["generated:150", "generated:0", "generated:many", "generated:100:1:2", "big"]
)
def test_a_wrong_name_is_refused(name: str) -> None:
    """A name that makes no sense is refused with a sentence that says what there is."""
    with pytest.raises(ScenarioError, match=r"multiple of 100|for example|choose from"):
        load(name)


def test_the_default_is_a_thousand_contacts_of_seed_one() -> None:
    """`generated` alone means 1,000 contacts and seed 1."""
    assert size("generated") == size("generated:1000") == size("generated:1000:1")


def test_the_proportions_are_exact(engine: BillingEngine) -> None:
    """Per 100 contacts there are 30 subscriptions, 500 orders and 500 payments."""
    account = engine.account
    hundreds = len(account.contacts) // 100
    counts = len(account.subscriptions), len(account.orders), len(account.payments)
    assert counts == (30 * hundreds, 500 * hundreds, 500 * hundreds)


def test_every_row_belongs_to_the_right_one(engine: BillingEngine) -> None:
    """Orders, items, subscriptions and payments that belong together have one contact; ids are unique."""
    account = engine.account
    items = [item for order in account.orders for item in order.items]
    assert len({item.id for item in items}) == len(items)
    for order in account.orders:
        owners = {
            account.subscriptions[i.subscription_id].contact_id for i in order.items if i.subscription_id
        }
        assert owners <= {order.contact_id}
        assert account.contacts[order.contact_id].create_time <= order.creation_time
        assert order.title.endswith(f"#{order.id}")
    assert all(account.orders[row.order_id].contact_id == row.contact_id for row in account.payments)
    assert all(str(row.id) in row.email for row in account.contacts if row.email)


def test_the_money_of_orders_adds_up(engine: BillingEngine) -> None:
    """What an order says was paid and refunded is the sum of its payments."""
    account = engine.account
    paid: dict[int, int] = defaultdict(int)
    returned: dict[int, int] = defaultdict(int)
    for row in account.payments:
        (paid if row.refunds is None else returned)[row.order_id] += row.amount
    for order in account.orders:
        assert (order.total_paid, order.refund_total) == (paid[order.id], returned[order.id])
        assert order.total == sum(item.amount for item in order.items)


def test_orders_follow_the_cycle_of_their_subscription(engine: BillingEngine) -> None:
    """The last bill has the subscription's price and quantity, and the next is one interval later."""
    account, zone = engine.account, engine.account.profile.zone
    last: dict[int, Any] = {}
    for order in account.orders:
        for item in order.items:
            if item.subscription_id is not None:
                last[item.subscription_id] = (order, item)
    unchanged = [
        (row, *last[row.id]) for row in account.subscriptions
        if row.last_bill_date and row.modification_time == last[row.id][0].creation_time
    ]  # fmt: skip
    assert len(unchanged) > len(account.subscriptions) // 3
    for row, order, item in unchanged:
        assert (item.price, item.quantity, item.plan_id) == (row.price, row.quantity, row.plan_id)
        assert local_date(order.order_time, zone) == row.last_bill_date
        assert row.next_bill_date == next_bill(row)


def next_bill(row: Any) -> date:
    return bill_date_after(row.last_bill_date, row.cycle, row.frequency, row.bill_day)


def test_ids_follow_time(engine: BillingEngine) -> None:
    """An order or payment with a higher id was made later, as in a real account."""
    account = engine.account
    for times in (
        [row.creation_time for row in account.orders],
        [row.payment_time for row in account.payments],
    ):
        assert times == sorted(times)


def test_everything_occurs() -> None:
    """A thousand contacts show discounts, tax, trials, declines, refunds, ends, drafts, instalments."""
    account = load("generated").account
    kinds = {item.item_type for order in account.orders for item in order.items}
    assert {"SUBSCRIPTION", "PRODUCT", "TAX", "DISCOUNT_ORDER_TOTAL", "DISCOUNT_FREE_TRIAL"} <= kinds
    assert {order.status for order in account.orders} == {"DRAFT", "SENT", "PAID"}
    assert {(row.cycle, row.frequency) for row in account.subscriptions} >= {
        ("MONTH", 1), ("MONTH", 3), ("YEAR", 1), ("WEEK", 1), ("WEEK", 2)
    }  # fmt: skip
    stopped = [row for row in account.subscriptions if not row.active]
    assert (
        {bool(row.end_date) for row in stopped}
        == {bool(row.reason_stopped) for row in stopped}
        == {True, False}
    )
    assert any(row.active and row.end_date for row in account.subscriptions)
    assert any(order.refund_total for order in account.orders)
    assert any(order.payment_plan for order in account.orders)
    assert len(account.billing.attempts) > 20


@pytest.mark.parametrize("resource", [CONTACTS, ORDERS, PAYMENTS, SUBSCRIPTIONS], ids=lambda each: each.key)
def test_rows_read_the_same_whichever_way_they_are_drawn(resource: Resource[Any]) -> None:
    """The text of a repeated row is the text that its row comes to, before and after the switches turn."""
    account, switches = load(REPEATED).account, new_switches()
    table = resource.table(account)
    for value in ("absent", "null"):
        switches.turn("unset_fields", value)
        say = wording(account, switches)
        for row in list(table)[::37]:
            (text,) = row_texts(account, resource, table, [row.id], say, Shown())
            assert json.loads(text) == resource.view(account, row, say)


def test_a_changed_row_is_drawn_anew(keap: Keap) -> None:
    """An order shows its contact's new name at once, and the other orders stay as they were."""
    order = keap.rows("orders", filter="id>22500", page_size=1)[0]
    before = keap.rows("orders", filter="id>22500", page_size=50)
    keap.event("edit_contact", contact_id=order["contact"]["id"], given_name="Renamed")
    after = keap.rows("orders", filter="id>22500", page_size=50)
    assert after[0]["contact"]["given_name"] == "Renamed"
    others = [row for row in before if row["contact"]["id"] != order["contact"]["id"]]
    assert [row for row in after if row["contact"]["id"] != order["contact"]["id"]] == others


def test_the_clock_goes_on(keap: Keap) -> None:
    """A month later every monthly subscription was billed once more, with ids behind the last ones."""
    highest = max(keap.ids("orders", order_by="id desc"))
    due = [row for row in all_rows(keap, "subscriptions") if row["active"] and not row.get("end_date")]
    monthly = {row["id"] for row in due if (row["billing_cycle"], row["billing_frequency"]) == ("MONTH", 1)}
    keap.server.control.clock(advance_seconds=31 * 86400)
    new = all_rows(keap, "orders", f"id>{highest}")
    billed = {item.get("subscription_id") for row in new for item in row["order_items"]}
    assert monthly <= billed


def all_rows(keap: Keap, key: str, condition: str = "id>0") -> list[dict[str, Any]]:
    """Every row that meets a condition, page by page."""
    rows: list[dict[str, Any]] = []
    after = int(condition.partition(">")[2])
    while page := keap.rows(key, filter=f"id>{after}", order_by="id asc"):
        rows += page
        after = int(page[-1]["id"])
    return rows


def test_lookups_find_what_a_scan_finds(keap: Keap) -> None:
    """After events of all sorts, a time window and an owner find exactly the rows that a full read shows."""
    for contact_id in range(1001, 1101):
        keap.event("new_order", contact_id=contact_id, items=[{"product_id": 23}])
    changed = all_rows(keap, "orders", "id>25900")[0]
    keap.event("merge_contacts", contact_id=1005, into_contact_id=1006)
    keap.event("delete_contact", contact_id=1007)
    keap.event("edit_contact", contact_id=1008, phone="1")
    orders = all_rows(keap, "orders")
    for moment in ("2026-07-01T12:00:00.000Z", "2026-06-25T10:00:00.000Z", "2025-01-01T00:00:00.000Z"):
        found = keap.ids("orders", filter=f"modified_since_time=={moment}", order_by="id asc")
        assert found == [int(row["id"]) for row in orders if row["modification_time"] >= moment][:1000]
    for owner in ("1005", "1006", changed["contact"]["id"]):
        assert keap.ids("orders", filter=f"contact_id=={owner}") == [
            int(row["id"]) for row in orders if row["contact"]["id"] == owner
        ]
    newest = keap.rows("subscriptions", order_by="modification_time desc")
    times = sorted((row["modification_time"] for row in all_rows(keap, "subscriptions")), reverse=True)
    assert [row["modification_time"] for row in newest] == times[: len(newest)]


@pytest.mark.parametrize("name", ["generated:200", REPEATED])
def test_the_same_name_gives_the_same_bytes(name: str) -> None:
    """Two servers of one scenario, made one after the other, answer the same calls with the same bytes."""
    first, second = served_bytes(name), served_bytes(name)
    assert first == second
    assert len(set(first)) == len(PAGES)
    assert all(json.loads(text) for text in first)


def served_bytes(name: str) -> list[str]:
    """The answers to some calls, of an account that is made anew."""
    built.cache_clear()
    with simulated_keap(name) as keap:
        keap.event("new_subscription", contact_id=1002, plan_id=101)
        return [keap.get(path, **{"page_size": 200, **params}).text for path, params in PAGES]


def test_the_same_name_gives_the_same_dump() -> None:
    """Whatever is held is the same in two accounts of one seed, and differs from that of another seed."""
    assert dumped("generated:100:3") == dumped("generated:100:3") != dumped("generated:100:4")


def dumped(name: str) -> str:
    """The hash of the dump of an account that is made anew."""
    built.cache_clear()
    with simulated_keap(name) as keap:
        return hashlib.sha256(json.dumps(keap.server.control.dump(), sort_keys=True).encode()).hexdigest()
