"""Answers of Keap with only what a test looks at."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

import requests

NOON = datetime(2026, 7, 1, 12, 0, 40, tzinfo=UTC)


def answer(
    status: int = 200, headers: Mapping[str, str] | None = None, now: datetime = NOON
) -> requests.Response:
    """Header names with `_` for `-`; `now` is the server's clock."""
    response = requests.Response()
    response.status_code = status
    response.headers["Date"] = format_datetime(now, usegmt=True)
    response.headers.update({name.replace("_", "-"): text for name, text in (headers or {}).items()})
    return response
