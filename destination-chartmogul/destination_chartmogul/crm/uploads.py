"""A first sync's people, notes, tags and attributes as CSV: 3,000 rows a call instead of one.

Source: https://dev.chartmogul.com/reference/sources/import-csv/ and
https://help.chartmogul.com/hc/en-us/articles/14100275980956 (a flexible file holds up to 3,000 records;
columns are known by their headers). An upload is worked on later and cannot be asked about, which columns it
takes is only partly documented, and nobody says whether the data source counts it as pending. So the first
file of each kind has a few rows, and no other is sent before one of these is there. When the last rows are
there too, the lists are read anew, and what is missing is written object by object.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from destination_chartmogul.crm.contacts import KIND as CONTACT
from destination_chartmogul.crm.difference import ATTRIBUTES, OWNER, TAGS
from destination_chartmogul.crm.lane import CrmLane, LookAgain
from destination_chartmogul.crm.look import Look
from destination_chartmogul.crm.notes import KIND as NOTE
from destination_chartmogul.errors import NotAllowedError, Refused, Unanswered
from destination_chartmogul.plan import CREATE, Change
from destination_chartmogul.registry import wait_until_judged
from destination_chartmogul.stage import Say, Stage

ROWS = 3000
FEWEST = 100  # rows; below, single calls are quicker than waiting for an upload to be worked on
TRIAL = 5  # rows of the first file of a kind
TRIAL_SECONDS = 120.0
IDLE_SECONDS = 900.0
CUSTOMER = "Customer external ID"
PEOPLE = {
    "external_id": "External ID",
    "first_name": "First name",
    "last_name": "Last name",
    "title": "Title",
    "email": "Email",
    "phone": "Phone",
}
NOTES = {
    "type": "Type",
    "text": "Text",
    "author_email": "Author email",
    "call_duration": "Call duration",
    "created_at": "Created at",
}
STILL_WORKING = (
    "ChartMogul is still working on uploads: what is not there yet is rejected, since it would come twice; "
    "send the rejects again later."
)
COLUMNS = {CONTACT.name: PEOPLE, NOTE.name: NOTES}
TYPES = {CONTACT.name: "contact", NOTE.name: "customer_note", ATTRIBUTES: "customers_contacts_enrichment"}
Row = dict[str, str]


class Line(NamedTuple):
    """A row of a file, whose it is, and which kinds of changes it carries."""

    contact: str
    carries: frozenset[str]
    row: Row


class Uploads:
    """Collects what is new and sends it; `sent` counts rows."""

    def __init__(self, stage: Stage, look: Look, lane: CrmLane, say: Say) -> None:
        self._stage, self._look, self._lane, self._say = stage, look, lane, say
        self._lines: dict[str, list[Line]] = {kind: [] for kind in TYPES}
        self._useless: set[str] = set()
        self._typed: set[str] = set()
        self._last: dict[str, list[Line]] = {}
        self.sent = 0

    def run(self, contacts: Sequence[str]) -> None:
        """Upload what is new of `contacts`, when it is much, and read the lists again."""
        if len(contacts) < FEWEST or not any(self._worth_it(contacts)):
            return
        for contact in contacts:
            customer = self._look.readback.customer(contact)
            if customer is not None:
                self._take(contact, customer)
        for kind in TYPES:
            self._flush(kind)
        if self._last:
            self._settle(len(contacts))

    def _worth_it(self, contacts: Sequence[str]) -> Iterator[bool]:
        """From a few contacts: whether at least every tenth has something that can go in a file."""
        step = max(1, len(contacts) // 50)
        for contact in contacts[::step]:
            customer = self._look.readback.customer(contact)
            if customer is not None:
                yield any(_fits(change) for change in self._look.compare(contact, customer).changes)

    def _take(self, contact: str, customer: dict[str, Any]) -> None:
        compared = self._look.compare(contact, customer)
        on_customer: list[Change] = []
        for change in compared.changes:
            if not _fits(change):
                continue
            if change.kind in COLUMNS:
                carries = frozenset((change.kind,))
                self._add(change.kind, Line(contact, carries, _row(contact, change)))
            else:
                on_customer.append(change)
        plain = not (customer.get("attributes") or {}).get("tags")
        line = self._enrichment(contact, on_customer, plain)
        if line.row:
            self._add(ATTRIBUTES, line)

    def _enrichment(self, contact: str, changes: Iterable[Change], plain: bool) -> Line:
        """What stands on the customer. An attribute's type is set by its first value, so that one is sent by
        itself, with its type; how several tags stand in one cell is not documented, so they are not.
        """
        cells: dict[str, Row] = {}
        for change in changes:
            if change.kind == ATTRIBUTES:
                if any(each.key not in self._typed for each in change.value):
                    self._by_itself(change)
                else:
                    cells[ATTRIBUTES] = {each.key: _cell(each.value) for each in change.value}
            elif change.kind == TAGS and plain and len(change.body["tags"]) == 1:
                cells[TAGS] = {"Tags": change.body["tags"][0]}
            elif change.kind == OWNER:
                cells[OWNER] = {"Owner": str(change.body["owner"])}
        row = {name: cell for some in cells.values() for name, cell in some.items()}
        return Line(contact, frozenset(cells), {CUSTOMER: contact, **row} if row else {})

    def _by_itself(self, change: Change) -> None:
        try:
            self._lane.apply([change])  # what is refused is told when the customer comes to its turn
        except LookAgain:
            return
        self._typed |= {each.key for each in change.value}
        self._look.readback.renew(change.key)

    def _add(self, kind: str, line: Line) -> None:
        if kind in self._useless:
            return
        self._lines[kind].append(line)
        if len(self._lines[kind]) >= ROWS:
            self._flush(kind)

    def _flush(self, kind: str) -> None:
        lines, self._lines[kind] = self._lines[kind], []
        if len(lines) < FEWEST:
            return
        if kind not in self._last:
            trial, lines = lines[:TRIAL], lines[TRIAL:]
            if not (self._send(kind, trial) and self._arrives(trial, TRIAL_SECONDS)):
                self._useless.add(kind)
                return
            self._last[kind] = trial
        if self._send(kind, lines):
            self._last[kind] = lines[-TRIAL:]

    def _send(self, kind: str, lines: Sequence[Line]) -> bool:
        """False when the file is refused."""
        path = f"/data_sources/{self._stage.source}/uploads"
        try:
            content = _csv([line.row for line in lines])
            self._stage.client.upload(path, "keap.csv", content, {"type": TYPES[kind]})
            self.sent += len(lines)
        except (Refused, NotAllowedError) as error:
            status = error.status if isinstance(error, Refused) else "402 or 403"
            text = f"ChartMogul takes no upload of {TYPES[kind]} (status {status}): single calls instead."
            self._say("INFO", text)
            return False
        except Unanswered:
            pass  # it may have been taken: what it brings tells
        return True

    def _arrives(self, lines: Sequence[Line], seconds: float) -> bool:
        """Whether ChartMogul shows one of the lines within so much time; others may be refused."""
        deadline, delay = time.monotonic() + seconds, 0.5
        while not any(map(self._is_there, lines)):
            if time.monotonic() + delay > deadline:
                return False
            time.sleep(delay)
            delay = min(delay * 1.6, 10.0)
        return True

    def _is_there(self, line: Line) -> bool:
        customer = self._look.readback.customer_now(line.contact)
        left = self._look.compare(line.contact, customer, now=True).changes
        return not any(change.kind in line.carries and _fits(change) for change in left)

    def _settle(self, contacts: int) -> None:
        """Wait until the rows are worked on, and read again what they were to bring."""
        client, readback = self._stage.client, self._look.readback
        idle = wait_until_judged(client, self._stage.source, IDLE_SECONDS)
        late = {k for k, lines in self._last.items() if not (idle and self._arrives(lines, IDLE_SECONDS))}
        if late & COLUMNS.keys():
            self._lane.late |= late & COLUMNS.keys()
            self._say("WARN", STILL_WORKING)
        if ATTRIBUTES in self._last:
            readback.list_customers(contacts // 2)
        for kind in self._look.kinds:
            if kind.name in self._last:
                readback.list_kind(kind, contacts // 2)


def _fits(change: Change) -> bool:
    return (change.action == CREATE and change.kind in (*COLUMNS, ATTRIBUTES, TAGS)) or change.kind == OWNER


def _row(contact: str, change: Change) -> Row:
    columns = COLUMNS[change.kind]
    said = {columns[name]: _cell(change.body[name]) for name in columns if name in change.body}
    return {CUSTOMER: contact, **said}


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _csv(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a heading of every column that a row has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
