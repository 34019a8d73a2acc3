"""When an invoice begins to count.

Source: https://help.chartmogul.com/article/243-invoice-handling: subscribers are created, or updated, when an
invoice is issued (open), partially paid or paid; voided, written-off and refunded invoices can be left out.
Refunds and failed payments change nothing otherwise
(https://dev.chartmogul.com/docs/adding-refunds-using-the-import-api).
"""

from datetime import UTC, datetime

from tests.simulators.chartmogul.metrics.inputs import Invoice, Transaction
from tests.simulators.chartmogul.settings import Settings

ALWAYS = datetime.min.replace(tzinfo=UTC)


def prevented(invoice: Invoice, settings: Settings) -> bool:
    """Is the invoice left out altogether?"""
    if invoice.set_status == "voided":
        return settings.prevent_subscription_for_invoice_voided
    if invoice.set_status == "written_off":
        return settings.prevent_subscription_for_invoice_written_off
    return settings.prevent_subscription_for_invoice_refunded and fully_refunded(invoice)


def fully_refunded(invoice: Invoice) -> bool:
    """Do the successful refunds reach the invoice's total?"""
    refunds = [_amount(invoice, each) for each in _successful(invoice, "refund")]
    return bool(refunds) and sum(refunds) >= invoice.total


def counts_from(invoice: Invoice, wanted: str) -> datetime | None:
    """The moment from which the invoice is in the wanted state; None when it is not (yet)."""
    if wanted == "open" or invoice.total <= 0:
        return ALWAYS
    paid = 0
    for payment in _successful(invoice, "payment"):
        paid += _amount(invoice, payment)
        if paid >= invoice.total or (wanted == "partially_paid" and paid > 0):
            return payment.at
    return None


def _successful(invoice: Invoice, kind: str) -> list[Transaction]:
    every = [each for each in invoice.transactions if each.kind == kind and each.successful]
    return sorted(every, key=lambda each: each.at)


def _amount(invoice: Invoice, transaction: Transaction) -> int:
    return invoice.total if transaction.amount is None else transaction.amount
