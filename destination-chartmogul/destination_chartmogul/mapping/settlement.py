"""Which payment settles which invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from destination_chartmogul.mapping.context import Bundle, Context, Ledger, Record
from destination_chartmogul.mapping.log import MappingLog
from destination_chartmogul.mapping.objects import Invoice, Transaction
from destination_chartmogul.mapping.payments import clip, map_payment

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
    by_order: dict[str, list[Transaction]] = {}
    for key, payment in bundle.payments.items():
        order_id = _order_of(payment, key, target, log)
        if order_id is None:
            continue
        currency = target.invoices[order_id][1]
        step = partial(map_payment, payment, bundle.refund_ids, currency, ctx)
        transaction = log.attempt("payments", key, step)
        if transaction:
            by_order.setdefault(order_id, []).append(transaction)
        elif payment.get("status") == "PENDING":
            log.notice("payments", key, "payment_pending")
    return {key: _cut(key, found, target, ledger, log) for key, found in by_order.items()}


def _cut(
    order_id: str, found: list[Transaction], target: Open, ledger: Ledger, log: MappingLog
) -> tuple[Transaction, ...]:
    held = ledger.invoices[order_id].transactions if order_id in ledger.invoices else {}
    kept, notices = clip(found, target.invoices[order_id][0], held)
    log.notices += notices
    return kept


def _open(bundle: Bundle, invoices: Sequence[Invoice], ledger: Ledger, log: MappingLog) -> Open:
    held = {key: (invoice.total, invoice.currency) for key, invoice in ledger.invoices.items()}
    fresh = {invoice.external_id: (invoice.total, invoice.currency) for invoice in invoices}
    rejected = {reject.key for reject in log.rejects if reject.stream == "orders"}
    left_out = bundle.orders.keys() - fresh.keys() - rejected
    return Open(held | fresh, frozenset(left_out), frozenset(rejected))


def _order_of(payment: Record, key: str, target: Open, log: MappingLog) -> str | None:
    """The order that a payment is for; None when there is nothing to write it to."""
    orders = [str(order_id) for order_id in payment.get("order_ids") or []]
    if len(orders) != 1:
        log.reject(
            "payments", key, "payment_not_for_one_order", f"the payment names {len(orders)} orders, not one"
        )
    elif orders[0] in target.invoices:
        return orders[0]
    elif orders[0] in target.rejected:
        log.reject("payments", key, "order_not_written", f"order {orders[0]}, which it is for, is rejected")
    elif orders[0] in target.left_out:
        log.notice("payments", key, "payment_of_unwritten_order")
    else:
        log.waiting.append(key)
    return None
