"""Reads `worked_examples.txt`: the billing of one contact each, and its MRR as worked out by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FILE = Path(__file__).with_suffix(".txt")
SETTINGS = ("zone", "currency")
SUBSCRIPTION = {
    "start": "start_date",
    "last": "last_bill_date",
    "next": "next_bill_date",
    "end": "end_date",
    "plan": "subscription_plan_id",
    "product": "product_id",
    "changed": "modification_time",
}
MONEY = ("discount", "refund_total", "total_paid")


@dataclass
class Example:
    """`mrr` by day, in hundredths; `settings` are zone, currency and the destination's configuration."""

    name: str
    contact: str
    settings: Json = field(default_factory=dict)
    orders: list[Json] = field(default_factory=list)
    subscriptions: list[Json] = field(default_factory=list)
    payments: list[Json] = field(default_factory=list)
    mrr: dict[str, int] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return str(self.settings.get("zone", "America/Denver"))

    @property
    def currency(self) -> str:
        return str(self.settings.get("currency", "USD"))

    @property
    def policy(self) -> Json:
        """The part that is the destination's configuration."""
        return {name: value for name, value in self.settings.items() if name not in SETTINGS}

    def take(self, word: str, rest: str) -> None:
        """One line of the file."""
        {"with": self._with, "sub": self._sub, "order": self._order, "pay": self._pay, "mrr": self._mrr}[
            word
        ](rest)

    def _with(self, rest: str) -> None:
        self.settings |= fields_of(rest)

    def _mrr(self, rest: str) -> None:
        self.mrr |= {day: int(amount) for day, amount in fields_of(rest).items()}

    def _subscription_id(self, short: str | None) -> str | None:
        return f"{self.contact}{short[1:]}" if short else None

    def _sub(self, rest: str) -> None:
        short, given = rest.partition(" ")[::2]
        own = {"subscription_plan_id": "101", "product_id": "11", "quantity": 1, "active": True}
        own |= {"modification_time": "2026-06-30T12:00:00Z", "billing_cycle": "MONTH", "billing_frequency": 1}
        for name, value in fields_of(given).items():
            own |= (
                _every(value, "billing_cycle", "billing_frequency")
                if name == "every"
                else {SUBSCRIPTION.get(name, name): str(value) if name in ("plan", "product") else value}
            )
        self.subscriptions.append(own | {"id": self._subscription_id(short), "contact_id": self.contact})

    def _order(self, rest: str) -> None:
        head, _, charges = rest.partition(" : ")
        day, given = head.partition(" ")[::2]
        more, key = fields_of(given), f"{self.contact}{len(self.orders):03}"
        items = [self._item(f"{key}{n}", text) for n, text in enumerate(charges.split(" + "))]
        total = more.pop("total", sum(i["price_per_unit"]["amount"] * (i["quantity"] or 1) for i in items))
        at = f"{day}T{more.pop('at', '12:00:00-07:00')}"
        made: Json = {"id": key, "status": "PAID", "contact": {"id": self.contact}, "order_time": at}
        made |= {"creation_time": at, "total": self._money(total), "order_items": items}
        paid = total if more.get("status", "PAID") == "PAID" else 0
        self.orders.append(made | {"total_paid": self._money(paid)} | self._with_money(more))

    def _item(self, key: str, text: str) -> Json:
        kind, price, given = [*text.split(" ", 2), ""][:3]
        more = fields_of(given)
        plan: Json = {"id": str(more.pop("plan", "101")), "cycle_type": "MONTH", "frequency": 1}
        plan |= _every(more.pop("every", "1-MONTH"), "cycle_type", "frequency")
        if "plan_price" in more:
            plan["plan_price"] = self._money(more.pop("plan_price"))
        own = {"id": key, "item_type": kind, "name": kind.title(), "quantity": 1}
        own |= {"price_per_unit": self._money(int(price))}
        recurs = kind in ("SUBSCRIPTION", "PROGRAM") or "sub" in more
        if recurs:
            own |= {
                "subscription_plan": plan,
                "subscription_id": self._subscription_id(more.pop("sub", "S1")),
            }
        if recurs or "product" in more:
            own["product"] = {"id": str(more.pop("product", "11"))}
        return own | self._with_money(more)

    def _pay(self, rest: str) -> None:
        order, amount, day = rest.split()
        key, paid = f"{self.contact}{900 + len(self.payments)}", f"{day}T18:00:00Z"
        row = {"id": key, "type": "Credit Card", "status": "COMPLETED", "amount": float(amount)}
        row |= {
            "payment_time": paid,
            "contact_id": self.contact,
            "order_ids": [self.orders[int(order)]["id"]],
        }
        self.payments.append(row)

    def _money(self, amount: int) -> Json:
        return {"amount": amount, "currency_code": self.currency, "formatted_amount": ""}

    def _with_money(self, given: Json) -> Json:
        return {name: self._money(value) if name in MONEY else value for name, value in given.items()}


def _every(text: str, cycle: str, frequency: str) -> Json:
    count, _, unit = text.partition("-")
    return {cycle: unit, frequency: int(count)}


def fields_of(text: str) -> Json:
    """`name=value` pairs; a value is JSON without blanks, else text."""
    pairs = (part.partition("=")[::2] for part in text.split())
    return {name: _value(value) for name, value in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def examples() -> list[Example]:
    """All of the file, in its order."""
    found: list[Example] = []
    for block in FILE.read_text().split("\n\n")[1:]:
        title, *lines = block.strip().splitlines()
        found.append(Example(title.removeprefix("# "), f"{70_000 + len(found)}"))
        for line in lines:
            found[-1].take(*line.partition(" ")[::2])
    return found
