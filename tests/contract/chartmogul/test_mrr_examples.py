"""The simulator's metrics against worked examples, fed and read over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.chartmogul.examples import Account, differences
from tests.simulators import Server
from tests.simulators.chartmogul.metrics import formulas

Json = Any
OWN = Path(__file__).parent / "mrr_examples.json"
SHARED = Path(__file__).parents[4] / "shared" / "cases" / "mrr-vectors.json"


def _examples() -> list[Json]:
    files = [each for each in (OWN, SHARED) if each.exists()]
    return [example for file in files for example in json.loads(file.read_text())]


EXAMPLES = _examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
def test_example(server: Server, example: Json) -> None:
    """Balances, movements and metrics are what the example expects."""
    with Account(server) as account:
        account.feed(example["inputs"])
        found = differences(account, example["expect"])
        found += _subscription_counts(account, example["expect"].get("metrics", {}))
    found += _aggregate_differences(example["inputs"].get("aggregates"), example["expect"].get("metrics", {}))
    assert found == []


def _subscription_counts(account: Account, wanted: Json) -> list[str]:
    if "subscriptions" not in wanted:
        return []
    entries = [
        each
        for customer in account.call("GET", "/customers")["entries"]
        for each in account.call("GET", f"/customers/{customer['uuid']}/subscriptions")["entries"]
        if each["status"] == "active"
    ]
    seen = {
        "subscriptions": len({each["subscription_set_external_id"] for each in entries}),
        "subscription_quantity": sum(each["quantity"] for each in entries),
    }
    return [
        f"{name}: {seen[name]} instead of {wanted[name]}" for name in seen if seen[name] != wanted.get(name)
    ]


def _aggregate_differences(given: Json, wanted: Json) -> list[str]:
    if not given:
        return []
    seen = {name: AGGREGATES[name](given) for name in wanted}
    return [
        f"{name}: {seen[name]} instead of {wanted[name]}" for name in wanted if seen[name] != wanted[name]
    ]


def _arpa(given: Json) -> int:
    if "customer_mrr" in given:
        return formulas.arpa(sum(given["customer_mrr"]), len(given["customer_mrr"]))
    return formulas.arpa(given["closing_mrr"], given["customers_end"])


AGGREGATES: dict[str, Callable[[Json], Json]] = {
    "arr": lambda given: formulas.arr(given["closing_mrr"]),
    "arpa": _arpa,
    "ltv": lambda given: formulas.ltv(_arpa(given), given["customer_churn_rate"]),
    "customer_churn_rate": lambda given: formulas.customer_churn_rate(
        given["customers_start"],
        given["churned"],
        given.get("of_which_joined_in_period", 0),
        given.get("of_which_reactivated_in_period", 0),
    ),
    "net_mrr_churn_rate_shopify_day": lambda given: formulas.net_mrr_churn_rate_shopify(
        [(given["day_open_mrr"], given["day_close_mrr"], given["new_biz"])]
    ),
    "gross_mrr_churn_rate_shopify_day": lambda given: formulas.gross_mrr_churn_rate_shopify(
        [(given["day_open_mrr"], given["net_churn"], given["net_contraction"])]
    ),
}
