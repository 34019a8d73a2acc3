"""Input that cannot carry an audit gets a sentence, never a green verdict."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.load import chartmogul_from_snapshot, keap_from_messages, keap_from_records
from reconciliation.policy import LONGEST_PAUSE, Policy
from reconciliation.report import DIFFERS, EXPLAINED, UNFINISHED, Reconciliation
from reconciliation.run import main, reconcile
from tests.reconciliation.accounts import ChartMogulAccount, KeapAccount, line
from tests.reconciliation.small_company import AS_OF, MONTHS, write_folder

DAY = date(2026, 2, 28)
ON = "2026-01-10"


def keap(**account: Any) -> KeapFrames:
    held = KeapAccount(**account).subscription("5001", "1001")
    return held.order("20001", "1001", ON, line("5001", 2000)).frames()


def chartmogul(**settings: Any) -> ChartMogulFrames:
    return ChartMogulAccount().moves("1001", "5001", (ON, 2000)).frames([date(2026, 1, 31), DAY], **settings)


def audit(ours: KeapFrames, theirs: ChartMogulFrames) -> Reconciliation:
    return reconcile(ours, theirs, DAY, 2)


def test_another_currency_is_refused() -> None:
    """Cents of two currencies are not compared."""
    with pytest.raises(ReconciliationError, match="Keap bills in EUR and ChartMogul reports in USD"):
        audit(keap(currency="EUR"), chartmogul())


def test_two_empty_accounts_are_no_agreement() -> None:
    """Nothing equals nothing, which proves nothing."""
    empty = ChartMogulAccount().frames([date(2026, 1, 31), DAY])
    with pytest.raises(ReconciliationError, match="there is nothing to compare"):
        audit(KeapAccount().frames(), empty)


@pytest.mark.parametrize("table", ["orders", "items", "subscriptions", "contacts", "payments"])
def test_a_missing_column_is_named(table: str) -> None:
    """A table of one's own must have every declared column."""
    frame = getattr(keap(), table)
    with pytest.raises(ReconciliationError, match=f"The table '{table}' has no column 'id'"):
        dataclasses.replace(keap(), **{table: frame.drop(columns=["id"])})


def test_money_that_went_through_a_float_is_refused() -> None:
    """Types are declared too: cents are whole numbers."""
    orders = keap().orders.astype({"total": "float64"})
    with pytest.raises(
        ReconciliationError, match="'total' of the table 'orders' is float64, but must be Int64"
    ):
        dataclasses.replace(keap(), orders=orders)


def test_a_stream_that_broke_off_is_no_agreement(tmp_path: Path) -> None:
    """Equal numbers of half a sync are chance: the check names the stream."""
    write_folder(tmp_path)
    status = {"stream_descriptor": {"name": "orders"}, "status": "STARTED"}
    trace = json.dumps({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}})
    with (tmp_path / "messages-002.jsonl").open("a") as out:
        out.write(trace + "\n")
    ours = keap_from_messages(tmp_path)
    assert ours.unfinished == ("orders",)
    result = audit(dataclasses.replace(keap(), unfinished=ours.unfinished), chartmogul())
    assert result.verdict == DIFFERS
    assert any(
        "not read to the end (orders)" in check.sentence for check in result.checks if not check.passed
    )


def read_until(folder: Path, *times: str) -> KeapFrames:
    """The small company with the states that its source left behind: orders, then subscriptions."""
    write_folder(folder)
    for stream, time in zip(("orders", "subscriptions"), times, strict=True):
        told = {"stream_descriptor": {"name": stream}, "stream_state": {"modification_time": time}}
        with (folder / "messages-002.jsonl").open("a") as out:
            out.write(json.dumps({"type": "STATE", "state": {"type": "STREAM", "stream": told}}) + "\n")
    return keap_from_messages(folder)


@pytest.mark.parametrize(
    ("orders", "subscriptions", "agrees"),
    [
        ("2026-03-31T18:00:00Z", "2026-03-31T18:00:00Z", True),
        ("2026-03-31T18:00:00Z", "2026-03-20T18:00:00Z", False),
        ("2026-04-01T05:00:00Z", "2026-03-31T05:55:00Z", True),
        ("2026-03-20T18:00:00Z", "", True),
    ],
    ids=["that day", "one before", "minutes before midnight", "not known"],
)
def test_a_keap_that_was_read_before_the_day_is_no_agreement(
    tmp_path: Path, orders: str, subscriptions: str, agrees: bool
) -> None:
    """Where the sync has not run either, both sides agree on what was long ago."""
    ours = read_until(tmp_path, orders, subscriptions)
    result = reconcile(ours, chartmogul_from_snapshot(tmp_path / "chartmogul"), AS_OF, MONTHS)
    assert (result.last.difference, result.agrees) == (0, agrees)
    said = "Keap was read up to 2026-03-20 18:00 +0000, the audit is of 2026-03-31; read Keap again."
    assert (said in [check.sentence for check in result.checks]) is not agrees


def test_bills_that_are_overdue_tell_an_old_reading() -> None:
    """Where no cursor tells when Keap was read: most subscriptions wait for a bill that must have come."""
    held, theirs = KeapAccount(), ChartMogulAccount()
    for number in range(12):
        key, due = str(1001 + number), "2026-03-10" if number < 2 else "2026-02-10"
        held.subscription(f"5{key}", key, next_bill_date=due).order(f"2{key}", key, ON, line(f"5{key}", 2000))
        theirs.moves(key, f"5{key}", (ON, 2000))
    frames = theirs.frames([date(2026, 1, 31), DAY])
    result = audit(held.frames(), frames)
    assert (result.last.difference, result.verdict) == (0, DIFFERS)
    assert any("10 of 12 active subscriptions were due" in check.sentence for check in result.checks)
    assert reconcile(held.frames(), frames, date(2026, 1, 31), 1).agrees


def test_a_stream_that_came_to_its_end_later_is_fine(tmp_path: Path) -> None:
    """The last status counts, over all files."""
    write_folder(tmp_path)
    for number, word in ((1, "INCOMPLETE"), (2, "COMPLETE")):
        status = {"stream_descriptor": {"name": "orders"}, "status": word}
        trace = json.dumps({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}})
        with (tmp_path / f"messages-{number:03}.jsonl").open("a") as out:
            out.write(trace + "\n")
    assert keap_from_messages(tmp_path).unfinished == ()


def test_a_chartmogul_that_is_busy_is_no_agreement() -> None:
    """Whatever the numbers say by chance."""
    assert audit(keap(), chartmogul(pending=1)).verdict == UNFINISHED


def test_other_zones_are_told_and_explained() -> None:
    """Days that begin elsewhere move movements between months; the report says so, and the cause is named."""
    held = KeapAccount().subscription("5001", "1001").order("20001", "1001", "2026-03-01", line("5001", 2000))
    theirs = ChartMogulAccount().moves("1001", "5001", ("2026-03-01T07:00:00Z", 2000))
    frames = theirs.frames([date(2026, 1, 31), DAY], time_zone="America/Los_Angeles")
    result = audit(held.frames(), frames)
    assert result.verdict == EXPLAINED
    assert any("zones: America/Denver for Keap, America/Los_Angeles" in note for note in result.notes)


def test_a_zone_that_is_none_is_named() -> None:
    """As the account says it, so that it can be corrected."""
    with pytest.raises(ReconciliationError, match="'Mars/Olympus' is not an IANA time zone name"):
        audit(keap(time_zone="Mars/Olympus"), chartmogul())


def test_records_without_an_account_are_refused() -> None:
    """Zone and currency come from it."""
    with pytest.raises(ReconciliationError, match="read the stream 'account' too"):
        keap_from_records({"orders": {}})


def test_an_order_without_a_date_fails_the_audit() -> None:
    """It would be missing on both sides."""
    held = KeapAccount().subscription("5001", "1001").order("20001", "1001", ON, line("5001", 2000))
    held.order("20002", "1001", ON, line("5001", 2600), ordered_at=None)
    result = audit(held.frames(), chartmogul())
    assert result.verdict == DIFFERS
    assert any("20002" in check.sentence for check in result.checks if not check.passed)


@pytest.mark.parametrize("day", ["2170-01-10", "2262-04-01"])
def test_an_order_of_a_far_future_fails_the_audit(day: str) -> None:
    """A typing error, which would also leave the days that a table can hold; with the longest pause too."""
    held = KeapAccount().subscription("5001", "1001", cycle="YEAR", frequency=100, last_bill_date=day)
    held.order("20001", "1001", day, line("5001", 2000))
    frames = (held.frames(), chartmogul())
    result = reconcile(*frames, DAY, 1, policy=Policy(("paid_through",), pause_days=LONGEST_PAUSE))
    assert result.verdict == DIFFERS
    assert any("before 2100" in check.sentence for check in result.checks if not check.passed)


@pytest.mark.parametrize("days", [0, 36_501, 10**12])
def test_a_pause_beyond_all_measure_is_refused(days: int) -> None:
    """Also where no configuration was checked."""
    with pytest.raises(ReconciliationError, match="'pause_days' must be at least 1 and at most 36500"):
        Policy(pause_days=days)


def test_unreadable_values_fail_the_audit() -> None:
    """A day that does not exist and an amount that is no number are named, the rest is read."""
    account = {"id": "account", "time_zone": "America/Denver", "currency_code": "USD"}
    records: dict[str, dict[str, Any]] = {"account": {"account": account}}
    records |= {key: dict(rows) for key, rows in keap().records.items()}
    records["subscriptions"]["5001"] = dict(records["subscriptions"]["5001"]) | {"end_date": "2026-02-31"}
    records["orders"]["7"] = {"id": "7", "contact": "me", "total": {"amount": "much"}, "order_items": "none"}
    ours = keap_from_records(records)
    assert ours.unreadable == ("subscriptions 5001 (end_date)", "orders 7 (total)")
    result = audit(ours, chartmogul())
    assert result.verdict == DIFFERS
    assert any("2 values in Keap's records" in check.sentence for check in result.checks if not check.passed)


def test_a_snapshot_without_the_closing_days_fails_the_audit() -> None:
    """Totals of other days than those compared tie nothing."""
    theirs = chartmogul()
    none = dataclasses.replace(theirs, totals=theirs.totals.iloc[:0])
    result = audit(keap(), none)
    assert result.verdict == DIFFERS
    assert "no entry for any closing day" in result.checks[0].sentence


def test_money_left_to_exchange_rates_fails_the_audit() -> None:
    """Where Keap has one currency, ChartMogul's chart must add up without rates."""
    theirs = chartmogul()
    moved: dict[str, Any] = {
        "new_biz": [2000, 0],
        "expansion": 0,
        "contraction": 0,
        "churn": 0,
        "reactivation": 0,
    }
    totals = theirs.totals.assign(**moved).astype(theirs.totals.dtypes.to_dict())
    fine = dataclasses.replace(theirs, totals=totals)
    assert audit(keap(), fine).agrees
    lost = dataclasses.replace(theirs, totals=totals.assign(churn=pd.array([0, -5], dtype="Int64")))
    result = audit(keap(), lost)
    assert result.verdict == DIFFERS
    assert any("leaves +0.05 in the month up to 2026-02-28" in check.sentence for check in result.checks)


def test_a_day_that_has_not_come_is_refused() -> None:
    """ChartMogul's totals of days to come are those of today."""
    early = dataclasses.replace(chartmogul(), read_at=datetime(2026, 2, 28, 6, tzinfo=UTC))
    with pytest.raises(ReconciliationError, match="read on 2026-02-28, before 2026-02-28"):
        audit(keap(), early)
    at_noon = dataclasses.replace(chartmogul(), read_at=datetime(2026, 2, 28, 19, tzinfo=UTC))
    assert audit(keap(), at_noon).agrees


@pytest.mark.parametrize(
    ("left_out", "says"),
    [
        (("orders", "items"), "hold 1 subscriptions and no order; read the stream 'orders' too"),
        (("subscriptions",), "hold orders of 1 subscriptions and no subscription; read the stream 'subscr"),
    ],
)
def test_a_stream_that_was_not_read_is_named(left_out: tuple[str, ...], says: str) -> None:
    """Without orders there is no MRR, without subscriptions no end: equal or not, it is no comparison."""
    ours: Any = keap()
    for table in left_out:
        ours = dataclasses.replace(ours, **{table: getattr(ours, table).iloc[:0]})
    nothing = ChartMogulAccount().frames([date(2026, 1, 31), DAY])
    with pytest.raises(ReconciliationError, match=says):
        audit(ours, nothing)


def test_an_order_of_another_currency_fails_the_audit() -> None:
    """Counted at its face value it may be equal by chance."""
    held = KeapAccount().subscription("5001", "1001")
    held.order("20001", "1001", ON, line("5001", 2000), currency="EUR")
    result = audit(held.frames(), chartmogul())
    assert result.last.difference == 0
    assert result.verdict == DIFFERS
    assert any("another currency than USD" in check.sentence for check in result.checks if not check.passed)


def test_a_renewal_that_did_not_arrive_fails_the_audit() -> None:
    """MRR is the same with and without it, the data is not; one after the audit's day may come later."""
    held = KeapAccount().subscription("5001", "1001")
    for order_id, day in (("20001", ON), ("20002", "2026-02-10"), ("20003", "2026-03-10")):
        held.order(order_id, "1001", day, line("5001", 2000))
    theirs = ChartMogulAccount().moves("1001", "5001", (ON, 2000)).line("20001", "1001", "5001", 2000, ON)
    result = audit(held.frames(), theirs.frames([date(2026, 1, 31), DAY]))
    assert (result.last.difference, result.verdict) == (0, DIFFERS)
    assert any("1 of 2 orders" in each.sentence and "20002" in each.sentence for each in result.checks)
    theirs.line("20002", "1001", "5001", 2000, "2026-02-10")
    assert audit(held.frames(), theirs.frames([date(2026, 1, 31), DAY])).agrees


def test_a_cut_off_file_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the place of the cut."""
    write_folder(tmp_path)
    path = tmp_path / "messages-002.jsonl"
    path.write_text(path.read_text()[:-40])
    chosen = {"keap": {"messages": "."}, "chartmogul": {"snapshot": "chartmogul"}}
    (tmp_path / "reconcile.json").write_text(
        json.dumps(chosen | {"as_of": AS_OF.isoformat(), "months": MONTHS})
    )
    assert main([str(tmp_path / "reconcile.json")]) == 2
    assert "messages-002.jsonl:3 is not a JSON message; the file may be cut off" in capsys.readouterr().err
