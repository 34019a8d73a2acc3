"""The import side: everything written, indexed by external id within its data source."""

from collections.abc import Callable

from tests.simulators.chartmogul.crm.crm_records import Contact, Note, Opportunity, Task
from tests.simulators.chartmogul.ids import Ids
from tests.simulators.chartmogul.records import (
    ActivitiesExport,
    Customer,
    DataSource,
    Invoice,
    JsonImport,
    LineItem,
    Plan,
    PlanGroup,
    Subscription,
    SubscriptionEvent,
    Transaction,
    Upload,
)
from tests.simulators.chartmogul.table import Table

Touched = Callable[[Customer], None]


class Store:
    """The tables. Whoever changes something that metrics follow calls `touched` with the customer."""

    def __init__(self, touched: Touched) -> None:
        self.ids = Ids()
        self.touched = touched
        self.retired: set[tuple[str, str, str]] = set()
        self.emptied: set[str] = set()
        self.custom_types: dict[str, str] = {}
        self.sources: Table[DataSource] = Table(name=lambda row: [row.name])
        self.plans: Table[Plan] = Table(
            source=lambda row: [row.source], external_id=lambda row: [(row.source, row.external_id)]
        )
        self.plan_groups: Table[PlanGroup] = Table()
        self.customers: Table[Customer] = Table(
            source=lambda row: {source for source, _ in row.identities},
            external_id=lambda row: set(row.identities),
            any_external_id=lambda row: {external_id for _, external_id in row.identities},
            email=lambda row: [row.email] if row.email else [],
            number=lambda row: [row.number],
        )
        self._billing()
        self._crm()
        self._jobs()

    def _billing(self) -> None:
        self.invoices: Table[Invoice] = Table(
            derived="inv",
            source=lambda row: [row.source],
            external_id=lambda row: [(row.source, row.external_id)],
            customer=lambda row: [row.customer.uuid],
        )
        self.line_items: Table[LineItem] = Table(
            derived="li",
            external_id=lambda row: [(row.invoice.source, row.external_id)] if row.external_id else [],
        )
        self.transactions: Table[Transaction] = Table(
            derived="tr",
            external_id=lambda row: [(row.invoice.source, row.external_id)] if row.external_id else [],
        )
        self.subscriptions: Table[Subscription] = Table(
            source=lambda row: [row.source],
            external_id=lambda row: [(row.source, row.customer.uuid, row.external_id)],
            customer=lambda row: [row.customer.uuid],
        )
        self.events: Table[SubscriptionEvent] = Table(
            source=lambda row: [row.source],
            external_id=lambda row: [(row.source, row.external_id)] if row.external_id else [],
            customer=lambda row: [(row.source, row.customer_external_id)],
        )

    def _crm(self) -> None:
        self.contacts: Table[Contact] = Table(customer=lambda row: [row.customer.uuid])
        self.notes: Table[Note] = Table(customer=lambda row: [row.customer.uuid])
        self.opportunities: Table[Opportunity] = Table(customer=lambda row: [row.customer.uuid])
        self.tasks: Table[Task] = Table(customer=lambda row: [row.customer.uuid])

    def _jobs(self) -> None:
        self.imports: Table[JsonImport] = Table(
            source=lambda row: [row.source],
            external_id=lambda row: [(row.source, row.external_id)],
        )
        self.uploads: Table[Upload] = Table(source=lambda row: [row.source])
        self.exports: Table[ActivitiesExport] = Table()

    def customer(self, source: str, external_id: object) -> Customer | None:
        """The customer with an external id in a source."""
        return self.customers.first("external_id", (source, external_id))

    def plan(self, source: str, external_id: object) -> Plan | None:
        """The plan with an external id in a source."""
        return self.plans.first("external_id", (source, external_id))

    def invoice(self, source: str, external_id: object) -> Invoice | None:
        """The invoice with an external id in a source."""
        return self.invoices.first("external_id", (source, external_id))

    def invoices_called(self, external_id: str) -> list[Invoice]:
        """The invoices with an external id in any source, oldest first."""
        found = (self.invoice(source.uuid, external_id) for source in self.sources.rows)
        return sorted((each for each in found if each is not None), key=lambda each: each.sequence)

    def lines_on(self, plan: str) -> list[LineItem]:
        """The line items on a plan; seldom asked for, so not indexed."""
        return [line for line in self.line_items.rows if line.plan == plan]
