"""The ChartMogul simulator speaks the contract: every operation, right and wrong."""

import json
import re

import pytest
import requests

from tests.contract.chartmogul import contract
from tests.contract.chartmogul.operations import OPERATIONS, Operation
from tests.contract.chartmogul.scene import TIMEOUT_SECONDS, Json, Scene

NAMES = [each.name for each in OPERATIONS]
KNOWN = set(contract.operations())
# (path, status) where a recording has a page instead of JSON, which wins over the contract.
PAGES = {
    ("/plan_groups/{plg}", 404): "a group that was deleted, recorded in 2020",
    ("/plan_groups/{plg}/plans", 404): "the same",
}
# (path, what is wrong) to the reason why it is accepted all the same.
ACCEPTED = {
    ("/customers/{cus}/notes", "customer_uuid missing"): "the customer stands in the path",
    ("/customers/{cus}/notes", "customer_uuid of a wrong type"): "the customer stands in the path",
}


def _send(scene: Scene, operation: Operation) -> requests.Response:
    body = operation.body(scene) if operation.body else None
    query = operation.query(scene) if operation.query else None
    return scene.call(operation.method, operation.address(scene), body, params=query)


def _send_wrong(scene: Scene, operation: Operation) -> requests.Response:
    body = operation.wrong_body or operation.body
    query = operation.wrong_query or operation.query
    spoiled = operation.wrong_body is None and operation.wrong_query is None
    path = operation.address(scene, unknown=spoiled)
    if spoiled and "{" not in operation.path:
        url = f"{scene.server.url}/v1{path}"
        return requests.request(operation.method, url, auth=("wrong", ""), timeout=TIMEOUT_SECONDS)
    sent = body(scene) if body else None
    return scene.call(operation.method, path, sent, params=query(scene) if query else None)


def _problems(operation: Operation, answer: requests.Response) -> list[str]:
    if (operation.path, answer.status_code) in PAGES:
        return [] if answer.text.startswith("<html>") else ["no page"]
    body: Json = answer.json() if answer.content else None
    if (operation.method, operation.path) not in KNOWN:
        return []
    return contract.problems(operation.method, operation.path, answer.status_code, body)


def test_the_part_that_is_kept_here_is_part_of_the_whole() -> None:
    """What stands in the small contract stands in the large one too."""
    if not contract.SHARED.exists():
        pytest.skip("the whole contract is not beside the checkout")
    assert _missing(json.loads(contract.OWN.read_text()), contract.contract(), "") == []


def _missing(part: Json, whole: Json, place: str) -> list[str]:
    if not isinstance(part, dict) or not isinstance(whole, dict):
        return [] if part == whole or isinstance(part, list) else [place]
    lacking = [f"{place}/{name}" for name in part if name not in whole]
    shared = (name for name in part if name in whole)
    return lacking + [
        each for name in shared for each in _missing(part[name], whole[name], f"{place}/{name}")
    ]


def test_every_operation_of_the_contract_is_exercised() -> None:
    """The table below has each operation once; a CSV upload, which sends no JSON, has a test of its own."""
    uploads = {("POST", "/data_sources/{ds}/uploads")}
    assert len(NAMES) == len(set(NAMES))
    assert KNOWN - uploads <= {(each.method, each.path) for each in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_a_right_call(scene: Scene, operation: Operation) -> None:
    """The documented status, and a body that fits its schema."""
    answer = _send(scene.start(**operation.switches), operation)
    assert answer.status_code == operation.status, answer.text
    assert _problems(operation, answer) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_a_wrong_call(scene: Scene, operation: Operation) -> None:
    """The main error, in one of the dialects."""
    answer = _send_wrong(scene.start(**operation.switches), operation)
    assert answer.status_code == operation.error, answer.text
    assert _problems(operation, answer) == []


def _forbidden(operation: Operation, scene: Scene) -> list[tuple[str, Json]]:
    schema = contract.request_schema(operation.method, operation.path)
    body = operation.body(scene) if operation.body else None
    return list(contract.forbidden(schema, body)) if schema else []


WRITES = [each for each in OPERATIONS if each.body and each.method != "GET"]


@pytest.mark.parametrize("operation", WRITES, ids=[each.name for each in WRITES])
def test_what_the_contract_forbids_is_refused(scene: Scene, operation: Operation) -> None:
    """No required key missing, no value of another type, no unknown word; unless the table says why."""
    if (operation.method, operation.path) not in KNOWN:
        pytest.skip("not in the part of the contract that is kept here")
    scene.start(**operation.switches)
    address, query = operation.address(scene), operation.query(scene) if operation.query else None
    for why, body in _forbidden(operation, scene):
        answer = scene.call(operation.method, address, body, params=query)
        if (operation.path, why) in ACCEPTED:
            assert answer.ok, (why, answer.text)
        else:
            assert 400 <= answer.status_code < 500, (why, answer.status_code, answer.text)
            assert _problems(operation, answer) == [], why


PREFIXED = [each for each in OPERATIONS if re.search(r"{(ds|cus|pl|plg|inv|sub|con|into|note)}", each.path)]


@pytest.mark.parametrize("operation", PREFIXED, ids=[each.name for each in PREFIXED])
def test_an_id_of_another_kind_names_nothing(scene: Scene, operation: Operation) -> None:
    """A right uuid under a prefix that the path does not have is refused."""
    scene.start(**operation.switches)
    body = operation.body(scene) if operation.body else None
    query = operation.query(scene) if operation.query else None
    strange = re.sub(r"/(?:ds|cus|pl|plg|inv|sub|con|note)_", "/xyz_", operation.address(scene))
    answer = scene.call(operation.method, strange, body, params=query)
    assert answer.status_code in (404, 422), answer.text
    assert _problems(operation, answer) == []


CSV = "External ID,Name,Lead created at\nu1,Una,2025-01-01\n,Nobody,\n"


@pytest.mark.parametrize("form", ["recorded", "documented"])
def test_a_csv_upload(scene: Scene, form: str) -> None:
    """Taken at once, worked on later; the good row is there, the bad one counts as failed."""
    scene.start(upload_answer=form).server.control.switch("json_import_seconds", 5)
    path = f"/data_sources/{scene.ids['ds']}"
    parts = {"file": ("customers.csv", CSV, "text/csv")}
    bare = path.replace("ds_", "") if form == "recorded" else path
    answer = scene.call("POST", f"{bare}/uploads", data={"type": "customer"}, files=parts)
    assert answer.status_code == 201, answer.text
    if form == "recorded":
        uploads = ("POST", "/data_sources/{ds}/uploads")
        assert uploads not in KNOWN or contract.problems(*uploads, 201, answer.json()) == []
    counts = [_counts(scene, path)]
    scene.server.control.clock(advance_seconds=6)
    counts.append(_counts(scene, path))
    assert [(each["pending"], each["failed"]) for each in counts] == [(1, 0), (0, 1)]
    found = scene.call("GET", "/customers", params={"external_id": "u1"}).json()["entries"]
    assert [(each["name"], each["lead_created_at"]) for each in found] == [
        ("Una", "2025-01-01T00:00:00.000Z")
    ]


def test_an_enrichment_by_csv_keeps_the_types_of_attributes(scene: Scene) -> None:
    """A row with a value of another type counts as failed and changes nothing."""
    scene.start()
    path = f"/data_sources/{scene.ids['ds']}"
    parts = {"file": ("e.csv", "Customer external ID,Tags,age\nc1,new,seven\nnobody,new,7\n", "text/csv")}
    scene.call("POST", f"{path}/uploads", data={"type": "customers_contacts_enrichment"}, files=parts)
    assert _counts(scene, path)["failed"] == 2
    held = scene.call("GET", f"/customers/{scene.ids['cus']}").json()["attributes"]
    assert (held["tags"], held["custom"]["age"]) == (["vip", "old"], 3)


def _counts(scene: Scene, path: str) -> Json:
    return scene.call("GET", path, params={"with_processing_status": "true"}).json()["processing_status"]


@pytest.mark.parametrize(
    ("kind", "text", "path"),
    [
        ("contact", "Customer external ID,First name,Email\nc1,Eve,eve@example.com\n", "/contacts"),
        ("customer_note", "Customer external ID,Type,Text\nc1,note,from a file\n", "/customer_notes"),
    ],
)
def test_people_and_notes_come_by_csv_too(scene: Scene, kind: str, text: str, path: str) -> None:
    """What bulk imports cannot carry is made for the customer that the row names."""
    source = scene.start().ids["ds"]
    before = len(scene.call("GET", path).json()["entries"])
    sent = {"data": {"type": kind}, "files": {"file": ("x.csv", text, "text/csv")}}
    assert scene.call("POST", f"/data_sources/{source}/uploads", **sent).status_code == 201
    assert len(scene.call("GET", path).json()["entries"]) == before + 1


@pytest.mark.parametrize("kind", [None, "nonsense", "manual_subscription_event"])
def test_an_upload_of_an_unknown_kind_is_refused(scene: Scene, kind: str | None) -> None:
    """The type is needed, and one of those that there are."""
    source = scene.start().ids["ds"]
    sent = {"data": {"type": kind} if kind else {}, "files": {"file": ("x.csv", CSV, "text/csv")}}
    answer = scene.call("POST", f"/data_sources/{source}/uploads", **sent)
    assert answer.status_code in (400, 422)
    assert answer.json()["param"] == "type"
