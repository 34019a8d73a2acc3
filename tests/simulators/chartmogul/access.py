"""What the key may do, and which keys of a body PATCH knows.

Source: https://help.chartmogul.com/hc/en-us/articles/4407796325906 (keys are read-only or read and write);
chartmogul/chartmogul-python#134 (a key that PATCH does not know changes nothing and is answered with 200).
"""

from collections.abc import Mapping

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.billing import drafts, plans
from tests.simulators.chartmogul.crm import contacts, customer_notes, opportunities, tasks
from tests.simulators.chartmogul.customers import customer_fields
from tests.simulators.http import Answer, Call, Switches

INVOICE = frozenset(("date", "due_date", "currency", "collection_method"))
LINE = frozenset((*drafts.LINE_CHECKS, "plan_uuid"))
TRANSACTION = frozenset(drafts.TRANSACTION_CHECKS)
PATCHABLE: Mapping[str, frozenset[str]] = {
    "/v1/customers/{cus}": frozenset(customer_fields.PATCHABLE),
    "/v1/plans/{pl}": frozenset((*plans.CHANGEABLE, "external_id", "data_source_uuid")),
    "/v1/contacts/{con}": frozenset(contacts.CHECKS),
    "/v1/customer_notes/{note}": frozenset(customer_notes.CHECKS),
    "/v1/notes/{note}": frozenset(customer_notes.CHECKS),
    "/v1/opportunities/{uuid}": frozenset(opportunities.CHECKS),
    "/v1/tasks/{uuid}": frozenset(tasks.CHECKS),
    "/v1/invoices": INVOICE,
    "/v1/invoices/{inv}": INVOICE,
    "/v1/line_items": LINE,
    "/v1/line_items/{uuid}": LINE,
    "/v1/transactions": TRANSACTION,
    "/v1/transactions/{uuid}": TRANSACTION,
}


def refused(switches: Switches, call: Call) -> Answer | None:
    """The refusal of a write that the key or the switch for unknown keys does not allow."""
    if call.method == "GET":
        return None
    if switches["api_key_access"] == "read_only":
        status = switches.number("read_only_status")
        return answers.grape(status, "This API key does not have write access", None).answer
    known = PATCHABLE.get(call.template)
    if call.method != "PATCH" or known is None or switches["patch_unknown_keys"] == "ignore":
        return None
    unknown = sorted(set(call.body) - known) if isinstance(call.body, dict) else []
    return answers.rails(dict.fromkeys(unknown, "is unknown")).answer if unknown else None
