"""The second figure: MRR of what `destination-chartmogul` would send, by ChartMogul's rules.

Keap's records go through the destination's own mapping, as for a first sync into an empty data source, and
the invoices and cancellations that come out go through its MRR rules. Where this figure agrees with Keap's
own and ChartMogul's does not, the fault came after sending; where it agrees with ChartMogul's, by mapping.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from destination_chartmogul.mapping.bundle import map_bundle
from destination_chartmogul.mapping.context import Context, Ledger
from destination_chartmogul.mapping.conventions import decide
from destination_chartmogul.mapping.objects import CANCELLED, Desired, LineItem
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.mapping.plans import cycles_of_plans
from destination_chartmogul.mrr import RecurringLine, line_mrr
from destination_chartmogul.policy import Policy as DestinationPolicy
from destination_chartmogul.samples import sample
from reconciliation.frames import KeapFrames
from reconciliation.keap_mrr.steps import STEP
from reconciliation.policy import Policy
from reconciliation.progress import Progress, silent
from reconciliation.ruled import Rules, contacts_table, orders_table
from reconciliation.sending import Gathered

DIFFERENTIAL = "differential"  # such a line adds to the MRR before it, others replace it
AMOUNTS = ("billing_amount_per", "billing_amount_in", "payments_in")
MAKE_MRR = frozenset({"orders", "subscriptions"})
LINE = ["order_id", "item_id", "type", "subscription_id", "plan_id", "amount", "tax"]
LINE_TYPES = {"amount": "Int64", "tax": "Int64"}


TYPES = {"day": "datetime64[ns]", "change": "int64", "ended": "bool"}
TYPES |= dict.fromkeys(("customer_id", "subscription_id", "plan_id"), "string")


@dataclass(frozen=True)
class Expected:
    """What would be sent.

    `steps`: day, customer_id, subscription_id, plan_id, change, ended, as in `keap_mrr.steps`;
    `lines`: order_id, item_id, type, subscription_id, plan_id, amount, tax of every line item;
    `ends`: the day of each cancellation, by its external id;
    `rejects`: stream, key, rule of records that would not be sent; `ruled_orders`, `ruled_contacts`: those
    that the user's rules have a part in, of `ruled.orders_table` and `ruled.contacts_table`.
    """

    steps: pd.DataFrame
    lines: pd.DataFrame
    rejects: pd.DataFrame
    ends: Mapping[str, pd.Timestamp] = field(default_factory=dict)
    ruled_orders: pd.DataFrame = field(default_factory=lambda: orders_table({}))
    ruled_contacts: pd.DataFrame = field(default_factory=lambda: contacts_table({}))


def expected(
    keap: KeapFrames, policy: Policy, today: date, zone: ZoneInfo, progress: Progress = silent
) -> Expected | None:
    """The figure as of the end of `today`; None when Keap's own records are not at hand."""
    if not keap.records.get("orders"):
        return None
    gathered = Gathered(keap.records)
    context = _context(keap, policy, today, zone, gathered)
    steps: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    rejects: list[tuple[str, str, str]] = []
    ends: dict[str, pd.Timestamp] = {}
    rules = Rules(keap.records, policy, context, gathered) if policy.rules else None
    contacts = gathered.contacts(rules.records if rules else ())
    for bundle in progress(gathered.bundles(contacts, context), "expected MRR", len(contacts)):
        part = rules.part(bundle) if rules else None
        mapped = map_bundle(part.bundle if part else bundle, Ledger(), context)
        moved = list(_steps(bundle.contact_id, mapped.desired, zone))
        if rules and part:
            paid = min((day for day, *_, change, _ in moved if change > 0), default=None)
            rules.note(bundle, part, mapped, paid)
        steps += moved
        lines += _lines(mapped.desired)
        ends |= {each.external_id: _day(each.effective_date, zone) for each in mapped.desired.events}
        rejects += [_reject(reject) for reject in mapped.rejects if reject.stream in MAKE_MRR]
    return Expected(
        steps=pd.DataFrame(steps, columns=STEP).astype(TYPES),
        lines=pd.DataFrame(lines, columns=LINE).astype(LINE_TYPES),
        rejects=pd.DataFrame(rejects, columns=["stream", "key", "rule"]),
        ends=ends,
        **({"ruled_orders": rules.orders, "ruled_contacts": rules.contacts} if rules else {}),
    )


def _context(keap: KeapFrames, policy: Policy, today: date, zone: ZoneInfo, gathered: Gathered) -> Context:
    fixed = {name: getattr(policy, name) for name in AMOUNTS if getattr(policy, name)}
    chosen = DestinationPolicy(
        time_zone=policy.time_zone,
        churn_evidence=policy.churn_evidence,
        churn_time=policy.churn_time,
        pause_days=policy.pause_days,
        replacement_window_days=policy.replacement_window_days,
        amounts="hundredths" if policy.hundredths else "smallest_unit",
        keap_amounts=fixed,
    )
    return Context(
        policy=chosen,
        zone=str(zone),
        currency=keap.currency,
        now=datetime.combine(today, time(23, 59, 59), zone),
        plan_cycles=cycles_of_plans(keap.records.get("products", {}).values()),
        conventions=decide(*sample(gathered, gathered.contacts()), keap.currency, fixed).conventions,
    )


def _steps(contact: str, desired: Desired, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """Every line sets the subscription's MRR, every cancellation sets it to zero, first of equal times."""
    by_subscription: dict[str, list[_Step]] = defaultdict(list)
    for invoice in desired.invoices:
        for line in () if invoice.status else invoice.line_items:  # ChartMogul leaves written-off ones out
            if line.subscription_external_id and line.plan and line.service_period_start:
                by_subscription[line.subscription_external_id].append(_begun(line))
    for event in desired.events:
        if event.event_type == CANCELLED:
            step = _Step(event.effective_date, ended=True)
            by_subscription[event.subscription_external_id].append(step)
    for subscription, steps in by_subscription.items():
        before, plan = 0, None
        for step in sorted(steps, key=lambda step: (step.at, not step.ended)):
            plan = step.plan or plan
            day = _day(step.at, zone)
            change = step.value if step.adds else step.value - before
            yield day, contact, subscription, plan, change, step.ended
            before += change


def _day(moment: datetime, zone: ZoneInfo) -> pd.Timestamp:
    return pd.Timestamp(moment.astimezone(zone).date())


@dataclass(frozen=True)
class _Step:
    """The subscription's MRR from `at` on, in cents, or what is added to it."""

    at: datetime
    value: int = 0
    plan: str | None = None
    ended: bool = False
    adds: bool = False


def _begun(line: LineItem) -> _Step:
    """A subscription line, by the destination's MRR rules."""
    subscription, plan, start = line.subscription_external_id, line.plan, line.service_period_start
    if not (subscription and plan and start):
        raise ValueError(f"line item {line.external_id} is no subscription line")
    part = line.proration_type is not None
    recurring = RecurringLine(
        subscription,
        line.amount,
        plan.interval,
        start,
        line.service_period_end,
        tax=line.tax,
        prorated=part,
        proration_type=line.proration_type,
    )
    adds = part and line.proration_type == DIFFERENTIAL
    return _Step(start, line_mrr(recurring), plan.external_id, adds=adds)


def _lines(desired: Desired) -> Iterator[tuple[Any, ...]]:
    for invoice in desired.invoices:
        for line in invoice.line_items:
            plan = line.plan.external_id if line.plan else None
            yield (
                invoice.external_id,
                line.external_id,
                line.type,
                line.subscription_external_id,
                plan,
                line.amount,
                line.tax,
            )


def _reject(reject: Reject) -> tuple[str, str, str]:
    return reject.stream, reject.key, reject.rule
