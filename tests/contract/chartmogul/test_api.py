"""What the ChartMogul simulator promises beyond the recordings."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulators import Server

Json = Any
TIMEOUT_SECONDS = 30


class Client:
    """Calls the simulator and gives answers as they are."""

    def __init__(self, server: Server) -> None:
        self.server, self.control = server, server.control
        self.session = requests.Session()
        self.session.auth = (server.api_key, "")

    def call(self, method: str, path: str, body: Json = None, **query: str) -> requests.Response:
        """One call, whatever the answer."""
        url = f"{self.server.url}/v1{path}"
        return self.session.request(method, url, json=body, params=query, timeout=TIMEOUT_SECONDS)

    def made(self, path: str, body: Json) -> Json:
        """Something that was made."""
        answer = self.call("POST", path, body)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def source(self) -> str:
        """A data source."""
        return str(self.made("/data_sources", {"name": "Keap"})["uuid"])


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """An empty account, metrics without delay."""
    server.control.reset()
    server.control.switch("rate_limit", "off")
    server.control.switch("analytics_delay_seconds", 0)
    one = Client(server)
    with one.session:
        yield one


def _plan(source: str) -> Json:
    return {"data_source_uuid": source, **_bulk(1)["plans"][0]}


def _invoice(plan: str, number: int = 1, **fields: Json) -> Json:
    line = {
        "type": "subscription", "external_id": f"l{number}",
        "subscription_external_id": "s", "plan_uuid": plan,
        "service_period_start": f"2026-0{number}-01", "amount_in_cents": 1000,
    }  # fmt: skip
    return {
        "external_id": f"i{number}",
        "date": f"2026-0{number}-01",
        "currency": "USD",
        "line_items": [line],
        **fields,
    }


@pytest.fixture
def billed(client: Client) -> tuple[Client, str, str, str]:
    """The client with source, customer `c` and plan `m`."""
    source = client.source()
    customer = client.made("/customers", {"data_source_uuid": source, "external_id": "c"})["uuid"]
    return client, source, customer, client.made("/plans", _plan(source))["uuid"]


Billed = tuple[Client, str, str, str]


def test_a_wrong_key_is_refused_before_anything_else(server: Server) -> None:
    """401 in dialect A, for unknown paths too."""
    answer = requests.get(f"{server.url}/v1/nowhere", auth=("wrong", ""), timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "No valid API key provided", "param": None}


def test_a_path_outside_the_api_is_text(client: Client) -> None:
    """As recorded in 2023: 404 without JSON, which is not the answer to an object that does not exist."""
    answer = client.session.get(f"{client.server.url}/nowhere", timeout=TIMEOUT_SECONDS)
    assert (answer.status_code, answer.text, answer.headers["X-Cascade"]) == (404, "404 Not Found", "pass")


def test_an_empty_uuid_in_the_path_is_405(client: Client) -> None:
    """As the vendor answers when the customer's uuid was forgotten."""
    assert client.call("POST", "/import/customers//invoices", {"invoices": []}).status_code == 405


@pytest.mark.parametrize("mode", ["atomic", "partial"])
def test_one_duplicate_in_an_import(billed: Billed, mode: str) -> None:
    """Atomic keeps nothing of the call, partial keeps the others; both name the duplicate."""
    client, _, customer, plan = billed
    client.control.switch("invoice_import", mode)
    path = f"/import/customers/{customer}/invoices"
    client.made(path, {"invoices": [_invoice(plan, 1)]})
    answer = client.call("POST", path, {"invoices": [_invoice(plan, 1), _invoice(plan, 2)]})
    assert answer.status_code == 422
    first = answer.json()["invoices"][0]["errors"]
    assert first["external_id"] == "The external ID for this invoice already exists in our system."
    held = client.call("GET", "/invoices").json()["invoices"]
    assert len(held) == (1 if mode == "atomic" else 2)


def test_invalid_invoices_are_kept_but_hidden(billed: Billed) -> None:
    """A currency that does not exist is accepted, marked, counted as failed, and makes no MRR."""
    client, source, customer, plan = billed
    path = f"/import/customers/{customer}/invoices"
    kept = client.made(path, {"invoices": [_invoice(plan, currency="XXQ")]})["invoices"][0]
    assert kept["errors"] == {"currency": ["Currency is invalid", "Currency must be supported"]}
    assert client.call("GET", "/invoices").json()["invoices"] == []
    assert len(client.call("GET", "/invoices", validation_type="invalid").json()["invoices"]) == 1
    status = client.call("GET", f"/data_sources/{source}", with_processing_status="true").json()
    assert status["processing_status"] == {"processed": 0, "failed": 1, "pending": 0}
    assert client.call("GET", f"/customers/{customer}").json()["mrr"] == 0


def test_the_analytics_side_lags(billed: Billed) -> None:
    """Import-side reads are right at once, MRR after the delay; `pending` tells."""
    client, source, customer, plan = billed
    client.control.switch("analytics_delay_seconds", 60)
    client.made(f"/import/customers/{customer}/invoices", {"invoices": [_invoice(plan)]})
    subscriptions = client.call("GET", f"/import/customers/{customer}/subscriptions").json()["subscriptions"]
    assert [each["external_id"] for each in subscriptions] == ["s"]
    assert client.call("GET", f"/customers/{customer}").json()["mrr"] == 0
    status = client.call("GET", f"/data_sources/{source}", with_processing_status="true").json()
    assert status["processing_status"]["pending"] == 1
    client.control.clock(advance_seconds=61)
    assert client.call("GET", f"/customers/{customer}").json()["mrr"] == 1000


def _bulk(number: int) -> Json:
    line = {
        "invoice_external_id": "bi", "external_id": "bl", "type": "subscription",
        "amount_in_cents": 100 * number, "subscription_external_id": "s",
        "plan_external_id": "m", "service_period_start": "2026-01-01",
    }  # fmt: skip
    return {
        "external_id": f"bulk-{number}",
        "customers": [{"external_id": "b", "name": f"Name {number}"}],
        "plans": [{"external_id": "m", "name": "M", "interval_count": 1, "interval_unit": "month"}],
        "invoices": [
            {"external_id": "bi", "customer_external_id": "b", "date": "2026-01-01", "currency": "USD"}
        ],
        "line_items": [line],
    }


@pytest.mark.parametrize(
    ("choice", "status", "name", "mrr"),
    [
        ("fail", "failed", "Name 1", 100),
        ("skip", "imported", "Name 1", 100),
        ("update", "imported", "Name 2", 200),
    ],
)
def test_a_bulk_import_meets_what_exists(
    client: Client, choice: str, status: str, name: str, mrr: int
) -> None:
    """Queued, processing, completed on the virtual clock; duplicates fail, are skipped, or update."""
    client.control.switch("bulk_duplicate", choice)
    source = client.source()
    path = f"/data_sources/{source}/json_imports"
    for number in (1, 2):
        made = client.made(path, _bulk(number))
        seen = [made["status"]]
        for _ in range(2):
            client.control.clock(advance_seconds=3)
            seen.append(client.call("GET", f"{path}/bulk-{number}").json()["status"])
        assert seen == ["queued", "processing", "completed"]
    details = client.call("GET", f"{path}/{made['id']}").json()["status_details"]
    assert details["b"]["status"] == status
    customer = client.call("GET", "/customers", external_id="b", data_source_uuid=source).json()["entries"][0]
    assert (customer["name"], customer["mrr"]) == (name, mrr)


def test_a_merge_keeps_both_identities(billed: Billed) -> None:
    """The merged record is gone, its external id and subscriptions live on, its lead date is lost."""
    client, source, customer, plan = billed
    lead = {"data_source_uuid": source, "external_id": "lead", "lead_created_at": "2025-01-01"}
    gone = client.made("/customers", lead)["uuid"]
    client.made(f"/import/customers/{gone}/invoices", {"invoices": [_invoice(plan)]})
    merge = {"from": {"customer_uuid": gone}, "into": {"data_source_uuid": source, "external_id": "c"}}
    assert client.call("POST", "/customers/merges", merge).status_code == 202
    assert client.call("GET", f"/customers/{gone}").status_code == 404
    kept = client.call("GET", f"/customers/{customer}").json()
    assert (kept["external_ids"], kept["mrr"], kept["lead_created_at"]) == (["c", "lead"], 1000, None)


def test_the_last_invoice_takes_the_subscription_along(billed: Billed) -> None:
    """Deleting it leaves neither subscription nor MRR, and frees the external ids."""
    client, _, customer, plan = billed
    path = f"/import/customers/{customer}/invoices"
    invoice = client.made(path, {"invoices": [_invoice(plan)]})["invoices"][0]["uuid"]
    assert client.call("DELETE", f"/invoices/{invoice}").status_code == 204
    assert client.call("GET", f"/import/customers/{customer}/subscriptions").json()["subscriptions"] == []
    client.made(path, {"invoices": [_invoice(plan)]})


def test_scheduled_cancellations_wait_for_the_sender(billed: Billed) -> None:
    """By default nothing happens when the date comes; the switch lets them take effect."""
    client, source, customer, plan = billed
    client.made(f"/import/customers/{customer}/invoices", {"invoices": [_invoice(plan)]})
    event = {
        "data_source_uuid": source, "customer_external_id": "c", "subscription_external_id": "s",
        "event_type": "subscription_cancellation_scheduled", "external_id": "s:scheduled:1",
        "event_date": "2026-02-01", "effective_date": "2026-03-01",
    }  # fmt: skip
    client.made("/subscription_events", {"subscription_event": event})
    assert client.call("GET", f"/customers/{customer}").json()["mrr"] == 1000
    client.control.switch("scheduled_cancellation", "effective")
    assert client.call("GET", f"/customers/{customer}").json()["status"] == "Cancelled"


@pytest.mark.parametrize(("behaviour", "expected"), [("exact", ["a", "b", "c"]), ("skips_one", ["a", "c"])])
def test_paging_through_activities(client: Client, behaviour: str, expected: list[str]) -> None:
    """Every activity once; with the fault of 2023 each page leaves the next item out."""
    client.control.switch("activities_cursor", behaviour)
    source = client.source()
    plan = client.made("/plans", _plan(source))["uuid"]
    for number, name in enumerate(("a", "b", "c"), 1):
        customer = client.made("/customers", {"data_source_uuid": source, "external_id": name})["uuid"]
        client.made(f"/import/customers/{customer}/invoices", {"invoices": [_invoice(plan, number)]})
    seen, query = [], {"per_page": "1"}
    while True:
        page = client.call("GET", "/activities", **query).json()
        seen += [each["customer-external-id"] for each in page["entries"]]
        if not page["has_more"]:
            break
        query["cursor"] = page["cursor"]
    assert seen == expected


@pytest.fixture
def many(client: Client) -> Client:
    """201 customers and as many plans."""
    client.control.switch("json_import_seconds", 0)
    rows = [{"external_id": str(number), "name": "N"} for number in range(201)]
    plans = [row | {"interval_count": 1, "interval_unit": "month"} for row in rows]
    path = f"/data_sources/{client.source()}/json_imports"
    client.made(path, {"external_id": "i", "customers": rows, "plans": plans})
    return client


@pytest.mark.parametrize(("path", "key"), [("/customers", "entries"), ("/plans", "plans")])
@pytest.mark.parametrize("asked", [None, "201", "1000"])
def test_a_page_has_two_hundred_rows_at_most(many: Client, path: str, key: str, asked: str | None) -> None:
    """However many are asked for; what is left of paging by number stands on the first page only."""
    query = {"per_page": asked} if asked else {}
    first = many.call("GET", path, **query).json()
    assert (len(first[key]), first["has_more"], first["current_page"]) == (200, True, 1)
    second = many.call("GET", path, cursor=first["cursor"], **query).json()
    assert (len(second[key]), second["has_more"]) == (1, False)
    assert second.keys() == {key, "cursor", "has_more"}


def test_equal_end_states_dump_equal(client: Client) -> None:
    """The dump does not depend on the order of writing, on generated ids, or on when it was written."""
    dumps = []
    for names in (("a", "b"), ("b", "a")):
        client.control.reset()
        source = client.source()
        plan = client.made("/plans", _plan(source))["uuid"]
        for name in names:
            customer = client.made("/customers", {"data_source_uuid": source, "external_id": name})["uuid"]
            number = 1 + "ab".index(name)
            client.made(f"/import/customers/{customer}/invoices", {"invoices": [_invoice(plan, number)]})
        dumps.append(client.control.dump())
        client.control.clock(advance_seconds=100)
    assert dumps[0] == dumps[1]
    assert [each["external_id"] for each in dumps[0]["invoices"]] == ["i1", "i2"]


JUNK: tuple[Json, ...] = (
    "",
    0,
    -1,
    1.5,
    10**30,
    True,
    [],
    {},
    [1],
    {"a": 1},
    "x" * 300,
    "2024-13-45",
    "²",
    "\0",
)


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_nonsense_is_refused_or_kept_but_never_breaks_the_server(billed: Billed, junk: Json) -> None:
    """A wrong value in any place of any write is answered with something below 500."""
    client, source, customer, plan = billed
    event = {
        "data_source_uuid": source, "customer_external_id": "c", "event_type": "subscription_cancelled",
        "event_date": "2026-02-01", "effective_date": "2026-02-01", "subscription_external_id": "s",
    }  # fmt: skip
    writes = [
        ("/data_sources", {"name": "Other"}),
        (
            "/customers",
            {"data_source_uuid": source, "external_id": "x", "email": "a@b.example", "attributes": {}},
        ),
        ("/plans", _plan(source)),
        (f"/import/customers/{customer}/invoices", {"invoices": [_invoice(plan)]}),
        ("/subscription_events", {"subscription_event": event}),
        (f"/data_sources/{source}/json_imports", _bulk(1)),
        ("/customers/merges", {"from": {"customer_uuid": customer}, "into": {"customer_uuid": customer}}),
    ]
    for path, body in writes:
        for spoiled in _spoiled(body, junk):
            assert client.call("POST", path, spoiled).status_code < 500, (path, spoiled)
        client.control.clock(advance_seconds=10)
        assert client.call("GET", "/invoices", validation_type="all").status_code == 200


def _spoiled(body: Json, junk: Json) -> Iterator[Json]:
    """The body with junk in each of its places in turn."""
    yield junk
    places = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for place, value in places:
        for each in _spoiled(value, junk):
            copy = dict(body) if isinstance(body, dict) else list(body)
            copy[place] = each
            yield copy


def test_each_answer_has_an_id_of_its_own(client: Client) -> None:
    """Success or error: the id that the vendor's support would ask for; nothing about limits."""
    answers = [client.call("GET", path) for path in ("/ping", "/nowhere", "/customers/cus_nobody")]
    assert len({each.headers["X-Request-Id"] for each in answers}) == len(answers)
    for each in answers:
        assert each.headers["Access-Control-Allow-Credentials"] == "true"
        assert not [name for name in each.headers if "limit" in name.lower()]
