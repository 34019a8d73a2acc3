"""/tasks.

Source: https://dev.chartmogul.com/reference/tasks and recordings of April 2025 and September 2026: the id
stands under `task_uuid`; a task of a contact is no customer's.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.crm import crm
from tests.simulators.chartmogul.crm.crm_records import Task
from tests.simulators.chartmogul.customers import associated
from tests.simulators.chartmogul.ids import bare
from tests.simulators.chartmogul.world import World, body_of
from tests.simulators.http import Answer, Call, Json, Route

ALL, ONE = "/v1/tasks", "/v1/tasks/{uuid}"
REQUIRED = ("customer_uuid", "task_details", "assignee", "due_date")
CHECKS: Mapping[str, fields.Check] = {
    "task_details": fields.text,
    "assignee": fields.email,
    "due_date": fields.moment,
    "completed_at": fields.moment,
}


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", ALL, lambda call: _create(world, call)),
        Route("GET", ALL, lambda call: _list(world, call)),
        Route("GET", ONE, lambda call: Answer(200, shape(world, _task(world, call)))),
        Route("PATCH", ONE, lambda call: _patch(world, call)),
        Route("DELETE", ONE, lambda call: _delete(world, call)),
    ]


def shape(world: World, task: Task) -> dict[str, Json]:
    """A task as the API prints it."""
    return {
        "task_uuid": task.uuid,
        **associated.shape(task.customer, task.contact, told=world.switches["answers_of"] != "2025"),
        "task_details": task.task_details,
        "assignee": task.assignee,
        "due_date": _date(world, task.due_date),
        "completed_at": _date(world, task.completed_at),
        "created_at": moments.import_side(task.created_at),
        "updated_at": moments.import_side(task.updated_at),
    }


def _date(world: World, moment: datetime | None) -> str | None:
    """As recorded in 2025, or as the documentation's example shows it."""
    printed = moments.import_side(moment)
    return printed if printed is None or world.switches["task_dates"] == "moment" else printed[:10]


def _create(world: World, call: Call) -> Answer:
    given, now = body_of(call), world.now()
    identified = associated.IDENTIFIER in given
    crm.require(given, *(REQUIRED[1:] if identified else REQUIRED))
    whose = associated.about(world, given)
    crm.check(given, CHECKS)
    sequence = world.store.ids.sequence()
    task = Task(
        bare("task", sequence), sequence, now, now, whose.customer,
        given["task_details"], given["assignee"], moments.parsed(given["due_date"]) or now,
    )  # fmt: skip
    task.contact = whose.contact
    _put(task, given)
    world.store.tasks.add(task)
    return Answer(201, shape(world, task))


def _put(task: Task, given: Mapping[str, Json]) -> None:
    task.task_details = given.get("task_details") or task.task_details
    task.assignee = given.get("assignee") or task.assignee
    task.due_date = moments.parsed(given.get("due_date")) or task.due_date
    if "completed_at" in given:
        task.completed_at = moments.parsed(given["completed_at"])


def _task(world: World, call: Call) -> Task:
    return crm.found(world.store.tasks, call.params["uuid"], "Task", "task_uuid")


def _bound(call: Call, name: str) -> datetime | None:
    """A moment of the query, or 400."""
    given = call.query.get(name)
    moment = moments.parsed(given)
    if given and moment is None:
        raise answers.grape(400, f"{name} is invalid", name)
    return moment


def _list(world: World, call: Call) -> Answer:
    first, last = _bound(call, "due_date_on_or_after"), _bound(call, "due_date_on_or_before")
    assignee, completed = call.query.get("assignee"), call.query.get("completed")
    contact = call.query.get("contact_uuid")

    def fits(task: Task) -> bool:
        is_due = (first is None or first <= task.due_date) and (last is None or task.due_date <= last)
        is_done = "false" if task.completed_at is None else "true"
        is_about = contact is None or (task.contact is not None and task.contact.uuid == contact)
        return is_about and is_due and assignee in (None, task.assignee) and completed in (None, is_done)

    return crm.entries(call, crm.of_customer(world, call, world.store.tasks), partial(shape, world), fits)


def _patch(world: World, call: Call) -> Answer:
    task, given = _task(world, call), body_of(call)
    before = shape(world, task)
    crm.check(given, CHECKS)
    _put(task, given)
    if crm.is_no_change(world, before, shape(world, task), given):
        return crm.UNCHANGED
    task.updated_at = world.now()
    return Answer(200, shape(world, task))


def _delete(world: World, call: Call) -> Answer:
    world.store.tasks.remove(_task(world, call))
    return crm.deleted(world, "Task")
