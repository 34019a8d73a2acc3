"""Which payment settles which invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from destination_chartmogul.mapping.attempts import failed_attempt, order_of
from destination_chartmogul.mapping.context import Bundle, Context, HeldTransaction, Ledger, Record
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.money import minor
from destination_chartmogul.mapping.objects import Invoice, Transaction
from destination_chartmogul.mapping.payments import PAYMENT, REFUND, clip, divided, map_payment
from destination_chartmogul.mapping.refunds import unlisted_refund

ByOrder = dict[str, tuple[Transaction, ...]]


@dataclass(frozen=True)
class Open:
    """What payments can go to: (total, currency) of each invoice by order id, and orders of this run
    without one.
    """

    invoices: Mapping[str, tuple[int, str]]
    left_out: frozenset[str]
    rejected: frozenset[str]


def settle(
    bundle: Bundle, invoices: Sequence[Invoice], ledger: Ledger, ctx: Context, log: MappingLog
) -> ByOrder:
    """Transactions by order id, cut at the invoice's total: of this run's invoices and of those ChartMogul
    has.
    """
    target = _open(bundle, invoices, ledger, log)
    found = _payments(bundle, target, ledger, ctx, log)
    failed = _failed_attempts(bundle, target, ctx, log)
    orders = found.keys() | failed.keys() | {i.external_id for i in invoices}
    settled = {key: _of_order(key, found.get(key, []), bundle, target, ledger, ctx, log) for key in orders}
    both = {key: (*settled[key], *failed.get(key, {}).values()) for key in orders}
    return {key: each for key, each in both.items() if each}


def _payments(
    bundle: Bundle, target: Open, ledger: Ledger, ctx: Context, log: MappingLog
) -> dict[str, list[Transaction]]:
    found: dict[str, list[Transaction]] = defaultdict(list)
    for_several: list[tuple[Transaction, list[str]]] = []
    refund_ids = bundle.refund_ids | _held_refunds(ledger)
    for key, payment in bundle.payments.items():
        orders = _orders_of(payment, key, target, log)
        if not orders:
            continue
        step = partial(map_payment, payment, refund_ids, target.invoices[orders[0]][1], ctx)
        transaction = log.attempt("payments", key, step)
        if transaction is None:
            if payment.get("status") == "PENDING":
                log.notice("payments", key, "payment_pending")
        elif not transaction.amount:
            log.notice("payments", key, "payment_of_zero")
        elif len(payment.get("order_ids") or []) == 1:
            found[orders[0]].append(transaction)
        else:
            for_several.append((transaction, orders))
    for transaction, orders in sorted(for_several, key=lambda pair: pair[0].date):
        room = {key: _room(key, transaction, found[key], target, ledger) for key in orders}
        for key, part in divided(transaction, orders, room).items():
            found[key].append(part)
        log.notice("payments", transaction.key, "payment_for_several_orders")
    return found


def _held_refunds(ledger: Ledger) -> frozenset[str]:
    """Payments that ChartMogul has as refunds: they stay that when they come without what they refund."""
    held = [pair for invoice in ledger.invoices.values() for pair in invoice.transactions.items()]
    return frozenset(key.partition(":")[0] for key, transaction in held if transaction.kind == REFUND)


def _room(
    order_id: str, transaction: Transaction, found: Sequence[Transaction], target: Open, ledger: Ledger
) -> int:
    """How much of an order is not paid yet; for a refund, how much is paid and not given back."""
    new = {t.external_id for t in found} | {f"{transaction.external_id}:{order_id}"}
    held = [t for key, t in _held(order_id, ledger).items() if key not in new]
    paid = sum(t.amount for t in found if t.type == PAYMENT) + sum(
        t.amount for t in held if t.kind == PAYMENT
    )
    back = sum(t.amount for t in found if t.type == REFUND) + sum(t.amount for t in held if t.kind == REFUND)
    return paid - back if transaction.type == REFUND else target.invoices[order_id][0] - paid


def _held(order_id: str, ledger: Ledger) -> Mapping[str, HeldTransaction]:
    return ledger.invoices[order_id].transactions if order_id in ledger.invoices else {}


def _of_order(
    order_id: str,
    found: list[Transaction],
    bundle: Bundle,
    target: Open,
    ledger: Ledger,
    ctx: Context,
    log: MappingLog,
) -> tuple[Transaction, ...]:
    """The transactions of one order, with the refund that only the order tells of."""
    held = _held(order_id, ledger)
    order = bundle.orders.get(order_id)
    unlisted = log.attempt("orders", order_id, partial(unlisted_refund, order_id, order, found, held, ctx))
    own = {key: t for key, t in held.items() if not unlisted or key != unlisted.external_id}
    wanted = [*found, *([unlisted] if unlisted and unlisted.amount else [])]
    kept, notices = clip(wanted, target.invoices[order_id][0], own)
    lost = _refunds_of_nothing(found, kept)
    for key in lost:
        text = f"nothing that was paid for order {order_id} is left that could have gone back"
        log.reject("payments", key, "refund_of_nothing", text)
    log.notices += [notice for notice in notices if notice.stream != "payments" or notice.key not in lost]
    paid = order if order_id not in target.rejected else None
    if paid and minor(paid.get("total_paid")) and not _any_payment(kept, held):
        log.notice("orders", order_id, "paid_without_payment")
    return (*kept, unlisted) if unlisted and not unlisted.amount else kept


def _any_payment(kept: Iterable[Transaction], held: Mapping[str, HeldTransaction]) -> bool:
    return any(t.type == PAYMENT for t in kept) or any(t.kind == PAYMENT for t in held.values())


def _refunds_of_nothing(found: Sequence[Transaction], kept: Sequence[Transaction]) -> set[str]:
    """Ids of refunds of this order alone of which nothing is written: of nothing, or of what went back
    already.
    """
    written = {t.external_id for t in kept}
    alone = [t for t in found if t.type == REFUND and t.external_id == t.key and t.amount]
    return {t.key for t in alone if t.external_id not in written}


def _failed_attempts(
    bundle: Bundle, target: Open, ctx: Context, log: MappingLog
) -> dict[str, dict[str, Transaction]]:
    """Failed transactions by order id and external id."""
    found: dict[str, dict[str, Transaction]] = defaultdict(dict)
    for key, attempt in bundle.attempts.items():
        order_id = log.attempt("transactions", key, partial(order_of, attempt, target.invoices.keys()))
        if order_id is None:
            log.notice("transactions", key, "attempt_without_order")
            continue
        step = partial(failed_attempt, attempt, key, order_id, target.invoices[order_id], ctx)
        transaction = log.attempt("transactions", key, step)
        if transaction:
            found[order_id][transaction.external_id] = transaction
    return found


def _open(bundle: Bundle, invoices: Sequence[Invoice], ledger: Ledger, log: MappingLog) -> Open:
    held = {key: (invoice.total, invoice.currency) for key, invoice in ledger.invoices.items()}
    fresh = {invoice.external_id: (invoice.total, invoice.currency) for invoice in invoices}
    rejected = {reject.key for reject in log.rejects if reject.stream == "orders"}
    left_out = (bundle.orders.keys() - fresh.keys() - rejected) | bundle.ruled_out
    known = {key: invoice for key, invoice in held.items() if key not in left_out}
    return Open(known | fresh, frozenset(left_out), frozenset(rejected))


def _orders_of(payment: Record, key: str, target: Open, log: MappingLog) -> list[str]:
    """The orders with an invoice that a payment is for; empty when there is nothing to write it to."""
    orders = list(dict.fromkeys(str(order_id) for order_id in payment.get("order_ids") or []))
    known = [order_id for order_id in orders if order_id in target.invoices]
    if known:
        return known
    if not orders:
        log.reject("payments", key, "payment_names_no_order", "the payment names no order")
    elif target.rejected.intersection(orders):
        text = f"order {', '.join(orders)}, which it is for, is rejected"
        log.reject("payments", key, "order_not_written", text)
    elif target.left_out.issuperset(orders):
        log.notice("payments", key, "payment_of_unwritten_order")
    else:
        log.waiting.append(key)
    return []
