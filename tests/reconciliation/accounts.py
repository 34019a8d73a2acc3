"""Small hand-made accounts: builders of both sides that tests put together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from reconciliation.frames import ChartMogulFrames, ChartMogulSettings, KeapFrames, build
from tests.reconciliation.keap_records import keap_records

DENVER = "America/Denver"

Row = dict[str, Any]


@dataclass
class KeapAccount:
    """Collects rows; `frames` gives the tables. Days are ISO text; an order is placed at 06:00 in Denver."""

    time_zone: str = DENVER
    currency: str = "USD"
    subscriptions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    contacts: set[str] = field(default_factory=set)

    def subscription(self, id_: str, customer: str, **other: Any) -> KeapAccount:
        """A monthly subscription of plan 101, active since January, unless said otherwise."""
        row = {
            "id": id_,
            "customer_id": customer,
            "product_id": "11",
            "plan_id": "101",
            "active": True,
            "quantity": 1,
            "cycle": "MONTH",
            "frequency": 1,
            "start_date": "2026-01-10",
        }
        self.contacts.add(customer)
        self.subscriptions.append(row | other)
        return self

    def order(self, id_: str, customer: str, day: str, *items: Row, **other: Any) -> KeapAccount:
        """A paid order of these items; its total is their sum unless given."""
        total = sum(_charge(item) for item in items)
        row = {"id": id_, "customer_id": customer, "status": "PAID", "total": total, "total_paid": total}
        row |= {"refund_total": 0, "ordered_at": f"{day}T13:00:00Z"}
        self.contacts.add(customer)
        self.orders.append(row | other)
        for position, item in enumerate(items):
            self.items.append({"order_id": id_, "id": f"{id_}-{position}", "position": position} | item)
        return self

    def renewals(self, id_: int, customer: str, days: list[str], *items: Row) -> KeapAccount:
        """The same order on each of these days, with ids counted up from `id_`."""
        for offset, day in enumerate(days):
            self.order(str(id_ + offset), customer, day, *items)
        return self

    def frames(self) -> KeapFrames:
        return KeapFrames(
            time_zone=self.time_zone,
            currency=self.currency,
            subscriptions=build("subscriptions", self.subscriptions),
            orders=build("orders", self.orders),
            items=build("items", self.items),
            contacts=build("contacts", ({"id": name} for name in sorted(self.contacts))),
            payments=build("payments", self.payments),
            records=keap_records(self.subscriptions, self.orders, self.items, self.currency),
        )


def _charge(item: Row) -> int:
    if str(item["type"]).startswith("DISCOUNT"):
        return -abs(int(item["discount"] or item["price"] * item["quantity"]))
    return int(item["price"] * item["quantity"])


def line(subscription: str | None, price: int, quantity: int = 1, **other: Any) -> Row:
    """A SUBSCRIPTION item of the monthly plan 101 of product 11."""
    row = {"type": "SUBSCRIPTION", "subscription_id": subscription, "price": price, "quantity": quantity}
    row |= {"product_id": "11", "plan_id": "101", "plan_cycle": "MONTHLY", "plan_frequency": 1, "discount": 0}
    return row | other


def item(type_: str, price: int = 0, quantity: int = 1, **other: Any) -> Row:
    """An item of any other type."""
    return {"type": type_, "price": price, "quantity": quantity, "discount": 0} | other


SETTINGS = ChartMogulSettings("USD", DENVER, "Keap")


@dataclass
class ChartMogulAccount:
    """Collects customers and movements; the totals are their sums unless replaced."""

    settings: ChartMogulSettings = SETTINGS
    customers: list[Row] = field(default_factory=list)
    activities: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)

    def customer(self, name: str, *others: str) -> ChartMogulAccount:
        """A customer by its external id, with the ids of customers merged into it."""
        for external in (name, *others):
            row = {"uuid": f"cus_{name}", "external_id": external, "primary": external == name}
            self.customers.append(row)
        return self

    def moves(
        self, customer: str, subscription: str, *steps: tuple[str, int], **other: Any
    ) -> ChartMogulAccount:
        """Movements (day or instant, cents); a day alone begins at 07:00 UTC, midnight in Denver's winter."""
        if customer not in {row["external_id"] for row in self.customers}:
            self.customer(customer)
        for when, cents in steps:
            self.activities.append(
                {
                    "uuid": f"act-{len(self.activities)}",
                    "customer_uuid": f"cus_{customer}",
                    "subscription_id": subscription,
                    "happened_at": when if "T" in when else f"{when}T07:00:00Z",
                    "type": "new_biz" if cents > 0 else "churn",
                    "movement": cents,
                }
                | other
            )
        return self

    def line(
        self, order: str, customer: str, subscription: str | None, cents: int, day: str, **other: Any
    ) -> ChartMogulAccount:
        """A monthly subscription line of plan 101 from that day; its item is the order's first."""
        row = {
            "order_id": order,
            "item_id": f"{order}-0",
            "customer_uuid": f"cus_{customer}",
            "type": "subscription",
            "subscription_id": subscription,
            "plan_id": "11:101:1-month",
            "currency": "USD",
            "amount": cents,
            "tax": 0,
            "discount": 0,
            "fees": 0,
            "quantity": 1,
            "starts_at": f"{day}T07:00:00Z",
            "ends_at": f"{day[:5]}{int(day[5:7]) + 1:02}{day[7:]}T07:00:00Z",
            "prorated": False,
            "by_hand": False,
            "disabled": False,
        }
        self.lines.append(row | other)
        return self

    def frames(self, days: list[date], **settings: Any) -> ChartMogulFrames:
        """The tables, with monthly totals on these closing days (Denver's or the given zone's)."""
        chosen = replace(self.settings, **settings)
        activities = build("activities", self.activities)
        dates = activities["happened_at"].dt.tz_convert(chosen.time_zone).dt.date
        totals = [{"date": day, "mrr": int(activities["movement"][dates <= day].sum())} for day in days]
        return ChartMogulFrames(
            settings=chosen,
            customers=build("customers", self.customers),
            activities=activities,
            totals=build("totals", totals),
            customer_counts=build("customer_counts", []),
            start=min(days),
            end=max(days),
            lines=build("lines", self.lines),
        )
