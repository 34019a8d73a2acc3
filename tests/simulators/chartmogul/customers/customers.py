"""/customers and the old /import/customers.

Source: https://dev.chartmogul.com/reference/customers and recordings up to March 2025.
"""

from collections.abc import Mapping, Sequence

from tests.simulators.chartmogul import answers, fields, moments, paging
from tests.simulators.chartmogul.billing.deletion import delete_customer
from tests.simulators.chartmogul.customers import customer_fields, merges, primary_contact
from tests.simulators.chartmogul.customers.customer_shape import old_shape, shape
from tests.simulators.chartmogul.data_sources import required_source
from tests.simulators.chartmogul.ids import prefixed
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import EMPTY, World, body_of
from tests.simulators.http import Answer, Call, Json, Route

OLD = "/v1/import/customers"


def routes(world: World) -> list[Route]:
    """The routes of this module."""
    return [
        Route("POST", "/v1/customers", lambda call: _create(world, call)),
        Route("POST", OLD, lambda call: _create(world, call)),
        Route("GET", "/v1/customers", lambda call: _list(world, call)),
        Route("GET", OLD, lambda call: _old_list(world, call)),
        Route("GET", "/v1/customers/search", lambda call: _search(world, call)),
        Route("GET", "/v1/customers/{cus}", lambda call: _get(world, call)),
        Route("PATCH", "/v1/customers/{cus}", lambda call: _patch(world, call)),
        Route("DELETE", "/v1/customers/{cus}", lambda call: _delete(world, call)),
        Route("DELETE", f"{OLD}/{{cus}}", lambda call: _delete(world, call)),
    ]


def _create(world: World, call: Call) -> Answer:
    given = body_of(call)
    source = required_source(world, given.get("data_source_uuid"))
    missing = _missing(world, given, is_old=call.path.startswith(OLD))
    if source is None:
        missing["data_source_uuid"] = customer_fields.SOURCE_NEEDED
    if missing or source is None:
        raise answers.rails(missing)
    problems = complaints(world, given)
    if problems:
        raise customer_fields.refusal(problems)
    external_id = given["external_id"]
    if world.store.customer(source.uuid, external_id) or world.is_retired(
        "customer", source.uuid, external_id
    ):
        raise _duplicate(world)
    customer = add(world, source.uuid, given)
    return Answer(201, old_shape(customer) if call.path.startswith(OLD) else shape(world, customer))


def _missing(world: World, given: Mapping[str, Json], *, is_old: bool) -> dict[str, str]:
    missing = {}
    if given.get("external_id") in (None, ""):
        missing["external_id"] = customer_fields.ID_NEEDED
    if (is_old or world.switches["customer_name"] == "required") and not given.get("name"):
        missing["name"] = customer_fields.NAME_NEEDED
    return missing


def complaints(world: World, given: Mapping[str, Json]) -> dict[str, str]:
    """Field to complaint of a customer to be made."""
    checks = {"external_id": fields.text, **customer_fields.checks(world.now(), new=True)}
    return fields.problems(given, checks) or customer_fields.out_of_order(world, given)


def _duplicate(world: World) -> Exception:
    if world.switches["customer_duplicate_body"] == "grape":
        return answers.grape(422, customer_fields.EXISTS, "external_id")
    return answers.rails({"external_id": customer_fields.EXISTS})


def add(world: World, source: str, given: Mapping[str, Json]) -> Customer:
    """Keep a customer whose fields are fit."""
    ids = world.store.ids
    sequence = ids.sequence()
    customer = Customer(
        prefixed("cus", sequence), sequence, world.now(), ids.number(), [(source, given["external_id"])]
    )
    customer.email = given.get("email")
    customer_fields.apply(world, customer, given)
    world.store.customers.add(customer)
    world.store.touched(customer)
    primary_contact.add(world, customer, given)
    merges.merge_automatically(world, customer)
    return customer


def change(world: World, customer: Customer, given: Mapping[str, Json]) -> None:
    """Put the fields that were sent; they are fit."""
    if "email" in given:
        world.store.customers.change(customer, customer_fields.email_setter(customer, given))
    customer_fields.apply(world, customer, given)
    world.store.touched(customer)
    primary_contact.put(world, customer, given)


def _candidates(world: World, query: Mapping[str, str]) -> Sequence[Customer]:
    """Those that fit the filters by data source and external id."""
    found, source = _with_identity(world, query), query.get("data_source_uuid")
    if world.switches["merged_filter"] == "any":
        return found
    external_id = query.get("external_id")
    return [
        each
        for each in found
        if source in (None, each.identities[0][0]) and external_id in (None, each.identities[0][1])
    ]


def _with_identity(world: World, query: Mapping[str, str]) -> Sequence[Customer]:
    customers, source, external_id = (
        world.store.customers,
        query.get("data_source_uuid"),
        query.get("external_id"),
    )
    if source is not None and external_id is not None:
        return customers.group("external_id", (source, external_id))
    if external_id is not None:
        return customers.group("any_external_id", external_id)
    return customers.rows if source is None else customers.group("source", source)


def _label(world: World, customer: Customer) -> str:
    since = world.analytics.standing(customer).since
    return moments.cursor_time(since) if since else ""


def _page(world: World, call: Call, rows: Sequence[Customer]) -> dict[str, Json]:
    status = (call.query.get("status") or "").replace("_", " ")
    if call.query.get("system") not in (None, world.switches["source_system"]):
        rows = ()
    page = paging.oldest_first(
        call, rows, lambda each: _label(world, each),
        lambda each: not status or (world.analytics.standing(each).status or each.lead_status) == status,
    )  # fmt: skip
    return page.envelope("entries", [shape(world, each) for each in page.rows])


def _list(world: World, call: Call) -> Answer:
    envelope = _page(world, call, _candidates(world, call.query))
    return Answer(200, paging.with_entry_fields(call, envelope))


def _old_list(world: World, call: Call) -> Answer:
    page = paging.oldest_first(call, _candidates(world, call.query), lambda each: _label(world, each))
    shapes = [old_shape(each) for each in page.rows]
    return Answer(200, {"customers": shapes, "current_page": 1, "total_pages": 2 if page.has_more else 1})


def _search(world: World, call: Call) -> Answer:
    email = call.query.get("email")
    if not email:
        raise answers.grape(400, 'Parameter "email" is missing', "email")
    rows: Sequence[Customer] = world.store.customers.group("email", email)
    if call.query.get("with_associated_emails") == "true":
        rows = _with_people(world, rows, email)
    if not rows:
        raise answers.grape(404, f'Can\'t find any customers with email: "{email}"', "email")
    return Answer(200, paging.with_entry_fields(call, _page(world, call, rows)))


def _with_people(world: World, rows: Sequence[Customer], email: str) -> Sequence[Customer]:
    """The customers, and those who have a contact with the address."""
    more = [each.customer for each in world.store.contacts.rows if each.email == email]
    return sorted({*rows, *more}, key=lambda each: each.sequence)


def _get(world: World, call: Call) -> Answer:
    return Answer(200, shape(world, world.customer(call.params["cus"])))


def _patch(world: World, call: Call) -> Answer:
    customer, given = world.customer(call.params["cus"]), body_of(call)
    problems = fields.problems(given, customer_fields.checks(world.now(), new=False))
    problems = problems or customer_fields.out_of_order(world, given, customer)
    if problems:
        raise customer_fields.refusal(problems)
    if given.get("status") and world.analytics.standing(customer).status:
        raise answers.grape(422, "status can be changed for leads only", "status")
    change(world, customer, given)
    return Answer(200, shape(world, customer))


def _delete(world: World, call: Call) -> Answer:
    delete_customer(world.store, world.customer(call.params["cus"]))
    return EMPTY
