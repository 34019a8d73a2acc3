"""Which REST hook events a change of a row is, and of which object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.keap.account import Account
from tests.simulators.keap.order_views import INVOICE_ID_STEP
from tests.simulators.keap.table import Table

ADD, EDIT, DELETE = "add", "edit", "delete"
USUAL = {ADD: "add", EDIT: "edit", DELETE: "delete"}
EVENT_KEYS = tuple(
    f"{kind}.{what}"
    for kind, all_of_it in {
        "appointment": "add delete edit",
        "company": "add delete edit",
        "contact": "add delete edit",
        "contactGroup": "add applied delete edit removed",
        "invoice": "add delete edit",
        "invoice.payment": "add delete edit",
        "leadsource": "add delete edit",
        "note": "add delete edit",
        "opportunity": "add delete edit stage_move",
        "order": "add delete edit",
        "product": "add delete edit",
        "subscription": "add delete edit",
        "task": "add complete delete edit incomplete",
        "user": "activate add edit",
    }.items()
    for what in all_of_it.split()
)
"""As a public listing of `GET /v1/hooks/event_keys` has them."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A table whose changes are events: `whats` says what adding, editing, deleting a row is called.

    `path` is below /crm/rest/v1; `object_id` is the id that the event names.
    """

    kind: str
    table: Callable[[Account], Table[Any]]
    path: str
    whats: Mapping[str, str] = field(default_factory=lambda: USUAL)
    object_id: Callable[[Any], int] = lambda row: int(row.id)


WATCHED = (
    Watched("contact", lambda account: account.contacts, "contacts"),
    Watched("order", lambda account: account.orders, "orders"),
    Watched(
        "invoice", lambda account: account.orders, "orders", object_id=lambda row: row.id + INVOICE_ID_STEP
    ),
    Watched("invoice.payment", lambda account: account.payments, "payments"),
    Watched("subscription", lambda account: account.subscriptions, "subscriptions"),
    Watched("product", lambda account: account.products, "products"),
    Watched("company", lambda account: account.crm.companies, "companies"),
    Watched("note", lambda account: account.crm.notes, "notes"),
    Watched("task", lambda account: account.crm.tasks, "tasks"),
    Watched("leadsource", lambda account: account.crm.lead_sources, "leadSources"),
    Watched("user", lambda account: account.crm.users, "users", {ADD: "add", EDIT: "edit"}),
    Watched("opportunity", lambda account: account.crm.opportunities, "opportunities"),
    Watched(
        "opportunity",
        lambda account: account.crm.stage_moves,
        "opportunities",
        {ADD: "stage_move"},
        lambda row: int(row.opportunity_id),
    ),
    Watched("contactGroup", lambda account: account.crm.tags, "tags"),
    Watched(
        "contactGroup",
        lambda account: account.crm.contact_tags,
        "tags",
        {ADD: "applied", DELETE: "removed"},
        lambda row: int(row.tag_id),
    ),
)


def tables(account: Account) -> list[Table[Any]]:
    """Every watched table once."""
    found = [watched.table(account) for watched in WATCHED]
    return list({id(table): table for table in found}.values())


def watch(account: Account) -> None:
    """From now on the tables write down what happens to their rows."""
    for table in tables(account):
        table.journal = table.journal or []


def happened(account: Account) -> Iterator[tuple[str, int, str]]:
    """Event key, object id and path of all that was written down; the journals are empty afterwards."""
    for watched in WATCHED:
        for what, row in watched.table(account).journal or ():
            if what in watched.whats:
                yield f"{watched.kind}.{watched.whats[what]}", watched.object_id(row), watched.path
    for table in tables(account):
        table.journal = []
