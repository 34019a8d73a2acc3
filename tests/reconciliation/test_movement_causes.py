"""Balances agree, movements do not: the same change under another name is found with its reason."""

from __future__ import annotations

import pytest

from reconciliation.explain import MOVEMENT_CAUSES
from reconciliation.report import DIFFERS, EXPLAINED, Reconciliation
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, item, line
from tests.reconciliation.planted import ON, audit, one


def renamed(movements: list[tuple[str, str, int]], keap: KeapAccount) -> Reconciliation:
    chartmogul = ChartMogulAccount()
    for day, kind, cents in movements:
        chartmogul.moves("1001", "5001", (day, cents), type=kind)
    return audit(keap, chartmogul)


def free_month() -> KeapAccount:
    keap = one(line("5001", 2000))
    return keap.order("20002", "1001", "2026-02-10", line("5001", 2000), item("DISCOUNT", discount=2000))


def pause_within_a_month() -> KeapAccount:
    """Paid until 10 February, billed again on the 28th."""
    return one(line("5001", 2000)).order("20002", "1001", "2026-02-28", line("5001", 2000))


RENAMED: list[tuple[str, KeapAccount, list[tuple[str, str, int]]]] = [
    ("C17", free_month(), [(ON, "new_biz", 2000), ("2026-02-10", "churn", -2000)]),
    (
        "C24",
        one(line("5001", 2000)),
        [(ON, "new_biz", 2000), ("2026-02-10", "churn", -2000), ("2026-02-12", "reactivation", 2000)],
    ),
    ("C12", pause_within_a_month(), [(ON, "new_biz", 2000)]),
    (
        "C25",
        one(line("5001", 2000)).order("20002", "1001", "2026-01-12", line("5001", 2600)),
        [(ON, "new_biz", 2000), ("2026-01-12", "new_biz", 600)],
    ),
]


@pytest.mark.parametrize(("cause", "keap", "movements"), RENAMED, ids=[name for name, _, _ in RENAMED])
def test_a_movement_under_another_name_is_found(
    cause: str, keap: KeapAccount, movements: list[tuple[str, str, int]]
) -> None:
    """Balances agree, the story does not; that is reported apart, with its cause."""
    result = renamed(movements, keap)
    assert not result.differences
    assert [(each.customer_id, each.cause) for each in result.renamed] == [("1001", cause)]
    kinds = {known.id: known.kind for known in MOVEMENT_CAUSES}
    assert result.verdict == (EXPLAINED if kinds[cause] == "rule" else DIFFERS)


def test_a_movement_under_a_name_without_reason_is_unexplained() -> None:
    """New business twice, and a loss that nobody had."""
    wrong = [(ON, "new_biz", 3000), ("2026-01-12", "contraction", -1000)]
    result = renamed(wrong, one(line("5001", 2000)))
    assert result.renamed[0].kind == "unexplained"
    assert result.verdict == DIFFERS


@pytest.mark.parametrize(
    "moved",
    [
        [(ON, "new_biz", 2000), ("2026-02-05", "contraction", -700), ("2026-02-20", "expansion", 700)],
        [(ON, "reactivation", 2000)],
        [(ON, "new_biz", 2000), ("2026-02-05", "contraction", -2000), ("2026-02-20", "expansion", 2000)],
    ],
    ids=["taken back", "known before", "free in between"],
)
def test_what_is_no_matter_of_names_is_unexplained(moved: list[tuple[str, str, int]]) -> None:
    """A change that was taken back on another day is no netting, another past is no grouping."""
    result = renamed(moved, one(line("5001", 2000)))
    assert [each.cause for each in result.renamed] == [None]
    assert result.verdict == DIFFERS


def test_every_published_cause_of_movements_is_planted() -> None:
    """No cause is published that no test shows."""
    assert {cause.id for cause in MOVEMENT_CAUSES} == {cause for cause, _, _ in RENAMED}
