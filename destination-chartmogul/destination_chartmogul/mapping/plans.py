"""Plan of a subscription line: which interval, which identity, which name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from destination_chartmogul.mapping.context import Context, Ledger, Period, Record
from destination_chartmogul.mapping.decisions import CHOSEN, NOTHING_DECIDED, ItemDecision
from destination_chartmogul.mapping.money import minor
from destination_chartmogul.mapping.objects import Interval, Plan
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import interval_of
from destination_chartmogul.mapping.text import MAX_TEXT, line_of

UNKNOWN = "-"


def cycles_of_plans(products: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Number of bills of the plans that end by themselves, by plan id; 0 or absent means without end."""
    listed = [product.get("subscription_plans") for product in products]
    plans = [plan for each in listed if isinstance(each, list) for plan in each if isinstance(plan, dict)]
    found = {str(plan.get("id")): plan.get("number_of_cycles") or plan.get("total_cycles") for plan in plans}
    return {key: cycles for key, cycles in found.items() if isinstance(cycles, int) and cycles > 0}


@dataclass(frozen=True)
class Terms:
    """What is known of a line's plan before the days of the bills are looked at.

    `preferred` is the interval that the records say, None when they say none; `held` what ChartMogul has for
    this very line. `chosen` is the name of the plan that a rule of the user chose. `sold` is the interval of
    the item's own plan, when the item costs what that plan costs.
    """

    product_id: str
    plan_id: str
    preferred: Interval | None
    held: Interval | None
    chosen: str = ""
    sold: Interval | None = None


def terms_of_line(
    item: Record,
    subscription: Record | None,
    subscription_id: str,
    ledger: Ledger,
    day: date,
    decided: ItemDecision = NOTHING_DECIDED,
) -> Terms:
    """The interval is the subscription's while the item is on the subscription's plan; on a plan that the
    subscription has left it is the item's own. A subscription that is not in this run keeps the interval that
    ChartMogul has. Raises UnwritableError `unknown_cycle`.
    """
    product_id, plan_id = _product_id(item, subscription), plan_id_of(item, subscription)
    prefix = f"{CHOSEN}:{decided.plan}:" if decided.plan else f"{product_id}:{plan_id}:"
    lines = [
        p
        for p in ledger.periods
        if p.subscription_id == subscription_id and p.plan_external_id.startswith(prefix)
    ]
    own = [p for p in lines if p.item_id == str(item.get("id"))]
    held = interval_from_id(own[0].plan_external_id) if own else None
    preferred = decided.interval or _preferred(item, subscription, held or _nearest(lines, day))
    return Terms(product_id, plan_id, preferred, held, decided.plan, _sold(item))


def plan_of(terms: Terms, interval: Interval, item: Record, ctx: Context) -> Plan:
    """The plan of a line once its interval is known; the one that a rule chose has no Keap plan behind it."""
    if terms.chosen:
        external_id = f"{CHOSEN}:{terms.chosen}:{interval.count}-{interval.unit}"
        return Plan(external_id, f"{terms.chosen}, {_every(interval)}", interval, CHOSEN)
    name = ctx.product_names.get(terms.product_id) or (item.get("product") or {}).get("name")
    return make_plan(terms.product_id, terms.plan_id, name or f"Product {terms.product_id}", interval)


def make_plan(product_id: str, plan_id: str, product_name: str, interval: Interval) -> Plan:
    """Identity `{product}:{plan}:{count}-{unit}`; the interval is part of it, since it decides MRR."""
    external_id = f"{product_id}:{plan_id}:{interval.count}-{interval.unit}"
    return Plan(external_id, plan_name(product_name, plan_id, interval), interval, product_id)


def plan_name(product_name: str, plan_id: str, interval: Interval) -> str:
    """For example `Gold, every 3 months (plan 101)`; ChartMogul takes at most 255 characters."""
    suffix = f", {_every(interval)} (plan {plan_id})"
    return line_of(product_name)[: MAX_TEXT - len(suffix)] + suffix


def _every(interval: Interval) -> str:
    return f"every {interval.unit}" if interval.count == 1 else f"every {interval.count} {interval.unit}s"


def renamed(external_id: str, product_names: Mapping[str, str]) -> str | None:
    """Name that a plan of ours should have; None when the product is not known in this run."""
    parts = external_id.split(":")
    if len(parts) != 3 or parts[0] not in product_names:
        return None
    interval = interval_from_id(external_id)
    return plan_name(product_names[parts[0]], parts[1], interval) if interval else None


def interval_from_id(external_id: str) -> Interval | None:
    """The interval that `make_plan` put into a plan's identity."""
    count, _, unit = external_id.rpartition(":")[2].partition("-")
    return Interval(int(count), unit) if count.isdigit() and unit in ("day", "month", "year") else None


def _preferred(item: Record, subscription: Record | None, held: Interval | None) -> Interval | None:
    embedded = item.get("subscription_plan") or {}
    named = str(embedded.get("id") or "")
    if subscription and named in ("", str(subscription.get("subscription_plan_id"))):
        return interval_of(subscription.get("billing_cycle"), subscription.get("billing_frequency"))
    if not subscription and held:
        return held
    return _of_plan(embedded)


def _sold(item: Record) -> Interval | None:
    plan = item.get("subscription_plan") or {}
    with suppress(UnwritableError):  # of a plan that cannot be read, nothing is told
        price = minor(plan.get("plan_price"))
        return _of_plan(plan) if price and price == minor(item.get("price_per_unit")) else None
    return None


def _of_plan(plan: Mapping[str, Any]) -> Interval | None:
    if _cycle(plan) is None:
        return None
    frequency = plan.get("frequency")
    return interval_of(_cycle(plan), plan.get("billing_frequency") if frequency is None else frequency)


def _cycle(plan: Mapping[str, Any]) -> str | None:
    return plan.get("cycle_type") or plan.get("billing_cycle")


def _nearest(lines: Sequence[Period], day: date) -> Interval | None:
    """Interval of the latest line until `day` among `lines`, else of the first later one."""
    earlier = [p for p in lines if p.start <= day]
    near = max(earlier, key=lambda p: p.start) if earlier else min(lines, key=lambda p: p.start, default=None)
    return interval_from_id(near.plan_external_id) if near else None


def _product_id(item: Record, subscription: Record | None) -> str:
    return str((item.get("product") or {}).get("id") or (subscription or {}).get("product_id") or UNKNOWN)


def plan_id_of(item: Record, subscription: Record | None) -> str:
    """The plan that an item names, else the subscription's."""
    embedded = (item.get("subscription_plan") or {}).get("id")
    return str(embedded or (subscription or {}).get("subscription_plan_id") or UNKNOWN)
