"""/data_sources.

Source: https://dev.chartmogul.com/reference/data-sources and recordings up to December 2025. The list is not
paged.
"""

from datetime import timedelta

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.billing.deletion import (
    delete_identities,
    delete_invoice,
    delete_plan,
    delete_source,
    newest_first,
)
from tests.simulators.chartmogul.ids import is_uuid, prefixed
from tests.simulators.chartmogul.imports import jobs
from tests.simulators.chartmogul.records import DataSource
from tests.simulators.chartmogul.world import EMPTY, World, body_of
from tests.simulators.http import Answer, Call, Json, Route

MOST_SOURCES = 100
USUAL_DAYS = 30
"""The interval that stands beside the switch while it is off; recorded with it on."""


def routes(world: World) -> list[Route]:
    """The routes of this module, the old /import paths among them."""
    both = ("/v1/data_sources", "/v1/import/data_sources")
    return [
        *(Route("POST", path, lambda call: _create(world, call)) for path in both),
        *(Route("GET", path, lambda call: _list(world, call)) for path in both),
        *(Route("GET", f"{path}/{{ds}}", lambda call: _get(world, call)) for path in both),
        *(Route("DELETE", f"{path}/{{ds}}", lambda call: _delete(world, call)) for path in both),
        Route("DELETE", "/v1/data_sources/{ds}/all", lambda call: _empty(world, call)),
        Route("DELETE", "/v1/data_sources/{ds}/dependent", lambda call: _keep_customers(world, call)),
    ]


def shape(world: World, source: DataSource, call: Call | None = None) -> dict[str, Json]:
    """A data source as the API prints it, with what `with_...` asks for."""
    asked = {name for name, value in (call.query if call else {}).items() if value == "true"}
    extra: dict[str, Json] = {}
    if "with_processing_status" in asked:
        extra["processing_status"] = world.processing_status(source)
    if "with_auto_churn_subscription_setting" in asked:
        extra["auto_churn_subscription_setting"] = _auto_churn(world)
    if "with_invoice_handling_setting" in asked:
        extra["invoice_handling_setting"] = invoice_handling(world)
    return {
        "uuid": source.uuid,
        "name": source.name,
        "system": world.switches["source_system"],
        "created_at": moments.import_side(source.created_at),
        "status": "working" if world.pending(source) else "idle",
        **extra,
    }


def _auto_churn(world: World) -> Json:
    days = world.settings.auto_churn_days
    if days is None:
        return (
            False
            if world.switches["auto_churn_off"] == "false"
            else {"enabled": False, "interval": USUAL_DAYS}
        )
    return {"enabled": True, "interval": days}


def invoice_handling(world: World) -> dict[str, Json]:
    """The setting that decides when an invoice makes MRR; manual and automatic collection alike."""
    settings = world.settings
    one = {
        "create_subscription_when_invoice_is": settings.create_subscription_when_invoice_is,
        "update_subscription_when_invoice_is": settings.update_subscription_when_invoice_is,
        "prevent_subscription_for_invoice_voided": settings.prevent_subscription_for_invoice_voided,
        "prevent_subscription_for_invoice_refunded": settings.prevent_subscription_for_invoice_refunded,
        "prevent_subscription_for_invoice_written_off": settings.prevent_subscription_for_invoice_written_off,
    }
    return {"manual": one, "automatic": dict(one)}


def _create(world: World, call: Call) -> Answer:
    name = body_of(call).get("name")
    if "name" not in body_of(call):
        raise answers.grape(400, 'Parameter "name" is missing', "name")
    if name is None or name == "":
        raise answers.rails({"name": "A name is required for each data source."})
    complaint = fields.text(name)
    if complaint:
        raise answers.rails({"name": complaint})
    if _taken(world, name):
        raise answers.rails({"name": "Has already been taken."})
    if len(world.store.sources.rows) >= MOST_SOURCES:
        raise answers.rails({"base": "The maximum number of data sources has been reached."})
    return Answer(201, _created_shape(world, _add(world, name), call))


def _add(world: World, name: str) -> DataSource:
    sequence = world.store.ids.sequence()
    source = DataSource(prefixed("ds", sequence), sequence, world.now(), name)
    world.store.sources.add(source)
    return source


def _created_shape(world: World, source: DataSource, call: Call) -> Json:
    """The old path left the system out."""
    printed = shape(world, source)
    if "/import/" in call.path:
        return {name: value for name, value in printed.items() if name != "system"} | {
            "status": "never_imported"
        }
    return printed


def _taken(world: World, name: str) -> bool:
    free_at = world.taken_names.get(name)
    return world.store.sources.first("name", name) is not None or (
        free_at is not None and world.now() < free_at
    )


def _list(world: World, call: Call) -> Answer:
    name, system = call.query.get("name"), call.query.get("system")
    rows = [
        source
        for source in reversed(world.store.sources.rows)
        if name in (None, source.name) and system in (None, world.switches["source_system"])
    ]
    return Answer(200, {"data_sources": [shape(world, source, call) for source in rows]})


def _get(world: World, call: Call) -> Answer:
    return Answer(200, shape(world, world.source(call.params["ds"]), call))


def _delete(world: World, call: Call) -> Answer:
    source = world.source(call.params["ds"])
    delete_source(world.store, source)
    delay = timedelta(seconds=world.switches.number("data_source_deletion_seconds"))
    world.taken_names[source.name] = world.now() + delay
    return EMPTY if world.switches["answers_of"] == "2025" else Answer(202, {"message": "Source deleted"})


def _empty(world: World, call: Call) -> Answer:
    source = world.source(call.params["ds"])
    jobs.later(world, world.switches.number("emptying_seconds"), lambda: _remove_all(world, source.uuid))
    return EMPTY


def _remove_all(world: World, source: str) -> None:
    store = world.store
    for customer in newest_first(store.customers.group("source", source)):
        store.emptied.add(customer.uuid)
        delete_identities(store, customer, source)
    for plan in newest_first(store.plans.group("source", source)):
        delete_plan(store, plan)
    for event in newest_first(store.events.group("source", source)):
        store.events.remove(event)


def _keep_customers(world: World, call: Call) -> Answer:
    source = world.source(call.params["ds"])
    store = world.store
    for invoice in newest_first(store.invoices.group("source", source.uuid)):
        delete_invoice(store, invoice)
    for plan in newest_first(store.plans.group("source", source.uuid)):
        delete_plan(store, plan)
    for event in newest_first(store.events.group("source", source.uuid)):
        store.events.remove(event)
    return EMPTY


def required_source(world: World, given: Json) -> DataSource | None:
    """The data source that a body names, or None when there is no such thing."""
    return world.store.sources.by_uuid.get(given) if isinstance(given, str) and is_uuid(given, "ds") else None
