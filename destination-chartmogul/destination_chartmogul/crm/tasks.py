"""Keap tasks → tasks of ChartMogul, which needs an assignee and a due date.

Source: https://dev.chartmogul.com/reference/tasks. What is to be done is one text of at most 255 characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from destination_chartmogul.crm.kinds import Differs, Json, Kind, other_address
from destination_chartmogul.crm.marks import key_in, mark, marked_line, words
from destination_chartmogul.crm.wanted import Scope, View, Wanted
from destination_chartmogul.mapping.context import Bundle, Record
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.outcome import UnwritableError
from destination_chartmogul.mapping.periods import parse_instant
from destination_chartmogul.mapping.text import line_of
from destination_chartmogul.wire import instant, iso

NOUN = "task"


def _other_time(name: str) -> Differs:
    """Not the same moment; where ChartMogul shows a day alone, as in its examples, not the same day."""

    def differs(held: Any, wanted: Any) -> bool:
        shown, meant = str(held.get(name) or ""), str(wanted or "")
        is_day = len(shown) == len("2026-07-10")
        return shown != meant[:10] if is_day else instant(shown) != instant(meant)

    return differs


KIND = Kind(
    "task",
    "/tasks",
    "tasks",
    "task_uuid",
    {
        "task_details": lambda held, wanted: words(held.get("task_details")) != words(wanted),
        "assignee": other_address("assignee"),
        "due_date": _other_time("due_date"),
        "completed_at": _other_time("completed_at"),
    },
)


def identity(held: Json, scope: Scope) -> str | None:
    """The Keap task that an object is of."""
    return key_in(held.get("task_details"), scope.name, NOUN)


def wanted(bundle: Bundle, view: View, log: MappingLog) -> Iterator[Wanted]:
    """The tasks of a contact."""
    for key, task in bundle.tasks.items() if view.choices.tasks else ():
        made = log.attempt("tasks", key, partial(_task, key, task, view))
        if made:
            yield made


def _task(key: str, task: Record, view: View) -> Wanted:
    assignee = view.people.needed(task.get("assigned_to_user_id"))
    if assignee is None:
        text = "assigned_to_user_id: nobody has to do it, and there is no crm.default_user"
        raise UnwritableError("no_assignee", text)
    if not task.get("due_time"):
        raise UnwritableError("no_due_date", "due_time: there is none, and ChartMogul needs one")
    text = ": ".join(line for name in ("title", "description") if (line := line_of(task.get(name))))
    body = {
        "task_details": marked_line(text, mark(view.scope.name, NOUN, key)),
        "assignee": assignee,
        "due_date": iso(parse_instant(str(task["due_time"]), view.context.zone)),
        "completed_at": _completed(task, view),
    }
    return Wanted(KIND.name, "tasks", key, body)


def _completed(task: Record, view: View) -> str | None:
    if not task.get("completed"):
        return None
    said = task.get("completion_time") or task.get("modification_time")
    moment = parse_instant(str(said), view.context.zone) if said else view.context.now
    return iso(moment)
