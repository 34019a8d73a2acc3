"""The shape of a bulk import: which keys each object needs, and the JSON type of each.

Source: the required fields and types of the official Go client's `json_import.go`.
"""

from collections.abc import Mapping

from tests.simulators.chartmogul import fields
from tests.simulators.chartmogul.billing import drafts, events, plans
from tests.simulators.http import Json

Checks = Mapping[str, fields.Check]
TEXTS = ("external_id", "name", "email", "company", "country", "state", "city", "zip")
DATES = ("lead_created_at", "free_trial_started_at")
SHAPES: Mapping[str, tuple[tuple[str, ...], Checks]] = {
    "customers": (("external_id",), dict.fromkeys((*TEXTS, *DATES), fields.text)),
    "plans": (
        ("name", "interval_count", "interval_unit"),
        {"external_id": fields.text, "name": fields.text, "interval_count": fields.integer,
         "interval_unit": fields.one_of(plans.UNITS)},
    ),
    "invoices": (("customer_external_id", "external_id", "date"), drafts.INVOICE_CHECKS),
    "line_items": (
        ("invoice_external_id", "type", "amount_in_cents"),
        {**drafts.LINE_CHECKS, "invoice_external_id": fields.text, "plan_external_id": fields.text},
    ),
    "transactions": (
        ("invoice_external_id", "type", "result", "date"),
        {**drafts.TRANSACTION_CHECKS, "invoice_external_id": fields.text},
    ),
    "subscription_events": (
        events.REQUIRED,
        {**events.CHECKS, "retracted_event_id": fields.text},
    ),
}  # fmt: skip
TYPES: Mapping[fields.Check, tuple[type, ...]] = {
    fields.integer: (int,),
    drafts.quantity: (int,),
    fields.loose_integer: (int, str),
    fields.boolean: (bool,),
}
VOCABULARY = ("type", "result", "event_type", "interval_unit")
# Kind of object to key to the JSON types that it may have (exact ones: true is no number), and the check of
# the words that it may be.
EXPECTED = {
    kind: {
        name: (TYPES.get(check, (str,)), check if name in VOCABULARY else None)
        for name, check in checks.items()
    }
    for kind, (_, checks) in SHAPES.items()
}


def misshapen(body: Mapping[str, Json]) -> dict[str, str]:
    """Kind of object to complaint, for kinds with an object that lacks a key or has one of another type."""
    found = {}
    for kind in SHAPES:
        complaints = (_complaint(given, kind) for given in body.get(kind) or ())
        complaint = next((each for each in complaints if each), None)
        if complaint:
            found[kind] = complaint
    return found


def _complaint(given: Mapping[str, Json], kind: str) -> str | None:
    (required, _), expected = SHAPES[kind], EXPECTED[kind]
    for name in required:
        if given.get(name) is None:
            return f"{name} is missing"
    for name, value in given.items():
        if value is None or name not in expected:
            continue
        types, check = expected[name]
        if type(value) not in types or (check is not None and check(value) is not None):
            return f"{name} is invalid"
    return None
