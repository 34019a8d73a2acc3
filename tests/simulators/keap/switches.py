"""Every fact about Keap's API that its documentation leaves open, as a switch."""

from __future__ import annotations

from tests.simulators.http import Switch, Switches
from tests.simulators.keap.crm.switches import CRM_SWITCHES
from tests.simulators.keap.v1.switches import V1_SWITCHES

SWITCHES = (
    Switch(
        "billing_amount_basis",
        ("unit", "line"),
        "unit",
        "A subscription's billing_amount is the price of one unit, or already times quantity.",
        "7.9",
    ),
    Switch(
        "billing_amount_units",
        ("major", "minor"),
        "major",
        "A subscription's billing_amount is in dollars, or in cents.",
        "6.1",
    ),
    Switch(
        "discount_lines",
        ("discount_field", "negative_price", "both"),
        "discount_field",
        "A DISCOUNT_* item shows its amount as a positive discount, as a negative price, or as both.",
        "6.3",
    ),
    Switch(
        "refund_amount_sign",
        ("negative", "positive"),
        "negative",
        "The amount of a refund's payment row is negative, or positive.",
        "6.4",
    ),
    Switch(
        "refund_type_label",
        ("Refund", "Credit Card"),
        "Refund",
        "The type label of a refund's payment row.",
        "6.4",
    ),
    Switch(
        "first_order_subscription_id",
        ("filled", "empty"),
        "filled",
        "The SUBSCRIPTION item of a subscription's first order names the subscription, or not.",
        "7.1",
    ),
    Switch(
        "refund_status_form",
        ("names", "codes"),
        "names",
        "An order's refund_status is a word such as PARTIAL, or the number that XML-RPC has for it.",
        "7.6",
    ),
    Switch(
        "deactivation_end_date",
        ("kept", "today"),
        "kept",
        "A subscription that is deactivated through the API keeps its end_date, or gets the day as one.",
        "7.3",
    ),
    Switch(
        "endless_plan_cycles",
        ("zero", "absent"),
        "zero",
        "A product's plan without end has a number_of_cycles of 0, or none.",
        "6.2",
    ),
    Switch(
        "end_date_of_cycles",
        ("shown", "hidden"),
        "shown",
        "A subscription of so many cycles has the date of its last bill as end_date, or just stops.",
        "7.3",
    ),
    Switch(
        "order_payment_amount_units",
        ("major", "minor"),
        "major",
        "The amount of an order's payment is in dollars, or in cents.",
        "5.2",
    ),
    Switch(
        "order_payments_declined",
        ("absent", "present"),
        "absent",
        "A declined charge is among the payments of an order, with pay_status FAILED or ERROR, or not.",
        "6.4",
    ),
    Switch(
        "transaction_payment_id",
        ("payment", "order_payment"),
        "payment",
        "The payment_id of a transaction is that of the payment, or of its row in the order's payments.",
        "6.4",
    ),
    Switch(
        "total_paid_after_refund",
        ("gross", "net"),
        "gross",
        "An order's total_paid stays when money goes back, or sinks by the refund.",
        "7.6",
    ),
    Switch(
        "merge_touches_orders",
        ("yes", "no"),
        "yes",
        "A contact merge moves the modification_time of the orders and subscriptions it moves, or not.",
        "6.6",
    ),
    Switch(
        "unset_fields",
        ("absent", "null"),
        "absent",
        "An attribute without a value is left out, or null.",
        "5.2",
    ),
    Switch(
        "datetime_form",
        ("z", "offset"),
        "z",
        "Times are 2024-05-21T14:30:00Z, or 2024-05-21T14:30:00.000+0000.",
        "5.2",
    ),
    Switch(
        "payments_since_basis",
        ("payment_time", "update_time"),
        "payment_time",
        "The time that since_time and until_time of payments look at.",
        "14",
    ),
    Switch(
        "time_bounds",
        ("inclusive", "exclusive"),
        "inclusive",
        "Rows exactly at the bound of a time filter are in, or out.",
        "5.2",
    ),
    Switch(
        "tie_order",
        ("id_ascending", "id_descending"),
        "id_ascending",
        "How rows with the same value of the order field follow each other.",
        "5.2",
    ),
    Switch(
        "paging",
        ("live", "snapshot"),
        "live",
        "Page tokens in another order than id count rows as they are now, or as they were at the first page.",
        "13",
    ),
    Switch("default_page_size", (), 1000, "The page size when the request names none.", "5.2"),
    Switch(
        "next_page_token_form",
        ("bare", "url"),
        "bare",
        "next_page_token is a token, or the whole address of the next page.",
        "5.2",
    ),
    Switch(
        "end_of_list",
        ("empty", "absent"),
        "empty",
        "At the end next_page_token is an empty string, or absent.",
        "5.2",
    ),
    Switch(
        "v2_lists",
        ("available", "missing", "missing_404"),
        "available",
        "The young lists of orders and payments exist, or answer 501 (or 404) as on an account without them.",
        "1",
    ),
    Switch(
        "rate_limits", ("on", "off"), "on", "Calls over 10/s, 240/min or 30,000/day get 429, or not.", "4.1"
    ),
    Switch(
        "spike_arrest_status",
        (429, 503),
        429,
        "The status of the spike arrest fault (more than 10 calls a second).",
        "4.3",
    ),
    Switch("retry_after", ("absent", "present"), "absent", "A 429 carries Retry-After, or not.", "4.3"),
    Switch(
        "tenant_throttle_headers",
        ("single", "piped"),
        "single",
        "The tenant's throttle headers hold one window, or a minute and a day with a pipe between.",
        "4.2",
    ),
    Switch("token_seconds", (), 86400, "How long an OAuth access token lives.", "2.1"),
    Switch("refresh_token_days", (), 45, "How many days an unused OAuth refresh token lives.", "2.1"),
    *CRM_SWITCHES,
    *V1_SWITCHES,
)


def new_switches() -> Switches:
    """All switches at their defaults."""
    return Switches(SWITCHES)
