"""Every operation of ChartMogul's API: what a right call looks like, and its main error.

Paths are the contract's, with the scene's ids for parameters. The error is either a change to the call or,
where the path has ids, an id that nobody has.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.chartmogul.scene import OPPORTUNITY, TASK, Scene, event_body, invoice_body

Json = Any
Body = Callable[[Scene], Json]
NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Operation:
    """`status` answers a right call; `error` answers the wrong one.

    `wrong_body`, `wrong_query`: what the wrong call sends instead; without them it has the right body and
    unknown ids in the path, or no key when the path has none. `switches` are needed for the right call.
    """

    method: str
    path: str
    status: int
    error: int
    body: Body | None = None
    query: Body | None = None
    wrong_body: Body | None = None
    wrong_query: Body | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As the contract calls it."""
        return f"{self.method} {self.path}"

    def address(self, scene: Scene, *, unknown: bool = False) -> str:
        """The path with ids; unknown ones keep their prefix."""
        path = self.path
        for name in [each.split("}")[0] for each in self.path.split("{")[1:]]:
            known = scene.ids[self.ids.get(name, name)]
            prefix = f"{known.split('_')[0]}_" if "_" in known else ""
            path = path.replace(f"{{{name}}}", f"{prefix}{NOBODY}" if unknown else known)
        return path


def _given(body: Json) -> Body:
    return lambda _: body


def _by_name(external_id: str) -> Body:
    return lambda scene: {"data_source_uuid": scene.ids["ds"], "external_id": external_id}


NOTHING = _given({})
SWITCHED_ON = {"disabling": "allowed"}
OWN = {
    "opportunity": {"uuid": "opportunity"},
    "task": {"uuid": "task"},
    "li": {"uuid": "li"},
    "tr": {"uuid": "tr"},
}
RANGE = _given({"start-date": "2026-01-01", "end-date": "2026-03-31", "interval": "month"})
CUSTOM = [{"type": "String", "key": "channel", "value": "web", "source": "keap"}]
PERSON = {
    "first_name": "Cy",
    "email": "cy@example.com",
    "custom": [{"key": "k", "value": "v"}],
    "position": 2,
}
NOTE = {"type": "call", "text": "hello", "author_email": "a@example.com", "call_duration": 5}
EMAIL = "one@example.com"


def _of_source(**fields: Json) -> Body:
    return lambda scene: {"data_source_uuid": scene.ids["ds"], **fields}


def _of_customer(**fields: Json) -> Body:
    return lambda scene: {"customer_uuid": scene.ids["cus"], **fields}


def _bulk(scene: Scene) -> Json:
    line = invoice_body(scene.ids["pl"], 2)["line_items"][0]
    own = {name: value for name, value in line.items() if name != "plan_uuid"}
    date = "2026-02-01T00:00:00Z"
    event = {name: value for name, value in event_body("", "e9").items() if name != "data_source_uuid"}
    return {
        "external_id": "import-2",
        "customers": [{"external_id": "c9", "name": "Nine", "email": "nine@example.com"}],
        "plans": [{"external_id": "p9", "name": "Nine", "interval_count": 1, "interval_unit": "month"}],
        "invoices": [{"external_id": "i9", "customer_external_id": "c9", "date": date, "currency": "USD"}],
        "line_items": [{**own, "external_id": "l9", "invoice_external_id": "i9", "plan_external_id": "p9"}],
        "transactions": [{"invoice_external_id": "i9", "external_id": "t9", "type": "payment",
                          "result": "successful", "date": date}],
        "subscription_events": [event],
    }  # fmt: skip


def _merge(scene: Scene) -> Json:
    into = {"data_source_uuid": scene.ids["ds"], "external_id": "c1"}
    return {"from": {"customer_uuid": scene.ids["cus2"]}, "into": into}


def _unmerge(scene: Scene) -> Json:
    scene.made("/customers/merges", _merge(scene))
    moved = ["notes", "tasks"]
    return {**_of_customer(**_by_name("c2")(scene))(scene), "move_to_new_customer": moved}


def _connected(scene: Scene) -> Json:
    return {"subscriptions": [_by_name("s1")(scene)]}


def _event(scene: Scene) -> Json:
    return {"subscription_event": event_body(scene.ids["ds"], "e2")}


def _event_ref(scene: Scene, **fields: Json) -> Json:
    return {"subscription_event": {"id": int(scene.ids["id"]), **fields}}


def _disabled_event(scene: Scene) -> Json:
    return {"disabled": True, **_by_name("e1")(scene)}


def _new_plan(scene: Scene) -> None:
    plan = {"name": "Free", "interval_count": 1, "interval_unit": "month", "external_id": "free"}
    scene.ids["pl"] = scene.made("/plans", _of_source(**plan)(scene))["uuid"]


def _deletable_plan(scene: Scene) -> Json:
    _new_plan(scene)
    return None


def _read(path: str, error: int = 404, **more: Any) -> Operation:
    return Operation("GET", path, 200, error, **more)


def _list(path: str, **more: Any) -> Operation:
    return Operation("GET", path, 200, 400, wrong_query=_given({"per_page": "x"}), **more)


def _metric(name: str) -> Operation:
    return Operation("GET", f"/metrics/{name}", 200, 400, query=RANGE, wrong_query=NOTHING)


DISABLED = _given({"disabled": True})
OPERATIONS = (
    _read("/ping", 401),
    _read("/account", 401),
    Operation("POST", "/data_sources", 201, 400, _given({"name": "Other"}), wrong_body=NOTHING),
    _read("/data_sources", 401),
    _read("/data_sources/{ds}", query=_given({"with_processing_status": "true",
          "with_auto_churn_subscription_setting": "true", "with_invoice_handling_setting": "true"})),
    Operation("DELETE", "/data_sources/{ds}", 204, 404),
    Operation("DELETE", "/data_sources/{ds}/all", 204, 404),
    Operation("DELETE", "/data_sources/{ds}/dependent", 204, 404),
    Operation("POST", "/data_sources/{ds}/json_imports", 200, 422, _bulk, wrong_body=NOTHING),
    _read("/data_sources/{ds}/json_imports/{import_id}"),
    Operation("PUT", "/data_sources/{ds}/invoices/{invoice_external_id}/status", 200, 422,
              _given({"status": "voided"}), wrong_body=_given({"status": "paid"})),
    Operation("DELETE", "/data_sources/{ds}/customers/{cus}/invoices", 204, 404),
    Operation("POST", "/customers", 201, 422, _of_source(
        external_id="c3", name="Three", email="t@example.com", company="Three Ltd", country="US",
        state="US-CA", city="Ely", zip="1", lead_created_at="2025-01-01",
        free_trial_started_at="2025-01-02T03:04:05Z",
        owner="o@example.com", website_url="https://example.com", status="Working Lead",
        primary_contact={"first_name": "Ann"}, attributes={"tags": ["a"], "custom": CUSTOM}),
        wrong_body=NOTHING),
    _list("/customers"),
    _read("/customers/search", query=_given({"email": EMAIL}),
          wrong_query=_given({"email": "no@example.com"})),
    _read("/customers/{cus}"),
    Operation("PATCH", "/customers/{cus}", 200, 422, _given(
        {"name": "New", "email": "n@example.com", "status": "Qualified Lead", "lead_created_at": "2025-01-01",
         "attributes": {"tags": ["b"], "custom": {"channel": "shop"}}}), ids={"cus": "cus2"},
        wrong_body=_given({"email": "nonsense"})),
    Operation("DELETE", "/customers/{cus}", 204, 404),
    Operation("POST", "/customers/merges", 202, 400, _merge, wrong_body=NOTHING),
    Operation("POST", "/customers/unmerges", 202, 400, _unmerge, wrong_body=NOTHING),
    Operation("POST", "/customers/{cus}/connect_subscriptions", 202, 400, _connected, wrong_body=NOTHING),
    Operation("POST", "/customers/{cus}/disconnect_subscriptions", 202, 400, _connected, wrong_body=NOTHING),
    _read("/customers/{cus}/subscriptions"),
    _read("/customers/{cus}/activities"),
    _read("/customers/{cus}/attributes"),
    Operation("POST", "/customers/{cus}/attributes/tags", 200, 400, _given({"tags": ["new"]}),
              wrong_body=NOTHING),
    Operation("DELETE", "/customers/{cus}/attributes/tags", 200, 400, _given({"tags": ["old"]}),
              wrong_body=NOTHING),
    Operation("POST", "/customers/{cus}/attributes/custom", 200, 400, _given({"custom": CUSTOM}),
              wrong_body=NOTHING),
    Operation("PUT", "/customers/{cus}/attributes/custom", 200, 400, _given({"custom": {"channel": "y"}}),
              wrong_body=NOTHING),
    Operation("DELETE", "/customers/{cus}/attributes/custom", 200, 400, _given({"custom": ["age"]}),
              wrong_body=NOTHING),
    Operation("POST", "/customers/attributes/tags", 200, 404, _given({"email": EMAIL, "tags": ["new"]}),
              wrong_body=_given({"email": "no@example.com", "tags": ["new"]})),
    Operation("POST", "/customers/attributes/custom", 200, 404, _given({"email": EMAIL, "custom": CUSTOM}),
              wrong_body=_given({"email": "no@example.com", "custom": CUSTOM})),
    _list("/customers/{cus}/contacts"),
    Operation("POST", "/customers/{cus}/contacts", 201, 400, _of_source(**PERSON), wrong_body=NOTHING),
    *(operation for path in ("/customer_notes", "/notes") for operation in (
        Operation("POST", path, 201, 400, _of_customer(**NOTE), wrong_body=NOTHING),
        _list(path),
        _read(f"{path}/{{note}}"),
        Operation("PATCH", f"{path}/{{note}}", 200, 404, _given({"text": "bye", "call_duration": 9})),
        Operation("DELETE", f"{path}/{{note}}", 200, 404))),
    Operation("POST", "/customers/{cus}/notes", 201, 400, _of_customer(**NOTE), wrong_body=NOTHING),
    _list("/customers/{cus}/notes"),
    _read("/customers/{cus}/notes/{note}"),
    Operation("PATCH", "/customers/{cus}/notes/{note}", 200, 404, _given({"text": "bye"})),
    Operation("DELETE", "/customers/{cus}/notes/{note}", 200, 404),
    Operation("POST", "/contacts", 201, 400, lambda scene: _of_customer(**_of_source(**PERSON)(scene))(scene),
              wrong_body=NOTHING),
    _list("/contacts"),
    _read("/contacts/{con}"),
    Operation("PATCH", "/contacts/{con}", 200, 404, _given(PERSON)),
    Operation("DELETE", "/contacts/{con}", 200, 404),
    Operation("POST", "/contacts/{into}/merge/{from}", 200, 404),
    Operation("POST", "/opportunities", 201, 400, _of_customer(**OPPORTUNITY), wrong_body=NOTHING),
    _list("/opportunities"),
    _read("/opportunities/{uuid}", ids=OWN["opportunity"]),
    Operation("PATCH", "/opportunities/{uuid}", 200, 404, _given(OPPORTUNITY), ids=OWN["opportunity"]),
    Operation("DELETE", "/opportunities/{uuid}", 200, 404, ids=OWN["opportunity"]),
    Operation("POST", "/tasks", 201, 400, _of_customer(**TASK), wrong_body=NOTHING),
    _list("/tasks"),
    _read("/tasks/{uuid}", ids=OWN["task"]),
    Operation("PATCH", "/tasks/{uuid}", 200, 404, _given({**TASK, "completed_at": "2026-06-01"}),
              ids=OWN["task"]),
    Operation("DELETE", "/tasks/{uuid}", 200, 404, ids=OWN["task"]),
    Operation("POST", "/plans", 201, 422, _of_source(
        name="Silver", external_id="silver", interval_count=1, interval_unit="year"), wrong_body=NOTHING),
    _list("/plans"),
    _read("/plans/{pl}"),
    Operation("PATCH", "/plans/{pl}", 202, 422, _given(
        {"name": "New", "interval_count": 2, "interval_unit": "month"}),
        wrong_body=_given({"interval_unit": "week"})),
    Operation("DELETE", "/plans/{pl}", 204, 404, _deletable_plan),
    Operation("POST", "/plan_groups", 200, 422, lambda scene: {"name": "All", "plans": [scene.ids["pl"]]},
              wrong_body=NOTHING),
    _list("/plan_groups"),
    _read("/plan_groups/{plg}"),
    Operation("PATCH", "/plan_groups/{plg}", 200, 404,
              lambda scene: {"name": "New", "plans": [scene.ids["pl"]]}),
    Operation("DELETE", "/plan_groups/{plg}", 204, 404),
    _list("/plan_groups/{plg}/plans"),
    Operation("POST", "/import/customers/{cus}/invoices", 201, 422,
              lambda scene: {"invoices": [invoice_body(scene.ids["pl"], 2)]},
              wrong_body=lambda scene: {"invoices": [invoice_body(scene.ids["pl"], 1)]}),
    _read("/import/customers/{cus}/invoices"),
    _list("/invoices"),
    Operation("PATCH", "/invoices", 200, 404, _given({"currency": "EUR"}), _by_name("i1"),
              wrong_query=_by_name("no")),
    Operation("DELETE", "/invoices", 204, 404, query=_by_name("i1"), wrong_query=_by_name("no")),
    _read("/invoices/{inv}"),
    Operation("PATCH", "/invoices/{inv}", 200, 404, _given(
        {"date": "2026-01-02T00:00:00Z", "due_date": None, "currency": "USD",
         "collection_method": "manual"})),
    Operation("DELETE", "/invoices/{inv}", 204, 404),
    Operation("PATCH", "/invoices/{inv}/disabled_state", 200, 404, DISABLED, switches=SWITCHED_ON),
    Operation("POST", "/import/invoices/{inv}/line_items", 200, 422,
              lambda scene: invoice_body(scene.ids["pl"], 2)["line_items"][0], wrong_body=NOTHING),
    Operation("POST", "/import/invoices/{inv}/transactions", 201, 422, _given(
        {"type": "refund", "external_id": "t9", "result": "successful", "date": "2026-02-02T00:00:00Z",
         "amount_in_cents": 100}), wrong_body=NOTHING),
    *(operation for kind, name, body in (
        ("line_items", "li", {"amount_in_cents": 900, "quantity": 2, "type": "subscription"}),
        ("transactions", "tr", {"amount_in_cents": 900, "result": "failed", "type": "payment"}))
      for operation in (
        _read(f"/{kind}/{{uuid}}", ids=OWN[name]),
        Operation("PATCH", f"/{kind}/{{uuid}}", 200, 404, _given(body), ids=OWN[name]),
        Operation("DELETE", f"/{kind}/{{uuid}}", 204, 404, ids=OWN[name]),
        _read(f"/{kind}", query=_by_name(f"{kind[0]}1"), wrong_query=_by_name("no")),
        Operation("PATCH", f"/{kind}", 200, 404, _given(body), _by_name(f"{kind[0]}1"),
                  wrong_query=_by_name("no")),
        Operation("DELETE", f"/{kind}", 204, 404, query=_by_name(f"{kind[0]}1"), wrong_query=_by_name("no")),
        Operation("PATCH", f"/{kind}/{{uuid}}/disabled_state", 200, 404, DISABLED, ids=OWN[name],
                  switches=SWITCHED_ON))),
    _read("/import/customers/{cus}/subscriptions"),
    Operation("PATCH", "/import/subscriptions/{sub}", 202, 422, _given(
        {"cancellation_dates": ["2026-05-01T00:00:00Z"]}), wrong_body=NOTHING),
    Operation("POST", "/subscription_events", 201, 422, _event, wrong_body=NOTHING),
    _list("/subscription_events"),
    Operation("PATCH", "/subscription_events", 200, 404,
              lambda scene: _event_ref(scene, effective_date="2026-10-01T00:00:00Z"),
              wrong_body=_given({"subscription_event": {"id": 1}})),
    Operation("DELETE", "/subscription_events", 204, 404, _event_ref,
              wrong_body=_given({"subscription_event": {"id": 1}})),
    Operation("PATCH", "/subscription_events/{id}/disabled_state", 200, 422, DISABLED, wrong_body=NOTHING,
              switches=SWITCHED_ON),
    Operation("PATCH", "/subscription_events/disabled_state", 200, 422, _disabled_event, wrong_body=NOTHING,
              switches=SWITCHED_ON),
    *(_metric(name) for name in ("all", "mrr", "arr", "arpa", "asp", "customer-count", "customer-churn-rate",
                                 "mrr-churn-rate", "ltv")),
    _list("/activities"),
    Operation("POST", "/activities_export", 200, 400, _given(
        {"start-date": "2026-01-01", "end-date": "2026-02-01", "type": "churn"}),
        wrong_body=_given({"type": "nonsense"})),
    _read("/activities_export/{id}", ids={"id": "export"}),
)  # fmt: skip
