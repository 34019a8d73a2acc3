"""Everything one simulated account holds, and the way handlers reach it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from operator import attrgetter

from tests.simulators.chartmogul import answers, collector
from tests.simulators.chartmogul.ids import is_uuid
from tests.simulators.chartmogul.imports.jobs import Job
from tests.simulators.chartmogul.records import Customer, DataSource, JsonImport, Plan, Upload
from tests.simulators.chartmogul.reports.analytics import Analytics
from tests.simulators.chartmogul.settings import Settings
from tests.simulators.chartmogul.store import Store
from tests.simulators.http import Answer, Call, Clock, Json, Switches


class World:
    """Store, settings, switches, clock and the analytics side."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self.clock, self.switches = clock, switches
        self.reset()

    def reset(self) -> None:
        """An empty account with default settings."""
        self.settings = Settings()
        self.store = Store(self._touched)
        self.analytics = Analytics(self.store, self.settings, self.clock, self.switches)
        self.taken_names: dict[str, datetime] = {}
        self.jobs: list[Job] = []
        self._as_of: datetime | None = None
        self._changed: set[Customer] | None = None
        self._changes = 0
        self._counts: dict[str, tuple[tuple[int, str], tuple[int, int]]] = {}
        collector.forget()

    def _touched(self, customer: Customer) -> None:
        self._changes += 1
        if self._changed is not None:
            self._changed.add(customer)
            return
        delay = timedelta(seconds=self.switches.number("analytics_delay_seconds"))
        self.analytics.touch(customer, self.now() + delay)

    def now(self) -> datetime:
        """The account's present; while a background job runs, the moment it was due."""
        return self._as_of or self.clock.now()

    @contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Do something as if it were done at a moment that may be past already."""
        self._as_of, self._changed = moment, set()
        try:
            with collector.resting():
                yield
            changed, self._changed = self._changed, None
            for customer in sorted(changed, key=attrgetter("sequence")):
                self._touched(customer)
        finally:
            self._as_of = self._changed = None

    def put_settings(self, wanted: Json) -> Settings:
        """Change settings; everything is computed anew, as if re-processed."""
        self.settings = self.settings.with_changes(wanted)
        self.analytics.use(self.settings)
        return self.settings

    def pending(self, source: DataSource) -> int:
        """How many customers and jobs of a source are still to be worked on."""
        lag = timedelta(seconds=self.switches.number("pending_lag_seconds"))
        delay = timedelta(seconds=self.switches.number("analytics_delay_seconds"))
        waiting = sum(
            not each.done and each.created_at + lag <= self.now() for each in self._counted_jobs(source)
        )
        until = self.now() + delay - lag if lag else None
        return self.analytics.pending(source.uuid, until) + waiting

    def processing_status(self, source: DataSource) -> dict[str, int]:
        """What is done, what failed, and what is still being worked on."""
        key = (self._changes, str(self.switches["processing_counts"]))
        held = self._counts.get(source.uuid)
        if held is None or held[0] != key:
            held = self._counts[source.uuid] = (key, self._counted(source))
        processed, failed = held[1]
        failed += sum(each.failed for each in self._jobs(source))
        return {"processed": processed, "failed": failed, "pending": self.pending(source)}

    def _counted_jobs(self, source: DataSource) -> Iterator[JsonImport | Upload]:
        uploads_too = self.switches["upload_pending"] == "counted"
        return (each for each in self._jobs(source) if uploads_too or isinstance(each, JsonImport))

    def _jobs(self, source: DataSource) -> Iterator[JsonImport | Upload]:
        yield from self.store.imports.group("source", source.uuid)
        yield from self.store.uploads.group("source", source.uuid)

    def _counted(self, source: DataSource) -> tuple[int, int]:
        """Good and bad ones of whatever is counted."""
        invoices, counts = (
            self.store.invoices.group("source", source.uuid),
            self.switches["processing_counts"],
        )
        if counts == "invoices":
            bad = sum(not each.valid for each in invoices)
            return len(invoices) - bad, bad
        failed = len({each.customer.uuid for each in invoices if not each.valid})
        customers = len(self.store.customers.group("source", source.uuid))
        if counts == "customers":
            return customers - failed, failed
        bad, records = 0, customers
        for invoice in invoices:
            errors = [invoice.errors, *(each.errors for each in invoice.line_items)]
            errors += [each.errors for each in invoice.transactions]
            bad += sum(bool(each) for each in errors)
            records += len(errors)
        return records - bad, bad

    def is_retired(self, kind: str, source: str, external_id: object) -> bool:
        """Did something that was deleted have the external id, and does that matter?"""
        return (
            self.switches["deleted_external_ids"] == "taken"
            and (kind, source, external_id) in self.store.retired
        )

    def source(self, uuid: object) -> DataSource:
        """The data source of a path, or 404."""
        found = self.store.sources.by_uuid.get(str(uuid))
        if found is None:
            raise answers.unknown("Data source")
        return found

    def customer(self, uuid: str) -> Customer:
        """The customer of a path, by uuid or (as in 2016) by number; 404 prints the bare uuid."""
        found = self.store.customers.by_uuid.get(uuid)
        if found is None and uuid.isascii() and uuid.isdigit():
            found = self.store.customers.first("number", int(uuid))
        if found is None:
            raise answers.grape(404, f'Customer "{answers.bare(uuid)}" does not exist', "customer_id")
        return found

    def import_customer(self, uuid: str) -> Customer:
        """The customer of an /import path; the vendor complains of an invoice when it is none."""
        found = self.store.customers.by_uuid.get(uuid)
        if found is None:
            raise answers.unknown_with_details("Invoice", "invoice")
        return found

    def plan(self, uuid: str) -> Plan:
        """The plan of a path, or 404."""
        found = self.store.plans.by_uuid.get(uuid)
        if found is None:
            raise answers.unknown("Plan")
        return found


def checked_uuid(uuid: str, prefix: str) -> str:
    """The uuid, or 422 when it is none of the kind."""
    if not is_uuid(uuid, prefix):
        raise answers.invalid_uuid()
    return uuid


def body_of(call: Call) -> dict[str, Json]:
    """The object that was sent; 400 when it is none."""
    if call.body is None:
        return {}
    if not isinstance(call.body, dict):
        raise answers.grape(400, "The request body must be a JSON object", None)
    return call.body


EMPTY = Answer(204)
