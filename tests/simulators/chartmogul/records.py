"""What the import side holds. Moments are UTC; money is integer cents of the named currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.http import Json

Errors = Mapping[str, list[str]]
NO_ERRORS: Errors = {}
"""One for all rows that are fine; nobody changes it."""


@dataclass(frozen=True, slots=True)
class Disabled:
    """Somebody took a record of an automatic source out of the metrics."""

    at: datetime
    by: str


@dataclass(slots=True, eq=False)
class DataSource:
    """A custom source."""

    uuid: str
    sequence: int
    created_at: datetime
    name: str


@dataclass(slots=True, eq=False)
class Plan:
    """An interval with a name; no price."""

    uuid: str
    sequence: int
    created_at: datetime
    source: str
    name: str
    interval_count: int
    interval_unit: str
    external_id: str | None


@dataclass(slots=True, eq=False)
class PlanGroup:
    """A name for some plans; `plans` are their uuids."""

    uuid: str
    sequence: int
    created_at: datetime
    name: str
    plans: list[str]


@dataclass(slots=True, eq=False)
class Customer:
    """One customer. `identities` are (data source uuid, external id), the primary one first."""

    uuid: str
    sequence: int
    created_at: datetime
    number: int
    identities: list[tuple[str, str]]
    name: str | None = None
    email: str | None = None
    company: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    zip: str | None = None
    lead_created_at: datetime | None = None
    free_trial_started_at: datetime | None = None
    owner: str | None = None
    website_url: str | None = None
    lead_status: str = "New Lead"
    tags: list[str] = field(default_factory=list)
    custom: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class LineItem:
    """One line of an invoice; `subscription` is None on one-time lines."""

    sequence: int
    invoice: "Invoice"
    type: str
    amount_in_cents: int
    external_id: str | None = None
    subscription: "Subscription | None" = None
    plan: str | None = None
    service_period_start: datetime | None = None
    service_period_end: datetime | None = None
    cancelled_at: datetime | None = None
    prorated: bool = False
    proration_type: str | None = None
    quantity: int = 1
    discount_amount_in_cents: int = 0
    discount_code: str | None = None
    discount_description: str | None = None
    tax_amount_in_cents: int = 0
    transaction_fees_in_cents: int = 0
    transaction_fees_currency: str | None = None
    account_code: str | None = None
    description: str | None = None
    event_order: int | None = None
    balance_transfer: bool | None = None
    errors: Errors = field(default_factory=lambda: NO_ERRORS)
    disabled: Disabled | None = None

    @property
    def uuid(self) -> str:
        """Follows from the place in the order."""
        return prefixed("li", self.sequence)


@dataclass(slots=True, eq=False)
class Transaction:
    """A payment or refund of an invoice; no amount means the whole invoice."""

    sequence: int
    invoice: "Invoice"
    type: str
    date: datetime | None
    result: str
    external_id: str | None = None
    amount_in_cents: int | None = None
    transaction_fees_in_cents: int | None = None
    transaction_fees_currency: str | None = None
    errors: Errors = field(default_factory=lambda: NO_ERRORS)
    disabled: Disabled | None = None

    @property
    def uuid(self) -> str:
        """Follows from the place in the order."""
        return prefixed("tr", self.sequence)


@dataclass(slots=True, eq=False)
class Invoice:
    """An invoice with its parts. `set_status`: voided or written_off, once somebody said so."""

    sequence: int
    created_at: datetime
    customer: Customer
    source: str
    customer_external_id: str
    external_id: str
    date: datetime | None
    currency: str | None
    due_date: datetime | None = None
    collection_method: str | None = None
    set_status: str | None = None
    errors: Errors = field(default_factory=lambda: NO_ERRORS)
    line_items: list[LineItem] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    disabled: Disabled | None = None

    @property
    def uuid(self) -> str:
        """Follows from the place in the order."""
        return prefixed("inv", self.sequence)

    @property
    def valid(self) -> bool:
        """No error on the invoice, its lines or its transactions."""
        return not (
            self.errors
            or any(each.errors for each in self.line_items)
            or any(each.errors for each in self.transactions)
        )


@dataclass(slots=True, eq=False)
class Subscription:
    """Derived from line items with one external id; exists as long as one of them does."""

    uuid: str
    sequence: int
    created_at: datetime
    customer: Customer
    source: str
    external_id: str
    number: int
    analytics_uuid: str
    set_external_id: str | None = None
    cancellation_dates: list[datetime] = field(default_factory=list)
    line_items: list[LineItem] = field(default_factory=list)
    connected_to: str | None = None


@dataclass(slots=True, eq=False)
class SubscriptionEvent:
    """An event, kept by external ids; what was sent is echoed as it came."""

    uuid: str  # the integer id as text: events have no uuid
    sequence: int
    created_at: datetime
    updated_at: datetime
    number: int
    source: str
    external_id: str | None
    customer_external_id: str
    subscription_external_id: str | None
    event_type: str
    event_date: datetime
    effective_date: datetime
    said: dict[str, Json] = field(default_factory=dict)
    errors: Errors = field(default_factory=lambda: NO_ERRORS)
    disabled: Disabled | None = None


@dataclass(slots=True, eq=False)
class JsonImport:
    """A bulk import; applied at `due`."""

    uuid: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    source: str
    external_id: str
    starts: datetime
    due: datetime
    body: Json
    done: bool = False
    failed: int = 0
    details: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Upload:
    """A CSV file; its rows are taken at `due`. `rows` are objects of a bulk import, or of the CRM."""

    uuid: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    source: str
    kind: str
    batch_name: str | None
    due: datetime
    rows: list[dict[str, Json]]
    done: bool = False
    failed: int = 0


@dataclass(slots=True, eq=False)
class ActivitiesExport:
    """A file of activities that is there from `due` on; `params` as they are printed."""

    uuid: str
    sequence: int
    created_at: datetime
    due: datetime
    params: dict[str, str | None]
