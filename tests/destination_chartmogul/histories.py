"""Random but reproducible billing histories of one contact, as Keap's records, with what is true of them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from fractions import Fraction

from destination_chartmogul.mapping.objects import Interval
from destination_chartmogul.mapping.periods import add_interval
from tests.destination_chartmogul.keap import Json, item, money, order, payment, subscription

END = dt.date(2026, 6, 30)
CYCLES = {
    "MONTH": (1, "month", (1, 1, 1, 2, 3, 6)),
    "YEAR": (1, "year", (1, 2)),
    "WEEK": (7, "day", (1, 2, 4)),
    "DAY": (1, "day", (1, 10, 30, 90)),
}
ONE_OFF = ("PRODUCT", "SERVICE", "UPSELL", "SHIPPING", "FINANCE_CHARGE", "TIP", "OTHER", "FEE")
DISCOUNTS = ("DISCOUNT", "DISCOUNT_PRODUCT", "DISCOUNT_PRODUCT_CATEGORY", "DISCOUNT_ORDER_TOTAL")
AS_FIELD, AS_PRICE = "field", "price"


@dataclass
class History:
    """`intervals` and `nets` are the truth by item id: how long a bill was for, and its price without tax and
    after its share of the discount, to a fraction of a cent.
    """

    orders: list[Json] = field(default_factory=list)
    payments: list[Json] = field(default_factory=list)
    subscriptions: list[Json] = field(default_factory=list)
    intervals: dict[str, Interval] = field(default_factory=dict)
    nets: dict[str, Fraction] = field(default_factory=dict)


class Story:
    """Writes one history; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._discount_form = self._random.choice((AS_FIELD, AS_PRICE))
        self.history = History()

    def tell(self) -> History:
        """A few subscriptions with their bills, and one-off orders."""
        for number in range(self._random.randint(1, 3)):
            self._subscription(str(5001 + number))
        for _ in range(self._random.randint(0, 2)):
            self._order(self._day(), [self._one_off() for _ in range(self._random.randint(1, 4))])
        self._random.shuffle(self.history.orders)
        return self.history

    def _day(self) -> dt.date:
        return END - dt.timedelta(days=self._random.randint(30, 700))

    def _subscription(self, key: str) -> None:
        cycle = self._random.choice(list(CYCLES))
        size, unit, counts = CYCLES[cycle]
        frequency = self._random.choice(counts)
        interval, first = Interval(size * frequency, unit), self._day()
        price, quantity = self._random.randint(100, 50_000), self._random.choice((1, 1, 1, 3))
        days = [add_interval(first, interval, n) for n in range(400)]
        billed = [day for day in days if day <= END][-30:]
        for day in billed:
            self._bill(key, day, price, quantity, interval)
        plan = {"billing_cycle": cycle, "billing_frequency": frequency, "quantity": quantity}
        upcoming = add_interval(first, interval, len([d for d in days if d <= END]))
        dates = {"start_date": str(first), "last_bill_date": str(billed[-1]), "next_bill_date": str(upcoming)}
        self.history.subscriptions.append(subscription(id=key, **plan, **dates))

    def _bill(self, key: str, day: dt.date, price: int, quantity: int, interval: Interval) -> None:
        line = item(price=price, quantity=quantity, subscription_id=key)
        extras = [self._one_off() for _ in range(self._random.choice((0, 0, 0, 1, 2)))]
        self._order(day, [line, *extras], interval)

    def _one_off(self) -> Json:
        kind = self._random.choice(ONE_OFF)
        return item(kind, self._random.randint(0, 9_999), quantity=self._random.choice((1, 1, 2)))

    def _order(self, day: dt.date, charges: list[Json], interval: Interval | None = None) -> None:
        number = len(self.history.orders)
        gross = sum(line["price_per_unit"]["amount"] * line["quantity"] for line in charges)
        off = self._random.choice((0, 0, gross // 10, self._random.randint(0, gross)))
        tax = self._random.choice((0, 0, (gross - off) * 19 // 100))
        reductions = [self._discount(off)] if off else []
        taxes = [item("TAX", tax)] if tax else []
        lines = [
            {**line, "id": f"6{number:05}{place}"}
            for place, line in enumerate([*charges, *reductions, *taxes])
        ]
        made = order(*lines, id=f"2{number:05}", total=gross - off + tax)
        made |= {"order_items": lines, "order_time": f"{day}T12:00:00Z"}
        self._pay(made, gross - off + tax, day)
        self.history.orders.append(made)
        if interval:
            self.history.intervals[lines[0]["id"]] = interval
            price = lines[0]["price_per_unit"]["amount"] * lines[0]["quantity"]
            self.history.nets[lines[0]["id"]] = Fraction(price * (gross - off), gross or 1)

    def _discount(self, amount: int) -> Json:
        shown = {"price_per_unit": money(-amount)}
        if self._discount_form == AS_FIELD:
            shown = {"price_per_unit": money(0), "discount": money(amount)}
        return item(self._random.choice(DISCOUNTS)) | shown

    def _pay(self, made: Json, total: int, day: dt.date) -> None:
        """In full, in parts, too much, or not at all; sometimes some of it goes back."""
        amounts = self._random.choice(([], [total], [total], [total // 2, total - total // 2], [total + 500]))
        for amount in filter(None, amounts):
            self._payment(made["id"], amount, day)
        if amounts and self._random.random() < 0.2:
            self._payment(
                made["id"], -self._random.randint(1, total + 1), min(day + dt.timedelta(days=3), END)
            )

    def _payment(self, order_id: str, amount: int, day: dt.date) -> None:
        key = f"4{len(self.history.payments):05}"
        row = payment(id=key, amount=amount / 100, order_ids=[order_id], payment_time=f"{day}T13:00:00Z")
        self.history.payments.append(row)
