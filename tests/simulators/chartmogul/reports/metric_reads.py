"""/metrics/*.

Source: https://dev.chartmogul.com/reference/metrics and recordings: dates are the last days of the intervals,
the last one cut to end-date; money is cents of the account's currency.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.metrics.periods import INTERVALS, Period, periods
from tests.simulators.chartmogul.metrics.report import Report
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.reports import filters
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call, Route

# Path and the key of the entries; the interval when none is given is the one of the recordings without it.
METRICS: Mapping[str, tuple[str, str]] = {
    "mrr": ("mrr", "day"),
    "arr": ("arr", "day"),
    "arpa": ("arpa", "month"),
    "asp": ("asp", "month"),
    "customer-count": ("customers", "day"),
    "customer-churn-rate": ("customer-churn-rate", "month"),
    "mrr-churn-rate": ("mrr-churn-rate", "month"),
    "ltv": ("ltv", "month"),
}
ASP_INTERVALS = ("month", "quarter", "year")
MOST_ENTRIES = 20_000


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    single = [
        Route("GET", f"/v1/metrics/{path}", partial(_metric, world, name, default))
        for path, (name, default) in METRICS.items()
    ]
    return [Route("GET", "/v1/metrics/all", lambda call: _all(world, call)), *single]


def _metric(world: World, name: str, default: str, call: Call) -> Answer:
    interval, wanted = _asked(world, call, default, ASP_INTERVALS if name == "asp" else INTERVALS)
    report = _report(world, call)
    summary = report.summary(name, _today(world), interval)
    return Answer(200, {"entries": report.entries(name, wanted), "summary": summary})


def _all(world: World, call: Call) -> Answer:
    interval, wanted = _asked(world, call, "month", INTERVALS)
    report = _report(world, call)
    summary = report.all_summary(_today(world), interval)
    return Answer(200, {"entries": report.all_entries(wanted), "summary": summary})


def _today(world: World) -> date:
    return world.analytics.day_of()(world.now())


def _asked(world: World, call: Call, default: str, intervals: tuple[str, ...]) -> tuple[str, list[Period]]:
    start, end = _date(call, "start-date"), _date(call, "end-date")
    if end < start:
        raise answers.grape(400, "end-date is before start-date", "end-date")
    interval = call.query.get("interval") or default
    if interval not in intervals:
        raise answers.grape(400, "interval does not have a valid value", "interval")
    if (end - start).days > MOST_ENTRIES:
        raise answers.grape(400, "The requested range is too long", "end-date")
    return interval, list(periods(start, end, interval, world.settings.week_start_on))


def _date(call: Call, name: str) -> date:
    given = call.query.get(name)
    if not given:
        raise answers.grape(400, f'Parameter "{name}" is missing', name)
    try:
        day = date.fromisoformat(given[:10])
    except ValueError as error:
        raise answers.grape(400, f"{name} is invalid", name) from error
    if not date(1970, 1, 1) <= day <= date(2200, 1, 1):
        raise answers.grape(400, f"{name} is invalid", name)
    return day


def _report(world: World, call: Call) -> Report:
    query = call.query
    wanted = filters.read(world, query["filters"]) if query.get("filters") else None
    if not query.get("geo") and not query.get("plans") and wanted is None:
        return Report(world.analytics.ledger(), world.settings)
    countries = {each.strip().upper() for each in query.get("geo", "").split(",") if each.strip()}
    plans = _plans(world, query["plans"]) if query.get("plans") else None
    if wanted is not None and wanted.plans is not None:
        plans = wanted.plans if plans is None else plans & wanted.plans
    customers = [
        each
        for each in world.store.customers.rows
        if _fits(each, countries) and (wanted is None or wanted.fits(each))
    ]
    return Report(world.analytics.narrowed_ledger(customers, plans), world.settings)


def _fits(customer: Customer, countries: set[str]) -> bool:
    return not countries or (customer.country or "") in countries


def _plans(world: World, given: str) -> frozenset[str]:
    """Plans by uuid, external id or name."""
    names = {each.strip() for each in given.split(",")}
    return frozenset(
        plan.uuid for plan in world.store.plans.rows if names & {plan.uuid, plan.external_id, plan.name}
    )
