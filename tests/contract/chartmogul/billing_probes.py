"""Plans, invoices, transactions and subscription events."""

from typing import Any

from tests.contract.chartmogul.probes import Json, Probe, imported, mrr, second, source, status
from tests.contract.chartmogul.scene import Scene, event_body, invoice_body


def _half_bad(scene: Scene) -> int:
    imported(scene, invoice_body(scene.ids["pl"], 1), second(scene))
    return len(scene.call("GET", "/invoices").json()["invoices"])


def _echo(scene: Scene) -> bool:
    return "line_items" in imported(scene, invoice_body(scene.ids["pl"], 1)).json()["invoices"][0]


def _scheduled(scene: Scene) -> int:
    scene.server.control.clock(now="2026-09-02T00:00:00Z")
    return mrr(scene)


def _event_again(scene: Scene) -> int:
    event = {"subscription_event": event_body(scene.ids["ds"], "e1")}
    return int(scene.call("POST", "/subscription_events", event).status_code)


def _strange_event(scene: Scene) -> int:
    event = {**event_body(scene.ids["ds"], "e7"), "customer_external_id": "nobody"}
    return int(scene.call("POST", "/subscription_events", {"subscription_event": event}).status_code)


def _plan(scene: Scene, **fields: Json) -> Any:
    plan = {**source(scene), "name": "Gold", "interval_count": 1, "interval_unit": "month", **fields}
    return scene.call("POST", "/plans", plan)


def _twice(scene: Scene) -> int:
    invoice = scene.call("DELETE", f"/invoices/{scene.ids['inv']}")
    assert invoice.status_code == 204
    return int(imported(scene, invoice_body(scene.ids["pl"], 1)).status_code)


def _overpaid(scene: Scene) -> Json:
    body = {"type": "payment", "result": "successful", "date": "2026-02-01", "amount_in_cents": 9999}
    answer = scene.call("POST", f"/import/invoices/{scene.ids['inv']}/transactions", body)
    return answer.status_code, bool(answer.json().get("errors"))


def _disabled(scene: Scene) -> Json:
    answer = scene.call("PATCH", f"/invoices/{scene.ids['inv']}/disabled_state", {"disabled": True})
    return answer.status_code, mrr(scene)


def _status_answer(scene: Scene) -> bool:
    path = f"/data_sources/{scene.ids['ds']}/invoices/i1/status"
    return "invoice" in scene.call("PUT", path, {"status": "voided"}).json()


def _unknown_key(scene: Scene) -> int:
    return int(scene.call("PATCH", f"/invoices/{scene.ids['inv']}", {"status": "paid"}).status_code)


PROBES: dict[str, Probe] = {
    "invoice_import": (_half_bad, {"atomic": 1, "partial": 2}),
    "invoice_duplicate_echo": (_echo, {"full": True, "short": False}),
    "bad_values": (status(lambda scene: imported(scene, {**second(scene), "currency": "XXQ"})),
                   {"store_invalid": 201, "refuse": 422}),
    "scheduled_cancellation": (_scheduled, {"inert": 1000, "effective": 0}),
    "event_duplicate": (_event_again, {"reject": 422, "accept": 201}),
    "event_unknown_customer": (_strange_event, {"accept": 201, "reject": 422}),
    "plan_names": (status(_plan), {"free": 201, "unique": 422}),
    "plan_without_external_id": (lambda scene: _plan(scene, name="X").json()["external_id"] is None,
                                 {"bare_uuid": False, "null": True}),
    "plan_in_use_status": (status(lambda scene: scene.call("DELETE", f"/plans/{scene.ids['pl']}")),
                           {422: 422, 400: 400, 409: 409}),
    "plan_group_missing": (lambda scene: scene.call("GET", "/plan_groups/plg_no").headers["Content-Type"],
                           {"json": "application/json", "html": "text/html; charset=utf-8"}),
    "line_item_status": (status(lambda scene: scene.call(
        "POST", f"/import/invoices/{scene.ids['inv']}/line_items",
        {"type": "one_time", "amount_in_cents": 1})),
        {200: 200, 201: 201}),
    "invoices_per_call": (status(lambda scene:
        imported(scene, second(scene), invoice_body(scene.ids["pl"], 3))),
                          {0: 201, 1: 422}),
    "trial_line_items": (status(lambda scene: imported(scene, second(scene, type="trial"))),
        {"on": 201, "off": 422}),
    "overlapping_periods": (status(lambda scene: imported(
        scene, second(scene, service_period_start="2026-01-15T00:00:00Z"))), {"accept": 201, "refuse": 422}),
    "payment_excess": (_overpaid,
        {"store_invalid": (201, True), "refuse": (422, True), "accept": (201, False)}),
    "disabling": (_disabled, {"refused": (422, 1000), "allowed": (200, 0)}),
    "disabling_status": (lambda scene: _disabled(scene)[0], {422: 422, 400: 400, 403: 403}),
    "invoice_status_answer": (_status_answer, {"message": False, "with_invoice": True}),
    "patch_unknown_keys": (_unknown_key, {"ignore": 200, "refuse": 422}),
    "deleted_external_ids": (_twice, {"free": 201, "taken": 422}),
}  # fmt: skip
