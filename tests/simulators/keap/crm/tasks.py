"""`GET /v2/tasks`."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.simulators.keap.account import Account
from tests.simulators.keap.crm.conditions import id_or
from tests.simulators.keap.crm.custom_fields import custom_filters, values_view
from tests.simulators.keap.crm.rows import Task
from tests.simulators.keap.filters import (
    ORDERED,
    Bounds,
    choice,
    number,
    one_of,
    since,
    text,
    until,
    yes_no,
)
from tests.simulators.keap.resource import FieldsRule, Resource
from tests.simulators.keap.wording import Json, Wording

PRIORITIES = ("CRITICAL", "ESSENTIAL", "NONESSENTIAL")
REMINDERS = (5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880)
CUSTOM = frozenset(("custom_fields",))
NEVER = datetime.min.replace(tzinfo=UTC)


def task_view(account: Account, task: Task, say: Wording) -> Json:
    """A Task. The modification time is filtered and ordered by under other names."""
    return say.known(
        {
            "id": str(task.id),
            "title": task.title,
            "description": task.description,
            "type": task.action_type,
            "priority": task.priority,
            "completed": task.completion_time is not None,
            "accepted": True,
            "contact_id": id_view(task.contact_id),
            "opportunity_id": id_view(task.opportunity_id),
            "assigned_to_user_id": id_view(task.user_id),
            "created_by_user_id": str(task.created_by),
            "last_updated_by_user_id": str(task.updated_by),
            "create_time": say.time(task.create_time),
            "modification_time": say.time(task.update_time),
            "completion_time": say.time(task.completion_time) if task.completion_time else None,
            "due_time": say.time(task.due_time) if task.due_time else None,
            "remind_time_mins": task.remind_minutes,
            "custom_fields": values_view(account, "task", task.id, say),
        }
    )


def id_view(row_id: int) -> str | None:
    return str(row_id) if row_id else None


def window_time(task: Task, bounds: Bounds) -> datetime:
    """The time that since_time and until_time look at; a task without it is before all windows."""
    time: datetime | None = getattr(task, bounds.tasks_basis)
    return time or NEVER


TASKS = Resource[Task](
    key="tasks",
    noun="Task",
    table=lambda account: account.crm.tasks,
    view=task_view,
    id_field="id",
    filters={
        "id": number(lambda row: row.id, ORDERED),
        "task_ids": one_of(lambda row: row.id),
        "contact_id": number(lambda row: row.contact_id, index="contact_id"),
        "opportunity_id": number(lambda row: row.opportunity_id),
        "user_id": id_or("UNASSIGNED", lambda row: row.user_id),
        "has_due_date": yes_no(lambda row: row.due_time is not None),
        "is_completed": yes_no(lambda row: row.completion_time is not None),
        "priority": choice(lambda row: row.priority, PRIORITIES),
        "since_time": since(window_time),
        "until_time": until(window_time),
        "title": text(lambda row: row.title, wildcard=True),
    },
    orders={
        "id": lambda row: row.id,
        "create_time": lambda row: row.create_time,
        "due_time": lambda row: row.due_time or NEVER,
        "update_time": lambda row: row.update_time,
    },
    fields=lambda _: FieldsRule(CUSTOM, CUSTOM, adds=True),
    custom_filter=custom_filters("task"),
)
