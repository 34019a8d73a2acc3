"""The expected figure knows the rules of the destination's configuration, and differences name them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reconciliation.load import READ_BY_RULES, keap_from_records
from reconciliation.policy import from_configuration
from reconciliation.run import reconcile
from tests.destination_chartmogul.keap import contact, item, order, subscription
from tests.destination_chartmogul.ruled import ACCOUNT
from tests.reconciliation.accounts import ChartMogulAccount

Json = dict[str, Any]
AS_OF = date(2026, 6, 20)
RULES: list[tuple[Json, int]] = [
    ({"on": "contact", "when": "contact.email is like('ada@*')", "exclude": True}, 0),
    ({"on": "order", "when": "order.title == ''", "route": "Other"}, 0),
    ({"on": "item", "when": "item.price == 49", "classify": "one_time"}, 0),
    ({"on": "subscription", "when": "subscription.id == '5001'", "interval": "1 year"}, 408),
]


def keap() -> Any:
    """One contact with one monthly bill of 49.00."""
    records = {
        "account": {"account": ACCOUNT},
        "contacts": {"1001": contact()},
        "orders": {"20001": order(item())},
        "subscriptions": {"5001": subscription(start_date="2026-06-03")},
        "products": {},
        "payments": {},
    }
    return keap_from_records(records, also=READ_BY_RULES)


@pytest.mark.parametrize(("rule", "mrr"), RULES)
def test_a_difference_that_a_rule_makes_is_known_by_it(rule: Json, mrr: int) -> None:
    """Keap's own figure stays what Keap bills; what would be sent, and ChartMogul, follow the rule."""
    held = ChartMogulAccount().customer("1001")
    if mrr:
        held.moves("1001", "5001", ("2026-06-03", mrr))
    policy = from_configuration({"rules": [{"name": "mine", **rule}]})
    found = reconcile(keap(), held.frames([AS_OF]), AS_OF, 1, policy=policy)
    (row,) = found.differences
    assert (row.keap, row.expected, row.chartmogul) == (4900, mrr, mrr)
    assert (row.cause, row.faults) == ("C32", 0)
    assert "rule 1 (mine)" in row.evidence[0]


def test_without_the_rule_it_is_a_fault() -> None:
    """The same accounts, and a configuration that has no rules."""
    found = reconcile(keap(), ChartMogulAccount().customer("1001").frames([AS_OF]), AS_OF, 1)
    assert found.differences[0].cause == "C22"
