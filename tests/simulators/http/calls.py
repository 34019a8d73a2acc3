"""Counts of the API calls received."""

from collections import Counter

from .message import Json


class CallLog:
    """How often each method and path template was answered with which status (0: no answer was sent)."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[int]] = {}

    def add(self, method: str, template: str, status: int) -> None:
        """Count one call."""
        self._counts.setdefault(f"{method} {template}", Counter())[status] += 1

    def clear(self) -> None:
        """Forget everything."""
        self._counts.clear()

    def as_json(self) -> Json:
        """`{"GET /v1/customers": {"200": 3}}`, sorted."""
        return {
            name: {str(status): count for status, count in sorted(statuses.items())}
            for name, statuses in sorted(self._counts.items())
        }
