"""What hangs on customers: people, notes, deals and things to do. Moments are UTC."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.simulators.chartmogul.records import Customer
from tests.simulators.http import Json


@dataclass(slots=True, eq=False)
class Contact:
    """A person at a customer, of one of the customer's data sources."""

    uuid: str
    sequence: int
    created_at: datetime
    customer: Customer
    source: str
    position: int
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    linked_in: str | None = None
    twitter: str | None = None
    notes: str | None = None
    last_seen: datetime | None = None
    custom: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Note:
    """A note or the log of a call; `author` is an e-mail address."""

    uuid: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    customer: Customer
    type: str
    author: str
    text: str = ""
    call_duration: int = 0
    contact: Contact | None = None


@dataclass(slots=True, eq=False)
class Opportunity:
    """A deal that may come; the date is `YYYY-MM-DD`."""

    uuid: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    customer: Customer
    owner: str
    pipeline: str
    pipeline_stage: str
    estimated_close_date: str
    currency: str
    amount_in_cents: int
    type: str | None = None
    forecast_category: str | None = None
    win_likelihood: int | None = None
    custom: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Task:
    """Something to do for a customer."""

    uuid: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    customer: Customer
    task_details: str
    assignee: str
    due_date: datetime
    completed_at: datetime | None = None
    contact: Contact | None = None
