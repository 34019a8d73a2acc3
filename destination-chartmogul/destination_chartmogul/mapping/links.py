"""Which subscription an order's line belongs to, when Keap says so and when it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from destination_chartmogul.mapping.context import Ledger, Record
from destination_chartmogul.mapping.orphans import is_made_up, made_up_id
from destination_chartmogul.mapping.periods import parse_date

Claim = tuple[date, int, str, int, str]


def claim_of(day: date, order_id: str, item_id: str) -> Claim:
    """Sorts lines by day, then order, then item; ids are numbers in text, so length first."""
    return day, len(order_id), order_id, len(item_id), item_id


class Links:
    """Finds the subscription of a line; remembers the first line that claims each subscription.

    Orders have to be asked in the order of their dates.
    """

    def __init__(self, subscriptions: Mapping[str, Record], ledger: Ledger, zone: str) -> None:
        self._subscriptions = subscriptions
        self._zone = zone
        self._held = {p.item_id: p.subscription_id for p in ledger.periods}
        self._first: dict[str, Claim] = {}
        self._named: dict[str, set[tuple[str, date]]] = {}
        for period in ledger.periods:
            self._names(period.subscription_id, period.order_id, period.start)
            self._claim(period.subscription_id, claim_of(period.start, period.order_id, period.item_id))

    def bill(self, subscription_ids: Iterable[str], order_id: str, day: date) -> None:
        """Tells of an order whose items name subscriptions, before any order is asked."""
        for key in subscription_ids:
            self._names(key, order_id, day)

    def subscription_of(self, item: Record, order_id: str, day: date, late: bool = False) -> tuple[str, bool]:
        """→ (subscription external id, whether it is certain).

        Without `subscription_id` on the item: the subscription of the same plan (then the same product)
        that starts nearest on or after the order's day and that no earlier line claims; else, since a
        subscription may have moved to another product, one that starts on that very day; else what
        ChartMogul has for the item; else an identity made of the order. One that was paid
        `late`, or not at all, began no subscription that has a bill of its own by its first day; what it was
        for when it was paid, it stays.
        """
        claim = claim_of(day, order_id, str(item.get("id")))
        if item.get("subscription_id"):
            return self._claim(str(item["subscription_id"]), claim), True
        held = self._held.get(str(item.get("id")), "")
        if late and is_made_up(held):
            return held, True
        found = self._nearest(item, day, claim, late)
        if found:
            return self._claim(found, claim), True
        return (held, True) if held else (made_up_id(order_id), False)

    def _names(self, subscription_id: str, order_id: str, day: date) -> None:
        self._named.setdefault(subscription_id, set()).add((order_id, day))

    def _began_with_another(self, subscription: Record, order_id: str, day: date) -> bool:
        start = parse_date(subscription.get("start_date"), self._zone)
        bills = self._named.get(str(subscription["id"]), ())
        return any(start and day <= billed <= start and key != order_id for key, billed in bills)

    def _claim(self, subscription_id: str, claim: Claim) -> str:
        self._first[subscription_id] = min(claim, self._first.get(subscription_id, claim))
        return subscription_id

    def _nearest(self, item: Record, day: date, claim: Claim, late: bool) -> str | None:
        free = [s for s in self._subscriptions.values() if self._first.get(str(s["id"]), claim) >= claim]
        if late:
            free = [s for s in free if not self._began_with_another(s, claim[2], day)]
        plan_id = str((item.get("subscription_plan") or {}).get("id") or "")
        product_id = str((item.get("product") or {}).get("id") or "")
        same_plan = [s for s in free if plan_id and str(s.get("subscription_plan_id")) == plan_id]
        same_product = [s for s in free if product_id and str(s.get("product_id")) == product_id]
        found = self._first_start(same_plan, day) or self._first_start(same_product, day)
        return found or self._first_start(free, day, latest=day)

    def _first_start(self, subscriptions: Sequence[Record], day: date, latest: date = date.max) -> str | None:
        starts = [(parse_date(s.get("start_date"), self._zone), str(s["id"])) for s in subscriptions]
        later = [(start, key) for start, key in starts if start and day <= start <= latest]
        return min(later)[1] if later else None
