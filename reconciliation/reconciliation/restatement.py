"""What a later audit says otherwise about days that an earlier one covered (cause C31), and by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reconciliation.run_record import RunRecord

MOST_RECORDS = 6
READINGS = frozenset({"newest order in Keap", "Keap was read", "ChartMogul was read"})
PASSING = READINGS | {"pending in ChartMogul", "failed in ChartMogul"}


@dataclass(frozen=True)
class Restated:
    """One customer at one closing day whose amount in one system is another than it was (cents).

    `by` names the records and settings that changed since.
    """

    day: date
    customer_id: str
    system: str
    before: int
    now: int
    by: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Against the previous audit: which differences are new, still open or closed (customers), the day since
    which the open ones are known, which settings changed, and what was restated.
    """

    previous: str
    new: tuple[str, ...]
    still_open: tuple[str, ...]
    closed: tuple[str, ...]
    since: tuple[tuple[str, date], ...]
    settings: tuple[str, ...]
    restated: tuple[Restated, ...]

    @property
    def first_seen(self) -> dict[str, date]:
        """Since when each open difference is known, by customer."""
        return dict(self.since)


def compared(before: RunRecord, now: RunRecord) -> Comparison:
    """The later run against the earlier."""
    was, still = _open(before), _open(now)
    settings = _settings(before.report["tie_out"], now.report["tie_out"])
    return Comparison(
        previous=before.as_of,
        new=tuple(sorted(still.keys() - was.keys())),
        still_open=tuple(sorted(still.keys() & was.keys())),
        closed=tuple(sorted(was.keys() - still.keys())),
        since=tuple((name, min(day, was.get(name, day))) for name, day in sorted(still.items())),
        settings=settings,
        restated=tuple(_restated(before, now, settings)),
    )


def _open(run: RunRecord) -> dict[str, date]:
    """Customers that differ at the run's own day, with the day since which that is known."""
    known = {row["customer_id"]: row["since"] for row in run.report["differences"] if row["day"] == run.as_of}
    earlier = dict((run.report.get("previous") or {}).get("since", ()))
    return {
        name: min(date.fromisoformat(day) for day in (since, earlier.get(name, since)))
        for name, since in known.items()
    }


def _settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Settings, zones and versions that are others now."""
    was, is_ = (_told(about) for about in (before, now))
    return tuple(
        f"{name} was {was.get(name, 'not known')}, is {is_.get(name, 'not known')}"
        for name in dict.fromkeys([*was, *is_])
        if was.get(name) != is_.get(name)
    )


def _told(about: Mapping[str, Any]) -> dict[str, str]:
    zones = {"time zone of Keap": about["keap_zone"], "time zone of ChartMogul": about["chartmogul_zone"]}
    settings = {name: value for name, value in about["settings"] if name not in PASSING}
    return zones | settings | dict(about["versions"])


def _restated(before: RunRecord, now: RunRecord, settings: tuple[str, ...]) -> list[Restated]:
    days = {day for day, _ in before.balances} & {day for day, _ in now.balances}
    keys = {key for key in before.balances.keys() | now.balances.keys() if key[0] in days}
    found = []
    for day, customer in sorted(keys, key=lambda key: (key[0], key[1]), reverse=True):
        was, is_ = (run.balances.get((day, customer), (0, 0)) for run in (before, now))
        for system, old, new in zip(("Keap", "ChartMogul"), was, is_, strict=True):
            if old != new:
                by = (*_records(before, now, customer, system), *settings)
                found.append(Restated(day, customer, system, old, new, by or ("the rules of this package",)))
    return found


def _records(before: RunRecord, now: RunRecord, customer: str, system: str) -> list[str]:
    was, is_ = (run.records.get(customer, {}) for run in (before, now))
    changed = [f"{name} changed" for name in sorted(was.keys() & is_.keys()) if was[name] != is_[name]]
    added = [f"{name} is new" for name in sorted(is_.keys() - was.keys())]
    gone = [f"{name} is gone" for name in sorted(was.keys() - is_.keys())]
    told = [text for text in (*changed, *added, *gone) if text.startswith(system)]
    more = [f"and {len(told) - MOST_RECORDS} more"] if len(told) > MOST_RECORDS else []
    return told[:MOST_RECORDS] + more
