"""The lead and conversion charts, which ChartMogul shows to people and no API serves: a control route.

`GET /_control/lead_charts?start-date=2026-01-01&end-date=2026-06-30&interval=month`.
"""

from collections.abc import Iterator
from datetime import date, datetime

from tests.simulators.chartmogul.metrics.conversion import Days, Doubts, entries
from tests.simulators.chartmogul.metrics.periods import INTERVALS, periods
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call


def lead_charts(world: World, call: Call) -> Answer:
    """`{"entries": [{"date", "leads", ...}]}`, by month unless another interval is asked for."""
    interval = call.query.get("interval") or "month"
    try:
        start, end = (date.fromisoformat(call.query.get(f"{name}-date", "")) for name in ("start", "end"))
    except ValueError:
        return Answer(422, {"error": "start-date and end-date are days such as 2026-01-31"})
    if interval not in INTERVALS or end < start:
        return Answer(422, {"error": f"interval is one of {', '.join(INTERVALS)}, end-date after start-date"})
    wanted = periods(start, end, interval, world.settings.week_start_on)
    doubts = Doubts(
        world.switches.on("trial_after_paid_converts"), world.switches.on("sales_cycle_below_zero")
    )
    return Answer(
        200, {"entries": entries([_days(world, each) for each in _customers(world)], wanted, doubts)}
    )


def _customers(world: World) -> Iterator[Customer]:
    yield from world.store.customers.rows


def _days(world: World, customer: Customer) -> Days:
    day_of = world.analytics.day_of()
    moments = customer.lead_created_at, trial_of(world, customer), world.analytics.standing(customer).since
    return Days(*(day_of(moment) if moment else None for moment in moments))


def trial_of(world: World, customer: Customer) -> datetime | None:
    """The customer's date; the start of its first trial line item overrides that, where there is one."""
    invoices = world.store.invoices.group("customer", customer.uuid)
    lines = (line for each in invoices if each.valid and each.disabled is None for line in each.line_items)
    starts = [
        line.service_period_start
        for line in lines
        if line.type == "trial" and line.disabled is None and line.service_period_start
    ]
    if starts and world.switches.on("trial_line_dates_trial"):
        return min(starts)
    return customer.free_trial_started_at
