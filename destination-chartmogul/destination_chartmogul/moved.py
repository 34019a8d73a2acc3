"""Subscriptions that Keap moved to another contact although their earlier orders did not come again.

Whether a merge of contacts counts as a change of the orders that it moves is not documented by Keap. Where it
does not, only the subscription tells: it names the contact that stays, while ChartMogul has its earlier
service periods under the customer that is gone. Without this, its MRR would be counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from destination_chartmogul.actual import Actual
from destination_chartmogul.client import Client
from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.invoices import periods_of
from destination_chartmogul.mapping.objects import Desired
from destination_chartmogul.mapping.outcome import Reject, UnwritableError
from destination_chartmogul.mapping.periods import parse_date
from destination_chartmogul.merges import Merges

ONE_DAY = timedelta(days=1)


class Missing(NamedTuple):
    """A subscription that was billed from `since` on, of which the customer has no period that early."""

    subscription: str
    since: date


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
        Missing(key, since)
        for key, since in billed.items()
        if since and first.get(key, date.max) > since + ONE_DAY
    ]


def first_bill(subscription: Record, ctx: Context) -> date | None:
    """The day of the first bill; None when there was none yet, or when Keap's dates cannot be read."""
    try:
        since = parse_date(subscription.get("start_date"), ctx.zone)
        last = parse_date(subscription.get("last_bill_date"), ctx.zone)
    except UnwritableError:  # mapping the subscription has made a reject of it
        return None
    return since if since and last and since <= last else None


class Moved:
    """Finds who holds the earlier periods of a subscription, and merges that customer into the contact's."""

    def __init__(self, client: Client, source: str, merges: Merges) -> None:
        self._client, self._source, self._merges = client, source, merges

    def follow(self, contact: str, own: str, missing: Sequence[Missing]) -> tuple[bool, list[Reject]]:
        """→ (whether a customer was merged into `contact`, whose uuid is `own`; rejects)."""
        merged, rejects = False, []
        for each in missing:
            holder = self._holder(each, own)
            if holder is None:
                continue
            if self._merges.absorb(contact, holder):
                merged = True
            else:
                rejects.append(_held_elsewhere(each))
        return merged, rejects

    def _holder(self, missing: Missing, own: str) -> str | None:
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
                return str(activity["customer-uuid"])
        return None

    def _is_of(self, activity: Mapping[str, Any], subscription: str) -> bool:
        same_source = activity.get("billing-connector-uuid") in (None, self._source)
        return same_source and activity.get("subscription-external-id") == subscription


def _held_elsewhere(missing: Missing) -> Reject:
    text = (
        "ChartMogul has earlier periods of this subscription under another customer, who has others that "
        "Keap has not moved; merge or correct the two customers in ChartMogul"
    )
    return Reject("subscriptions", missing.subscription, "held_by_another_customer", text)
