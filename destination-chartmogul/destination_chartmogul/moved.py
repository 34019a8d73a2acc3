"""Subscriptions that Keap moved to another contact although their earlier orders did not come again.

Whether a merge of contacts counts as a change of the orders that it moves is not documented by Keap. Where it
does not, only the subscription tells: it names the contact that stays, while ChartMogul has its earlier
service periods under the customer that is gone. A subscription may also be moved without a merge; then the
earlier orders stay with the one contact and the later ones come with the other. Without this, MRR would be
counted twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from destination_chartmogul.actual import Actual, own_ids
from destination_chartmogul.client import Client
from destination_chartmogul.mapping.context import Context, Ledger, Record
from destination_chartmogul.mapping.invoices import periods_of
from destination_chartmogul.mapping.objects import Desired, Event, is_move, moved_id
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import local_date, parse_date
from destination_chartmogul.merges import Merges
from destination_chartmogul.wire import instant

Json = dict[str, Any]
ONE_DAY, ONE_MONTH = timedelta(days=1), timedelta(days=31)
Absorb = Callable[[str, Json], bool | None]


class Missing(NamedTuple):
    """A subscription that somebody else was billed for around the day `since`, and the customer from
    `resumes` on (None: not yet).
    """

    subscription: str
    since: date
    resumes: date | None = None


def missing_history(
    subscriptions: Mapping[str, Record], desired: Desired, actual: Actual, ctx: Context
) -> list[Missing]:
    """The subscriptions of a contact whose first bill is neither in ChartMogul nor among what is written, and
    those that came back to the contact after ChartMogul has them ended by a move.
    """
    ledger = actual.ledger({}, ctx.zone)
    written = [period for invoice in desired.invoices for period in periods_of(invoice, ctx)]
    starts: dict[str, list[date]] = defaultdict(list)
    for period in [*ledger.periods, *written]:
        starts[period.subscription_id].append(period.start)
    billed = {key: first_bill(record, ctx) for key, record in subscriptions.items()}
    asked = [(key, since) for key, since in billed.items() if since]
    asked = [(key, since) for key, since in asked if min(starts[key], default=date.max) > since]
    moves = {(e.subscription_external_id, local_date(e.effective_date, ctx.zone)) for e in _moves(ledger)}
    asked += [(key, day) for key, day in sorted(moves) if key in subscriptions and max(starts[key]) > day]
    return [
        Missing(key, day, min((each for each in starts[key] if each > day), default=None))
        for key, day in asked
    ]


def _moves(ledger: Ledger) -> Iterator[Event]:
    return (event for event in ledger.events if is_move(event))


def first_bill(subscription: Record, ctx: Context) -> date | None:
    """The day of the first bill; None when there was none yet, or when Keap's dates cannot be read."""
    try:
        since = parse_date(subscription.get("start_date"), ctx.zone)
        last = parse_date(subscription.get("last_bill_date"), ctx.zone)
    except UnwritableError:  # mapping the subscription has made a reject of it
        return None
    return since if since and last and since <= last else None


@dataclass
class Followed:
    """Customers to be merged into the contact's, or that were. `sharers` had a subscription, by subscription;
    `holders` are those of them whose end of it has to be looked at.
    """

    merged: list[Json] = field(default_factory=list)
    sharers: dict[str, set[str]] = field(default_factory=dict)
    holders: dict[str, None] = field(default_factory=dict)


class Moved:
    """Finds who holds the earlier periods of a subscription: that customer is merged into the contact's when
    everything it has moved; else the subscription ends there when it begins under the next one.
    """

    def __init__(self, client: Client, source: str, merges: Merges, zone: str) -> None:
        self._client, self._source, self._merges, self._zone = client, source, merges, zone

    def follow(self, contact: str, own: str, missing: Sequence[Missing]) -> Followed:
        """For `contact`, whose uuid is `own`."""
        return self._found(contact, own, missing, self._merges.absorb)

    def foresee(self, contact: str, own: str, missing: Sequence[Missing]) -> Followed:
        """What `follow` would do, without doing it."""
        return self._found(contact, own, missing, self._merges.would_absorb)

    def _found(self, contact: str, own: str, missing: Sequence[Missing], absorb: Absorb) -> Followed:
        followed, gone = Followed(), {own}
        for each in missing:
            sharers = followed.sharers.setdefault(each.subscription, {contact})
            for holder, ended in self._chain(each, own):
                owner, uuid = self._owner(holder), str(holder["uuid"])
                told = ended or self._merges.comes_with_orders(owner, each.subscription)
                if uuid in gone or (not told and (verdict := absorb(contact, holder)) is None):
                    continue
                if not told and verdict:
                    gone.add(uuid)
                    followed.merged.append(holder)
                    continue
                sharers.add(owner)
                if not ended or (each.resumes and ended > each.resumes):
                    followed.holders[owner] = None
        return followed

    def _chain(self, missing: Missing, own: str) -> Iterator[tuple[Json, date | None]]:
        """Who had the subscription one after the other, from the day that is asked about on, and the day of
        the end that ChartMogul has there.
        """
        day: date | None = missing.since
        seen = {own}
        holder = self._holder(missing.subscription, missing.since, ONE_DAY, seen)
        if holder is None and missing.resumes is None:
            holder = self._holder(missing.subscription, missing.since, ONE_MONTH, seen)
        while day and holder:
            seen.add(str(holder["uuid"]))
            days = self._handed_over(missing.subscription, own_ids(holder, self._source))
            day = min((each for each in days if each >= day), default=None)
            yield holder, day
            holder = self._holder(missing.subscription, day, ONE_DAY, seen) if day else None

    def _handed_over(self, subscription: str, owners: Sequence[str]) -> Iterator[date]:
        """The days on which ChartMogul has the subscription ended under its owner since it moved; a customer
        that was merged has several names.
        """
        names = tuple(moved_id(subscription, owner) for owner in owners)
        for owner in owners:
            asked = {"subscription_external_id": subscription, "customer_external_id": owner}
            params = {"data_source_uuid": self._source, **asked}
            for event in self._client.all("/subscription_events", "subscription_events", **params):
                moment = instant(event.get("effective_date"))
                if moment and str(event.get("external_id")).startswith(names):
                    yield local_date(moment, self._zone)

    def _owner(self, customer: Json) -> str:
        return next(iter(own_ids(customer, self._source)), str(customer.get("external_id")))

    def _holder(self, subscription: str, since: date, within: timedelta, but: Container[str]) -> Json | None:
        """Customer, other than some, with a movement of the subscription from the day before `since` on.

        One call for the few movements of three days; ChartMogul cannot be asked for a subscription:
        https://dev.chartmogul.com/reference/list-activities. A month is for a first bill that came late.
        """
        days = {"start-date": (since - ONE_DAY).isoformat(), "end-date": (since + within).isoformat()}
        for activity in self._client.all("/activities", "entries", **days):
            uuid = str(activity.get("customer-uuid"))
            if self._is_of(activity, subscription) and uuid not in but:
                return self._merges.customer(uuid)
        return None

    def _is_of(self, activity: Mapping[str, Any], subscription: str) -> bool:
        same_source = activity.get("billing-connector-uuid") in (None, self._source)
        return same_source and activity.get("subscription-external-id") == subscription
