"""How `plan` shows what it found: a table to read, or one JSON document to work on. No personal values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TextIO

import orjson

from destination_chartmogul.mapping.outcome import Applied, Reject
from destination_chartmogul.plan import CHANGE, Change

Json = dict[str, Any]
MERGE = "merge"


@dataclass(frozen=True)
class Planned:
    """One customer's changes and rejects, and the user's rules that applied; MRR in minor units.

    `source` is the data source, where a run writes to several; `together` the uuid of a customer who has
    other contacts beside this one: MRR is that of all of them.
    """

    contact: str
    changes: tuple[Change, ...]
    rejects: tuple[Reject, ...]
    mrr_before: int = 0
    mrr_after: int = 0
    rules: tuple[Applied, ...] = ()
    source: str = ""
    together: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.changes or self.rejects or self.rules) or self.mrr_before != self.mrr_after


@dataclass
class Totals:
    """Changes by `action kind`, rejects by rule, MRR of the customers of the run."""

    changes: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    mrr_before: int = 0
    mrr_after: int = 0
    counted: set[str] = field(default_factory=set)

    def add(self, planned: Planned) -> None:
        """Count one customer; the MRR of one who has several contacts once, and what each of them changes."""
        self.changes.update(f"{change.action} {change.kind}" for change in planned.changes)
        self.rejects.update(reject.rule for reject in planned.rejects)
        again = planned.mrr_before if planned.together in self.counted else 0
        self.mrr_before += planned.mrr_before - again
        self.mrr_after += planned.mrr_after - again
        self.counted |= {planned.together} - {""}


class Layout(Protocol):
    """What `plan` prints with."""

    def begin(self, source: str, currency: str) -> None:
        """Before the first customer."""

    def customer(self, planned: Planned) -> None:
        """One customer."""

    def end(self, rest: Planned, totals: Totals, rules: Sequence[str] = ()) -> None:
        """What belongs to no customer, the totals, and what the user's rules did."""


class TableLayout:
    """Aligned columns: customer, what is done, external id, names of the fields that change."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._currency = out, ""

    def begin(self, source: str, currency: str) -> None:
        """The heading."""
        self._currency = currency
        self._out.write(f"What a sync would write to the data source {source}:\n\n")
        self._row("customer", "change", "external id", "fields")

    def customer(self, planned: Planned) -> None:
        """A row for each rule, change and reject, and one for MRR when it moves."""
        if planned.source:
            self._row(planned.contact, "in", planned.source, "")
        for each in planned.rules:
            self._row(planned.contact, f"{each.rule}", f"{each.stream}/{each.key}", each.does)
        for change in planned.changes:
            self._row(
                planned.contact,
                f"{change.action} {change.kind}",
                change.external_id,
                ", ".join(fields_of(change)),
            )
        for reject in planned.rejects:
            self._row(
                planned.contact,
                f"reject {reject.stream}".rstrip(),
                reject.key,
                f"{reject.rule}: {reject.message}",
            )
        if planned.mrr_before != planned.mrr_after:
            self._row(planned.contact, "MRR", "", self._moved(planned.mrr_before, planned.mrr_after))

    def end(self, rest: Planned, totals: Totals, rules: Sequence[str] = ()) -> None:
        """Plans, records without customer, totals, rules."""
        self.customer(rest)
        counted = [f"{count} {what}" for what, count in sorted(totals.changes.items())]
        counted += [f"{count} rejected: {rule}" for rule, count in sorted(totals.rejects.items())]
        self._out.write(f"\n{', '.join(counted) or 'nothing to do'}\n")
        self._out.write(f"MRR of these customers: {self._moved(totals.mrr_before, totals.mrr_after)}\n")
        self._out.writelines(f"{sentence}\n" for sentence in rules)

    def _moved(self, before: int, after: int) -> str:
        return f"{before} -> {after} ({after - before:+d}; minor units, {self._currency})"

    def _row(self, *cells: str) -> None:
        first, change, key, rest = cells
        self._out.write(f"{first:<12} {change:<22} {key:<32} {rest}".rstrip() + "\n")


class JsonLayout:
    """One document, written as it comes: each customer is a line of its own."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._written = out, False

    def begin(self, source: str, currency: str) -> None:
        """The members that are known at the start."""
        head = orjson.dumps({"data_source": source, "currency": currency}).decode()
        self._out.write(f'{head[:-1]},"customers":[')

    def customer(self, planned: Planned) -> None:
        """One element of `customers`."""
        shown = {"customer": planned.contact, **_shown(planned)}
        shown |= {"data_source": planned.source} if planned.source else {}
        shown |= {"mrr_before": planned.mrr_before, "mrr_after": planned.mrr_after}
        self._out.write(f"{',' if self._written else ''}\n{orjson.dumps(shown).decode()}")
        self._written = True

    def end(self, rest: Planned, totals: Totals, rules: Sequence[str] = ()) -> None:
        """The members `others`, `totals` and, when there are any, `rules`."""
        members: Json = {
            "others": _shown(rest),
            "totals": {
                "changes": dict(sorted(totals.changes.items())),
                "rejects": dict(sorted(totals.rejects.items())),
                "mrr_before": totals.mrr_before,
                "mrr_after": totals.mrr_after,
            },
        }
        members |= {"rules": list(rules)} if rules else {}
        self._out.write(f"\n],{orjson.dumps(members).decode()[1:]}\n")


LAYOUTS: dict[str, type[TableLayout] | type[JsonLayout]] = {"table": TableLayout, "json": JsonLayout}


def fields_of(change: Change) -> list[str]:
    """Names of the fields of a change; values of customers are personal data."""
    return sorted(change.body) if change.action == CHANGE else []


def _shown(planned: Planned) -> Json:
    rules = {"rules": [asdict(each) for each in planned.rules]} if planned.rules else {}
    return rules | {
        "changes": [
            {"action": c.action, "kind": c.kind, "external_id": c.external_id, "fields": fields_of(c)}
            for c in planned.changes
        ],
        "rejects": [
            {"stream": r.stream, "key": r.key, "rule": r.rule, "message": r.message}
            | ({"field": r.field} if r.field else {})
            for r in planned.rejects
        ],
    }
