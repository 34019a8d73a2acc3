"""Records of customer relations, one frozen dataclass per kind.

Ids are integers, 0 means none (as Keap itself says of affiliates and stages); money is an integer in the
smallest unit of the account's currency; instants are aware datetimes in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tests.simulators.keap.rows import Address

FIRST_USER = 1
Content = str | int | bool | Decimal | date | datetime | tuple[str, ...]
"""The value of a custom field."""


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation that contacts belong to. Keap holds it as a contact, so ids are of the same kind."""

    id: int
    name: str
    create_time: datetime
    update_time: datetime
    email: str = ""
    phone: str = ""
    fax: str = ""
    website: str = ""
    notes: str = ""
    address: Address | None = None
    owner_id: int = FIRST_USER


@dataclass(frozen=True, slots=True)
class TagCategory:
    """A group of tags."""

    id: int
    name: str
    create_time: datetime
    update_time: datetime
    description: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label for contacts and companies."""

    id: int
    name: str
    create_time: datetime
    update_time: datetime
    description: str = ""
    category_id: int = 0


@dataclass(frozen=True, slots=True)
class AppliedTag:
    """A tag on a contact or on a company (`target_id`)."""

    id: int
    target_id: int
    tag_id: int
    applied_time: datetime


@dataclass(frozen=True, slots=True)
class User:
    """Someone who works in the account."""

    id: int
    given_name: str
    family_name: str
    email: str
    create_time: datetime
    update_time: datetime
    title: str = ""
    phone: str = ""
    status: str = "ACTIVE"
    admin: bool = False
    partner: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the sales pipeline; `probability` in percent, `target_days` the time it should take."""

    id: int
    name: str
    order: int
    create_time: datetime
    update_time: datetime
    probability: int = 0
    target_days: int = 0
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A sale that may come about. `stage_time` is when it entered its stage."""

    id: int
    contact_id: int
    stage_id: int
    title: str
    create_time: datetime
    update_time: datetime
    stage_time: datetime
    user_id: int = 0
    notes: str = ""
    next_action_time: datetime | None = None
    next_action_notes: str = ""
    estimated_close_time: datetime | None = None
    include_in_forecast: bool = True
    revenue_low: int = 0
    revenue_high: int = 0
    monthly_revenue: int = 0
    order_revenue: int = 0
    objection: str = ""
    affiliate_id: int = 0
    created_by: int = FIRST_USER
    updated_by: int = FIRST_USER


@dataclass(frozen=True, slots=True)
class StageMove:
    """An opportunity went from one stage to another; `from_stage_id` 0: it was new."""

    id: int
    opportunity_id: int
    move_time: datetime
    from_stage_id: int
    to_stage_id: int
    previous_time: datetime | None
    user_id: int


@dataclass(frozen=True, slots=True)
class Note:
    """Something written down about a contact: a call, an e-mail, a letter, anything."""

    id: int
    contact_id: int
    create_time: datetime
    update_time: datetime
    title: str = ""
    text: str = ""
    action_type: str = "Other"
    user_id: int = 0
    pinned_at: datetime | None = None
    created_by: int = FIRST_USER
    updated_by: int = FIRST_USER


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done, for a contact or an opportunity; nobody's when `user_id` is 0."""

    id: int
    title: str
    create_time: datetime
    update_time: datetime
    contact_id: int = 0
    opportunity_id: int = 0
    description: str = ""
    action_type: str = "Other"
    priority: str = "ESSENTIAL"
    user_id: int = 0
    due_time: datetime | None = None
    remind_minutes: int | None = None
    completion_time: datetime | None = None
    created_by: int = FIRST_USER
    updated_by: int = FIRST_USER


@dataclass(frozen=True, slots=True)
class LeadSourceCategory:
    """A group of lead sources."""

    id: int
    name: str
    create_time: datetime
    update_time: datetime
    description: str = ""


@dataclass(frozen=True, slots=True)
class LeadSource:
    """Where contacts come from."""

    id: int
    name: str
    create_time: datetime
    update_time: datetime
    description: str = ""
    vendor: str = ""
    medium: str = ""
    message: str = ""
    status: str = "ACTIVE"
    category_id: int = 0
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Affiliate:
    """A referral partner."""

    id: int
    name: str
    code: str
    create_time: datetime
    contact_id: int = 0
    parent_id: int = 0
    status: str = "ACTIVE"
    notify_on_sale: bool = True
    notify_on_lead: bool = False
    track_leads_days: int = 30


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the account added to one kind of record (`contact`, `company`, `note`, ...)."""

    id: int
    record: str
    label: str
    field_name: str
    field_type: str
    options: tuple[str, ...] = ()
    group_id: int = 1
    group_name: str = "General"
    default_value: str = ""
