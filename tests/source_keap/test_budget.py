"""How fast Keap is called, by the configuration and by what its headers say."""

from datetime import timedelta
from typing import Any

import pytest

from source_keap.budget import Budget, QuotaUsedUp
from tests.source_keap.fakes.responses import NOON, answer
from tests.source_keap.fakes.timekeeper import Timekeeper

MIDNIGHT = "1782950400000"  # 2026-07-02 00:00 UTC in milliseconds
KEY = {
    "x_keap_product_throttle_limit": "240",
    "x_keap_product_throttle_time_unit": "minute",
    "x_keap_product_throttle_interval": "1",
    "x_keap_product_throttle_available": "239",
    "x_keap_product_spike_limit": "10ps",
}


def calls(budget: Budget, time: Timekeeper, count: int, **headers: str) -> list[float]:
    """When each of so many calls began, each answered with these headers."""
    begun = []
    for _ in range(count):
        budget.acquire_call(None)
        begun.append(time.now)
        budget.update_from_response(None, answer(headers=headers))
    return begun


def budget_with(time: Timekeeper, **config: Any) -> Budget:
    return Budget(config, time.clock, time.sleep)


def most_within(begun: list[float], seconds: float) -> int:
    return max(sum(start <= other < start + seconds for other in begun) for start in begun)


@pytest.mark.parametrize(("asked", "a_minute"), [(None, 120), (30, 30), (240, 240), (1500, 240)])
def test_no_minute_has_more_calls_than_asked_for_and_allowed(asked: int | None, a_minute: int) -> None:
    """The smaller of the configuration and Keap's limit, 120 unless configured."""
    time = Timekeeper()
    budget = budget_with(time, **({} if asked is None else {"requests_per_minute": asked}))
    begun = calls(budget, time, 500, **KEY)
    assert most_within(begun[1:], 60) == a_minute


@pytest.mark.parametrize(("spike", "a_second"), [("10ps", 9), ("25ps", 23), ("600pm", 9), ("odd", 23)])
def test_no_second_comes_near_the_spike_arrest(spike: str, a_second: int) -> None:
    """Calls are spaced by nine tenths of the limit, or of the documented one where Keap names none."""
    time = Timekeeper()
    budget = budget_with(time, requests_per_minute=1500)
    begun = calls(budget, time, 100, x_keap_product_spike_limit=spike)
    assert most_within(begun[1:], 1) in (a_second, a_second + 1)


@pytest.mark.parametrize("layer", ["product", "tenant"])
def test_a_minute_that_others_used_up_is_waited_for(layer: str) -> None:
    """With hardly a call left, be it of the key or of the account, the next one waits for the next minute."""
    time = Timekeeper()
    budget = budget_with(time)
    begun = calls(budget, time, 2, **KEY | {f"x_keap_{layer}_throttle_available": "2"})
    assert begun[1] - begun[0] == pytest.approx(20)


@pytest.mark.parametrize("text", ["", "|", "much", "-1"])
def test_blank_headers_say_nothing(text: str) -> None:
    """An answer with blank numbers, as Keap gives to a wrong key, changes nothing."""
    time = Timekeeper()
    begun = calls(budget_with(time), time, 2, **dict.fromkeys([*KEY, "x_keap_product_quota_available"], text))
    assert begun[1] - begun[0] < 1


def test_each_window_of_a_piped_header_counts() -> None:
    """`9000|0` with the units `minute|day`: the account's day is used up."""
    time = Timekeeper()
    budget = budget_with(time)
    piped = {"x_keap_tenant_throttle_time_unit": "minute|day", "x_keap_tenant_throttle_available": "9000|0"}
    with pytest.raises(QuotaUsedUp, match="from 2026-07-02 00:00 UTC on"):
        calls(budget, time, 2, **piped)


def test_a_window_may_be_of_several_units() -> None:
    """`interval` says of how many."""
    time = Timekeeper()
    begun = calls(
        budget_with(time),
        time,
        2,
        **KEY | {"x_keap_product_throttle_interval": "5", "x_keap_product_throttle_available": "0"},
    )
    assert begun[1] - begun[0] == pytest.approx(5 * 60 - 40)


def test_a_day_that_is_used_up_stops_before_the_call_that_would_be_refused() -> None:
    """The message says when to come back."""
    time = Timekeeper()
    quota = {"x_keap_product_quota_available": "0", "x_keap_product_quota_expiry_time": MIDNIGHT}
    with pytest.raises(
        QuotaUsedUp, match="from 2026-07-02 00:00 UTC on; it goes on where it stopped"
    ) as stop:
        calls(budget_with(time), time, 2, **quota)
    assert stop.value.failure_type.value == "transient_error"


def test_an_end_of_the_day_that_has_passed_says_nothing() -> None:
    """The day then ends at midnight (UTC), as Keap documents it."""
    time = Timekeeper()
    passed = str(int(NOON.timestamp() - 60) * 1000)
    quota = {"x_keap_product_quota_available": "0", "x_keap_product_quota_expiry_time": passed}
    with pytest.raises(QuotaUsedUp, match="from 2026-07-02 00:00 UTC on"):
        calls(budget_with(time), time, 2, **quota)


def test_a_day_that_is_used_up_can_be_waited_for() -> None:
    """With `when_quota_is_used_up: wait` the next call begins when the quota is renewed."""
    time = Timekeeper()
    budget = budget_with(time, when_quota_is_used_up="wait")
    quota = {"x_keap_product_quota_available": "0", "x_keap_product_quota_expiry_time": MIDNIGHT}
    calls(budget, time, 1, **quota)
    calls(budget, time, 1)
    assert sum(time.slept) == pytest.approx(timedelta(days=0.5, seconds=-40).total_seconds(), abs=2)


def test_what_is_left_today_is_known() -> None:
    """The forecast compares with it; the tighter of the key's and the account's day counts."""
    time = Timekeeper()
    budget = budget_with(time)
    calls(budget, time, 1, x_keap_product_quota_available="29000", x_keap_product_quota_limit="30000")
    assert (budget.left_today, budget.day_limit) == (29_000, 30_000)


def test_a_stand_in_without_limits_is_not_held_up() -> None:
    """Asking for more than Keap ever allows means that its limits are not in force."""
    time = Timekeeper()
    budget = budget_with(time, requests_per_minute=100_000)
    begun = calls(budget, time, 400, **KEY | {"x_keap_product_throttle_available": "0"})
    assert begun[-1] - begun[0] < 1
    assert NOON.second == 40
