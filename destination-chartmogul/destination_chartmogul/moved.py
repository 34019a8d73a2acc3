"""Subscriptions that Keap moved to another contact although their earlier orders did not come again.

Whether a merge of contacts counts as a change of the orders that it moves is not documented by Keap. Where it
does not, only the subscription tells: it names the contact that stays, while ChartMogul has its earlier
service periods under the customer that is gone. A subscription may also be moved without a merge; then the
earlier orders stay with the one contact and the later ones come with the other. Without this, MRR would be
counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

from destination_chartmogul.actual import Actual, own_ids
from destination_chartmogul.client import Client
from destination_chartmogul.errors import Refused
from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.invoices import periods_of
from destination_chartmogul.mapping.objects import CANCELLED, Desired, Event, moved_id
from destination_chartmogul.mapping.outcome import Reject, UnwritableError
from destination_chartmogul.mapping.periods import local_midnight, parse_date
from destination_chartmogul.merges import Merges
from destination_chartmogul.wire import event_body

Json = dict[str, Any]
ONE_DAY = timedelta(days=1)


class Missing(NamedTuple):
    """A subscription that was billed from `since` on, of which the customer has no period before `resumes`
    (None: none at all).
    """

    subscription: str
    since: date
    resumes: date | None = None


def missing_history(
    subscriptions: Mapping[str, Record], desired: Desired, actual: Actual, ctx: Context
) -> list[Missing]:
    """The subscriptions of a contact whose first bill is neither in ChartMogul nor among what is written."""
    held = actual.ledger({}, ctx.zone).periods
    written = [period for invoice in desired.invoices for period in periods_of(invoice, ctx)]
    first: dict[str, date] = {}
    for period in [*held, *written]:
        earliest = first.get(period.subscription_id, period.start)
        first[period.subscription_id] = min(earliest, period.start)
    billed = {key: first_bill(record, ctx) for key, record in subscriptions.items()}
    return [
        Missing(key, since, first.get(key))
        for key, since in billed.items()
        if since and first.get(key, date.max) > since
    ]


def first_bill(subscription: Record, ctx: Context) -> date | None:
    """The day of the first bill; None when there was none yet, or when Keap's dates cannot be read."""
    try:
        since = parse_date(subscription.get("start_date"), ctx.zone)
        last = parse_date(subscription.get("last_bill_date"), ctx.zone)
    except UnwritableError:  # mapping the subscription has made a reject of it
        return None
    return since if since and last and since <= last else None


class Followed(NamedTuple):
    """Whether a customer was merged into the contact's, how many objects were sent, and rejects."""

    merged: bool
    sent: int
    rejects: list[Reject]


class Moved:
    """Finds who holds the earlier periods of a subscription: merges that customer into the contact's when
    everything it has moved, else ends the subscription there when it begins here.
    """

    def __init__(self, client: Client, source: str, merges: Merges, zone: str) -> None:
        self._client, self._source, self._merges, self._zone = client, source, merges, zone

    def follow(self, contact: str, own: str, missing: Sequence[Missing]) -> Followed:
        """For `contact`, whose uuid is `own`."""
        merged, sent, rejects = False, 0, []
        for each in missing:
            holder = self._holder(each, own)
            if holder is None or self._is_told(each, holder):
                continue
            if self._merges.absorb(contact, holder):
                merged, sent = True, sent + 1
            elif each.resumes:
                try:
                    sent += self._hand_over(each, each.resumes, holder)
                except Refused as refused:
                    if refused.already_exists:  # written with the other customer's own records just now
                        continue
                    text = f"its end under customer {holder['uuid']} is refused: {refused}"
                    rejects.append(
                        Reject("subscriptions", each.subscription, "held_by_another_customer", text)
                    )
        return Followed(merged, sent, rejects)

    def foresee(self, contact: str, own: str, missing: Sequence[Missing]) -> tuple[list[Json], list[str]]:
        """What `follow` would do, without doing it: customers to merge, external ids of cancellations."""
        merged: list[Json] = []
        ended: list[str] = []
        for each in missing:
            holder = self._holder(each, own)
            if holder is None or self._is_told(each, holder):
                continue
            if self._merges.would_absorb(contact, holder):
                merged += [holder] if holder not in merged else []
            elif each.resumes:
                ended.append(moved_id(each.subscription, self._owner(holder)))
        return merged, ended

    def _is_told(self, missing: Missing, holder: Json) -> bool:
        """Whether the end under its earlier customer is there, or comes with that one's own orders."""
        if self._merges.comes_with_orders(self._owner(holder), missing.subscription):
            return True
        return self._handed_over(missing, holder) is not None

    def _handed_over(self, missing: Missing, holder: Json) -> Json | None:
        """The cancellation that `_hand_over` makes, when it is there: then it was no merge."""
        external_id = moved_id(missing.subscription, self._owner(holder))
        params = {"data_source_uuid": self._source, "external_id": external_id}
        return next(self._client.all("/subscription_events", "subscription_events", **params), None)

    def _hand_over(self, missing: Missing, day: date, holder: Json) -> int:
        """End the subscription of the customer that had it, at the start of `day`; → objects sent.

        The event has an id that plans do not touch: what the two contacts have is compared apart.
        """
        owner, moment = self._owner(holder), local_midnight(day, self._zone)
        event = Event(moved_id(missing.subscription, owner), missing.subscription, CANCELLED, moment, moment)
        body = event_body(event, owner) | {"data_source_uuid": self._source}
        again = partial(self._handed_over, missing, holder)
        self._client.create("/subscription_events", {"subscription_event": body}, again)
        return 1

    def _owner(self, customer: Json) -> str:
        return next(iter(own_ids(customer, self._source)), str(customer.get("external_id")))

    def _holder(self, missing: Missing, own: str) -> Json | None:
        """Customer, other than `own`, with a movement of the subscription around its first bill.

        One call for the few movements of three days; ChartMogul cannot be asked for a subscription:
        https://dev.chartmogul.com/reference/list-activities.
        """
        days = {
            "start-date": (missing.since - ONE_DAY).isoformat(),
            "end-date": (missing.since + ONE_DAY).isoformat(),
        }
        for activity in self._client.all("/activities", "entries", **days):
            if self._is_of(activity, missing.subscription) and activity.get("customer-uuid") != own:
                return self._merges.customer(str(activity["customer-uuid"]))
        return None

    def _is_of(self, activity: Mapping[str, Any], subscription: str) -> bool:
        same_source = activity.get("billing-connector-uuid") in (None, self._source)
        return same_source and activity.get("subscription-external-id") == subscription
