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


SEATED = {
    "held": (),
    "not_for_opportunities": ("/v1/opportunities",),
    "missing": ("/v1/opportunities", "/v1/tasks", "/v1/customer_notes", "/v1/notes"),
}
USER_FIELDS = ("owner", "assignee", "author_email")
RECORDED_PIPELINE = {"pipeline": "New Business", "pipeline_stage": "Discovery"}


def without_seat(switches: Switches, call: Call) -> Answer | None:
    """403 for the CRM of a key whose user has no seat in it; reads too."""
    if not call.template.startswith(SEATED[switches.text("crm_seat")] or "-"):
        return None
    return answers.grape(403, "This API key does not have access to CRM", None).answer


def unknown_to_the_account(switches: Switches, call: Call) -> Answer | None:
    """422 for a user, pipeline or stage that the account does not have. The wording is not recorded."""
    said = call.body if call.method in ("POST", "PATCH") and isinstance(call.body, dict) else {}
    if switches["account_users"] == "recorded":
        for name in USER_FIELDS:
            if said.get(name) not in (None, customer_notes.OWNER_OF_THE_KEY):
                return answers.grape(422, f"{name} is not a user of this account", name).answer
    if switches["pipelines"] == "recorded":
        for name, known in RECORDED_PIPELINE.items():
            if said.get(name) not in (None, known):
                return answers.grape(422, f"{name} does not exist", name).answer
    return None


def refused(switches: Switches, call: Call) -> Answer | None:
    """The refusal of what the key, the account or the switch for unknown keys does not allow."""
    seat = without_seat(switches, call)
    if seat is not None or call.method == "GET":
        return seat
    if switches["api_key_access"] == "read_only":
        status = switches.number("read_only_status")
        return answers.grape(status, "This API key does not have write access", None).answer
    unknown_name = unknown_to_the_account(switches, call)
    if unknown_name is not None:
        return unknown_name
    known = PATCHABLE.get(call.template)
    if call.method != "PATCH" or known is None or switches["patch_unknown_keys"] == "ignore":
        return None
    unknown = sorted(set(call.body) - known) if isinstance(call.body, dict) else []
    return answers.rails(dict.fromkeys(unknown, "is unknown")).answer if unknown else None
