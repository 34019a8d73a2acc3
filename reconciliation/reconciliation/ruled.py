"""What the rules of the destination's configuration make of Keap's records, applied as it applies them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from destination_chartmogul.mapping.bundle import Mapped
from destination_chartmogul.mapping.context import Bundle, Context, Ledger, Reference
from destination_chartmogul.mapping.objects import Customer
from destination_chartmogul.rules.book import RuleBook, surroundings
from destination_chartmogul.rules.outcome import with_rules
from destination_chartmogul.rules.part import Held, Part
from reconciliation.columns import DAY, INSTANT
from reconciliation.frames import Records
from reconciliation.policy import Policy
from reconciliation.sending import Gathered

ORDERS = ["order_id", "label"]
CONTACTS = {"home": "bool", "billed": "bool", "paid": DAY}
CONTACTS |= {"trial": INSTANT, "lead_set": INSTANT, "trial_set": INSTANT}


class Rules:
    """Applied to one contact after the other; remembers the orders and contacts that they have a part in."""

    def __init__(self, records: Records, policy: Policy, context: Context, gathered: Gathered) -> None:
        self._gathered, self._context = gathered, context
        self._book, self._source = RuleBook(policy.rules, policy.data_source), policy.data_source
        self.records, products = records.get("contacts", {}), records.get("products", {})
        small = {name: records.get(name, {}) for name in ("tags", "custom_fields")}
        with_names = replace(context, reference=Reference(**small))
        self._around = surroundings(with_names, products.get)
        self._orders: dict[str, str] = {}
        self._contacts: dict[str, tuple[Any, ...]] = {}

    def part(self, bundle: Bundle) -> Part:
        """What would go to the data source that is audited."""
        paid = dict(self._gathered.of_contact("payments", bundle.contact_id))
        whole = replace(bundle, contact=self.records.get(bundle.contact_id), payments=paid)
        judgement = self._book.judge(whole, self._around)
        return self._book.division.part(judgement, self._source, Held(Ledger()))

    def note(self, bundle: Bundle, part: Part, mapped: Mapped, paid: pd.Timestamp | None) -> None:
        """What came of the part; after it was mapped, since only then rules on items have been asked. `paid`:
        the first day with MRR.
        """
        for order, label in _touched(bundle, part):
            self._orders.setdefault(order, label)
        if part.hits or part.judge.hits or not part.is_home:
            dates = _dates_set(mapped, part, self._context)
            trial = mapped.desired.customer.free_trial_started_at
            self._contacts[bundle.contact_id] = (part.is_home, mapped.billed, paid, trial, *dates)

    @property
    def orders(self) -> pd.DataFrame:
        """See `orders_table`."""
        return orders_table(self._orders)

    @property
    def contacts(self) -> pd.DataFrame:
        """See `contacts_table`."""
        return contacts_table(self._contacts)


def orders_table(labels: Mapping[str, str]) -> pd.DataFrame:
    """order_id, label of a rule: orders that rules leave out, send elsewhere, or read otherwise."""
    return pd.DataFrame(labels.items(), columns=ORDERS, dtype="string")


def contacts_table(found: Mapping[str, tuple[Any, ...]]) -> pd.DataFrame:
    """By contact id: home (belongs to the data source also without a bill), billed, trial (when the first
    free trial began), lead_set and trial_set (the days that rules set).
    """
    ids = pd.Index(list(found), dtype="string", name="customer_id")
    return pd.DataFrame(list(found.values()), index=ids, columns=list(CONTACTS), dtype="object").astype(
        CONTACTS
    )


def _touched(bundle: Bundle, part: Part) -> Iterator[tuple[str, str]]:
    """Orders that rules have a part in, with the label of a rule."""
    refused = {reject.key for reject in part.bundle.refused}
    for hit in (*part.judge.hits, *part.hits):
        if hit.stream == "orders":
            yield hit.key, hit.rule.label
    labels = [hit.rule.label for hit in part.hits if hit.stream == "contacts"]
    for key in bundle.orders.keys() - part.bundle.orders.keys() - refused:
        yield key, next(iter(labels), "a rule")


def _dates_set(mapped: Mapped, part: Part, context: Context) -> tuple[Any, Any]:
    """Of lead and trial, as far as rules set them to a day in the past."""
    bare = Customer(mapped.desired.contact_id, "")
    alone = with_rules(replace(mapped, desired=replace(mapped.desired, customer=bare)), part, context)
    return alone.desired.customer.lead_created_at, alone.desired.customer.free_trial_started_at
