"""The days on which each subscription was billed, in this run and before, and the periods that follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from destination_chartmogul.mapping.context import Context, Elsewhere, Ledger, Period, Record
from destination_chartmogul.mapping.conventions import billing_amount
from destination_chartmogul.mapping.drafts import DraftLine, OrderDraft
from destination_chartmogul.mapping.money import digits_of, rescaled
from destination_chartmogul.mapping.objects import is_move
from destination_chartmogul.mapping.periods import local_date, parse_date
from destination_chartmogul.mapping.plans import plan_id_of
from destination_chartmogul.mapping.pricing import quantity_of
from destination_chartmogul.mapping.proration import Running
from destination_chartmogul.mapping.spacing import Bill, Neighbours, neighbours


class Bills:
    """Bills of one contact's subscriptions, and on which days others were billed for them (`elsewhere`);
    periods are added as the orders are mapped, oldest first.
    """

    def __init__(
        self,
        drafts: Sequence[OrderDraft],
        subscriptions: Mapping[str, Record],
        elsewhere: Mapping[str, Elsewhere],
        ledger: Ledger,
        ctx: Context,
    ) -> None:
        self._subscriptions, self._ctx = subscriptions, ctx
        current = {draft.order_id for draft in drafts}
        self._periods = [p for p in ledger.periods if p.order_id not in current]
        self._days: dict[str, dict[date, Bill]] = defaultdict(dict)
        self._ordered: dict[str, list[Bill]] = {}
        for key, shared in elsewhere.items():
            for other in shared.bills:
                self._add(key, Bill(other.day, ""))
        for event in filter(is_move, ledger.events):
            self._add(event.subscription_external_id, Bill(local_date(event.effective_date, ctx.zone), ""))
        for period in self._periods:
            if not period.prorated:
                self._add(period.subscription_id, _held_bill(period))
        for draft in drafts:
            for line in draft.lines:
                if line.subscription_id and not line.trial and line.priced.gross >= 0:
                    record = subscriptions.get(line.subscription_id)
                    self._add(line.subscription_id, _bill(draft.day, line, record))

    def _add(self, subscription_id: str, bill: Bill) -> None:
        there = self._days[subscription_id].get(bill.day)
        if there:
            gross = None if None in (there.gross, bill.gross) else (there.gross or 0) + (bill.gross or 0)
            bill = replace(bill, gross=gross, item_ids=there.item_ids | bill.item_ids)
        self._days[subscription_id][bill.day] = bill

    def add_periods(self, periods: Iterable[Period]) -> None:
        """What an order of this run was mapped to."""
        self._periods += periods

    def around(self, subscription_id: str, item_id: str) -> Neighbours | None:
        """The bill of an item with its neighbours."""
        bills = self._in_order(subscription_id)
        if not bills:
            return None
        upcoming, changed = (
            self._day(subscription_id, key) for key in ("next_bill_date", "modification_time")
        )
        return neighbours(bills, item_id, upcoming, bool(changed and changed > bills[-1].day))

    def _in_order(self, subscription_id: str) -> list[Bill]:
        if subscription_id not in self._ordered:
            found = self._days.get(subscription_id, {})
            self._ordered[subscription_id] = [found[day] for day in sorted(found)]
        return self._ordered[subscription_id]

    def _day(self, subscription_id: str, name: str) -> date | None:
        record = self._subscriptions.get(subscription_id) or {}
        return parse_date(record.get(name), self._ctx.zone)

    def running(self, subscription_id: str, day: date) -> Running | None:
        """The whole period of a subscription in which `day` falls, the latest to begin."""
        mine = [
            p
            for p in self._periods
            if p.subscription_id == subscription_id and not p.prorated and p.start <= day < p.end
        ]
        if not mine:
            return None
        last = max(mine, key=lambda p: p.start)
        return Running(last.start, last.end, last.gross)

    def full_price(self, subscription_id: str, plan_id: str, around: Neighbours | None) -> int | None:
        """Gross price of a whole interval on a plan: of the next bill, else what the subscription says."""
        after = around.after if around else None
        if after and after.plan_id == plan_id and after.gross is not None:
            return after.gross
        record = self._subscriptions.get(subscription_id)
        if record is None or str(record.get("subscription_plan_id") or "") != plan_id:
            return None
        reading = (self._ctx.conventions.billing_amount_per, self._ctx.conventions.billing_amount_in)
        price, currency = billing_amount(record, reading, self._ctx.currency), self._ctx.currency
        return None if price is None else rescaled(price, digits_of(currency), self._ctx.digits(currency))


def _held_bill(period: Period) -> Bill:
    plan_id = period.plan_external_id.split(":")[1] if period.plan_external_id.count(":") == 2 else ""
    price = None if period.gross is None else period.gross // (period.quantity or 1)
    return Bill(period.start, plan_id, price, period.gross, frozenset({period.item_id}))


def _bill(day: date, line: DraftLine, subscription: Record | None) -> Bill:
    item, gross = line.priced.item, line.priced.gross
    plan_id = plan_id_of(item, subscription)
    return Bill(day, plan_id, gross // quantity_of(item), gross, frozenset({str(item.get("id"))}))
