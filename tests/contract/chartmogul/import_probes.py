"""Bulk imports and uploads."""

from typing import Any

from tests.contract.chartmogul.probes import Json, Probe, status
from tests.contract.chartmogul.scene import Scene


def _bulk(scene: Scene, external_id: str = "b", **kinds: Json) -> Any:
    path = f"/data_sources/{scene.ids['ds']}/json_imports"
    return scene.call("POST", path, {"external_id": external_id, **kinds})


def _details(scene: Scene, external_id: str = "b") -> Json:
    path = f"/data_sources/{scene.ids['ds']}/json_imports/{external_id}"
    return scene.call("GET", path).json()["status_details"]


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
    scene.server.control.switch("json_import_seconds", 5)
    scene.server.control.switch("bulk_duplicate", "update")
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


def _enriched(scene: Scene) -> list[Json]:
    """The answer, the number of tags, an attribute that is new and one that the account has as a number."""
    parts = {
        "file": ("e.csv", "Customer external ID,Tags,Owner,fresh,age\nc1,new,a@example.com,7,4\n", "text/csv")
    }
    path = f"/data_sources/{scene.ids['ds']}/uploads"
    answer = scene.call("POST", path, data={"type": "customers_contacts_enrichment"}, files=parts)
    held = scene.call("GET", f"/customers/{scene.ids['cus']}").json()["attributes"]
    return [int(answer.status_code), len(held["tags"]), held["custom"].get("fresh"), held["custom"]["age"]]


def _failure(scene: Scene) -> str:
    _bulk(scene, customers=[{"external_id": "c1", "name": "One"}])
    return str(_details(scene)["c1"]["status"])


def _upload(scene: Scene) -> Json:
    parts = {"file": ("c.csv", "External ID\nq\n", "text/csv")}
    path = f"/data_sources/{scene.ids['ds']}/uploads"
    return "percent_complete" in scene.call("POST", path, data={"type": "customer"}, files=parts).json()


def _pending_upload(scene: Scene) -> int:
    scene.server.control.switch("json_import_seconds", 60)
    _upload(scene)
    path = f"/data_sources/{scene.ids['ds']}"
    answer = scene.call("GET", path, params={"with_processing_status": "true"})
    return int(answer.json()["processing_status"]["pending"])


PROBES: dict[str, Probe] = {
    "json_import_seconds": (_in_bulk_seconds, {2: "completed", 5: "processing", 60: "queued"}),
    "bulk_duplicate": (_bulk_duplicate, {
        "fail": ("failed", "Two"), "skip": ("imported", "Two"), "update": ("imported", "Changed")}),
    "bulk_status": (status(_bulk), {200: 200, 201: 201, 202: 202}),
    "bulk_external_id_reuse": (_reused_import, {"accept": 200, "reject": 422}),
    "bulk_earlier_invoice": (_late_line, {"accept": "imported", "fail": "failed"}),
    "bulk_bad_shape": (status(lambda scene: _bulk(scene, plans=[{"name": 1}])),
        {"refuse": 422, "fail": 200}),
    "bulk_order": (_order, {"in_order": "Name 2", "reverse": "Name 1"}),
    "bulk_too_large_status": (_large, {413: 413, 422: 422}),
    "bulk_failure_word": (_failure, {"failed": "failed", "invalid": "invalid", "error": "error"}),
    "enrichment_upload": (_enriched,
        {"take": [201, 3, "7", 4], "ignore": [201, 2, None, 3], "refuse": [422, 2, None, 3]}),
    "upload_pending": (_pending_upload, {"counted": 1, "not_counted": 0}),
    "upload_answer": (_upload, {"recorded": True, "documented": False}),
}  # fmt: skip
