"""What contacts, notes, opportunities and tasks share.

Source: recordings of 2023 to 2025: one error at a time, lists under `entries` without the fields of
page-number paging, custom attributes sent as an array of {key, value} and read back as an object.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from tests.simulators.chartmogul import answers, fields, moments, paging
from tests.simulators.chartmogul.customers import customer_fields
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.table import R, Table
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Answer, Call, Json

UNCHANGED = Answer(304, None)


class Hanging(Protocol):
    """A row of a customer."""

    uuid: str
    sequence: int
    created_at: datetime
    customer: Customer


H = TypeVar("H", bound=Hanging)


def require(given: Mapping[str, Json], *names: str) -> None:
    """400 for the first of the fields that is not there."""
    for name in names:
        if given.get(name) in (None, ""):
            raise answers.grape(400, f'Parameter "{name}" is missing', name)


def check(given: Mapping[str, Json], checks: Mapping[str, fields.Check]) -> None:
    """422 for the first field that is not fit."""
    problems = fields.problems(given, checks)
    if problems:
        raise customer_fields.refusal(problems)


def customer_of(world: World, given: Mapping[str, Json]) -> Customer:
    """The customer that a body names."""
    require(given, "customer_uuid")
    return world.customer(str(given["customer_uuid"]))


def found(table: Table[R], uuid: str, kind: str, param: str) -> R:
    """The row of a path, or 404 with the bare uuid."""
    row = table.by_uuid.get(uuid)
    if row is None:
        raise answers.grape(404, f'{kind} "{answers.bare(uuid)}" does not exist', param)
    return row


def custom(value: Json) -> str | None:
    """A check: an array of {key, value} with plain values."""
    if not isinstance(value, list):
        return "is invalid"
    fit = (isinstance(each, dict) and _is_entry(each) for each in value)
    return None if all(fit) else "is invalid"


def _is_entry(each: Mapping[str, Json]) -> bool:
    key = each.get("key")
    return isinstance(key, str) and key != "" and not isinstance(each.get("value", {}), dict | list)


def with_custom(kept: Mapping[str, Json], sent: Json) -> dict[str, Json]:
    """Custom attributes after some were sent."""
    return {**kept, **{each["key"]: each.get("value") for each in sent or ()}}


def of_customer(world: World, call: Call, table: Table[H]) -> Sequence[H]:
    """The rows that a list looks at: those of the customer of path or query, or all."""
    uuid = call.params.get("cus") or call.query.get("customer_uuid")
    if uuid is not None and world.switches["lists_of_nobody"] == "not_found":
        world.customer(uuid)
    return table.rows if uuid is None else table.group("customer", uuid)


def entries(
    call: Call, rows: Sequence[H], shape: Callable[[H], Json], fits: Callable[[H], bool] | None = None
) -> Answer:
    """A page of a list, the newest first."""
    page = paging.newest_first(call, rows, lambda each: moments.cursor_time(each.created_at), fits)
    return Answer(200, page.envelope("entries", [shape(each) for each in page.rows]))


def deleted(world: World, kind: str) -> Answer:
    """An empty object until 2025; in September 2026 202 and a sentence."""
    if world.switches["answers_of"] == "2025":
        return Answer(200, {})
    return Answer(202, {"message": f"{kind} deleted"})


def is_no_change(world: World, before: Json, after: Json, given: Mapping[str, Json]) -> bool:
    """Whether PATCH is answered with 304: for an empty body as recorded, for the same values by a switch."""
    return not given or (before == after and world.switches["patch_same_values"] == "not_modified")


def move(table: Table[H], gone: Customer, into: Customer) -> None:
    """Give the rows of a customer to another."""
    for row in list(table.group("customer", gone.uuid)):
        table.change(row, partial(setattr, row, "customer", into))
