"""What the ChartMogul simulator promises of plan groups and of what hangs on customers."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.chartmogul.test_api import Client
from tests.simulators import Server

Json = Any


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """An empty account without rate limit."""
    server.control.reset()
    server.control.switch("rate_limit", "off")
    one = Client(server)
    with one.session:
        yield one


def _plan(client: Client, source: str, name: str) -> str:
    body = {"data_source_uuid": source, "name": name, "interval_count": 1, "interval_unit": "month"}
    return str(client.made("/plans", body)["uuid"])


def _without_id(row: Json) -> Json:
    return {name: value for name, value in row.items() if name != "uuid"}


def test_a_group_counts_the_plans_that_still_exist(client: Client) -> None:
    """A plan that is deleted leaves its groups, and a group that is deleted leaves its plans."""
    source = client.source()
    plans = [_plan(client, source, name) for name in ("Gold", "Silver")]
    group = client.made("/plan_groups", {"name": "Metals", "plans": [*plans, plans[0]]})
    assert _without_id(group) == {"name": "Metals", "plans_count": 2}
    assert client.call("DELETE", f"/plans/{plans[0]}").status_code == 204
    path = f"/plan_groups/{group['uuid']}"
    assert client.call("GET", path).json()["plans_count"] == 1
    assert [each["name"] for each in client.call("GET", f"{path}/plans").json()["plans"]] == ["Silver"]
    assert client.call("DELETE", path).status_code == 204
    assert (client.call("GET", path).status_code, client.call("GET", f"/plans/{plans[1]}").ok) == (404, True)


def test_a_changed_group_has_the_plans_that_were_sent_last(client: Client) -> None:
    """The list of plans is replaced, what was not sent stays, and an empty list is refused."""
    source = client.source()
    plans = [_plan(client, source, name) for name in ("Gold", "Silver")]
    path = f"/plan_groups/{client.made('/plan_groups', {'name': 'Metals', 'plans': plans})['uuid']}"
    changed = client.call("PATCH", path, {"plans": plans[1:]}).json()
    assert _without_id(changed) == {"name": "Metals", "plans_count": 1}
    assert client.call("PATCH", path, {"plans": []}).json()["plan_ids"] == ["Plan ids can't be blank"]


def _customer(client: Client, source: str, external_id: str = "c1") -> str:
    body = {"data_source_uuid": source, "external_id": external_id, "name": external_id}
    return str(client.made("/customers", body)["uuid"])


def test_contacts_are_found_by_each_filter(client: Client) -> None:
    """Contacts with one address are different contacts, listed newest first and found by their customer."""
    source = client.source()
    one, other = _customer(client, source), _customer(client, source, "c2")
    body = {"data_source_uuid": source, "email": "a@b.example"}
    first = client.made("/contacts", {**body, "customer_uuid": one})
    second = client.made(f"/customers/{one}/contacts", body)
    third = client.made("/contacts", {**body, "customer_uuid": other, "email": "c@d.example"})
    assert [each["position"] for each in (first, second, third)] == [1, 2, 1]
    by = [{"customer_uuid": one}, {"email": "c@d.example"}, {"customer_external_id": "c2"}, {"email": "x"}]
    found = [
        [each["uuid"] for each in client.call("GET", "/contacts", **each).json()["entries"]] for each in by
    ]
    pair, last = [second["uuid"], first["uuid"]], [third["uuid"]]
    assert found == [pair, last, last, []]
    assert [
        each["uuid"] for each in client.call("GET", f"/customers/{one}/contacts").json()["entries"]
    ] == pair
    page = client.call("GET", "/contacts", per_page="2").json()
    rest = client.call("GET", "/contacts", per_page="2", cursor=page["cursor"]).json()
    assert ([each["uuid"] for each in rest["entries"]], rest["has_more"]) == ([first["uuid"]], False)


def test_a_merged_contact_keeps_its_own_values(client: Client) -> None:
    """What the surviving contact lacks comes from the other, which is gone."""
    source = client.source()
    body = {"data_source_uuid": source, "customer_uuid": _customer(client, source)}
    into = client.made("/contacts", {**body, "first_name": "Ada", "custom": [{"key": "a", "value": 1}]})
    gone = client.made("/contacts", {**body, "first_name": "Bo", "title": "CTO", "notes": "n"})
    merged = client.call("POST", f"/contacts/{into['uuid']}/merge/{gone['uuid']}").json()
    wanted = {"first_name": "Ada", "title": "CTO", "notes": "n", "custom": {"a": 1}, "customer_uuid": None}
    assert merged == {**into, **wanted}
    answer = client.call("GET", f"/contacts/{gone['uuid']}")
    bare = gone["uuid"].removeprefix("con_")
    assert (answer.status_code, answer.json()["message"]) == (404, f'Contact "{bare}" does not exist')


def test_contacts_go_where_their_customer_goes(client: Client) -> None:
    """A merge of customers moves contacts, a deletion takes them along."""
    source = client.source()
    one, other = _customer(client, source), _customer(client, source, "c2")
    contact = client.made("/contacts", {"data_source_uuid": source, "customer_uuid": one})
    client.made("/customers/merges", {"from": {"customer_uuid": one}, "into": {"customer_uuid": other}})
    path = f"/contacts/{contact['uuid']}"
    assert client.call("GET", path).json()["customer_uuid"] == other
    assert [each["customer"] for each in client.control.dump()["contacts"]] == [["c1", "c2"]]
    client.call("DELETE", f"/customers/{other}")
    assert client.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("spoiled", "status", "param"),
    [
        ({"customer_uuid": None}, 400, "customer_uuid"),
        ({"data_source_uuid": "ds_x"}, 404, "data_source_uuid"),
        ({"email": "nobody"}, 422, "email"),
        ({"custom": {"a": 1}}, 422, "custom"),
        ({"position": "first"}, 422, "position"),
    ],
)
def test_an_unfit_contact_is_refused(client: Client, spoiled: Json, status: int, param: str) -> None:
    """One error at a time, naming the field."""
    source = client.source()
    body = {"data_source_uuid": source, "customer_uuid": _customer(client, source), **spoiled}
    answer = client.call("POST", "/contacts", body)
    assert (answer.status_code, answer.json()["param"]) == (status, param)


def test_a_note_is_reached_by_both_paths(client: Client) -> None:
    """Notes made under the customer are customer notes, and a deleted one is gone from both."""
    customer = _customer(client, client.source())
    made = client.made(f"/customers/{customer}/notes", {"type": "note", "text": "x"})
    path = f"/customer_notes/{made['uuid']}"
    assert client.call("GET", path).json() == made
    changed = client.call("PATCH", path, {"text": "y", "author_email": "a@b.example"}).json()
    assert (changed["text"], changed["author"], changed["type"]) == ("y", "Staff User (a@b.example)", "note")
    assert client.call("GET", f"/customers/{customer}/notes/{made['uuid']}").json() == changed
    assert (client.call("DELETE", path).status_code, client.call("DELETE", path).status_code) == (200, 404)


def test_notes_are_filtered(client: Client) -> None:
    """By type, author and customer; a call without duration took a minute."""
    source = client.source()
    body = {"customer_uuid": _customer(client, source), "text": "x"}
    other = {"customer_uuid": _customer(client, source, "c2"), "type": "note", "author_email": "a@b.example"}
    seconds = [
        client.made("/customer_notes", each)["call_duration"]
        for each in ({**body, "type": "call"}, {**body, "type": "note"}, other)
    ]
    assert seconds == [60, 0, 0]
    by: tuple[dict[str, str], ...] = (
        {"type": "call"},
        {"author_email": "a@b.example"},
        {"customer_uuid": body["customer_uuid"]},
        {},
    )
    lists = [client.call("GET", "/customer_notes", **each).json()["entries"] for each in by]
    assert [len(each) for each in lists] == [1, 1, 2, 3]
    assert client.call("POST", "/customer_notes", {**body, "type": "mail"}).status_code == 422
    assert client.call("POST", "/customer_notes", body).json()["param"] == "type"


DEAL: Json = {
    "owner": "a@b.example", "pipeline": "New Business", "pipeline_stage": "Discovery",
    "estimated_close_date": "2026-03-01", "amount_in_cents": 100, "currency": "EUR",
}  # fmt: skip


def test_opportunities_are_filtered_by_date_and_stage(client: Client) -> None:
    """The bounds of the expected date are inclusive."""
    body = {**DEAL, "customer_uuid": _customer(client, client.source())}
    made = client.made("/opportunities", {**body, "custom": [{"key": "a", "value": True}]})
    assert made["custom"] == {"a": True}
    client.made("/opportunities", {**body, "estimated_close_date": "2026-04-01", "pipeline_stage": "Won"})
    by: tuple[dict[str, str], ...] = (
        {"estimated_close_date_on_or_after": "2026-03-02"},
        {"estimated_close_date_on_or_before": "2026-03-01"},
        {"pipeline_stage": "Won"},
        {"customer_uuid": "cus_x"},
        {},
    )
    lists = [client.call("GET", "/opportunities", **each).json()["entries"] for each in by]
    assert [len(each) for each in lists] == [1, 1, 1, 0, 2]


def test_an_opportunity_changes_where_it_was_told_to(client: Client) -> None:
    """A change keeps what was not sent, an unfit one is refused, a deletion answers with an object."""
    made = client.made("/opportunities", {**DEAL, "customer_uuid": _customer(client, client.source())})
    path = f"/opportunities/{made['uuid']}"
    client.control.clock(advance_seconds=60)
    changed = client.call("PATCH", path, {"win_likelihood": 90}).json()
    assert changed == {**made, "win_likelihood": 90, "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > made["updated_at"]
    for spoiled in ({"win_likelihood": 101}, {"estimated_close_date": "soon"}, {"currency": "Euro"}):
        answer = client.call("PATCH", path, spoiled)
        assert (answer.status_code, [answer.json()["param"]]) == (422, list(spoiled))
    assert client.call("DELETE", path).json() == {}
    assert client.call("GET", path).status_code == 404


def test_tasks_are_found_by_what_is_left_to_do(client: Client) -> None:
    """A completed task leaves the open ones, and comes back when its completion is taken away."""
    customer = _customer(client, client.source())
    body = {"customer_uuid": customer, "task_details": "Call", "assignee": "a@b.example"}
    made = client.made("/tasks", {**body, "due_date": "2026-03-01"})
    client.made("/tasks", {**body, "due_date": "2026-04-01T12:00:00Z"})
    path = f"/tasks/{made['task_uuid']}"
    done = client.call("PATCH", path, {"completed_at": "2026-02-01T10:00:00Z"}).json()
    assert (done["completed_at"], done["due_date"]) == ("2026-02-01T10:00:00.000Z", made["due_date"])
    by: tuple[dict[str, str], ...] = (
        {"completed": "false"},
        {"completed": "true"},
        {"due_date_on_or_after": "2026-03-02"},
        {"due_date_on_or_before": "2026-03-01"},
        {"assignee": "nobody@b.example"},
        {"customer_uuid": customer},
    )
    lists = [client.call("GET", "/tasks", **each).json()["entries"] for each in by]
    assert [len(each) for each in lists] == [1, 1, 1, 1, 0, 2]
    assert client.call("PATCH", path, {"completed_at": None}).json()["completed_at"] is None
    assert client.call("DELETE", path).json() == {}
    assert client.call("GET", path).status_code == 404


def test_a_task_needs_its_fields(client: Client) -> None:
    """A missing field is named, and so is a text that is too long."""
    body = {"customer_uuid": _customer(client, client.source()), "assignee": "a@b.example"}
    assert client.call("POST", "/tasks", {**body, "due_date": "2026-03-01"}).json()["param"] == "task_details"
    unfit = client.call("POST", "/tasks", {**body, "due_date": "2026-03-01", "task_details": "x" * 256})
    assert (unfit.status_code, unfit.json()["param"]) == (422, "task_details")


def test_an_export_is_pending_before_it_succeeds(client: Client) -> None:
    """The file is there after some seconds, for a week; unfit filters are refused."""
    made = client.made("/activities_export", {"type": "churn", "start-date": "2026-01-01T00:00:00Z"})
    params = {"activity_type": "churn", "start_date": "2026-01-01 00:00:00 +0000", "end_date": None}
    assert (made["status"], made["file_url"], made["params"]["params"]) == ("pending", None, params)
    path = f"/activities_export/{made['id']}"
    assert client.call("GET", path).json() == made
    client.control.clock(advance_seconds=10)
    ready = client.call("GET", path).json()
    assert (ready["status"], ready["file_url"].endswith(".zip")) == ("succeeded", True)
    assert ready["expires_at"] > ready["created_at"]
    for spoiled in ({"type": "x"}, {"start-date": "x"}, {"end-date": 1}):
        assert client.call("POST", "/activities_export", spoiled).status_code == 400
    assert client.call("GET", "/activities_export/x").status_code == 404
