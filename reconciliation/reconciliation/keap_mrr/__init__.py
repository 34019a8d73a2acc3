"""Keap's own MRR, from Keap's subscriptions and orders alone.

At the end of day D the MRR of a subscription is what its latest order with a begun service period charges for
it, after all discounts and without tax, divided by the subscription's real interval; zero before the first
period, in a pause, and from the churn date on.
"""

from reconciliation.keap_mrr.balances import balances
from reconciliation.keap_mrr.contracted import Contracted, contracted, contracted_mrr
from reconciliation.keap_mrr.figure import figure
from reconciliation.keap_mrr.lines import Lines, read_lines, subscription_lines
from reconciliation.keap_mrr.periods import periods

__all__ = [
    "Contracted",
    "Lines",
    "balances",
    "contracted",
    "contracted_mrr",
    "figure",
    "periods",
    "read_lines",
    "subscription_lines",
]
