"""Settings of a ChartMogul account and data source that change what metrics say, a sentence for each value.

Names and values: https://dev.chartmogul.com/reference/retrieve-account and the data source's settings as the
API shows them (https://help.chartmogul.com/article/243-invoice-handling). All are changed in the app only. A
value that is not in these tables is reported as it is, as something to look up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

INFO, WARN = "INFO", "WARN"
Finding = tuple[str, str]
ACCOUNT: Mapping[str, Mapping[Any, Finding]] = {
    "churn_recognition": {
        "churn_at_time_of_cancelation": (
            INFO,
            "Churn recognition is at the time of cancellation: churn counts from the dates that are sent.",
        ),
        "churn_at_period_end": (
            WARN,
            "The account records churn at the end of the last service period, whatever date is sent. Set "
            "churn recognition to the time of cancellation to see the configured dates.",
        ),
        "churn_at_click": (
            INFO,
            "Churn recognition is at the click: churn counts from the event's own date, which is the same as "
            "the date of its effect here.",
        ),
    },
    "churn_when_zero_mrr": {
        False: (INFO, "A subscription that goes to 0 counts as contraction; its customer stays active."),
        True: (WARN, "A subscription that goes to 0 counts as churn in this account, not as contraction."),
    },
    "auto_churn_subscription": {
        False: (INFO, "The account does not end subscriptions by itself."),
        True: (
            WARN,
            "The account ends subscriptions by itself when no invoice follows: churn then shows on days that "
            "nobody sent.",
        ),
    },
    "refund_handling": {
        "refund_ignore": (INFO, "Refunds do not change MRR."),
        "refund_full_only": (
            WARN,
            "Refund handling is refund_full_only: an invoice that is refunded in full loses its MRR in this "
            "account.",
        ),
    },
}
RECLASSIFICATION = "proximate_movement_reclassification"
STATES = {"open": "issued", "partially_paid": "paid in part", "paid": "paid in full"}
LEFT_OUT = {
    "voided": (True, "Voided invoices"),
    "written_off": (True, "Invoices that were written off"),
    "refunded": (False, "Refunded invoices"),
}


def of_account(account: Mapping[str, Any]) -> Iterator[Finding]:
    """Of `/account` with its settings included; what an account does not show is passed over."""
    for name, values in ACCOUNT.items():
        if account.get(name) is not None:
            unknown = (WARN, f"{name} is {account[name]}, which this version does not know; look it up.")
            yield values.get(account[name], unknown)
    window = account.get(RECLASSIFICATION)
    if window == "reclassification_off":
        yield INFO, "Movements are shown as they happened, however close together."
    elif window:
        within = str(window).removesuffix("_reclassification").replace("_", " ")
        yield (
            INFO,
            f"Movements of a customer within {within} are shown as one: churn that a new subscription "
            "follows so closely is a change.",
        )


def of_source(source: Mapping[str, Any]) -> Iterator[Finding]:
    """Of a data source with its settings and processing status included."""
    churn = source.get("auto_churn_subscription_setting")
    if isinstance(churn, Mapping) and churn.get("enabled"):
        yield (
            WARN,
            f"The data source ends subscriptions {churn.get('interval')} days after a bill is missed.",
        )
    elif churn is not None:
        yield INFO, "The data source does not end subscriptions when a bill is missed."
    handling = source.get("invoice_handling_setting")
    if isinstance(handling, Mapping):
        yield from _invoice_handling(handling.get("manual") or {})
    yield from _processing(source.get("processing_status") or {})


def _invoice_handling(manual: Mapping[str, Any]) -> Iterator[Finding]:
    """API sources have `manual` collection; only new invoices follow a change of these."""
    creates = str(manual.get("create_subscription_when_invoice_is") or "open")
    if creates == "open":
        yield INFO, "A first invoice makes MRR when it is issued, paid or not."
    else:
        yield (
            WARN,
            f"A first invoice makes MRR only when it is {STATES.get(creates, creates)}: unpaid first orders "
            "stay leads.",
        )
    updates = str(manual.get("update_subscription_when_invoice_is") or "open")
    if updates == "open":
        yield INFO, "A renewal changes MRR when its invoice is issued, paid or not."
    else:
        yield (
            WARN,
            f"A renewal changes MRR only when its invoice is {STATES.get(updates, updates)}: unpaid renewals "
            "keep the old MRR.",
        )
    for what, (usual, name) in LEFT_OUT.items():
        left_out = manual.get(f"prevent_subscription_for_invoice_{what}", usual)
        text = f"{name} are left out of MRR." if left_out else f"{name} count in MRR."
        yield (INFO if left_out == usual else WARN), text


def _processing(status: Mapping[str, Any]) -> Iterator[Finding]:
    if status.get("pending"):
        yield INFO, f"ChartMogul is still processing {status['pending']} objects; metrics are not final."
    if status.get("failed"):
        yield (
            WARN,
            f"ChartMogul could not process {status['failed']} objects of the data source; the app's list of "
            "import errors names them.",
        )
