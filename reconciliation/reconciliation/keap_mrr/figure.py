"""From Keap's tables to its service periods, in days of one zone."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from reconciliation.frames import KeapFrames
from reconciliation.keap_mrr.lines import Lines, read_lines
from reconciliation.keap_mrr.periods import periods
from reconciliation.policy import Policy


def figure(keap: KeapFrames, zone: ZoneInfo, policy: Policy, as_of: date) -> tuple[Lines, pd.DataFrame]:
    """The lines as read, and what `periods` makes of them."""
    lines = read_lines(keap, zone, policy)
    of_account = {"payments": keap.payments, "plans": keap.plans}
    return lines, periods(lines.billed, keap.subscriptions, policy, as_of, zone, **of_account)
