"""Balances agree, movements do not: the same change under another name is found with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciliation.explain import MOVEMENT_CAUSES
from reconciliation.frames import build
from reconciliation.report import DIFFERS, EXPLAINED, Reconciliation
from reconciliation.run import reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, Row, item, line
from tests.reconciliation.planted import AS_OF, ON, audit, one


def renamed(movements: list[tuple[str, str, int]], keap: KeapAccount) -> Reconciliation:
    chartmogul = ChartMogulAccount()
    for day, kind, cents in movements:
        chartmogul.moves("1001", "5001", (day, cents), type=kind)
    return audit(keap, chartmogul)


BACK = [(ON, "new_biz", 2000), ("2026-02-10", "churn", -2000), ("2026-02-12", "reactivation", 2000)]


def test_a_subscription_made_anew_is_told_from_one_that_was_ended() -> None:
    """The return is another subscription's."""
    held = ChartMogulAccount()
    for (day, kind, cents), subscription in zip(BACK, ("5001", "5001", "anew"), strict=True):
        held.moves("1001", subscription, (day, cents), type=kind)
    result = audit(one(line("5001", 2000)), held)
    assert [each.cause for each in result.renamed] == ["C24"]


@pytest.mark.parametrize(("cause", "found"), [("C22", "ours"), ("C26", "theirs"), ("C13", "auto-churn")])
def test_an_end_that_a_bill_took_back_says_who_ended(cause: str, found: str) -> None:
    """An earlier sync, somebody in ChartMogul, or its own setting; the end that would be sent is none."""
    held = ChartMogulAccount()
    for day, kind, cents in BACK:
        held.moves("1001", "5001", (day, cents), type=kind)
    event: Row = {
        "type": "subscription_cancelled",
        "subscription_id": "5001",
        "external_id": "5001:cancelled",
    }
    event |= {"effective_at": "2026-02-10T07:00:00Z", "ours": found == "ours"}
    after = {"auto_churn_days": 3} if found == "auto-churn" else {}
    frames = held.frames([date(2026, 1, 31), AS_OF], **after)
    written = replace(frames, events=build("events", [event] if not after else []))
    result = reconcile(one(line("5001", 2000)).frames(), written, AS_OF, 2)
    assert [each.cause for each in result.renamed] == [cause]


def free_month() -> KeapAccount:
    keap = one(line("5001", 2000))
    return keap.order("20002", "1001", "2026-02-10", line("5001", 2000), item("DISCOUNT", discount=2000))


def pause_within_a_month() -> KeapAccount:
    """Paid until 10 February, billed again on the 28th."""
    return one(line("5001", 2000)).order("20002", "1001", "2026-02-28", line("5001", 2000))


RENAMED: list[tuple[str, KeapAccount, list[tuple[str, str, int]]]] = [
    ("C17", free_month(), [(ON, "new_biz", 2000), ("2026-02-10", "churn", -2000)]),
    (
        "C26",
        one(line("5001", 2000)),
        BACK,
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
    """No cause is published that no test shows: those of ends that came back have a test of their own."""
    ended = {"C13", "C22", "C24"}
    assert {cause.id for cause in MOVEMENT_CAUSES} == {cause for cause, _, _ in RENAMED} | ended
