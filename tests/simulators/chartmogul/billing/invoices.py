"""Invoices: import, list, read, change, delete, status.

Source: https://dev.chartmogul.com/reference/invoices and recordings.
"""

from collections.abc import Callable, Sequence

from tests.simulators.chartmogul import answers, fields, moments, paging
from tests.simulators.chartmogul.billing import billing, disabling, drafts
from tests.simulators.chartmogul.billing.billing_shape import invoice_shape, read_invoice_shape
from tests.simulators.chartmogul.billing.deletion import delete_invoice
from tests.simulators.chartmogul.billing.drafts import InvoiceDraft
from tests.simulators.chartmogul.records import Customer, Invoice
from tests.simulators.chartmogul.world import EMPTY, World, body_of, checked_uuid
from tests.simulators.http import Answer, Call, Json, Refusal, Route

IMPORT = "/v1/import/customers/{cus}/invoices"
CHANGEABLE = ("date", "due_date", "currency", "collection_method")


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    status = "/v1/data_sources/{ds}/invoices/{invoice_external_id}/status"
    of_customer = "/v1/data_sources/{ds}/customers/{cus}/invoices"
    return [
        Route("POST", IMPORT, lambda call: _import(world, call)),
        Route("GET", IMPORT, lambda call: _list_of_customer(world, call)),
        Route("GET", "/v1/invoices", lambda call: _list(world, call)),
        Route("PATCH", "/v1/invoices", lambda call: _patch(world, call, by_external_id(world, call))),
        Route("DELETE", "/v1/invoices", lambda call: _delete(world, by_external_id(world, call))),
        Route("GET", "/v1/invoices/{inv}", lambda call: _get(world, call)),
        Route("PATCH", "/v1/invoices/{inv}", lambda call: _patch(world, call, by_uuid(world, call))),
        Route("DELETE", "/v1/invoices/{inv}", lambda call: _delete(world, by_uuid(world, call))),
        Route(
            "PATCH",
            "/v1/invoices/disabled_state",
            lambda call: _disable(world, call, by_external_id(world, call)),
        ),
        Route(
            "PATCH",
            "/v1/invoices/{inv}/disabled_state",
            lambda call: _disable(world, call, by_uuid(world, call)),
        ),
        Route("PUT", status, lambda call: _put_status(world, call)),
        Route("DELETE", of_customer, lambda call: _delete_of_customer(world, call)),
    ]


def by_uuid(world: World, call: Call) -> Invoice:
    """The invoice of the path; 422 for what is no uuid, 404 for an unknown one."""
    found = world.store.invoices.by_uuid.get(checked_uuid(call.params["inv"], "inv"))
    if found is None:
        raise answers.unknown("Invoice")
    return found


def by_external_id(world: World, call: Call) -> Invoice:
    """The invoice of the query; both parts of its name are needed."""
    source, external_id = external_reference(call)
    found = world.store.invoice(source, external_id)
    if found is None:
        raise answers.unknown("Invoice")
    return found


def external_reference(call: Call) -> tuple[str, str]:
    """`?data_source_uuid=&external_id=`."""
    source, external_id = call.query.get("data_source_uuid"), call.query.get("external_id")
    missing = {
        name: "can't be blank"
        for name, value in (("data_source_uuid", source), ("external_id", external_id))
        if not value
    }
    if missing:
        raise answers.rails(missing)
    return str(source), str(external_id)


def _import(world: World, call: Call) -> Answer:
    customer = world.import_customer(call.params["cus"])
    given = body_of(call).get("invoices")
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise answers.rails({"invoices": "An array of invoices is required."})
    most = world.switches.number("invoices_per_call")
    if most and len(given) > most:
        raise answers.rails({"invoices": f"No more than {most} invoices can be imported at once."})
    seen: set[tuple[str, str]] = set()
    read = [_read(world, customer, each, seen) for each in given]
    refused = [_refused(world, draft) for draft, _ in read]
    if any(refused) and world.switches["invoice_import"] == "atomic":
        return Answer(422, {"invoices": [_echo(world, *each) for each in zip(given, refused, strict=True)]})
    kept = [
        _echo(world, sent, errors) if errors
        else invoice_shape(world, billing.keep_invoice(world, customer, identity, draft))
        for sent, errors, (draft, identity) in zip(given, refused, read, strict=True)
    ]  # fmt: skip
    return Answer(422 if any(refused) else 201, {"invoices": kept})


def _read(
    world: World, customer: Customer, given: dict[str, Json], seen: set[tuple[str, str]]
) -> tuple[InvoiceDraft, tuple[str, str]]:
    draft = drafts.invoice(given, world.now())
    if not draft.line_items and "line_items" not in draft.refused:
        draft.refused["line_items"] = drafts.BLANK
    identity = _identity(world, customer, given, draft)
    lines = given.get("line_items")
    for line, said in zip(draft.line_items, lines if isinstance(lines, list) else (), strict=True):
        billing.find_plan(world, identity[0], line, said, "plan_uuid")
    billing.refuse_duplicates(world, identity[0], draft, seen)
    billing.refuse_overlaps(world, identity[0], customer, draft)
    billing.judge_own_excess(world, draft)
    return draft, identity


def _identity(
    world: World, customer: Customer, given: dict[str, Json], draft: InvoiceDraft
) -> tuple[str, str]:
    """Which of a merged customer's source records the invoice belongs to."""
    source, external_id = given.get("data_source_uuid"), given.get("customer_external_id")
    fitting = [
        each for each in customer.identities
        if source in (None, "", each[0]) and external_id in (None, "", each[1])
    ]  # fmt: skip
    if not fitting:
        draft.refused["customer_external_id"] = "is invalid"
        return customer.identities[0]
    unclear = len(fitting) > 1 and not external_id
    if unclear and world.switches["merged_invoice_without_identity"] == "reject":
        draft.refused["customer_external_id"] = drafts.BLANK
    return fitting[0]


def _refused(world: World, draft: InvoiceDraft) -> dict[str, str]:
    refused = draft.all_refused()
    if world.switches["bad_values"] == "refuse":
        refused = {**draft.all_invalid(), **refused}
    return refused


def _echo(world: World, sent: dict[str, Json], errors: dict[str, str]) -> dict[str, Json]:
    if world.switches["invoice_duplicate_echo"] == "short":
        return {"external_id": sent.get("external_id"), "errors": errors}
    return {**sent, "errors": errors}


def _fitting(call: Call) -> Callable[[Invoice], bool]:
    """`validation_type`: valid by default, so that invalid invoices are invisible, as disabled ones are."""
    wanted = call.query.get("validation_type") or "valid"
    if wanted not in ("valid", "invalid", "all"):
        raise answers.rails({"validation_type": "is not included in the list"})
    disabled_too = call.query.get("with_disabled") == "true"

    def fits(invoice: Invoice) -> bool:
        if invoice.disabled is not None and not disabled_too:
            return False
        return wanted == "all" or invoice.valid == (wanted == "valid")

    return fits


def _page(world: World, call: Call, rows: Sequence[Invoice]) -> dict[str, Json]:
    page = paging.newest_first(call, rows, lambda each: moments.cursor_time(each.created_at), _fitting(call))
    shapes = [read_invoice_shape(world, each) for each in page.rows]
    return paging.with_old_fields(call, page.envelope("invoices", shapes))


def _list(world: World, call: Call) -> Answer:
    query, invoices = call.query, world.store.invoices
    source, external_id = query.get("data_source_uuid"), query.get("external_id")
    customer = query.get("customer_uuid")
    if external_id is not None:
        rows: Sequence[Invoice] = world.store.invoices_called(external_id)
    elif customer is not None:
        rows = invoices.group("customer", customer)
    else:
        rows = invoices.rows if source is None else invoices.group("source", source)
    if external_id is not None or customer is not None:
        rows = [each for each in rows if source in (None, each.source)]
        rows = [each for each in rows if customer in (None, each.customer.uuid)]
    return Answer(200, _page(world, call, rows))


def _list_of_customer(world: World, call: Call) -> Answer:
    """Recorded in 2020: a customer who went when the source was emptied still has a list, which is empty."""
    uuid = call.params["cus"]
    if uuid not in world.store.emptied:
        world.import_customer(uuid)
    rows = world.store.invoices.group("customer", uuid)
    return Answer(200, {"customer_uuid": uuid, **_page(world, call, rows)})


def _get(world: World, call: Call) -> Answer:
    invoice = by_uuid(world, call)
    if "validation_type" in call.query and not _fitting(call)(invoice):
        raise answers.unknown("Invoice")
    return Answer(200, read_invoice_shape(world, invoice))


def _patch(world: World, call: Call, invoice: Invoice) -> Answer:
    """Unknown keys and `status` are ignored."""
    given = {name: value for name, value in body_of(call).items() if name in CHANGEABLE}
    draft = InvoiceDraft(values={name: getattr(invoice, name) for name in CHANGEABLE})
    drafts.read(given, drafts.INVOICE_READERS, draft)
    drafts.need(draft, ("date", "currency"))
    drafts.judge_invoice(draft, world.now())
    if draft.refused or draft.invalid:
        raise answers.rails({**draft.all_invalid(), **draft.refused})
    for name in CHANGEABLE:
        setattr(invoice, name, draft.values[name])
    invoice.errors = {}
    world.store.touched(invoice.customer)
    return Answer(200, read_invoice_shape(world, invoice))


def _delete(world: World, invoice: Invoice) -> Answer:
    delete_invoice(world.store, invoice)
    return EMPTY


def _disable(world: World, call: Call, invoice: Invoice) -> Answer:
    disabling.put(world, body_of(call), invoice, "invoice")
    world.store.touched(invoice.customer)
    return Answer(200, read_invoice_shape(world, invoice))


def _put_status(world: World, call: Call) -> Answer:
    source = world.source(call.params["ds"])
    invoice = world.store.invoice(source.uuid, call.params["invoice_external_id"])
    if invoice is None:
        raise answers.unknown("Invoice")
    wanted = body_of(call).get("status")
    if fields.one_of(("voided", "written_off"))(wanted):
        raise Refusal(Answer(422, {"message": "Status transition is not allowed"}))
    invoice.set_status = wanted
    world.store.touched(invoice.customer)
    told = world.switches["invoice_status_answer"] == "with_invoice"
    extra = {"invoice": read_invoice_shape(world, invoice)} if told else {}
    return Answer(200, {"message": "Invoice updated", **extra})


def _delete_of_customer(world: World, call: Call) -> Answer:
    source, customer = world.source(call.params["ds"]), world.customer(call.params["cus"])
    for invoice in list(world.store.invoices.group("customer", customer.uuid)):
        if invoice.source == source.uuid:
            delete_invoice(world.store, invoice)
    return EMPTY
