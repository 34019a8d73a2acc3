"""The simulator's metrics over several months, and what examples of single subscriptions cannot show."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.chartmogul.examples import Account
from tests.contract.chartmogul.test_mrr_examples import OWN
from tests.simulators import Server
from tests.simulators.chartmogul.metrics import formulas

Json = Any
RULES = [f"R{number}" for number in range(1, 31)]
# Rules that one customer's invoices do not show, and the test that does.
BELOW = {
    "R24": "test_a_merge_keeps_both_subscriptions_apart",
    "R25": "test_the_status_follows_the_subscriptions",
}
METRICS = {
    "M1": "mrr", "M2": "arr", "M3": "arpa", "M4": "customer-churn-rate", "M6": "mrr-churn-rate", "M7": "asp",
    "M8": "ltv", "M15": "customers",
}  # fmt: skip
# Metrics that ChartMogul's API does not serve, so that only a formula can be right, or nothing is simulated.
FORMULAS = ("M4b", "M5", "M5b", "M6b", "M13")
NOT_SERVED = ("M14",)
# Charts that a control route computes: `test_lead_charts.py`.
LEAD_CHARTS = ("M9", "M10", "M11", "M12")


@pytest.fixture
def account(server: Server) -> Iterator[Account]:
    """An empty account."""
    with Account(server) as one:
        yield one


def _line(start: str, amount: int, subscription: str = "s", **fields: Json) -> Json:
    return {
        "type": "subscription", "subscription_external_id": subscription, "plan_external_id": "m",
        "service_period_start": start, "amount_in_cents": amount, **fields,
    }  # fmt: skip


def _invoice(customer: str, *lines: Json) -> Json:
    start = lines[0]["service_period_start"]
    name = f"{customer}-{lines[0]['subscription_external_id']}-{start}"
    return {"external_id": name, "customer_external_id": customer, "date": start, "currency": "USD",
            "line_items": list(lines)}  # fmt: skip


def _inputs(*invoices: Json, cancelled: dict[str, str] | None = None, **settings: Json) -> Json:
    names = sorted({each["customer_external_id"] for each in invoices})
    return {
        "settings": settings,
        "plans": [{"external_id": "m", "interval_unit": "month", "interval_count": 1}],
        "customers": [{"external_id": name} for name in names],
        "invoices": list(invoices),
        "cancellations": [
            {"subscription_external_id": name, "cancelled_at": at} for name, at in (cancelled or {}).items()
        ],
    }


@pytest.fixture
def quarter(account: Account) -> Account:
    """`a` expands and churns, `b` contracts, `c` joins, churns and comes back."""
    account.feed(_inputs(
        _invoice("a", _line("2024-01-10", 3000, "a")), _invoice("a", _line("2024-02-10", 5000, "a")),
        _invoice("b", _line("2024-01-20", 2000, "b")), _invoice("b", _line("2024-03-20", 1000, "b")),
        _invoice("c", _line("2024-02-05", 4000, "c")), _invoice("c", _line("2024-03-05", 4000, "c")),
        cancelled={"a": "2024-03-15", "c": "2024-02-25"},
    ))  # fmt: skip
    return account


def _series(account: Account, path: str, name: str, **query: str) -> Json:
    asked = {"start-date": "2024-01-01", "end-date": "2024-04-30", "interval": "month", **query}
    return [each[name] for each in account.call("GET", f"/metrics/{path}", **asked)["entries"]]


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("mrr", "mrr", [5000, 7000, 5000, 5000]),
        ("mrr", "percentage-change", [0.0, 40.0, -28.57, 0.0]),
        ("mrr", "mrr-new-business", [5000, 4000, 0, 0]),
        ("mrr", "mrr-expansion", [0, 2000, 0, 0]),
        ("mrr", "mrr-contraction", [0, 0, -1000, 0]),
        ("mrr", "mrr-churn", [0, -4000, -5000, 0]),
        ("mrr", "mrr-reactivation", [0, 0, 4000, 0]),
        ("arr", "arr", [60000, 84000, 60000, 60000]),
        ("arpa", "arpa", [2500, 3500, 2500, 2500]),
        ("asp", "asp", [2500, 4000, 0, 0]),
        ("customer-count", "customers", [2, 2, 2, 2]),
        ("customer-churn-rate", "customer-churn-rate", [0.0, 0.0, 50.0, 0.0]),
        ("mrr-churn-rate", "mrr-churn-rate", [0.0, 40.0, 28.57, 0.0]),
        ("ltv", "ltv", [0, 0, 0, 30000]),
    ],
)
def test_a_series(quarter: Account, path: str, name: str, expected: list[float]) -> None:
    """Each metric of each month, by itself and among all of them."""
    assert _series(quarter, path, name) == expected
    if name in METRICS.values():
        assert _series(quarter, "all", name) == expected


def test_lifetime_value_of_the_same_interval(quarter: Account) -> None:
    """The older formula divides by the churn rate of the interval itself."""
    quarter.server.control.settings({"ltv_churn_rate": "same_interval"})
    assert _series(quarter, "ltv", "ltv") == [0, 0, 5000, 0]


def test_closing_balance_is_opening_balance_and_movements(quarter: Account) -> None:
    """Every day's change of MRR is the sum of its movements."""
    asked = {"start-date": "2024-01-01", "end-date": "2024-04-30", "interval": "day"}
    before = 0
    for entry in quarter.call("GET", "/metrics/mrr", **asked)["entries"]:
        moved = sum(value for name, value in entry.items() if name.startswith("mrr-"))
        assert entry["mrr"] == before + moved, entry
        before = entry["mrr"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mrr~GT~20", 4000),
        ("mrr~BETWEEN~5,20", 1000),
        ("customer_status~ANY~'Cancelled'", 0),
        ("customer_status~NONE~'Cancelled'~AND~mrr~LTE~10", 1000),
        ("currency~ANY~'USD','EUR'", 5000),
        ("currency~NONE~'USD'", 0),
        ("region~ANY~'US'", 0),
        ("plan~ANY~'m'", 5000),
        ("plan~NONE~'m'", 0),
        ("plan~NONE~'m'~AND~plan_group~ANY~'All'", 5000),
        ("active_quantity~EQ~1", 5000),
        ("customer_since~GT~'2024-02-01'", 4000),
    ],
)
def test_metrics_of_a_filter(quarter: Account, given: str, expected: int) -> None:
    """Customers by what they are, lines by their plan; plans and plan groups together are one condition."""
    plan = quarter.call("GET", "/plans")["plans"][0]["uuid"]
    quarter.call("POST", "/plan_groups", {"name": "All", "plans": [plan]})
    assert _series(quarter, "mrr", "mrr", filters=given)[-1] == expected


@pytest.mark.parametrize(
    "given", ["mrr", "mrr~GT", "mrr~GT~x", "mrr~ANY~1", "shoe_size~EQ~43", "plan~EQ~'m'"]
)
def test_a_filter_that_makes_no_sense(account: Account, given: str) -> None:
    """400 in dialect A; a filter that the simulator does not know is refused too, not ignored."""
    url = f"{account.server.url}/v1/metrics/mrr"
    asked = {"start-date": "2024-01-01", "end-date": "2024-01-31", "filters": given}
    answer = account.session.get(url, params=asked, timeout=30)
    assert (answer.status_code, answer.json()["param"]) == (400, "filters")


@pytest.mark.parametrize(("status", "mrr"), [("voided", 0), ("written_off", 0)])
def test_an_invoice_that_was_given_up(account: Account, status: str, mrr: int) -> None:
    """Voided and written-off invoices make no MRR, unless the source's setting says so."""
    account.feed(_inputs(_invoice("a", _line("2024-01-10", 3000))))
    path = f"/data_sources/{account.source}/invoices/a-s-2024-01-10/status"
    account.call("PUT", path, {"status": status})
    assert account.mrr_on("2024-02-01") == mrr
    account.server.control.settings({f"prevent_subscription_for_invoice_{status}": False})
    assert account.mrr_on("2024-02-01") == 3000


def _customer(account: Account, name: str) -> Json:
    return account.call("GET", "/customers", external_id=name)["entries"][0]


def test_a_merge_keeps_both_subscriptions_apart(account: Account) -> None:
    """After a merge the end of the old subscription is a contraction; connected, there is none."""
    account.feed(_inputs(
        _invoice("old", _line("2024-01-10", 3000, "before")),
        _invoice("new", _line("2024-02-10", 3000, "after")),
        cancelled={"before": "2024-02-10"},
    ))  # fmt: skip
    merge = {"from": {"customer_uuid": _customer(account, "old")["uuid"]},
             "into": {"customer_uuid": _customer(account, "new")["uuid"]}}  # fmt: skip
    account.call("POST", "/customers/merges", merge)
    assert [each["type"] for each in account.activities()] == ["new_biz", "churn", "reactivation"]
    named = [{"data_source_uuid": account.source, "external_id": name} for name in ("before", "after")]
    uuid = _customer(account, "new")["uuid"]
    account.call("POST", f"/customers/{uuid}/connect_subscriptions", {"subscriptions": named})
    assert [each["type"] for each in account.activities()] == ["new_biz"]
    account.call("POST", f"/customers/{uuid}/disconnect_subscriptions", {"subscriptions": named})
    assert [each["type"] for each in account.activities()] == ["new_biz", "churn", "reactivation"]


@pytest.mark.parametrize(
    ("end", "cancelled", "status"),
    [
        (None, None, "New Lead"),
        ("2026-08-01", None, "Active"),
        ("2026-06-01", None, "Past Due"),
        ("2026-08-01", "2026-06-15", "Cancelled"),
    ],
)
def test_the_status_follows_the_subscriptions(
    account: Account, end: str | None, cancelled: str | None, status: str
) -> None:
    """Lead before the first paid one, past due after its period, cancelled when all are."""
    start = "2026-05-01"
    line = _line(start, 3000 if end else 0, service_period_end=end or "2026-08-01")
    account.feed(_inputs(_invoice("a", line), cancelled={"s": cancelled} if cancelled else None))
    seen = _customer(account, "a")
    assert seen["status"] == status
    assert seen["customer-since"] == ("2026-05-01T00:00:00+00:00" if end else None)
    entries = account.call("GET", f"/customers/{seen['uuid']}/subscriptions")["entries"]
    assert [each["status"] for each in entries] == ["inactive" if cancelled else "active"]
    assert [each["mrr"] for each in entries] == [3000 if end else 0]


def test_activities_tell_what_became_of_the_subscription(account: Account) -> None:
    """A second subscription is bought and cancelled too, though the customer only expands and contracts."""
    account.feed(_inputs(
        _invoice("a", _line("2024-01-10", 3000, "s1")), _invoice("a", _line("2024-02-10", 2000, "s2")),
        _invoice("a", _line("2024-03-10", 4000, "s1")), _invoice("a", _line("2024-07-10", 4000, "s1")),
        cancelled={"s2": "2024-04-10", "s1": "2024-05-10"},
    ))  # fmt: skip
    assert [(each["type"], each["description"]) for each in account.activities()] == [
        ("new_biz", "purchased the m plan"),
        ("expansion", "purchased the m plan"),
        ("expansion", "upgraded to the m plan"),
        ("contraction", "cancelled their m plan"),
        ("churn", "cancelled their m plan"),
        ("reactivation", "reactivated an old account with m plan"),
    ]


def test_a_customers_subscriptions_come_as_they_end(account: Account) -> None:
    """One that ended first, then by id; each page says that it is page 1, as recorded in 2023."""
    account.feed(_inputs(
        *[_invoice("a", _line("2026-06-10", 3000, name, service_period_end="2026-08-10")) for name in "xyz"],
        cancelled={"z": "2026-06-20"},
    ))  # fmt: skip
    path, query, seen = f"/customers/{_customer(account, 'a')['uuid']}/subscriptions", {"per_page": "1"}, []
    for _ in range(3):
        page = account.call("GET", path, **query)
        query["cursor"] = page["cursor"]
        seen.append((page["entries"][0]["external_id"], page["page"], page["has_more"]))
    assert seen == [("z", 1, True), ("x", 1, True), ("y", 1, False)]


def test_invoices_of_a_customer_whose_source_was_emptied(account: Account) -> None:
    """An empty list of no pages, as recorded; a customer who never was is not found."""
    account.feed(_inputs(_invoice("a", _line("2024-01-10", 3000))))
    path = f"/import/customers/{_customer(account, 'a')['uuid']}/invoices"
    account.call("DELETE", f"/data_sources/{account.source}/all")
    page = account.call("GET", path)
    assert (page["invoices"], page["current_page"], page["total_pages"]) == ([], 1, 0)


def test_a_quantity_of_zero_is_refused(account: Account) -> None:
    """Any whole number but zero."""
    account.feed(_inputs(_invoice("a", _line("2024-01-10", 3000))))
    plan = account.call("GET", "/plans")["plans"][0]["uuid"]
    line = {**_line("2024-02-10", 3000, quantity=0), "plan_uuid": plan}
    body = {"invoices": [_invoice("a", line)]}
    url = f"{account.server.url}/v1/import/customers/{_customer(account, 'a')['uuid']}/invoices"
    answer = account.session.post(url, json=body, timeout=30)
    assert answer.status_code == 422
    assert "line_items.quantity" in answer.json()["invoices"][0]["errors"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (formulas.customer_churn_rate_shopify([(100, 98), (98, 98)]), 2.0),
        (formulas.gross_mrr_churn_rate(10000, -500, -300), 8.0),
        (formulas.gross_mrr_churn_rate_shopify([(1000, -50, -30)]), 8.0),
        (formulas.net_mrr_churn_rate_shopify([(1000, 1150, 50)]), -10.0),
        (formulas.quick_ratio(400, 100, 100, -200), 3),
        (formulas.quick_ratio(400, 100, 100, 0), None),
        (formulas.percentage_change(1071, 1000), 7.1),
        (formulas.percentage_change(5, 0), 0.0),
    ],
)
def test_a_formula_that_no_endpoint_shows(value: object, expected: object) -> None:
    """The older churn formulas, gross churn, the quick ratio, and changes from nothing."""
    assert value == expected


def test_every_rule_has_an_example_of_our_own() -> None:
    """Each rule of the engine stands in an example, or in a test of this module."""
    own = {rule for example in json.loads(OWN.read_text()) for rule in example["rules"]}
    assert set(RULES) <= own | BELOW.keys()
    assert {name for name in BELOW.values() if name not in globals()} == set()


def test_every_metric_is_served_or_said_not_to_be() -> None:
    """M1 to M18: an endpoint, a formula, or a reason; 14, 16, 17 and 18 are covered above and by rules."""
    covered = {*METRICS, *FORMULAS, *NOT_SERVED, *LEAD_CHARTS, "M16", "M17", "M18"}
    assert {f"M{number}" for number in range(1, 19)} <= covered
