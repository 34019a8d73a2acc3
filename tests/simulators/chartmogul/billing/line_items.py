"""Line items as objects of their own.

Source: https://dev.chartmogul.com/reference/line-items; no recordings, shapes as inside invoices.
"""

from tests.simulators.chartmogul import answers
from tests.simulators.chartmogul.billing import billing, disabling, drafts
from tests.simulators.chartmogul.billing.billing_shape import read_line_shape
from tests.simulators.chartmogul.billing.deletion import delete_line_item
from tests.simulators.chartmogul.billing.drafts import Draft, InvoiceDraft
from tests.simulators.chartmogul.billing.invoices import by_uuid as invoice_by_uuid
from tests.simulators.chartmogul.billing.invoices import external_reference
from tests.simulators.chartmogul.records import LineItem
from tests.simulators.chartmogul.world import EMPTY, World, body_of, checked_uuid
from tests.simulators.http import Answer, Call, Json, Route


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", "/v1/import/invoices/{inv}/line_items", lambda call: _create(world, call)),
        Route("POST", "/v1/invoices/{inv}/line_items", lambda call: _create(world, call)),
        *(Route("GET", path, lambda call: _get(world, call)) for path in _PATHS),
        *(Route("PATCH", path, lambda call: _patch(world, call)) for path in _PATHS),
        *(Route("DELETE", path, lambda call: _delete(world, call)) for path in _PATHS),
        *(Route("PATCH", f"{path}/disabled_state", lambda call: _disable(world, call)) for path in _PATHS),
    ]


_PATHS = ("/v1/line_items/{uuid}", "/v1/line_items")


def _line(world: World, call: Call) -> LineItem:
    """By the uuid of the path, or by `?data_source_uuid=&external_id=`."""
    lines = world.store.line_items
    if "uuid" in call.params:
        found = lines.by_uuid.get(checked_uuid(call.params["uuid"], "li"))
    else:
        found = lines.first("external_id", external_reference(call))
    if found is None:
        raise answers.unknown("Line item")
    return found


def _create(world: World, call: Call) -> Answer:
    invoice, given = invoice_by_uuid(world, call), body_of(call)
    draft = drafts.line_item(given, world.now())
    billing.find_plan(world, invoice.source, draft, given, "plan_uuid")
    billing.refuse_duplicates(world, invoice.source, InvoiceDraft(line_items=[draft]), set())
    _refuse(world, draft)
    line = billing.keep_line_item(world, invoice, draft)
    return Answer(world.switches.number("line_item_status"), read_line_shape(world, line))


def _refuse(world: World, draft: Draft) -> None:
    invalid = {name: each[0] for name, each in draft.invalid.items()}
    if draft.refused or (invalid and world.switches["bad_values"] == "refuse"):
        raise answers.rails({**invalid, **draft.refused})


def _get(world: World, call: Call) -> Answer:
    return Answer(200, read_line_shape(world, _line(world, call)))


def _said(line: LineItem) -> dict[str, Json]:
    own = {name: getattr(line, name) for name in drafts.LINE_CHECKS if hasattr(line, name)}
    subscription = line.subscription
    return {**own, "subscription_external_id": subscription and subscription.external_id,
            "subscription_set_external_id": subscription and subscription.set_external_id,
            "plan": line.plan}  # fmt: skip


def _patch(world: World, call: Call) -> Answer:
    line, given = _line(world, call), body_of(call)
    draft = Draft(values=_said(line))
    drafts.read({name: given[name] for name in given if name != "external_id"}, drafts.LINE_READERS, draft)
    drafts.need(draft, ("type", *drafts.REQUIRED.get(draft.values.get("type", ""), ())))
    drafts.judge_line(draft, world.now())
    if "plan_uuid" in given or line.plan is None:
        billing.find_plan(world, line.invoice.source, draft, given, "plan_uuid")
    _refuse(world, draft)
    billing.change_line(world, line, draft)
    return Answer(200, read_line_shape(world, line))


def _delete(world: World, call: Call) -> Answer:
    delete_line_item(world.store, _line(world, call))
    return EMPTY


def _disable(world: World, call: Call) -> Answer:
    line = _line(world, call)
    disabling.put(world, body_of(call), line, "line item")
    world.store.touched(line.invoice.customer)
    return Answer(200, read_line_shape(world, line))
