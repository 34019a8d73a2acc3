"""What each switch of the ChartMogul simulator changes: one probe per switch, and what it sees per value."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.chartmogul.scene import OPPORTUNITY, TASK, Scene, event_body, invoice_body

Json = Any
Probe = tuple[Callable[[Scene], Json], Mapping[Json, Json]]


def _source(scene: Scene) -> dict[str, str]:
    return {"data_source_uuid": scene.ids["ds"]}


def _customer(scene: Scene, **fields: Json) -> Any:
    return scene.call("POST", "/customers", {**_source(scene), "external_id": "new", "name": "New", **fields})


def _import(scene: Scene, *invoices: Json) -> Any:
    return scene.call("POST", f"/import/customers/{scene.ids['cus']}/invoices", {"invoices": list(invoices)})


def _second(scene: Scene, **line: Json) -> Json:
    invoice = invoice_body(scene.ids["pl"], 2)
    invoice["line_items"][0].update(line)
    return invoice


def _bulk(scene: Scene, external_id: str = "b", **kinds: Json) -> Any:
    path = f"/data_sources/{scene.ids['ds']}/json_imports"
    return scene.call("POST", path, {"external_id": external_id, **kinds})


def _details(scene: Scene, external_id: str = "b") -> Json:
    path = f"/data_sources/{scene.ids['ds']}/json_imports/{external_id}"
    return scene.call("GET", path).json()["status_details"]


def _mrr(scene: Scene) -> int:
    return int(scene.call("GET", f"/customers/{scene.ids['cus']}").json()["mrr"])


def _counts(scene: Scene) -> Json:
    path = f"/data_sources/{scene.ids['ds']}"
    return scene.call("GET", path, params={"with_processing_status": "true"}).json()["processing_status"]


def _export(scene: Scene) -> str:
    made = scene.made("/activities_export", {})
    scene.server.control.clock(advance_seconds=5)
    return str(scene.call("GET", f"/activities_export/{made['id']}").json()["status"])


def _bulk_duplicate(scene: Scene) -> Json:
    _bulk(scene, customers=[{"external_id": "c2", "name": "Changed"}])
    name = scene.call("GET", f"/customers/{scene.ids['cus2']}").json()["name"]
    return _details(scene)["c2"]["status"], name


def _reused_import(scene: Scene) -> int:
    _bulk(scene)
    return int(_bulk(scene).status_code)


def _late_line(scene: Scene) -> str:
    line = {"invoice_external_id": "i1", "type": "one_time", "amount_in_cents": 1, "external_id": "late"}
    _bulk(scene, line_items=[line])
    return str(next(iter(_details(scene).values()))["status"])


def _order(scene: Scene) -> str:
    for number in (1, 2):
        _bulk(scene, f"o{number}", customers=[{"external_id": "o", "name": f"Name {number}"}])
    scene.server.control.clock(advance_seconds=10)
    found = scene.call("GET", "/customers", params={"external_id": "o"}).json()["entries"]
    return str(found[0]["name"])


def _in_bulk_seconds(scene: Scene) -> str:
    _bulk(scene)
    scene.server.control.clock(advance_seconds=3)
    path = f"/data_sources/{scene.ids['ds']}/json_imports/b"
    return str(scene.call("GET", path).json()["status"])


def _large(scene: Scene) -> int:
    return int(_bulk(scene, customers=[{"external_id": "x" * 5_300_000}]).status_code)


def _half_bad(scene: Scene) -> int:
    _import(scene, invoice_body(scene.ids["pl"], 1), _second(scene))
    return len(scene.call("GET", "/invoices").json()["invoices"])


def _echo(scene: Scene) -> bool:
    return "line_items" in _import(scene, invoice_body(scene.ids["pl"], 1)).json()["invoices"][0]


def _scheduled(scene: Scene) -> int:
    scene.server.control.clock(now="2026-09-02T00:00:00Z")
    return _mrr(scene)


def _event_again(scene: Scene) -> int:
    event = {"subscription_event": event_body(scene.ids["ds"], "e1")}
    return int(scene.call("POST", "/subscription_events", event).status_code)


def _strange_event(scene: Scene) -> int:
    event = {**event_body(scene.ids["ds"], "e7"), "customer_external_id": "nobody"}
    return int(scene.call("POST", "/subscription_events", {"subscription_event": event}).status_code)


def _too_fast(scene: Scene) -> Any:
    scene.server.control.switch("rate_limit", "on")
    scene.server.control.clock(advance_seconds=1)
    answers = (scene.call("GET", "/ping") for _ in range(200))
    return next(each for each in answers if each.status_code == 429)


def _budget(scene: Scene) -> Json:
    return [scene.call("GET", "/ping").status_code for _ in range(4)]


def _patched_tags(scene: Scene) -> Json:
    body = {"attributes": {"tags": ["new"]}}
    return scene.call("PATCH", f"/customers/{scene.ids['cus']}", body).json()["attributes"]["tags"]


def _duplicate_customer(scene: Scene) -> Json:
    return sorted(_customer(scene, external_id="c1").json())


def _plan(scene: Scene, **fields: Json) -> Any:
    plan = {**_source(scene), "name": "Gold", "interval_count": 1, "interval_unit": "month", **fields}
    return scene.call("POST", "/plans", plan)


def _merged(scene: Scene) -> Json:
    merge = {"from": {"customer_uuid": scene.ids["cus2"]}, "into": {"customer_uuid": scene.ids["cus"]}}
    scene.call("POST", "/customers/merges", merge)
    return scene.call("GET", f"/customers/{scene.ids['cus']}").json()["external_ids"]


def _unnamed_invoice(scene: Scene) -> int:
    _merged(scene)
    return int(_import(scene, _second(scene)).status_code)


def _contact_custom(scene: Scene) -> Json:
    body = {"custom": [{"key": "k", "value": "v"}]}
    return scene.call("PATCH", f"/contacts/{scene.ids['con']}", body).json()["custom"]


def _task(scene: Scene, **said: Json) -> Any:
    return scene.call("POST", "/tasks", {"customer_uuid": scene.ids["cus"], **TASK, **said})


def _opportunity(scene: Scene) -> Any:
    return scene.call("POST", "/opportunities", {"customer_uuid": scene.ids["cus"], **OPPORTUNITY})


def _seats(scene: Scene) -> list[int]:
    return [int(_opportunity(scene).status_code), int(_task(scene).status_code)]


def _enriched(scene: Scene) -> list[Json]:
    """The answer, the number of tags, an attribute that is new and one that the account has as a number."""
    parts = {
        "file": ("e.csv", "Customer external ID,Tags,Owner,fresh,age\nc1,new,a@example.com,7,4\n", "text/csv")
    }
    path = f"/data_sources/{scene.ids['ds']}/uploads"
    answer = scene.call("POST", path, data={"type": "customers_contacts_enrichment"}, files=parts)
    held = scene.call("GET", f"/customers/{scene.ids['cus']}").json()["attributes"]
    return [int(answer.status_code), len(held["tags"]), held["custom"].get("fresh"), held["custom"]["age"]]


def _named_again(scene: Scene) -> int:
    scene.call("DELETE", f"/data_sources/{scene.ids['ds']}")
    return int(scene.call("POST", "/data_sources", {"name": "Keap"}).status_code)


def _activities(scene: Scene) -> int:
    _import(scene, _second(scene, amount_in_cents=2000), {**invoice_body(scene.ids["pl"], 3)})
    seen, query = 0, {"per_page": "1"}
    while True:
        page = scene.call("GET", "/activities", params=query).json()
        seen += len(page["entries"])
        if not page["has_more"]:
            return seen
        query["cursor"] = page["cursor"]


def _pending(scene: Scene) -> int:
    scene.server.control.switch("analytics_delay_seconds", 60)
    _import(scene, _second(scene))
    return int(_counts(scene)["pending"])


def _emptied(scene: Scene) -> int:
    scene.call("DELETE", f"/data_sources/{scene.ids['ds']}/all")
    return len(scene.call("GET", "/customers").json()["entries"])


def _automatic(scene: Scene) -> Json:
    """The first has the same external id in another source, the second the same domain."""
    other = scene.made("/data_sources", {"name": "Other"})["uuid"]
    _customer(scene, data_source_uuid=other, external_id="c1")
    _customer(scene, data_source_uuid=other, external_id="z", email="z@example.com")
    return len(scene.call("GET", "/customers").json()["entries"])


def _failure(scene: Scene) -> str:
    _bulk(scene, customers=[{"external_id": "c1", "name": "One"}])
    return str(_details(scene)["c1"]["status"])


def _upload(scene: Scene) -> Json:
    parts = {"file": ("c.csv", "External ID\nq\n", "text/csv")}
    path = f"/data_sources/{scene.ids['ds']}/uploads"
    return "percent_complete" in scene.call("POST", path, data={"type": "customer"}, files=parts).json()


def _people(scene: Scene) -> int:
    uuid = _customer(scene, email="new@example.com").json()["uuid"]
    return len(scene.call("GET", f"/customers/{uuid}/contacts").json()["entries"])


def _cleared(scene: Scene) -> Json:
    uuid = _customer(scene, lead_created_at="2025-01-01").json()["uuid"]
    answer = scene.call("PATCH", f"/customers/{uuid}", {"lead_created_at": None})
    return answer.json()["lead_created_at"]


def _lead_of_invoice(scene: Scene) -> Json:
    _import(scene, _second(scene))
    return scene.call("GET", f"/customers/{scene.ids['cus']}").json()["lead_created_at"]


def _retyped(scene: Scene) -> int:
    body = {"custom": [{"type": "String", "key": "age", "value": "three"}]}
    return int(scene.call("POST", f"/customers/{scene.ids['cus']}/attributes/custom", body).status_code)


def _put_unknown(scene: Scene) -> Json:
    answer = scene.call("PUT", f"/customers/{scene.ids['cus']}/attributes/custom", {"custom": {"no": 1}})
    return answer.status_code, "no" in answer.json().get("custom", {})


def _twice(scene: Scene) -> int:
    invoice = scene.call("DELETE", f"/invoices/{scene.ids['inv']}")
    assert invoice.status_code == 204
    return int(_import(scene, invoice_body(scene.ids["pl"], 1)).status_code)


def _overpaid(scene: Scene) -> Json:
    body = {"type": "payment", "result": "successful", "date": "2026-02-01", "amount_in_cents": 9999}
    answer = scene.call("POST", f"/import/invoices/{scene.ids['inv']}/transactions", body)
    return answer.status_code, bool(answer.json().get("errors"))


def _disabled(scene: Scene) -> Json:
    answer = scene.call("PATCH", f"/invoices/{scene.ids['inv']}/disabled_state", {"disabled": True})
    return answer.status_code, _mrr(scene)


def _status_answer(scene: Scene) -> bool:
    path = f"/data_sources/{scene.ids['ds']}/invoices/i1/status"
    return "invoice" in scene.call("PUT", path, {"status": "voided"}).json()


def _unknown_key(scene: Scene) -> int:
    return int(scene.call("PATCH", f"/invoices/{scene.ids['inv']}", {"status": "paid"}).status_code)


def _above(scene: Scene) -> int:
    query = {"start-date": "2026-02-01", "end-date": "2026-02-01", "interval": "day", "filters": "mrr~GT~100"}
    return int(scene.call("GET", "/metrics/mrr", params=query).json()["entries"][0]["mrr"])


def _status(answer: Callable[[Scene], Any]) -> Callable[[Scene], int]:
    return lambda scene: int(answer(scene).status_code)


def _charts(scene: Scene, name: str) -> list[Json]:
    """A lead chart of January to March 2026."""
    return [each[name] for each in scene.server.control.lead_charts("2026-01-01", "2026-03-31")]


def _trial_by_line(scene: Scene) -> Json:
    """Trials of January and March: the customer says January, its trial line March."""
    owner = _customer(scene, free_trial_started_at="2026-01-05").json()["uuid"]
    line = {"service_period_start": "2026-03-02T00:00:00Z", "service_period_end": "2026-03-09T00:00:00Z"}
    body = {"invoices": [_second(scene, type="trial", subscription_external_id="t", **line)]}
    assert scene.call("POST", f"/import/customers/{owner}/invoices", body).ok
    january, _, march = _charts(scene, "free-trials")
    return [january, march]


def _late_trial(scene: Scene) -> Json:
    """Conversion of the month in which a subscriber of January starts a trial."""
    scene.call("PATCH", f"/customers/{scene.ids['cus']}", {"free_trial_started_at": "2026-03-05"})
    return _charts(scene, "trial-to-paid-conversion-rate")[2]


def _late_lead(scene: Scene) -> Json:
    """Sales cycle of the month in which somebody subscribes who becomes a lead four weeks later."""
    scene.call("PATCH", f"/customers/{scene.ids['cus']}", {"lead_created_at": "2026-01-29"})
    return _charts(scene, "average-sales-cycle-length")[0]


PROBES: Mapping[str, Probe] = {
    "analytics_delay_seconds": (_mrr, {0: 1000, 60: 0}),
    "activities_export_seconds": (_export, {0: "succeeded", 10: "pending"}),
    "json_import_seconds": (_in_bulk_seconds, {2: "completed", 5: "processing", 60: "queued"}),
    "bulk_duplicate": (_bulk_duplicate, {
        "fail": ("failed", "Two"), "skip": ("imported", "Two"), "update": ("imported", "Changed")}),
    "bulk_status": (_status(_bulk), {200: 200, 201: 201, 202: 202}),
    "bulk_external_id_reuse": (_reused_import, {"accept": 200, "reject": 422}),
    "bulk_earlier_invoice": (_late_line, {"accept": "imported", "fail": "failed"}),
    "bulk_bad_shape": (_status(lambda scene: _bulk(scene, plans=[{"name": 1}])),
        {"refuse": 422, "fail": 200}),
    "bulk_order": (_order, {"in_order": "Name 2", "reverse": "Name 1"}),
    "bulk_too_large_status": (_large, {413: 413, 422: 422}),
    "bulk_failure_word": (_failure, {"failed": "failed", "invalid": "invalid", "error": "error"}),
    "invoice_import": (_half_bad, {"atomic": 1, "partial": 2}),
    "invoice_duplicate_echo": (_echo, {"full": True, "short": False}),
    "bad_values": (_status(lambda scene: _import(scene, {**_second(scene), "currency": "XXQ"})),
                   {"store_invalid": 201, "refuse": 422}),
    "scheduled_cancellation": (_scheduled, {"inert": 1000, "effective": 0}),
    "event_duplicate": (_event_again, {"reject": 422, "accept": 201}),
    "event_unknown_customer": (_strange_event, {"accept": 201, "reject": 422}),
    "rate_limit_body": (lambda scene: _too_fast(scene).text[:9], {
        "grape": '{"code":4', "error": '{"error":', "plain": "Your requ"}),
    "retry_after": (lambda scene: _too_fast(scene).headers.get("Retry-After"),
        {"absent": None, "seconds": "1"}),
    "compute_budget_ms": (_budget, {0: [200] * 4, 100: [200, 200, 429, 429]}),
    "api_key_access": (_status(_customer), {"read_write": 201, "read_only": 403}),
    "patch_tags": (_patched_tags, {"replace": ["new"], "merge": ["vip", "old", "new"]}),
    "customer_name": (_status(lambda scene: _customer(scene, name=None)), {"optional": 201, "required": 422}),
    "customer_duplicate_body": (_duplicate_customer,
        {"errors": ["errors"], "grape": ["code", "message", "param"]}),
    "plan_names": (_status(_plan), {"free": 201, "unique": 422}),
    "plan_without_external_id": (lambda scene: _plan(scene, name="X").json()["external_id"] is None,
                                 {"bare_uuid": False, "null": True}),
    "plan_in_use_status": (_status(lambda scene: scene.call("DELETE", f"/plans/{scene.ids['pl']}")),
                           {422: 422, 400: 400, 409: 409}),
    "plan_group_missing": (lambda scene: scene.call("GET", "/plan_groups/plg_no").headers["Content-Type"],
                           {"json": "application/json", "html": "text/html; charset=utf-8"}),
    "merged_identities": (_merged, {"keep": ["c1", "c2"], "into_only": ["c1"]}),
    "merged_invoice_without_identity": (_unnamed_invoice, {"first": 201, "reject": 422}),
    "merge_seconds": (_merged, {0: ["c1", "c2"], 60: ["c1"]}),
    "automatic_merge": (_automatic, {"off": 4, "external_id": 3, "domain": 3, "external_id_or_domain": 2}),
    "crm_seat": (_seats, {"held": [201, 201], "not_for_opportunities": [403, 201], "missing": [403, 403]}),
    "account_users": (_status(lambda scene: _task(scene, assignee="owner@example.com")),
                      {"anyone": 201, "recorded": 422}),
    "pipelines": (_status(_opportunity), {"any": 201, "recorded": 422}),
    "opportunity_custom": (lambda scene: _opportunity(scene).json()["custom"],
                           {"keep": {"k": "v"}, "drop": {}}),
    "enrichment_upload": (_enriched,
        {"take": [201, 3, "7", 4], "ignore": [201, 2, None, 3], "refuse": [422, 2, None, 3]}),
    "contact_custom": (_contact_custom, {"keep": {"k": "v"}, "drop": {}}),
    "customer_email_contact": (_people, {"none": 0, "create": 1}),
    "null_dates": (_cleared, {"clear": None, "keep": "2025-01-01T00:00:00.000Z"}),
    "lead_date_from_trial": (
        lambda scene: _customer(scene, free_trial_started_at="2025-01-01").json()["lead_created_at"],
        {"off": None, "on": "2025-01-01T00:00:00.000Z"}),
    "trial_before_lead": (_status(lambda scene: _customer(
        scene, lead_created_at="2025-02-01", free_trial_started_at="2025-01-01")),
        {"accept": 201, "reject": 422}),
    "lead_date_from_invoice": (_lead_of_invoice, {"off": None, "on": "2026-02-01T00:00:00.000Z"}),
    "trial_after_payment": (_status(lambda scene: scene.call(
        "PATCH", f"/customers/{scene.ids['cus']}", {"free_trial_started_at": "2026-03-01"})),
        {"accept": 200, "reject": 422}),
    "custom_type_change": (_retyped, {"accept": 200, "reject": 422}),
    "custom_put_unknown": (_put_unknown,
        {"add": (200, True), "ignore": (200, False), "reject": (422, False)}),
    "data_source_deletion_seconds": (_named_again, {0: 201, 60: 422}),
    "emptying_seconds": (_emptied, {0: 0, 60: 2}),
    "processing_counts": (lambda scene: _counts(scene)["processed"],
        {"invoices": 1, "customers": 2, "records": 6}),
    "pending_lag_seconds": (_pending, {0: 1, 30: 0}),
    "upload_answer": (_upload, {"recorded": True, "documented": False}),
    "line_item_status": (_status(lambda scene: scene.call(
        "POST", f"/import/invoices/{scene.ids['inv']}/line_items",
        {"type": "one_time", "amount_in_cents": 1})),
        {200: 200, 201: 201}),
    "invoices_per_call": (_status(lambda scene:
        _import(scene, _second(scene), invoice_body(scene.ids["pl"], 3))),
                          {0: 201, 1: 422}),
    "trial_line_dates_trial": (_trial_by_line, {"on": [0, 1], "off": [1, 0]}),
    "trial_after_paid_converts": (_late_trial, {"on": 100.0, "off": 0.0}),
    "sales_cycle_below_zero": (_late_lead, {"on": -28.0, "off": None}),
    "trial_line_items": (_status(lambda scene: _import(scene, _second(scene, type="trial"))),
        {"on": 201, "off": 422}),
    "overlapping_periods": (_status(lambda scene: _import(
        scene, _second(scene, service_period_start="2026-01-15T00:00:00Z"))), {"accept": 201, "refuse": 422}),
    "payment_excess": (_overpaid,
        {"store_invalid": (201, True), "refuse": (422, True), "accept": (201, False)}),
    "disabling": (_disabled, {"refused": (422, 1000), "allowed": (200, 0)}),
    "disabling_status": (lambda scene: _disabled(scene)[0], {422: 422, 400: 400, 403: 403}),
    "invoice_status_answer": (_status_answer, {"message": False, "with_invoice": True}),
    "patch_unknown_keys": (_unknown_key, {"ignore": 200, "refuse": 422}),
    "deleted_external_ids": (_twice, {"free": 201, "taken": 422}),
    "filter_mrr_unit": (_above, {"units": 0, "cents": 1000}),
    "source_system": (lambda scene: scene.call("GET", f"/data_sources/{scene.ids['ds']}").json()["system"],
                      {"Custom": "Custom", "Import API": "Import API"}),
    "activities_cursor": (_activities, {"exact": 3, "skips_one": 2}),
}  # fmt: skip
