"""The `filters` of the metrics: ChartMogul Filter Language, as far as this simulator knows it.

Source: https://dev.chartmogul.com/docs/cfl: `filter~operator~value~AND~filter~operator~value`; strings stand
in single quotes, several values are separated by commas; every condition must match, but plans and plan
groups together are one condition. Filters of the vendor that are not in `FILTERS` are refused.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.simulators.chartmogul import answers, moments
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json

SETS, EQUALITIES = ("ANY", "ALL", "NONE"), ("EQ", "NOT_EQ")
COMPARISONS = (*EQUALITIES, "GT", "GTE", "LT", "LTE", "BETWEEN")
PLANS = ("plan", "plan_group")
_VALUE = re.compile(r"'([^']*)'|([^,']+)")
_CENTS = 100
Values = Sequence[str]


@dataclass(frozen=True)
class Condition:
    """`name~operator~values`."""

    name: str
    operator: str
    values: Values


@dataclass(frozen=True)
class Wanted:
    """What is asked for: customers that fit, and lines on some plans (None: on any)."""

    fits: Callable[[Customer], bool]
    plans: frozenset[str] | None


def read(world: World, given: str) -> Wanted:
    """The filter of a query; 400 for what the language, or this simulator, does not know."""
    conditions = [_condition(each) for each in given.split("~AND~")]
    tests = [_test(world, each) for each in conditions if each.name not in PLANS]
    chosen = [each for each in conditions if each.name in PLANS]
    plans = frozenset[str]().union(*(_plans(world, each) for each in chosen)) if chosen else None
    return Wanted(lambda customer: all(test(customer) for test in tests), plans)


def _condition(text: str) -> Condition:
    parts = text.split("~", 2)
    if len(parts) != len(("name", "operator", "values")) or not parts[2]:
        raise _refused(f'"{text}" is no filter')
    values = [quoted or plain.strip() for quoted, plain in _VALUE.findall(parts[2])]
    return Condition(parts[0], parts[1], values)


def _refused(why: str) -> Exception:
    return answers.grape(400, f"filters is invalid: {why}", "filters")


def _test(world: World, condition: Condition) -> Callable[[Customer], bool]:
    name = condition.name
    if name.startswith("custom."):
        return _equality(condition, lambda each: [str(each.custom.get(name[7:], "")).lower()])
    if name not in FILTERS:
        raise _refused(f"{name} is not known to this simulator")
    operators, value_of = FILTERS[name]
    if condition.operator not in operators:
        raise _refused(f"{name} does not take {condition.operator}")
    if operators is SETS:
        return _in_set(condition, lambda each: value_of(world, each))
    return _compared(condition, lambda each: value_of(world, each))


def _equality(condition: Condition, values_of: Callable[[Customer], Values]) -> Callable[[Customer], bool]:
    if condition.operator not in (*SETS, *EQUALITIES):
        raise _refused(f"{condition.name} does not take {condition.operator}")
    operator = {"EQ": "ANY", "NOT_EQ": "NONE"}.get(condition.operator, condition.operator)
    lowered = [each.lower() for each in condition.values]
    return _in_set(Condition(condition.name, operator, lowered), values_of)


def _in_set(condition: Condition, values_of: Callable[[Customer], Values]) -> Callable[[Customer], bool]:
    wanted = set(condition.values)
    tests: Mapping[str, Callable[[set[str]], bool]] = {
        "ANY": lambda held: bool(held & wanted),
        "ALL": lambda held: held >= wanted,
        "NONE": lambda held: not held & wanted,
    }
    test = tests[condition.operator]
    return lambda customer: test(set(values_of(customer)))


def _compared(condition: Condition, value_of: Callable[[Customer], Json]) -> Callable[[Customer], bool]:
    bounds = [_number(condition, each) for each in condition.values]
    if len(bounds) != (2 if condition.operator == "BETWEEN" else 1):
        raise _refused(f"{condition.operator} takes another number of values")
    first, last = bounds[0], bounds[-1]
    tests: Mapping[str, Callable[[Json], bool]] = {
        "EQ": lambda value: bool(value == first),
        "NOT_EQ": lambda value: bool(value != first),
        "GT": lambda value: bool(value > first),
        "GTE": lambda value: bool(value >= first),
        "LT": lambda value: bool(value < first),
        "LTE": lambda value: bool(value <= first),
        "BETWEEN": lambda value: bool(first <= value <= last),
    }
    test = tests[condition.operator]

    def fits(customer: Customer) -> bool:
        value = value_of(customer)
        return value is not None and test(value)

    return fits


def _number(condition: Condition, given: str) -> float | datetime:
    """A bound: a moment for dates, else a number."""
    moment = moments.parsed(given) if condition.name in DATES else None
    try:
        return moment or float(given)
    except ValueError as error:
        raise _refused(f"{given} is no value of {condition.name}") from error


def _plans(world: World, condition: Condition) -> frozenset[str]:
    if condition.operator not in SETS:
        raise _refused(f"{condition.name} does not take {condition.operator}")
    every, wanted = world.store.plans.rows, set(condition.values)
    if condition.name == "plan":
        chosen = {each.uuid for each in every if wanted & {each.uuid, each.external_id, each.name}}
    else:
        groups = [each for each in world.store.plan_groups.rows if wanted & {each.uuid, each.name}]
        chosen = {uuid for group in groups for uuid in group.plans}
    if condition.operator == "NONE":
        chosen = {each.uuid for each in every} - chosen
    return frozenset(chosen)


def _mrr(world: World, customer: Customer) -> float:
    cents = world.analytics.standing(customer).mrr
    return cents if world.switches["filter_mrr_unit"] == "cents" else cents / _CENTS


def _quantity(world: World, customer: Customer) -> int:
    states = world.analytics.history(customer).subscriptions
    return sum(each.line.quantity for each in states if each.active and each.ever_paid)


def _currencies(world: World, customer: Customer) -> list[str]:
    held = world.store.invoices.group("customer", customer.uuid)
    return [each.currency for each in held if each.currency]


DATES = ("lead_created_at", "free_trial_started_at", "customer_since")
FILTERS: Mapping[str, tuple[tuple[str, ...], Callable[[World, Customer], Json]]] = {
    "region": (SETS, lambda _, each: [each.country] if each.country else []),
    "currency": (SETS, _currencies),
    "tag": (SETS, lambda _, each: each.tags),
    "data_source": (SETS, lambda _, each: [source for source, _ in each.identities]),
    "customer_status": (
        SETS,
        lambda world, each: [world.analytics.standing(each).status or each.lead_status],
    ),
    "mrr": (COMPARISONS, _mrr),
    "active_quantity": (COMPARISONS, _quantity),
    "lead_created_at": (COMPARISONS, lambda _, each: each.lead_created_at),
    "free_trial_started_at": (COMPARISONS, lambda _, each: each.free_trial_started_at),
    "customer_since": (COMPARISONS, lambda world, each: world.analytics.standing(each).since),
}
