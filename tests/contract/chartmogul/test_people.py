"""What the ChartMogul simulator promises of people: who comes with a customer, and what is about whom."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.chartmogul.scene import TASK, Scene
from tests.simulators import Server

Json = Any


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    """An account with one of everything."""
    one = Scene(server)
    with one.session:
        yield one.start()


def _entries(scene: Scene, path: str, **query: str) -> list[Json]:
    found: list[Json] = scene.call("GET", path, params=query).json()["entries"]
    return found


def _about(uuid: str) -> Json:
    return {"associated_object": "contact", "method": "uuid", "value": uuid}


def test_notes_and_tasks_may_be_about_a_contact(scene: Scene) -> None:
    """Made by the identifier, told by the associated object, found by it, and taken along by a merge."""
    into, gone = scene.ids["into"], scene.ids["from"]
    identified = {"associated_object_identifier": _about(gone)}
    note = scene.made("/notes", {**identified, "type": "note", "text": "met"})
    task = scene.made("/tasks", {**identified, **TASK})
    for made in (note, task):
        assert (made["associated_object"], made["associated_object_uuid"]) == ("contact", gone)
        assert made["customer_uuid"] is None
    assert [each["text"] for each in _entries(scene, "/notes", contact_uuid=gone)] == ["met"]
    scene.call("POST", f"/contacts/{into}/merge/{gone}")
    assert [each["text"] for each in _entries(scene, "/notes", contact_uuid=into)] == ["met"]
    assert [each["task_uuid"] for each in _entries(scene, "/tasks", contact_uuid=into)] == [task["task_uuid"]]


def test_the_older_notes_say_nothing_of_contacts(scene: Scene) -> None:
    """One note on both paths: only the newer one names what it is about."""
    seen = [scene.call("GET", f"{path}/{scene.ids['note']}").json() for path in ("/customer_notes", "/notes")]
    assert seen[1].keys() - seen[0].keys() == {"associated_object", "associated_object_uuid"}
    assert seen[1]["associated_object_uuid"] == scene.ids["cus"]


def test_the_answers_of_september_2026(scene: Scene) -> None:
    """Statuses apart, when someone was last seen, whose a task is, and 202 with a sentence for deletions."""
    customer, contact = f"/customers/{scene.ids['cus2']}", f"/contacts/{scene.ids['con']}"
    old = {path: scene.call("GET", path).json().keys() for path in (customer, contact)}
    scene.server.control.switch("answers_of", "2026")
    seen = scene.call("PATCH", contact, {"last_active_at": "2026-09-01T00:00:00Z"}).json()
    assert (seen["last_seen"], seen.keys() - old[contact]) == ("2026-09-01T00:00:00.000Z", {"last_seen"})
    lead = scene.call("GET", customer).json()
    statuses = ("lead_status", "free_subscriber_status", "trial_subscriber_status", "paid_subscriber_status")
    assert lead.keys() - old[customer] == {*statuses, "last_seen"}
    assert [lead[each] for each in statuses] == [
        "New Lead", "Never a Free Subscriber", "Never had Trial", "Never a Paid Subscriber",
    ]  # fmt: skip
    task = scene.made("/tasks", {"customer_uuid": scene.ids["cus2"], **TASK})
    assert (task["associated_object"], task["associated_object_uuid"]) == ("customer", scene.ids["cus2"])
    for path, kind in ((contact, "Contact"), (f"/data_sources/{scene.ids['ds']}", "Source")):
        answer = scene.call("DELETE", path)
        assert (answer.status_code, answer.json()) == (202, {"message": f"{kind} deleted"})


def test_contacts_are_found_by_their_external_id(scene: Scene) -> None:
    """The list takes `external_id`, alone too."""
    body = {"customer_uuid": scene.ids["cus"], "data_source_uuid": scene.ids["ds"], "external_id": "p7"}
    made = scene.made("/contacts", body)
    assert [each["uuid"] for each in _entries(scene, "/contacts", external_id="p7")] == [made["uuid"]]


def test_an_empty_change_changes_nothing(scene: Scene) -> None:
    """PATCH of a note or task with an empty object: 304 without a body, and no new time of change."""
    for path in (f"/notes/{scene.ids['note']}", f"/tasks/{scene.ids['task']}"):
        before = scene.call("GET", path).json()
        answer = scene.call("PATCH", path, {})
        assert (answer.status_code, answer.content) == (304, b"")
        assert scene.call("GET", path).json() == before


def test_a_merge_keeps_what_both_have(scene: Scene) -> None:
    """Tags, people, notes, tasks and sales of both; of an attribute that both have the value of the one that
    stays.
    """
    gone, into = scene.ids["cus"], scene.ids["cus2"]
    paths = ("/contacts", "/notes", "/tasks", "/opportunities")
    had = [len(_entries(scene, path, customer_uuid=gone)) for path in paths]
    scene.made("/tasks", {"customer_uuid": into, **TASK})
    own = {"tags": ["own", "vip"], "custom": [{"type": "Integer", "key": "age", "value": 9}]}
    for kind, value in own.items():
        scene.made(f"/customers/{into}/attributes/{kind}", {kind: value})
    merge = {"from": {"customer_uuid": gone}, "into": {"customer_uuid": into}}
    scene.call("POST", "/customers/merges", merge)
    assert [len(_entries(scene, path, customer_uuid=into)) for path in paths] == [2, 1, 2, 1]
    assert had == [2, 1, 1, 1]
    held = scene.call("GET", f"/customers/{into}").json()["attributes"]
    assert (held["tags"], held["custom"]) == (["own", "vip", "old"], {"age": 9, "channel": "x"})


@pytest.mark.parametrize(
    "identifier", ["x", {"value": 1}, {**_about("con_x"), "method": "phone"}, _about("con_nobody")]
)
def test_an_identifier_that_names_nothing_is_refused(scene: Scene, identifier: Json) -> None:
    """400 for one that cannot be read, 404 for one that names nobody."""
    body = {"associated_object_identifier": identifier, "type": "note"}
    expected = 404 if identifier == _about("con_nobody") else 400
    assert scene.call("POST", "/notes", body).status_code == expected


def test_a_primary_contact_comes_with_the_customer(scene: Scene) -> None:
    """Made with the customer, changed with it, and never made twice."""
    person = {"first_name": "Ann", "email": "ann@example.com"}
    body = {"data_source_uuid": scene.ids["ds"], "external_id": "p", "primary_contact": person}
    uuid = scene.made("/customers", body)["uuid"]
    scene.call("PATCH", f"/customers/{uuid}", {"primary_contact": {"title": "CEO"}})
    found = _entries(scene, "/contacts", customer_uuid=uuid)
    told = [(each["first_name"], each["title"], each["position"]) for each in found]
    assert told == [("Ann", "CEO", 1)]
    wrong = scene.call("PATCH", f"/customers/{uuid}", {"primary_contact": {"email": "nonsense"}})
    assert wrong.status_code == 422


def test_a_search_may_look_at_contacts_too(scene: Scene) -> None:
    """Without the wish only the customer's own address counts."""
    scene.call("PATCH", f"/contacts/{scene.ids['con']}", {"email": "ann@example.com"})
    asked = {"email": "ann@example.com"}
    assert scene.call("GET", "/customers/search", params=asked).status_code == 404
    found = _entries(scene, "/customers/search", **asked, with_associated_emails="true")
    assert [each["uuid"] for each in found] == [scene.ids["cus"]]


def test_attributes_by_e_mail_reach_every_customer_with_it(scene: Scene) -> None:
    """Tags and custom attributes are put on all of them, and all come back."""
    scene.call("PATCH", f"/customers/{scene.ids['cus2']}", {"email": "one@example.com"})
    tagged = scene.call("POST", "/customers/attributes/tags", {"email": "one@example.com", "tags": ["x"]})
    assert ["x" in each["attributes"]["tags"] for each in tagged.json()["entries"]] == [True, True]
    custom = [{"type": "Integer", "key": "size", "value": 3}]
    body = {"email": "one@example.com", "custom": custom}
    entries = scene.call("POST", "/customers/attributes/custom", body).json()["entries"]
    assert [each["attributes"]["custom"]["size"] for each in entries] == [3, 3]


@pytest.mark.parametrize("moved", [[], ["notes"], ["tasks", "opportunities", "notes"]])
def test_an_unmerge_moves_what_is_asked_for(scene: Scene, moved: list[str]) -> None:
    """Contacts go with their data source; the rest stays unless it is asked for."""
    other = scene.made("/data_sources", {"name": "Other"})["uuid"]
    second = scene.made("/customers", {"data_source_uuid": other, "external_id": "z"})["uuid"]
    scene.made("/contacts", {"data_source_uuid": other, "customer_uuid": second, "first_name": "Zoe"})
    merge = {"from": {"customer_uuid": second}, "into": {"customer_uuid": scene.ids["cus"]}}
    scene.call("POST", "/customers/merges", merge)
    assert len(_entries(scene, "/contacts", customer_uuid=scene.ids["cus"])) == 3
    body = {"customer_uuid": scene.ids["cus"], "data_source_uuid": other, "external_id": "z"}
    scene.call("POST", "/customers/unmerges", {**body, "move_to_new_customer": moved})
    alone = _entries(scene, "/customers", external_id="z")[0]["uuid"]
    assert [each["first_name"] for each in _entries(scene, "/contacts", customer_uuid=alone)] == ["Zoe"]
    paths = {"notes": "/customer_notes", "tasks": "/tasks", "opportunities": "/opportunities"}
    counts = {name: len(_entries(scene, path, customer_uuid=alone)) for name, path in paths.items()}
    assert counts == {name: int(name in moved) for name in paths}


@pytest.mark.parametrize(
    ("kind", "name"), [("line_items", "li"), ("transactions", "tr"), ("invoices", "inv")]
)
def test_a_disabled_record_can_be_enabled_again(scene: Scene, kind: str, name: str) -> None:
    """By uuid or by external id; while it is disabled the read says since when."""
    scene.server.control.switch("disabling", "allowed")
    path, query = f"/{kind}/{scene.ids[name]}/disabled_state", None
    first = scene.call("PATCH", path, {"disabled": True}, params=query).json()
    assert first["disabled"]
    assert first["disabled_at"].startswith("2026-07-01")
    query = {"data_source_uuid": scene.ids["ds"], "external_id": f"{name[0]}1"}
    again = scene.call("PATCH", f"/{kind}/disabled_state", {"disabled": False}, params=query).json()
    assert (again["disabled"], again["disabled_at"]) == (False, None)


def test_disabled_invoices_and_events_are_hidden(scene: Scene) -> None:
    """Lists leave them out unless they are asked for."""
    scene.server.control.switch("disabling", "allowed")
    scene.call("PATCH", f"/invoices/{scene.ids['inv']}/disabled_state", {"disabled": True})
    scene.call("PATCH", f"/subscription_events/{scene.ids['id']}/disabled_state", {"disabled": True})
    for path, key in (("/invoices", "invoices"), ("/subscription_events", "subscription_events")):
        assert scene.call("GET", path).json()[key] == []
        assert len(scene.call("GET", path, params={"with_disabled": "true"}).json()[key]) == 1
