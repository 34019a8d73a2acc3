"""In which zone a sender cuts days.

A connector writes a service period from midnight to midnight of the time zone that it is configured with;
that may be another one than Keap's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

import pandas as pd

from reconciliation.keap_mrr.lines import day_in
from reconciliation.policy import zone_named

MOST_STARTS = 200  # enough to know a zone by


def zone_of(starts: pd.Series[Any], likely: Iterable[str]) -> str | None:
    """The zone in which most of these instants are midnight: of the likely ones, else of all; None where no
    zone is that.
    """
    known = starts.dropna().drop_duplicates().sort_values()
    known = known.iloc[:: len(known) // MOST_STARTS + 1]
    names = (*likely, *sorted(available_timezones())) if len(known) else ()
    return next((name for name in names if _at_midnight(known, name)), None)


def _at_midnight(starts: pd.Series[Any], name: str) -> bool:
    """Whether most of them are the first instant of a day there."""
    local = starts.dt.tz_convert(name).dt.tz_localize(None)
    return bool(2 * int(local.eq(day_in(zone_named(name), starts)).sum()) > len(starts))
