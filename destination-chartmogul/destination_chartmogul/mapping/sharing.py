"""Subscriptions for which several contacts were billed: they moved, once or several times.

Keap's record names the contact of today alone, and an order the contact that it was for. So the bills in
order of time tell who had the subscription when: each has it until another one is billed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from destination_chartmogul.mapping.belonging import named_subscriptions
from destination_chartmogul.mapping.context import BillOf, Context, Elsewhere, Period, Record
from destination_chartmogul.mapping.drafts import is_unpaid_draft, order_instant
from destination_chartmogul.mapping.objects import Event
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import interval_of, local_date, local_midnight, parse_date
from destination_chartmogul.mapping.spacing import fits

ONE_SECOND = timedelta(seconds=1)


def bills_in(orders: Iterable[Record], subscription_id: str, contact: str, ctx: Context) -> Iterator[BillOf]:
    """The bills of a subscription among a contact's orders; of orders that are rejects, or no bills, none."""
    for order in orders:
        if subscription_id in named_subscriptions(order):
            try:
                day = local_date(order_instant(order, ctx.zone), ctx.zone)
                if day <= ctx.today and not is_unpaid_draft(order):
                    yield BillOf(day, len(str(order["id"])), str(order["id"]), contact)
            except UnwritableError:
                continue


def bills_held(periods: Iterable[Period], subscription_id: str, contact: str) -> Iterator[BillOf]:
    """The bills of a subscription that ChartMogul has of a contact."""
    for period in periods:
        if period.subscription_id == subscription_id:
            yield BillOf(period.start, len(period.order_id), period.order_id, contact)


def elsewhere_of(
    contact: str, owner: str, record: Record, bills: Iterable[BillOf], ctx: Context
) -> Elsewhere:
    """What other contacts have to do with a subscription, for the orders of `contact`. Of an order that comes
    twice among `bills` the latter counts.
    """
    ordered = sorted({bill.order_id: bill for bill in bills}.values())
    foreign = frozenset(_foreign(ordered, owner, record, ctx))
    others = (b for b in ordered if b.contact != contact and b.order_id not in foreign)
    return Elsewhere(owner, tuple(others), foreign, record)


def _foreign(ordered: Sequence[BillOf], owner: str, record: Record, ctx: Context) -> Iterator[str]:
    """Bills of others for a subscription whose owner was billed all the same: before that bill, and again
    when that was due, or will be. Where not, the subscription was the other's for a while.
    """
    own = [bill.day for bill in ordered if bill.contact == owner]
    try:
        interval = interval_of(record.get("billing_cycle"), record.get("billing_frequency"))
        upcoming = parse_date(record.get("next_bill_date"), ctx.zone)
    except UnwritableError:  # mapping the subscription has made a reject of it
        interval, upcoming = None, None
    own += [upcoming] if own and upcoming else []
    for bill in ordered:
        before = max((day for day in own if day <= bill.day), default=None)
        if bill.contact == owner or before is None:
            continue
        after = [day for day in own if day > bill.day]
        if not after or interval is None or any(fits(before, day, interval) for day in after):
            yield bill.order_id


def handovers(
    mine: Iterable[Period], others: Elsewhere, held: Iterable[Event], ctx: Context
) -> list[datetime]:
    """When a contact ceased to have a subscription since another one was billed for it, in order of time.

    `held`: ends of this kind that ChartMogul has, which tell of others that this run does not know. Of two
    bills on a day the later order counts, so that the end follows the beginning by a second.
    """
    own = [BillOf(p.start, len(p.order_id), p.order_id) for p in mine]
    ends = {event.effective_date for event in held}
    for bill in others.bills:
        same_day = any(each.day == bill.day and each < bill for each in own)
        ends.add(local_midnight(bill.day, ctx.zone) + (ONE_SECOND if same_day else timedelta(0)))
    steps = [(local_midnight(bill.day, ctx.zone), True) for bill in own]
    steps = sorted([*steps, *((moment, False) for moment in ends)])
    return [moment for before, (moment, is_own) in pairwise(steps) if before[1] and not is_own]


def has_it_last(contact: str, mine: Sequence[Period], others: Elsewhere) -> bool:
    """Whether a contact's subscription ends as its record says: the one whose bill was the last has it, and
    before any bill the one whom the record names.
    """
    last = max((BillOf(p.start, len(p.order_id), p.order_id) for p in mine), default=None)
    if last is None:
        return not others.bills and others.owner in (contact, "")
    return not others.bills or last > others.bills[-1]
