"""How REST v1 writes values: ids are numbers, money is a double in major units, times end in `+0000`.

Source: the vendor's description of REST v1 (SDK 2.0.21); for the form of times, public captures of answers.
"""

from __future__ import annotations

from datetime import datetime

from tests.simulators.keap.wording import SECONDS

CYCLE_CODES = {"YEAR": 1, "MONTH": 2, "WEEK": 3, "DAY": 6}
"""`cycle` of a plan. The numbers are those of the older XML-RPC; that v1 uses them is an assumption."""


def time(instant: datetime) -> str:
    """`2024-11-20T18:34:12.000+0000`; instants of rows are in UTC."""
    return instant.isoformat()[:SECONDS] + ".000+0000"
