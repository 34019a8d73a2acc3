"""A month of business in the scenario `small`, told as data: what happens on which day of July 2026."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.simulators import Simulators
from tests.simulators.scenarios.small import CASES
from tests.simulators.scenarios.small.catalogue import GROWTH_MONTHLY, STARTER_MONTHLY

END = "2026-08-01T15:00:00Z"
NEW_CONTACT = 2001


class Happening(NamedTuple):
    """One event of the month: when, what, to whom."""

    at: str
    says: str
    kind: str
    fields: dict[str, Any]


def of(case: str, **fields: Any) -> dict[str, Any]:
    """The fields of an event that happens to the contact of a named case."""
    return {"contact_id": CASES[case].contact_id, **fields}


MONTH = (
    Happening(
        "2026-07-02T16:00:00Z",
        "a new lead",
        "new_contact",
        {"contact_id": NEW_CONTACT, "given_name": "Ada", "family_name": "Quill", "email": "ada@example.com"},
    ),
    Happening(
        "2026-07-03T16:00:00Z",
        "the lead buys Growth, 149.00 a month",
        "new_subscription",
        {"contact_id": NEW_CONTACT, "plan_id": GROWTH_MONTHLY},
    ),
    Happening(
        "2026-07-06T16:00:00Z",
        "an upgrade from 49.00 to 149.00 a month",
        "change_plan",
        of("month_end", plan_id=GROWTH_MONTHLY),
    ),
    Happening(
        "2026-07-07T16:00:00Z",
        "a downgrade from 149.00 to 49.00 a month",
        "change_plan",
        of("tax", plan_id=STARTER_MONTHLY),
    ),
    Happening(
        "2026-07-09T16:00:00Z",
        "a subscription is cancelled on the spot",
        "cancel",
        of("invalid_email", end_date="2026-07-09", reason="Closed the business"),
    ),
    Happening(
        "2026-07-13T16:00:00Z", "an order that failed in June is paid", "pay_order", of("payment_failed")
    ),
    Happening(
        "2026-07-15T16:00:00Z", "a refund of 15.00", "refund", of("cancelled_and_resumed", amount=15_00)
    ),
    Happening(
        "2026-07-21T16:00:00Z",
        "two contacts, each with a subscription, are merged",
        "merge_contacts",
        of("company_only", into_contact_id=CASES["no_email"].contact_id),
    ),
)


def happen(servers: Simulators) -> Iterator[str]:
    """Let the month pass on both clocks, day by day; what happened, as it happens."""
    for happening in MONTH:
        servers.set_clock(happening.at)
        servers.keap.control.event(happening.kind, **happening.fields)
        yield f"{happening.at[:10]} {happening.says}"
    servers.set_clock(END)
    yield f"{END[:10]} a month of renewals has been billed"
