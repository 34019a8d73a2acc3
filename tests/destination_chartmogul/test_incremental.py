"""Incremental syncs reach the state of a full one, however the changes were cut."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from tests.destination_chartmogul.accounts import differences, held, writes
from tests.destination_chartmogul.pipe import Json, keap_records, messages_of, run_write

FULL_REFRESH = ("account", "products")


class Changes:
    """Gives what is new or changed in the Keap account since the last look, as the source's cursors do."""

    def __init__(self, keap: Any) -> None:
        self._keap = keap
        self._seen: dict[tuple[str, str], Json] = {}
        self.all: dict[str, list[Json]] = {}

    def take(self) -> dict[str, list[Json]]:
        """Changed records by stream."""
        self.all = keap_records(self._keap)
        changed = {
            stream: [r for r in rows if stream in FULL_REFRESH or self._seen.get((stream, r["id"])) != r]
            for stream, rows in self.all.items()
        }
        self._seen |= {(stream, r["id"]): r for stream, rows in self.all.items() for r in rows}
        return changed


class Business:
    """Lets random things happen in the Keap account; the same seed does the same."""

    def __init__(self, keap: Any, seed: int) -> None:
        self._keap, self._random = keap, random.Random(seed)
        self.merged_away: set[str] = set()

    def go_on(self, records: dict[str, list[Json]]) -> None:
        """Some days pass and a handful of events happen."""
        days = self._random.choice((3, 9, 17, 30))
        self._today = dt.date.fromisoformat(self._keap.control.clock(advance_seconds=86400 * days)[:10])
        self._records = records
        kinds = (
            "buy",
            "fail",
            "pay",
            "refund",
            "cancel",
            "plan_end",
            "resume",
            "change_plan",
            "edit",
            "merge",
            "refund_without_row",
            "write_off",
            "credit",
            "skip",
            "other_interval",
            "decline",
            "pay_in_part",
            "instalments",
            "subscribe",
        )
        for kind in self._random.sample(kinds, 12):
            wanted = getattr(self, f"_{kind}")()
            if wanted:
                self._keap.control.event(wanted.pop("type"), **wanted)

    def _one(self, stream: str, **wanted: Any) -> str | None:
        rows = keap_records(self._keap)[stream]
        ids = [r["id"] for r in rows if all(r.get(key) == value for key, value in wanted.items())]
        return self._random.choice(ids) if ids else None

    def _buy(self) -> Json:
        items = [{"product_id": "11", "price": 5000, "quantity": 1}]
        return {"type": "new_order", "contact_id": self._one("contacts"), "items": items, "paid": True}

    def _fail(self) -> Json:
        return {"type": "payment_failed", "subscription_id": self._one("subscriptions", active=True)}

    def _pay(self) -> Json | None:
        order = self._one("orders", status="SENT")
        return {"type": "pay_order", "order_id": order} if order else None

    def _pay_in_part(self) -> Json | None:
        order = self._one("orders", status="SENT")
        return {"type": "pay_order", "order_id": order, "amount": 100} if order else None

    def _instalments(self) -> Json:
        items = [{"product_id": "11", "price": 9000, "quantity": 1}]
        return {"type": "new_order", "contact_id": self._one("contacts"), "items": items, "instalments": 3}

    def _subscribe(self) -> Json:
        plan = self._random.choice(("101", "102", "103", "104"))
        return {"type": "new_subscription", "contact_id": self._one("contacts"), "plan_id": plan}

    def _refund(self) -> Json | None:
        paid = [o for o in keap_records(self._keap)["orders"] if o["total_paid"]["amount"]]
        orders = [o["id"] for o in paid if o["refund_status"] == "NONE"]
        return {"type": "refund", "order_id": self._random.choice(orders)} if orders else None

    def _refund_without_row(self) -> Json | None:
        paid = [o for o in keap_records(self._keap)["orders"] if o["total_paid"]["amount"]]
        orders = [o["id"] for o in paid if o["refund_status"] == "NONE"]
        if not orders:
            return None
        order = self._random.choice(orders)
        return {"type": "refund", "order_id": order, "amount": 1, "own_row": False}

    def _write_off(self) -> Json | None:
        order = self._one("orders", status="SENT")
        return {"type": "write_off", "order_id": order} if order else None

    def _credit(self) -> Json:
        return {"type": "credit", "subscription_id": self._one("subscriptions", active=True), "amount": 500}

    def _skip(self) -> Json:
        day = self._today + dt.timedelta(days=self._random.choice((20, 50)))
        subscription = self._one("subscriptions", active=True)
        return {"type": "move_bill_date", "subscription_id": subscription, "next_bill_date": str(day)}

    def _other_interval(self) -> Json:
        """Of one that was billed often: a single bill before the edit is read anew in a fresh account."""
        rows = keap_records(self._keap)["subscriptions"]
        old = [r["id"] for r in rows if r["active"] and r["start_date"] < "2026-06-01"]
        subscription = self._random.choice(old)
        return {"type": "change_plan", "subscription_id": subscription, "frequency": 2}

    def _decline(self) -> Json:
        subscription = self._one("subscriptions", active=True)
        return {"type": "payment_failed", "subscription_id": subscription, "retries": 1}

    def _cancel(self) -> Json:
        return {"type": "cancel", "subscription_id": self._one("subscriptions", active=True)}

    def _plan_end(self) -> Json:
        day = self._today + dt.timedelta(days=self._random.choice((0, 5, 20)))
        return {
            "type": "cancel",
            "subscription_id": self._one("subscriptions", active=True),
            "end_date": str(day),
        }

    def _resume(self) -> Json | None:
        subscription = self._one("subscriptions", active=False)
        return {"type": "resume", "subscription_id": subscription} if subscription else None

    def _change_plan(self) -> Json:
        plan = self._random.choice(("101", "102", "103", "104"))
        return {
            "type": "change_plan",
            "subscription_id": self._one("subscriptions", active=True),
            "plan_id": plan,
        }

    def _edit(self) -> Json:
        return {"type": "edit_contact", "contact_id": self._one("contacts"), "given_name": "Edited"}

    def _merge(self) -> Json | None:
        loser = self._one("contacts")
        winner = self._one("contacts")
        payers = {o["contact"]["id"] for o in keap_records(self._keap)["orders"] if o["status"] != "DRAFT"}
        if loser == winner or loser not in payers:
            return None
        self.merged_away.add(str(loser))
        return {"type": "merge_contacts", "contact_id": loser, "into_contact_id": winner}


@pytest.mark.parametrize("seed", range(2))
def test_increments_reach_the_state_of_a_full_sync(
    seed: int, keap: Any, chartmogul: Any, config: Json
) -> None:
    """After each increment a repetition and a full refresh write nothing; at the end a fresh account is
    equal.
    """
    changes, business = Changes(keap), Business(keap, seed)
    assert run_write(config, messages_of(changes.take())).error is None
    for _ in range(3):
        business.go_on(changes.all)
        chartmogul.control.clock(now=keap.control.clock())
        increment = changes.take()
        assert run_write(config, messages_of(increment)).error is None
        before = writes(chartmogul)
        assert run_write(config, messages_of(increment)).error is None
        assert run_write(config, messages_of(changes.all)).error is None
        assert writes(chartmogul) == before
    one_by_one, now = held(chartmogul, business.merged_away), chartmogul.control.clock()
    chartmogul.control.reset(keep_switches=True)
    chartmogul.control.clock(now=now)
    assert run_write(config, messages_of(changes.all)).error is None
    assert differences(one_by_one, held(chartmogul, business.merged_away)) == []


def test_each_stream_in_a_run_of_its_own(small: dict[str, list[Json]], chartmogul: Any, config: Json) -> None:
    """Contacts, then orders without their payments, then payments: the last run completes the picture."""
    run_write(config, messages_of(small))
    whole = held(chartmogul)
    chartmogul.control.reset(keep_switches=True)
    base = {name: small[name] for name in ("account", "products", "subscriptions")}
    for streams in (
        {**base, "contacts": small["contacts"]},
        {**base, "orders": small["orders"]},
        {"payments": small["payments"]},
    ):
        assert run_write(config, messages_of({"account": small["account"], **streams})).error is None
    assert differences(whole, held(chartmogul)) == []
