"""What mapping says besides the objects: a record that cannot be written, a rule that left something out."""

from __future__ import annotations

from dataclasses import dataclass


class UnwritableError(Exception):
    """A Keap record that has no ChartMogul form; becomes a reject.

    `rule` is the stable name of the check (listed in README.md), `message` one sentence with ids, never with
    names or e-mail addresses.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


@dataclass(frozen=True)
class Reject:
    """A record of `stream` with key `key` that was not written, and why.

    With a `field`, only what that field says was not written, the rest was.
    """

    stream: str
    key: str
    rule: str
    message: str
    field: str = ""


@dataclass(frozen=True)
class Notice:
    """Something written or left out as a documented rule says; counted per rule, not an error."""

    rule: str
    stream: str
    key: str


@dataclass(frozen=True)
class Applied:
    """A rule of the user that applied to a record: its label, and what it does in a few words."""

    rule: str
    does: str
    stream: str
    key: str
