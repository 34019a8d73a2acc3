"""Currencies whose smallest unit is no hundredth: every figure is right, and written right."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reconciliation import render, tables
from reconciliation.audit import Examination, examine
from reconciliation.customer import story
from reconciliation.policy import Policy
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, item, line
from tests.reconciliation.planted import AS_OF, ON

SMALLEST = Policy(hundredths=False)


def audit(keap: KeapAccount, held: int, policy: Policy | None = None) -> Examination:
    """ChartMogul holds this for the one subscription."""
    theirs = ChartMogulAccount().moves("1001", "5001", (ON, held))
    frames = theirs.frames([date(2026, 1, 31), AS_OF], currency=keap.currency)
    return examine(keap.frames(), frames, AS_OF, 2, policy=policy)


def account(currency: str, *items: Any, **subscription: Any) -> KeapAccount:
    keap = KeapAccount(currency=currency).subscription("5001", "1001", **subscription)
    return keap.order("20001", "1001", ON, *items)


@pytest.mark.parametrize(
    ("currency", "price", "policy", "mrr", "written"),
    [
        ("JPY", 120_000, None, 1_000_000, "10,000.00"),
        ("JPY", 120_000, SMALLEST, 10_000, "10,000"),
        ("KWD", 120_000, None, 1_000, "10.00"),
        ("KWD", 120_000, SMALLEST, 10_000, "10.000"),
        ("EUR", 120_000, None, 10_000, "100.00"),
    ],
)
def test_mrr_is_written_as_chartmogul_counts_it(
    currency: str, price: int, policy: Policy | None, mrr: int, written: str
) -> None:
    """120,000 of the smallest unit a year; hundredths of the currency unless the policy says otherwise."""
    found = audit(account(currency, line("5001", price), cycle="YEAR"), mrr, policy)
    assert (found.report.last.keap, found.report.last.expected, found.report.differences) == (mrr, mrr, ())
    assert f" {written} " in render.text(found.report)
    assert f"<b>{written}</b>" in render.html(found.report)
    assert tables.months(found.report)["Keap"].iloc[0] == Decimal(written.replace(",", ""))


@pytest.mark.parametrize(
    ("currency", "items", "subscription", "held", "cause", "evidence"),
    [
        ("JPY", (line("5001", 3000), item("TAX", price=300)), {}, 330_000, "C4", "its tax of 300.00 JPY"),
        ("JPY", (line("5001", 12_000),), {"cycle": "YEAR"}, 1_200_000, "C2", "covers 1 year"),
        ("KWD", (line("5001", 3000), item("TAX", price=300)), {}, 330, "C4", "its tax of 0.30 KWD"),
        ("JPY", (line("5001", 3000),), {"billing_amount": Decimal(3500)}, 350_000, "C1", "was changed"),
    ],
)
def test_causes_are_found_in_any_currency(
    currency: str, items: tuple[Any, ...], subscription: dict[str, Any], held: int, cause: str, evidence: str
) -> None:
    """Keap's smallest unit and ChartMogul's hundredths are brought together before amounts are compared."""
    found = audit(account(currency, *items, **subscription), held)
    assert {row.cause for row in found.report.differences} == {cause}
    assert evidence in found.report.differences[0].evidence[0]
    assert found.report.last.unexplained == 0


def test_a_customers_orders_are_in_keaps_unit() -> None:
    """The story's orders say yen as Keap bills them, its MRR says hundredths."""
    found = audit(account("JPY", line("5001", 3000)), 300_000)
    told = story(found, "1001")
    assert told.events["says"].tolist() == ["order of 3,000", "new_biz of +3,000.00, subscription 5001"]
