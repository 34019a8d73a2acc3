"""The one error that this package raises on purpose."""

from __future__ import annotations


class ReconciliationError(Exception):
    """An audit is not possible. The message is one sentence that says what to change."""
