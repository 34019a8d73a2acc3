"""What the user's rules decide about an item of an order; the mapping asks, `rules` answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from destination_chartmogul.mapping.objects import Interval

Record = Mapping[str, Any]
CHOSEN = "plan"


@dataclass(frozen=True)
class ItemDecision:
    """Empty where no rule decides. `plan` is the name of a plan, `kind` one of ChartMogul's line types."""

    exclude: bool = False
    kind: str = ""
    plan: str = ""
    interval: Interval | None = None


NOTHING_DECIDED = ItemDecision()

# (order, item, id of the item's subscription or '') → decision; raises UnwritableError when it cannot tell
Judge = Callable[[Record, Record, str], ItemDecision]


def no_rules(order: Record, item: Record, subscription_id: str) -> ItemDecision:
    """Where there are no rules."""
    del order, item, subscription_id
    return NOTHING_DECIDED


def chosen_plan(external_id: str) -> str:
    """The name that a rule gave to a plan, by the plan's external id; empty for any other plan."""
    head, _, rest = external_id.partition(":")
    return rest.rpartition(":")[0] if head == CHOSEN else ""
