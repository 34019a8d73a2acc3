"""What may be said of a customer.

Source: https://dev.chartmogul.com/reference/customers/add and /update; recorded messages.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from tests.simulators.chartmogul import answers, fields, moments
from tests.simulators.chartmogul.customers import custom_attributes
from tests.simulators.chartmogul.records import Customer
from tests.simulators.chartmogul.world import World
from tests.simulators.http import Json, Refusal

LEAD_STATUSES = ("New Lead", "Working Lead", "Qualified Lead", "Unqualified Lead")
TEXTS = ("name", "company", "state", "city", "zip")
DATES = ("lead_created_at", "free_trial_started_at")
ID_NEEDED = "A unique external ID is required for each customer."
NAME_NEEDED = "A name is required for each customer."
SOURCE_NEEDED = "A valid data source UUID is required for each customer."
EXISTS = "The external ID for this customer already exists in our system."


PATCHABLE = (
    *TEXTS,
    *DATES,
    "email",
    "country",
    "owner",
    "website_url",
    "status",
    "attributes",
    "primary_contact",
)


def checks(now: datetime, *, new: bool) -> dict[str, fields.Check]:
    """Field to check; custom attributes of a new customer are an array, later an object."""
    return {
        **dict.fromkeys(TEXTS, fields.text),
        **dict.fromkeys(DATES, fields.past(now)),
        "email": fields.email,
        "country": fields.country,
        "owner": fields.email,
        "website_url": fields.text,
        "status": fields.one_of(LEAD_STATUSES),
        "attributes": _attributes if new else _changed_attributes,
        "primary_contact": _person,
    }


PERSON: Mapping[str, fields.Check] = {
    **dict.fromkeys(("first_name", "last_name", "title", "phone", "linked_in", "twitter"), fields.text),
    "email": fields.email,
    "notes": fields.long_text,
}


def _person(value: Json) -> str | None:
    if not isinstance(value, dict):
        return "is invalid"
    found = fields.problems(value, PERSON)
    return next((f"{name} {complaint}" for name, complaint in found.items()), None)


def _attributes(value: Json) -> str | None:
    if not isinstance(value, dict):
        return "is invalid"
    if value.get("custom") is not None and not isinstance(value["custom"], list):
        return "custom is invalid"
    return _changed_attributes(value)


def _changed_attributes(value: Json) -> str | None:
    if not isinstance(value, dict):
        return "is invalid"
    tags, custom = value.get("tags"), value.get("custom")
    if tags is not None and not custom_attributes.are_tags(tags):
        return "tags is invalid"
    return custom_attributes.complaint(custom)


def refusal(problems: Mapping[str, str]) -> Refusal:
    """The first problem, in dialect A."""
    name, complaint = next(iter(problems.items()))
    message = complaint if complaint[:1].isupper() else f"{name} {complaint}"
    return answers.grape(422, message, name)


def apply(world: World, customer: Customer, given: Mapping[str, Json]) -> None:
    """Put the fields that were sent; they are fit."""
    for name in (*TEXTS, "owner", "website_url"):
        if name in given:
            setattr(customer, name, given[name])
    _put_dates(world, customer, given)
    if given.get("country") is not None or "country" in given:
        customer.country = given["country"]
    if given.get("status"):
        customer.lead_status = given["status"]
    _put_attributes(world, customer, given.get("attributes") or {})


def _put_dates(world: World, customer: Customer, given: Mapping[str, Json]) -> None:
    for name in DATES:
        if given.get(name) or (name in given and world.switches["null_dates"] == "clear"):
            setattr(customer, name, moments.parsed(given[name]))
    if customer.lead_created_at is None and world.switches.on("lead_date_from_trial"):
        customer.lead_created_at = customer.free_trial_started_at


def out_of_order(world: World, given: Mapping[str, Json], held: Customer | None = None) -> dict[str, str]:
    """The complaint about a trial before the lead date or after the first payment, where that matters."""
    lead, trial = (
        moments.parsed(given[name]) if given.get(name) else getattr(held, name, None) for name in DATES
    )
    if world.switches["trial_before_lead"] == "reject" and lead and trial and trial < lead:
        return {"free_trial_started_at": "is before lead_created_at"}
    since = world.analytics.standing(held).since if held else None
    if world.switches["trial_after_payment"] == "reject" and since and trial and trial > since:
        return {"free_trial_started_at": "is after the first payment"}
    return {}


def _put_attributes(world: World, customer: Customer, given: Mapping[str, Json]) -> None:
    if given.get("tags") is not None:
        kept = customer.tags if world.switches["patch_tags"] == "merge" else []
        customer.tags = list(dict.fromkeys([*kept, *given["tags"]]))
    if given.get("custom"):
        if isinstance(given["custom"], list):
            custom_attributes.learn_types(world, given["custom"])
        customer.custom = {**customer.custom, **custom_attributes.parsed(given["custom"])}


def email_setter(customer: Customer, given: Mapping[str, Json]) -> Callable[[], None]:
    """The change of the (indexed) e-mail address."""
    return lambda: setattr(customer, "email", given.get("email"))
