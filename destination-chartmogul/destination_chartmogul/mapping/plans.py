"""Plan of a subscription line: which interval, which identity, which name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from destination_chartmogul.mapping.context import Context, Ledger, Record
from destination_chartmogul.mapping.objects import Interval, Plan
from destination_chartmogul.mapping.periods import interval_of

UNKNOWN = "-"


def plan_of_line(
    item: Record, subscription: Record | None, subscription_id: str, ledger: Ledger, ctx: Context
) -> Plan:
    """The ChartMogul plan of a subscription item.

    The interval is the subscription's while the item is on the subscription's plan; on a plan that the
    subscription has left it is the item's own. A subscription that is not in this run keeps the interval that
    ChartMogul has. Raises UnwritableError `unknown_cycle`.
    """
    product_id, plan_id = _product_id(item, subscription), _plan_id(item, subscription)
    interval = _interval(item, subscription, _held(subscription_id, product_id, plan_id, ledger))
    name = (
        ctx.product_names.get(product_id)
        or (item.get("product") or {}).get("name")
        or f"Product {product_id}"
    )
    return make_plan(product_id, plan_id, name, interval)


def make_plan(product_id: str, plan_id: str, product_name: str, interval: Interval) -> Plan:
    """Identity `{product}:{plan}:{count}-{unit}`; the interval is part of it, since it decides MRR."""
    external_id = f"{product_id}:{plan_id}:{interval.count}-{interval.unit}"
    return Plan(external_id, plan_name(product_name, plan_id, interval), interval, product_id)


def plan_name(product_name: str, plan_id: str, interval: Interval) -> str:
    """For example `Gold, every 3 months (plan 101)`; ChartMogul takes at most 255 characters."""
    every = f"every {interval.unit}" if interval.count == 1 else f"every {interval.count} {interval.unit}s"
    suffix = f", {every} (plan {plan_id})"
    return product_name[: 255 - len(suffix)] + suffix


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


def _interval(item: Record, subscription: Record | None, held: Interval | None) -> Interval:
    embedded = item.get("subscription_plan") or {}
    if subscription and embedded.get("id") in (None, "", subscription.get("subscription_plan_id")):
        return interval_of(subscription.get("billing_cycle"), subscription.get("billing_frequency"))
    if not subscription and held:
        return held
    return interval_of(_cycle(embedded), embedded.get("frequency") or embedded.get("billing_frequency"))


def _cycle(plan: Mapping[str, Any]) -> str | None:
    return plan.get("cycle_type") or plan.get("billing_cycle")


def _held(subscription_id: str, product_id: str, plan_id: str, ledger: Ledger) -> Interval | None:
    """Interval of the latest line that ChartMogul has of this subscription on this plan."""
    prefix = f"{product_id}:{plan_id}:"
    lines = [p for p in ledger.periods if p.subscription_id == subscription_id]
    same = [p for p in lines if p.plan_external_id.startswith(prefix)]
    return interval_from_id(max(same, key=lambda p: p.start).plan_external_id) if same else None


def _product_id(item: Record, subscription: Record | None) -> str:
    return str((item.get("product") or {}).get("id") or (subscription or {}).get("product_id") or UNKNOWN)


def _plan_id(item: Record, subscription: Record | None) -> str:
    embedded = (item.get("subscription_plan") or {}).get("id")
    return str(embedded or (subscription or {}).get("subscription_plan_id") or UNKNOWN)
