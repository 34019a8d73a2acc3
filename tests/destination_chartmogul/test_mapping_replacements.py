"""Subscriptions that were cancelled and made anew, and what ChartMogul's MRR says about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from destination_chartmogul.mapping.bundle import Mapped, map_bundle
from destination_chartmogul.mapping.context import Ledger
from tests.destination_chartmogul.accounts import writes
from tests.destination_chartmogul.keap import bundle, contact, context, item, order, subscription
from tests.destination_chartmogul.pipe import Json, record, run_write

OLD = {"active": False, "end_date": None, "last_bill_date": "2026-05-03", "start_date": "2026-05-03"}


def old(**more: Any) -> Json:
    """Monthly subscription 5001, billed on 3 May, over since 3 June."""
    return subscription(**OLD | {"modification_time": "2026-05-20T12:00:00Z"} | more)


def new(start: str, **more: Any) -> Json:
    """Subscription 5002, which goes on."""
    own = {"id": "5002", "start_date": start, "last_bill_date": start, "next_bill_date": None}
    return subscription(**own | more)


def bill(subscription_id: str, day: str, price: int = 4900) -> Json:
    """An order of one subscription."""
    number = f"{subscription_id[-1]}{day[5:7]}{day[8:]}"
    line = {**item(price=price, subscription_id=subscription_id), "id": f"6{number}"}
    return order(line, id=f"2{number}", order_time=f"{day}T12:00:00Z") | {"order_items": [line]}


def mapped(*subscriptions: Json, orders: list[Json], held: Ledger | None = None, window: int = 10) -> Mapped:
    """Contact 1001 with a window for replacements."""
    records = bundle(subscriptions=subscriptions, orders=orders)
    return map_bundle(records, held or Ledger(), context(replacement_window_days=window))


def ends(result: Mapped) -> list[tuple[str, str]]:
    """(external id, day) of the cancellations."""
    return [(e.external_id, e.effective_date.strftime("%Y-%m-%d")) for e in result.desired.events]


def test_a_subscription_that_follows_within_the_window_replaces() -> None:
    """The old one ends when the new one begins, and the two are connected."""
    result = mapped(old(), new("2026-06-08"), orders=[bill("5001", "2026-05-03"), bill("5002", "2026-06-08")])
    assert ends(result) == [("5001:replaced:5002", "2026-06-08")]
    assert result.desired.connections == (("5001", "5002"),)


@pytest.mark.parametrize(("start", "window"), [("2026-06-14", 10), ("2026-06-08", 0), ("2026-06-08", 4)])
def test_outside_the_window_it_is_churn_and_a_new_subscription(start: str, window: int) -> None:
    """The user's number decides; 0 switches it off."""
    orders = [bill("5001", "2026-05-03"), bill("5002", start)]
    result = mapped(old(), new(start), orders=orders, window=window)
    assert ends(result) == [("5001:cancelled:210503", "2026-06-03")]
    assert result.desired.connections == ()


def test_a_new_subscription_in_the_last_period_replaces_when_the_old_was_stopped_then() -> None:
    """Otherwise both would count until the paid period is over."""
    orders = [bill("5001", "2026-05-03"), bill("5002", "2026-05-18")]
    assert ends(mapped(old(), new("2026-05-18"), orders=orders)) == [("5001:replaced:5002", "2026-05-18")]
    later = old(modification_time="2026-06-20T12:00:00Z")
    assert ends(mapped(later, new("2026-05-18"), orders=orders)) == [("5001:cancelled:210503", "2026-06-03")]


def test_a_second_subscription_beside_a_first_that_goes_on_replaces_nothing() -> None:
    """Neither one that began before the other's last bill, nor one beside an active one."""
    beside = [bill("5001", "2026-04-03"), bill("5001", "2026-05-03"), bill("5002", "2026-04-20")]
    assert mapped(old(), new("2026-04-20"), orders=beside).desired.connections == ()
    orders = [bill("5001", "2026-06-03"), bill("5002", "2026-06-08")]
    active = subscription(end_date="2026-07-01", start_date="2026-06-03")
    assert mapped(active, new("2026-06-08"), orders=orders).desired.connections == ()


def test_one_subscription_replaces_one() -> None:
    """The second of two that ended stays ended."""
    other = old(id="5003", last_bill_date="2026-05-01", start_date="2026-05-01")
    orders = [bill("5001", "2026-05-03"), bill("5003", "2026-05-01"), bill("5002", "2026-06-05")]
    result = mapped(old(), other, new("2026-06-05"), orders=orders)
    assert result.desired.connections == (("5003", "5002"),)


@pytest.fixture
def activities(chartmogul: Any) -> Callable[[], list[tuple[str, str, int]]]:
    """(day, type, amount) of every movement of MRR in the account."""

    def read() -> list[tuple[str, str, int]]:
        auth = (chartmogul.api_key, "")
        answer = requests.get(f"{chartmogul.url}/v1/activities", auth=auth, timeout=10)
        answer.raise_for_status()
        rows = answer.json()["entries"]
        return sorted((row["date"][:10], row["type"], row["activity-mrr-movement"]) for row in rows)

    return read


ACCOUNT = record("account", {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"})
FIRST = [
    record("contacts", contact()),
    record("subscriptions", old()),
    record("orders", bill("5001", "2026-05-03")),
]
SECOND = [
    record("subscriptions", new("2026-06-08")),
    record("orders", bill("5002", "2026-06-08", 6900)),
]


@pytest.mark.parametrize("runs", [[FIRST + SECOND], [FIRST, SECOND], [SECOND, FIRST]])
def test_a_replacement_is_an_expansion_however_the_runs_are_cut(
    runs: list[list[Json]], chartmogul: Any, config: Json, activities: Any
) -> None:
    """49.00 becomes 69.00; there is no churn, and the input again writes nothing."""
    config = config | {"replacement_window_days": 10}
    for messages in runs:
        assert run_write(config, [ACCOUNT, *messages]).error is None
    assert activities() == [("2026-05-03", "new_biz", 4900), ("2026-06-08", "expansion", 2000)]
    before = sum(writes(chartmogul).values())
    assert run_write(config, [ACCOUNT, *FIRST, *SECOND]).error is None
    assert sum(writes(chartmogul).values()) == before


def test_a_subscription_that_is_resumed_is_replaced_no_more(
    chartmogul: Any, config: Json, activities: Any
) -> None:
    """The cancellation and the connection are taken back."""
    config = config | {"replacement_window_days": 10}
    assert run_write(config, [ACCOUNT, *FIRST, *SECOND]).error is None
    resumed = record("subscriptions", old(active=True))
    assert run_write(config, [ACCOUNT, resumed]).error is None
    assert chartmogul.control.dump()["subscription_events"] == []
    assert activities() == [("2026-05-03", "new_biz", 4900), ("2026-06-08", "expansion", 6900)]
