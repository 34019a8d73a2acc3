"""Random but reproducible business in a simulated Keap account, and what a source tells of it."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.destination_chartmogul.pipe import Json, keap_records

FULL_REFRESH = ("account", "products")


def deletion(subscription: str, noticed: str) -> Json:
    """What the source tells of a subscription that Keap has no longer."""
    return {"id": subscription, "modification_time": noticed, "_ab_cdc_deleted_at": noticed}


class Changes:
    """Gives what is new or changed in the Keap account since the last look, as the source's cursors do."""

    def __init__(self, keap: Any) -> None:
        self._keap = keap
        self._seen: dict[tuple[str, str], Json] = {}
        self.all: dict[str, list[Json]] = {}

    def take(self) -> dict[str, list[Json]]:
        """Changed records by stream."""
        self.all = keap_records(self._keap)
        now = {(stream, r["id"]): r for stream, rows in self.all.items() for r in rows}
        changed = {
            stream: [r for r in rows if stream in FULL_REFRESH or self._seen.get((stream, r["id"])) != r]
            for stream, rows in self.all.items()
        }
        gone = [key for stream, key in self._seen.keys() - now.keys() if stream == "subscriptions"]
        changed["subscriptions"] += [deletion(key, self._keap.control.clock()) for key in sorted(gone)]
        self._seen = now
        return changed


class Business:
    """Lets random things happen in the Keap account; the same seed does the same."""

    def __init__(self, keap: Any, seed: int) -> None:
        self._keap, self._random = keap, random.Random(seed)
        self.merged_away: set[str] = set()
        self.orders_deleted = False
        self._moved: set[str] = set()
        self._stopped: set[str | None] = set()
        self._refunded: set[str] = set()

    def go_on(self, records: dict[str, list[Json]]) -> None:
        """Some days pass and a handful of events happen."""
        days = self._random.choice((3, 9, 17, 30))
        self._today = dt.date.fromisoformat(self._keap.control.clock(advance_seconds=86400 * days)[:10])
        self._records, self.orders_deleted, self._merged = records, False, False
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
            "subscribe_for_cycles",
            "buy_declined",
            "deactivate",
            "delete_order",
            "delete_subscription",
            "move_subscription",
        )
        for kind in self._random.sample(kinds, 14):
            wanted = getattr(self, f"_{kind}")()
            for each in wanted if isinstance(wanted, list) else [wanted] if wanted else []:
                self._keap.control.event(each.pop("type"), **each)

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

    def _subscribe_for_cycles(self) -> Json:
        return {
            "type": "new_subscription",
            "contact_id": self._one("contacts"),
            "plan_id": "101",
            "cycles": 2,
        }

    def _buy_declined(self) -> Json:
        contact = self._one("contacts")
        return {"type": "new_subscription", "contact_id": contact, "plan_id": "103", "declined": True}

    def _deactivate(self) -> Json:
        return {"type": "deactivate", "subscription_id": self._goes_on()}

    def _goes_on(self) -> str | None:
        """One that is about to stop."""
        subscription = self._one("subscriptions", active=True)
        self._stopped.add(subscription)
        return subscription

    def _delete_order(self) -> Json | None:
        """One that is not paid; not of a subscription or contact that is gone, whom nobody looks at then."""
        records = keap_records(self._keap)
        there = {None, *(row["id"] for row in records["subscriptions"])}
        ids = [o["id"] for o in records["orders"] if o["status"] == "SENT" and _named(o) <= there]
        if self._merged or not ids:
            return None
        self.orders_deleted = True
        return {"type": "delete_order", "order_id": self._random.choice(ids)}

    def _delete_subscription(self) -> Json | None:
        """One that always went on as planned, without a trial: nobody can tell those when it is gone."""
        records = keap_records(self._keap)
        odd = {key for o in records["orders"] if not o["total"]["amount"] for key in _named(o)} | self._moved
        odd |= self._stopped
        as_planned = {"active": True, "billing_cycle": "MONTH", "billing_frequency": 1, "end_date": None}
        rows = [r for r in records["subscriptions"] if r["id"] not in odd]
        ids = [r["id"] for r in rows if all(r.get(key) == value for key, value in as_planned.items())]
        if self.orders_deleted or not ids:
            return None
        return {"type": "delete_subscription", "subscription_id": self._random.choice(ids)}

    def _move_subscription(self) -> list[Json]:
        """Not by a merge: the contact that had it is seen to be there still. Billed at once. What moved
        before moves again more often than not.
        """
        rows = keap_records(self._keap)["subscriptions"]
        again = [r for r in rows if r["id"] in self._moved and r.get("last_bill_date") != str(self._today)]
        rows = again if any(r["active"] for r in again) and self._random.random() < 0.7 else rows
        moved = self._random.choice(
            [r for r in rows if r["active"] and r.get("last_bill_date") != str(self._today)]
        )
        others = [c["id"] for c in self._records["contacts"] if c["id"] != moved["contact_id"]]
        others = [key for key in others if key not in self.merged_away]
        self._moved.add(moved["id"])
        edit = {"type": "edit_contact", "contact_id": moved["contact_id"], "given_name": "Stays"}
        to = self._random.choice(others)
        bill = {"type": "move_bill_date", "subscription_id": moved["id"], "next_bill_date": str(self._today)}
        move = {"type": "move_subscription", "subscription_id": moved["id"], "to_contact_id": to}
        return [move, edit, bill]

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
        self._refunded |= {o["contact"]["id"] for o in paid if o["id"] == order}
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
        old = [key for key in old if key not in self._moved]
        subscription = self._random.choice(old)
        return {"type": "change_plan", "subscription_id": subscription, "frequency": 2}

    def _decline(self) -> Json:
        subscription = self._one("subscriptions", active=True)
        return {"type": "payment_failed", "subscription_id": subscription, "retries": 1}

    def _cancel(self) -> Json:
        return {"type": "cancel", "subscription_id": self._goes_on()}

    def _plan_end(self) -> Json:
        day = self._today + dt.timedelta(days=self._random.choice((0, 5, 20)))
        return {
            "type": "cancel",
            "subscription_id": self._goes_on(),
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
        orders = self._records["orders"]  # a lead that is merged away stays
        payers = {o["contact"]["id"] for o in orders if o["status"] != "DRAFT" and o["total"]["amount"]}
        dated_anew = (
            loser in self._refunded
        )  # orders change with a merge, which tells the day of such refunds
        if loser == winner or loser not in payers or self.orders_deleted or dated_anew:
            return None
        self._merged = True
        self.merged_away.add(str(loser))
        return {"type": "merge_contacts", "contact_id": loser, "into_contact_id": winner}


def _named(order: Json) -> set[str | None]:
    """The subscriptions that an order's items name."""
    return {item.get("subscription_id") for item in order["order_items"]}
