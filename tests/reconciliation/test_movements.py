"""Movements are typed as ChartMogul types them, from Keap's side and from what would be sent."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from reconciliation import keap_mrr, movements
from reconciliation.expected import Expected, expected
from reconciliation.frames import stamp
from reconciliation.keap_mrr.steps import steps
from reconciliation.policy import Policy, zone_named
from tests.reconciliation.accounts import DENVER, KeapAccount, item, line

AS_OF = date(2026, 6, 30)
DAYS = [date(2026, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30))]
ZONE = zone_named(DENVER)

Typed = list[tuple[str, str, int]]


def periods(keap: KeapAccount) -> pd.DataFrame:
    frames = keap.frames()
    lines = keap_mrr.subscription_lines(frames, ZONE)
    return keap_mrr.periods(lines, frames.subscriptions, Policy(), AS_OF, ZONE)


def what_would_be_sent(keap: KeapAccount) -> Expected:
    found = expected(keap.frames(), Policy(), AS_OF, ZONE)
    assert found is not None
    return found


def plain(table: pd.DataFrame) -> Typed:
    moved = movements.typed(table)
    days = moved["day"].dt.strftime("%m-%d")
    return list(zip(days, moved["type"], moved["movement"], strict=True))


def upgrade_then_churn() -> KeapAccount:
    keap = KeapAccount().subscription("5001", "1001", active=False, end_date="2026-03-20")
    keap.order("20001", "1001", "2026-01-10", line("5001", 2000))
    keap.order("20002", "1001", "2026-02-10", line("5001", 2600))
    return keap.order("20003", "1001", "2026-03-10", line("5001", 1500))


def pause() -> KeapAccount:
    keap = KeapAccount().subscription("5001", "1001")
    return keap.renewals(20001, "1001", ["2026-01-10", "2026-04-10", "2026-05-10"], line("5001", 2000))


def one_of_two_ends() -> KeapAccount:
    keap = KeapAccount().subscription("5001", "1001").subscription("5002", "1001", active=False)
    keap.subscriptions[1]["end_date"] = "2026-02-20"
    keap.order("20001", "1001", "2026-01-10", line("5001", 2000))
    return keap.order("20002", "1001", "2026-01-10", line("5002", 700))


def free_for_a_while() -> KeapAccount:
    keap = KeapAccount().subscription("5001", "1001")
    keap.order("20001", "1001", "2026-01-10", line("5001", 2000))
    keap.order("20002", "1001", "2026-02-10", line("5001", 2000), item("DISCOUNT", discount=2000))
    return keap.order("20003", "1001", "2026-03-10", line("5001", 2000))


STORIES: list[tuple[KeapAccount, Typed]] = [
    (
        upgrade_then_churn(),
        [
            ("01-10", "new_biz", 2000),
            ("02-10", "expansion", 600),
            ("03-10", "contraction", -1100),
            ("03-20", "churn", -1500),
        ],
    ),
    (pause(), [("01-10", "new_biz", 2000), ("02-10", "churn", -2000), ("04-10", "reactivation", 2000)]),
    (
        one_of_two_ends(),
        [("01-10", "new_biz", 2000), ("01-10", "new_biz", 700), ("02-20", "contraction", -700)],
    ),
    (
        free_for_a_while(),
        [("01-10", "new_biz", 2000), ("02-10", "contraction", -2000), ("03-10", "expansion", 2000)],
    ),
]


@pytest.mark.parametrize(("keap", "wanted"), STORIES, ids=("upgrade", "pause", "two", "free"))
def test_movements_are_typed(keap: KeapAccount, wanted: Typed) -> None:
    """By the customer's whole MRR before and after; both ways of computing them agree."""
    assert plain(steps(periods(keap))) == wanted
    assert plain(what_would_be_sent(keap).steps) == wanted


def test_opening_and_movements_give_closing() -> None:
    """The balance identity holds on every closing day, and a lost movement breaks it."""
    table = periods(pause())
    balances = keap_mrr.balances(table, DAYS)
    held = {day: int(balances.loc[balances["date"] == stamp(day), "mrr"].sum()) for day in DAYS}
    moved = movements.typed(steps(table))
    assert movements.identity_gaps(moved, held, DAYS) == {}
    assert movements.identity_gaps(moved[moved["type"] != "churn"], held, DAYS) == {DAYS[1]: -2000}


def test_months_begin_after_the_closing_day_before() -> None:
    """A movement on the closing day belongs to the month that it closes; later ones to no month."""
    rows = [("2026-01-31", 5), ("2026-02-01", 7), ("2026-07-01", 9), ("2025-12-31", 11)]
    moved = pd.DataFrame({"day": pd.to_datetime([day for day, _ in rows]).as_unit("ns"), "type": "churn"})
    table = movements.by_month(moved.assign(movement=[cents for _, cents in rows]), DAYS)
    assert table["churn"].tolist() == [5, 7, 0, 0, 0, 0]


def test_a_reject_of_the_destination_is_known() -> None:
    """An order whose lines do not add up would not be sent, and the figure says so."""
    keap = KeapAccount().subscription("5001", "1001")
    keap.order("20001", "1001", "2026-01-10", line("5001", 2000), total=1999)
    found = what_would_be_sent(keap)
    assert found.steps.empty
    assert found.rejects[["key", "rule"]].to_numpy().tolist() == [["20001", "order_total_differs"]]


def test_without_keaps_own_records_there_is_no_second_figure() -> None:
    """Tables alone cannot go through the destination's mapping."""
    frames = KeapAccount().frames()
    assert expected(frames, Policy(), AS_OF, ZONE) is None
