"""Audits are kept, and a later one says what is new, closed or restated, and by what."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.history import load
from reconciliation.report import Reconciliation
from reconciliation.restatement import Comparison, Restated
from reconciliation.run import from_configuration, main
from tests.reconciliation.small_company import AS_OF, MONTHS, write_folder


def configure(folder: Path, **changes: Any) -> Path:
    content = {
        "keap": {"messages": "."},
        "chartmogul": {"snapshot": "chartmogul"},
        "as_of": AS_OF.isoformat(),
        "months": MONTHS,
        "history": "history",
    } | changes
    path = folder / "reconcile.json"
    path.write_text(json.dumps(content))
    return path


def audited(folder: Path, wrong_cents: int = 0, **changes: Any) -> Reconciliation:
    write_folder(folder, wrong_cents=wrong_cents)
    return from_configuration(configure(folder, **changes)).report


def against_the_first(folder: Path, wrong_cents: int = 0, **changes: Any) -> Comparison:
    previous = audited(folder, wrong_cents, **changes).previous
    assert previous is not None
    return previous


def test_the_first_audit_has_nothing_to_compare_with(tmp_path: Path) -> None:
    """It is kept, with a hash of each file."""
    assert audited(tmp_path).previous is None
    kept = tmp_path / "history" / f"{AS_OF}-001"
    assert {path.name for path in kept.iterdir()} == {
        "manifest.json", "report.json", "balances.csv", "records.csv",
    }  # fmt: skip
    assert load(kept).as_of == AS_OF.isoformat()


def test_an_unfinished_audit_is_not_kept(tmp_path: Path) -> None:
    """Amounts on which ChartMogul still works are nothing to compare the next audit with."""
    write_folder(tmp_path, pending=3)
    assert main([str(configure(tmp_path))]) == 2
    assert not (tmp_path / "history").exists()


def test_the_same_data_restates_nothing(tmp_path: Path) -> None:
    """A second audit of the same files finds no change at all."""
    audited(tmp_path)
    assert against_the_first(tmp_path) == Comparison(AS_OF.isoformat(), (), (), (), (), (), ())


def test_a_changed_movement_is_named(tmp_path: Path) -> None:
    """What ChartMogul says otherwise about past days is listed with the record that changed."""
    audited(tmp_path)
    found = against_the_first(tmp_path, wrong_cents=77)
    assert found.new == ("1001",)
    by = ("ChartMogul movement of subscription 5001 changed",)
    assert found.restated[0] == Restated(AS_OF, "1001", "ChartMogul", 4900, 4977, by)
    assert {row.day for row in found.restated} == {
        date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), AS_OF,
    }  # fmt: skip


def test_the_terminal_says_what_was_restated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before and now, with the record that changed."""
    audited(tmp_path)
    write_folder(tmp_path, wrong_cents=77)
    assert main([str(configure(tmp_path))]) == 1
    said = capsys.readouterr().out
    assert "1 differences are new, 0 still open, 0 closed, 4 amounts restated" in said
    assert "customer 1001 in ChartMogul: 49.00 is 49.77 now (ChartMogul movement of subscription" in said


def test_a_changed_setting_is_named(tmp_path: Path) -> None:
    """A policy that changed stands beside what was restated."""
    audited(tmp_path)
    found = against_the_first(tmp_path, policy={"pause_days": 3})
    assert found.settings == ("pause after was 15 days without a period, is 3 days without a period",)


def test_a_difference_is_new_then_open_then_closed(tmp_path: Path) -> None:
    """Its age counts from the first audit that saw it."""
    audited(tmp_path)
    assert against_the_first(tmp_path, wrong_cents=77).new == ("1001",)
    still = against_the_first(tmp_path, wrong_cents=77)
    assert (still.new, still.still_open, still.first_seen) == ((), ("1001",), {"1001": date(2025, 12, 31)})
    assert against_the_first(tmp_path).closed == ("1001",)


def test_an_age_goes_back_to_an_earlier_audit(tmp_path: Path) -> None:
    """An audit of fewer months does not make an old difference young."""
    audited(tmp_path, wrong_cents=77)
    result = audited(tmp_path, wrong_cents=77, months=1)
    assert [(age.name, age.customers) for age in result.ages if age.customers] == [("61 to 90 days", 1)]


@pytest.mark.parametrize("name", ["report.json", "balances.csv", "records.csv"])
def test_a_changed_run_is_refused(tmp_path: Path, name: str) -> None:
    """The past cannot be made fit: the hash tells."""
    audited(tmp_path)
    kept = tmp_path / "history" / f"{AS_OF}-001" / name
    kept.write_text(kept.read_text().replace("4900", "4901").replace("a", "b"))
    assert main([str(configure(tmp_path))]) == 2


def test_runs_are_counted_beyond_a_thousand(tmp_path: Path) -> None:
    """An audit a day for three years; the latest is still the latest."""
    audited(tmp_path)
    kept = tmp_path / "history"
    (kept / f"{AS_OF}-001").rename(kept / f"{AS_OF}-999")
    assert against_the_first(tmp_path).previous == AS_OF.isoformat()
    assert (kept / f"{AS_OF}-1000").is_dir()
    assert against_the_first(tmp_path, wrong_cents=77).new == ("1001",)
    assert (kept / f"{AS_OF}-1001").is_dir()


def test_a_removed_run_is_noticed(tmp_path: Path) -> None:
    """Each run names the hash of the one before."""
    audited(tmp_path)
    audited(tmp_path)
    first = tmp_path / "history" / f"{AS_OF}-001"
    for path in first.iterdir():
        path.unlink()
    first.rmdir()
    with pytest.raises(ReconciliationError, match="was changed or removed"):
        audited(tmp_path)


def test_history_holds_no_names(tmp_path: Path) -> None:
    """Ids, amounts and fingerprints."""
    audited(tmp_path)
    texts = [path.read_text() for path in (tmp_path / "history").rglob("*.*") if path.is_file()]
    assert texts
    assert not any("Jane" in text or "@" in text for text in texts)
