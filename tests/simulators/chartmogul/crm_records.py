"""What hangs on customers: people, notes, deals and things to do. Moments are UTC."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.simulators.http import Json

from .records import Customer


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
