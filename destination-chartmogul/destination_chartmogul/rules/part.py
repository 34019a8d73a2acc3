"""The part of a contact's records that goes to one data source, as the rules want it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from destination_chartmogul.mapping.context import Bundle, Ledger, Record
from destination_chartmogul.mapping.objects import Interval
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.rules.changed import changed_contact
from destination_chartmogul.rules.items import ItemJudge
from destination_chartmogul.rules.judgement import LEFT_OUT, Hit, Judgement, Open, Verdict
from destination_chartmogul.rules.names import STREAM_OF

ELSEWHERE = "held_by_another_source"


@dataclass(frozen=True)
class Held:
    """What ChartMogul holds of a contact. `here`: there is a customer in this data source; `holders`: names
    of all data sources of the run that have one; `elsewhere`: in which of the others an order is (a name,
    or empty).
    """

    ledger: Ledger
    here: bool = False
    holders: Callable[[], tuple[str, ...]] = tuple
    elsewhere: Callable[[str], str] = lambda _: ""


@dataclass(frozen=True)
class Part:
    """`bundle` is what is mapped; `is_home`: the contact belongs to this data source, also without an order.
    `dates` are set on the customer; `judge` collects the rules that apply to items.
    """

    bundle: Bundle
    is_home: bool
    dates: Mapping[str, Any]
    notices: tuple[Notice, ...]
    hits: tuple[Hit, ...]
    judge: ItemJudge


class Division:
    """Divides bundles between the data sources of a run; `default` is where no rule routes to."""

    def __init__(self, default: str) -> None:
        self._default = default

    def goes_to(self, judgement: Judgement) -> frozenset[str]:
        """The data sources that get something of a contact, as far as rules tell."""
        if judgement.contact.excluded:
            return frozenset()
        orders = {self._route(verdict, judgement) for verdict in judgement.orders.values() if _is_in(verdict)}
        return frozenset(orders - {""}) or frozenset({self.home(judgement)})

    def home(self, judgement: Judgement) -> str:
        """Where a contact belongs that has no order."""
        return judgement.contact.route or self._default

    def _route(self, verdict: Verdict, judgement: Judgement) -> str:
        """Empty when it is open."""
        if verdict.route:
            return verdict.route
        if verdict.open_route or judgement.contact.open_route:
            return ""
        return self.home(judgement)

    def part(self, judgement: Judgement, source: str, held: Held) -> Part:
        """The part of `source`."""
        bundle, contact = judgement.bundle, judgement.contact
        first = self.home(judgement) == source
        judge = ItemJudge(judgement, held.ledger)
        hits = _hits(judgement, first)
        if contact.excluded:
            nothing = Bundle(bundle.contact_id, deleted=bundle.deleted, gone=bundle.gone)
            said = (Notice(LEFT_OUT, "contacts", bundle.contact_id),) if first else ()
            return Part(nothing, False, {}, said, hits, judge)
        orders, ruled_out, refused = self._orders(judgement, source, held)
        refused += [reject for reject in judgement.rejects() if first and reject.stream != "orders"]
        notices = [Notice(LEFT_OUT, "orders", key) for key in sorted(ruled_out)] if first else []
        payments = self._of_source(judgement, bundle.payments, source)
        kept, unsure = _kept_payments(payments, judgement, held)
        refused += unsure
        left = [key for key in payments if judgement.payments[key].excluded]
        notices += [Notice(LEFT_OUT, "payments", key) for key in sorted(left) if first]
        record = None if contact.failed else bundle.contact
        return Part(
            replace(
                bundle,
                contact=changed_contact(record, judgement.sets) if record else None,
                orders=orders,
                subscriptions=self._subscriptions(judgement, orders, source, held),
                payments=kept,
                attempts=self._of_source(judgement, bundle.attempts, source),
                judge=judge,
                ruled_out=frozenset(ruled_out),
                refused=tuple(refused),
            ),
            first and self._is_home(judgement, held, source),
            {name: value for name, value in judgement.sets.items() if name.endswith("_at")},
            tuple(notices),
            hits,
            judge,
        )

    def _is_home(self, judgement: Judgement, held: Held, source: str) -> bool:
        """Whether the contact becomes a customer here without an order: not when it has orders elsewhere."""
        routed = self.goes_to(judgement)
        return source in routed and not set(held.holders()) - {source}

    def _orders(
        self, judgement: Judgement, source: str, held: Held
    ) -> tuple[dict[str, Record], set[str], list[Reject]]:
        """→ (orders of this part, orders that rules leave out, rejects)."""
        kept: dict[str, Record] = {}
        ruled_out: set[str] = set()
        refused: list[Reject] = []
        first = self.home(judgement) == source
        for key, verdict in judgement.orders.items():
            if verdict.excluded:
                ruled_out.add(key)
                continue
            reject = verdict.failed or self._undecided(key, verdict, judgement, held)
            route = self._route(verdict, judgement) or (self._held_route(held) if not reject else "")
            if not reject and not route:
                open_route = verdict.open_route or judgement.contact.open_route
                reject = open_route.reject("orders", key) if open_route else None
            if reject:
                refused += [reject] if first else []
            elif route == source:
                other = "" if key in held.ledger.invoices else held.elsewhere(key)
                if other:
                    refused.append(_held_elsewhere(key, other))
                else:
                    kept[key] = judgement.bundle.orders[key]
        return kept, ruled_out, refused

    def _undecided(self, key: str, verdict: Verdict, judgement: Judgement, held: Held) -> Reject | None:
        """A rule that would leave the order out, or the whole contact, and cannot tell. What is in ChartMogul
        already was not left out.
        """
        if verdict.open_exclude and key not in held.ledger.invoices and not held.elsewhere(key):
            return verdict.open_exclude.reject("orders", key)
        undecided: Open | None = judgement.contact.open_exclude
        if judgement.contact.failed and not held.here and not held.holders():
            text = f"whether its contact is left out cannot be told: {judgement.contact.failed.message}"
            return Reject("orders", key, judgement.contact.failed.rule, text)
        if undecided and not held.here and not held.holders():
            return undecided.reject("orders", key)
        return None

    def _held_route(self, held: Held) -> str:
        """Where an order goes whose route is open: to the one data source that has the customer."""
        holders = held.holders()
        return holders[0] if len(holders) == 1 else ""

    def _of_source(
        self, judgement: Judgement, records: Mapping[str, Record], source: str
    ) -> dict[str, Record]:
        """Payments whose orders are not known to go elsewhere."""
        routes = {key: self._route(verdict, judgement) for key, verdict in judgement.orders.items()}
        found = {}
        for key, record in records.items():
            named = {routes[order] for order in map(str, record.get("order_ids") or ()) if routes.get(order)}
            if not named or source in named:
                found[key] = record
        return found

    def _subscriptions(
        self, judgement: Judgement, orders: Mapping[str, Record], source: str, held: Held
    ) -> dict[str, Record]:
        """Those that are not excluded, with the interval that a rule chooses. Where several data sources are
        written, a subscription belongs where its bills are, else to the contact's home.
        """
        bundle = judgement.bundle
        here = {period.subscription_id for period in held.ledger.periods} | _billed(orders.values())
        there = _billed(order for key, order in bundle.orders.items() if key not in orders)
        first = self.home(judgement) == source and not set(held.holders()) - {source}
        found = {}
        for key, record in bundle.subscriptions.items():
            verdict = judgement.subscriptions[key]
            if verdict.excluded or verdict.failed:
                continue
            if key in here or (first and key not in there):
                found[key] = _with_interval(record, verdict)
        return found


def _kept_payments(
    payments: Mapping[str, Record], judgement: Judgement, held: Held
) -> tuple[dict[str, Record], list[Reject]]:
    """→ (payments that no rule leaves out, rejects of those of which that cannot be told). What ChartMogul
    has already was not left out.
    """
    written = {key for invoice in held.ledger.invoices.values() for key in invoice.transactions}
    kept, unsure = {}, []
    for key, payment in payments.items():
        verdict = judgement.payments[key]
        if verdict.excluded or verdict.failed:
            continue
        if verdict.open_exclude and key not in written:
            unsure.append(verdict.open_exclude.reject("payments", key))
        else:
            kept[key] = payment
    return kept, unsure


def _is_in(verdict: Verdict) -> bool:
    return not verdict.excluded and not verdict.failed


def _billed(orders: Iterable[Record]) -> set[str]:
    """Subscriptions that the items of orders name."""
    listed = [item for order in orders for item in order.get("order_items") or ()]
    named = [item.get("subscription_id") for item in listed if isinstance(item, Mapping)]
    return {str(key) for key in named if key}


def _with_interval(record: Record, verdict: Verdict) -> Record:
    chosen: Interval | None = next((rule.interval for rule in verdict.applied if rule.interval), None)
    if chosen is None:
        return record
    return {**record, "billing_cycle": chosen.unit.upper(), "billing_frequency": chosen.count}


def _hits(judgement: Judgement, first: bool) -> tuple[Hit, ...]:
    """Told once: by the data source that is the contact's home."""
    if not first:
        return ()
    key = judgement.bundle.contact_id
    found = [Hit(rule, "contacts", key) for rule in judgement.contact.applied]
    kinds = {
        "order": judgement.orders,
        "payment": judgement.payments,
        "subscription": judgement.subscriptions,
    }
    if judgement.contact.excluded:
        kinds = {}
    for on, verdicts in kinds.items():
        found += [
            Hit(rule, STREAM_OF[on], each) for each, verdict in verdicts.items() for rule in verdict.applied
        ]
    return tuple(found)


def _held_elsewhere(key: str, other: str) -> Reject:
    text = (
        f"the rules send it here, and ChartMogul has it in the data source {other!r} already, where it would "
        "count twice; delete it there, then send it again"
    )
    return Reject("orders", key, ELSEWHERE, text)
