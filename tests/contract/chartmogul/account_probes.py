"""Limits, keys, data sources, and what metrics and activities say."""

from typing import Any

from tests.contract.chartmogul.probes import Json, Probe, customer, imported, mrr, second, status
from tests.contract.chartmogul.scene import Scene, invoice_body


def _counts(scene: Scene) -> Json:
    path = f"/data_sources/{scene.ids['ds']}"
    return scene.call("GET", path, params={"with_processing_status": "true"}).json()["processing_status"]


def _dearer(scene: Scene) -> int:
    imported(scene, second(scene, amount_in_cents=2000))
    return mrr(scene)


def _auto_churn(scene: Scene) -> Json:
    asked = {"with_auto_churn_subscription_setting": "true"}
    found = scene.call("GET", f"/data_sources/{scene.ids['ds']}", params=asked).json()
    return found["auto_churn_subscription_setting"]


def _export(scene: Scene) -> str:
    made = scene.made("/activities_export", {})
    scene.server.control.clock(advance_seconds=5)
    return str(scene.call("GET", f"/activities_export/{made['id']}").json()["status"])


def _too_fast(scene: Scene) -> Any:
    scene.server.control.switch("rate_limit", "on")
    scene.server.control.clock(advance_seconds=1)
    answers = (scene.call("GET", "/ping") for _ in range(200))
    return next(each for each in answers if each.status_code == 429)


def _budget(scene: Scene) -> Json:
    return [scene.call("GET", "/ping").status_code for _ in range(4)]


def _named_again(scene: Scene) -> int:
    scene.call("DELETE", f"/data_sources/{scene.ids['ds']}")
    return int(scene.call("POST", "/data_sources", {"name": "Keap"}).status_code)


def _activities(scene: Scene) -> int:
    imported(scene, second(scene, amount_in_cents=2000), {**invoice_body(scene.ids["pl"], 3)})
    seen, query = 0, {"per_page": "1"}
    while True:
        page = scene.call("GET", "/activities", params=query).json()
        seen += len(page["entries"])
        if not page["has_more"]:
            return seen
        query["cursor"] = page["cursor"]


def _pending(scene: Scene) -> int:
    scene.server.control.switch("analytics_delay_seconds", 60)
    imported(scene, second(scene))
    return int(_counts(scene)["pending"])


def _emptied(scene: Scene) -> int:
    scene.call("DELETE", f"/data_sources/{scene.ids['ds']}/all")
    return len(scene.call("GET", "/customers").json()["entries"])


def _above(scene: Scene) -> int:
    query = {"start-date": "2026-02-01", "end-date": "2026-02-01", "interval": "day", "filters": "mrr~GT~100"}
    return int(scene.call("GET", "/metrics/mrr", params=query).json()["entries"][0]["mrr"])


PROBES: dict[str, Probe] = {
    "analytics_delay_seconds": (_dearer, {0: 2000, 60: 1000}),
    "activities_export_seconds": (_export, {0: "succeeded", 10: "pending"}),
    "rate_limit_body": (lambda scene: _too_fast(scene).text[:9], {
        "grape": '{"code":4', "error": '{"error":', "plain": "Your requ"}),
    "retry_after": (lambda scene: _too_fast(scene).headers.get("Retry-After"),
        {"absent": None, "seconds": "1"}),
    "compute_budget_ms": (_budget, {0: [200] * 4, 100: [200, 200, 429, 429]}),
    "api_key_access": (status(customer), {"read_write": 201, "read_only": 403}),
    "data_source_deletion_seconds": (_named_again, {0: 201, 60: 422}),
    "emptying_seconds": (_emptied, {0: 0, 60: 2}),
    "processing_counts": (lambda scene: _counts(scene)["processed"],
        {"invoices": 1, "customers": 2, "records": 6}),
    "pending_lag_seconds": (_pending, {0: 1, 30: 0}),
    "filter_mrr_unit": (_above, {"units": 0, "cents": 1000}),
    "auto_churn_off": (_auto_churn, {"false": False, "object": {"enabled": False, "interval": 30}}),
    "source_system": (lambda scene: scene.call("GET", f"/data_sources/{scene.ids['ds']}").json()["system"],
                      {"Custom": "Custom", "Import API": "Import API"}),
    "activities_cursor": (_activities, {"exact": 3, "skips_one": 2}),
}  # fmt: skip
