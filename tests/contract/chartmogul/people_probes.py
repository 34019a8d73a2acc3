"""Customers, their merges and attributes, and the CRM."""

from typing import Any

from tests.contract.chartmogul.probes import Json, Probe, customer, imported, second, source, status
from tests.contract.chartmogul.scene import OPPORTUNITY, TASK, Scene


def _patched_tags(scene: Scene) -> Json:
    body = {"attributes": {"tags": ["new"]}}
    return scene.call("PATCH", f"/customers/{scene.ids['cus']}", body).json()["attributes"]["tags"]


def _duplicate_customer(scene: Scene) -> Json:
    return sorted(customer(scene, external_id="c1").json())


def _merged(scene: Scene) -> Json:
    merge = {"from": {"customer_uuid": scene.ids["cus2"]}, "into": {"customer_uuid": scene.ids["cus"]}}
    scene.call("POST", "/customers/merges", merge)
    return scene.call("GET", f"/customers/{scene.ids['cus']}").json()["external_ids"]


def _unnamed_invoice(scene: Scene) -> int:
    _merged(scene)
    return int(imported(scene, second(scene)).status_code)


def _found_by_lesser_identity(scene: Scene) -> int:
    _merged(scene)
    query = {**source(scene), "external_id": "c2"}
    return len(scene.call("GET", "/customers", params=query).json()["entries"])


def _same_contact(scene: Scene) -> int:
    body = {**source(scene), "customer_uuid": scene.ids["cus"], "external_id": "p1"}
    scene.call("POST", "/contacts", body)
    return int(scene.call("POST", "/contacts", body).status_code)


def _note_text(scene: Scene) -> str:
    body = {"customer_uuid": scene.ids["cus"], "type": "note", "text": "a & b\nc"}
    return str(scene.call("POST", "/customer_notes", body).json()["text"])


def _contact_custom(scene: Scene) -> Json:
    body = {"custom": [{"key": "k", "value": "v"}]}
    return scene.call("PATCH", f"/contacts/{scene.ids['con']}", body).json()["custom"]


def _task(scene: Scene, **said: Json) -> Any:
    return scene.call("POST", "/tasks", {"customer_uuid": scene.ids["cus"], **TASK, **said})


def _opportunity(scene: Scene) -> Any:
    return scene.call("POST", "/opportunities", {"customer_uuid": scene.ids["cus"], **OPPORTUNITY})


def _assigned(scene: Scene) -> list[int]:
    users = ("owner@example.com", "staff@chartmogul.example")
    return [int(_task(scene, assignee=user).status_code) for user in users]


def _seats(scene: Scene) -> list[int]:
    return [int(_opportunity(scene).status_code), int(_task(scene).status_code)]


def _automatic(scene: Scene) -> Json:
    """The first has the same external id in another source, the second the same domain."""
    other = scene.made("/data_sources", {"name": "Other"})["uuid"]
    customer(scene, data_source_uuid=other, external_id="c1")
    customer(scene, data_source_uuid=other, external_id="z", email="z@example.com")
    return len(scene.call("GET", "/customers").json()["entries"])


def _people(scene: Scene) -> int:
    uuid = customer(scene, email="new@example.com").json()["uuid"]
    return len(scene.call("GET", f"/customers/{uuid}/contacts").json()["entries"])


def _retyped(scene: Scene) -> int:
    body = {"custom": [{"type": "String", "key": "age", "value": "three"}]}
    return int(scene.call("POST", f"/customers/{scene.ids['cus']}/attributes/custom", body).status_code)


def _put_unknown(scene: Scene) -> Json:
    answer = scene.call("PUT", f"/customers/{scene.ids['cus']}/attributes/custom", {"custom": {"no": 1}})
    return answer.status_code, "no" in answer.json().get("custom", {})


def _year(scene: Scene) -> Json:
    answer = scene.call("DELETE", f"/contacts/{scene.ids['con']}")
    return answer.status_code, answer.json()


def _patched_alike(scene: Scene) -> int:
    path = f"/tasks/{_task(scene).json()['task_uuid']}"
    return int(scene.call("PATCH", path, {"task_details": TASK["task_details"]}).status_code)


PROBES: dict[str, Probe] = {
    "answers_of": (_year, {"2025": (200, {}), "2026": (202, {"message": "Contact deleted"})}),
    "patch_same_values": (_patched_alike, {"answer": 200, "not_modified": 304}),
    "patch_tags": (_patched_tags, {"replace": ["new"], "merge": ["vip", "old", "new"]}),
    "customer_name": (status(lambda scene: customer(scene, name=None)), {"optional": 201, "required": 422}),
    "customer_duplicate_body": (_duplicate_customer,
        {"errors": ["errors"], "grape": ["code", "message", "param"]}),
    "merged_identities": (_merged, {"keep": ["c1", "c2"], "into_only": ["c1"]}),
    "merged_filter": (_found_by_lesser_identity, {"any": 1, "primary": 0}),
    "contact_duplicate": (_same_contact, {"accept": 201, "reject": 422}),
    "lists_of_nobody": (status(lambda scene: scene.call(
        "GET", "/contacts", params={"customer_uuid": "cus_00000000-0000-0000-0000-000000000000"})),
        {"empty": 200, "not_found": 404}),
    "note_text": (_note_text, {"as_sent": "a & b\nc", "html": "<p>a &amp; b<br>c</p>"}),
    "task_dates": (lambda scene: _task(scene, due_date="2026-08-01T10:00:00Z").json()["due_date"],
                   {"moment": "2026-08-01T10:00:00.000Z", "day": "2026-08-01"}),
    "merged_invoice_without_identity": (_unnamed_invoice, {"first": 201, "reject": 422}),
    "merge_seconds": (_merged, {0: ["c1", "c2"], 60: ["c1"]}),
    "automatic_merge": (_automatic, {"off": 4, "external_id": 3, "domain": 3, "external_id_or_domain": 2}),
    "crm_seat": (_seats, {"held": [201, 201], "not_for_opportunities": [403, 201], "missing": [403, 403]}),
    "account_users": (_assigned, {"anyone": [201, 201], "recorded": [422, 201]}),
    "pipelines": (status(_opportunity), {"any": 201, "recorded": 422}),
    "opportunity_custom": (lambda scene: _opportunity(scene).json()["custom"],
                           {"keep": {"k": "v"}, "drop": {}}),
    "contact_custom": (_contact_custom, {"keep": {"k": "v"}, "drop": {}}),
    "customer_email_contact": (_people, {"none": 0, "create": 1}),
    "custom_type_change": (_retyped, {"accept": 200, "reject": 422}),
    "custom_put_unknown": (_put_unknown,
        {"add": (200, True), "ignore": (200, False), "reject": (422, False)}),
}  # fmt: skip
