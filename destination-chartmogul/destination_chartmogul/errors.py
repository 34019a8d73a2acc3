"""What can go wrong, as the user should read it.

DestinationError            ends the run; `kind` is the Airbyte failure type, `code` the cause for programs
├── ConfigError             config_error: the user can mend it (key, address, catalog, configuration)
│   └── NotAllowedError     the key or the account's plan does not allow this request
├── UnreachableError        transient_error: ChartMogul did not answer within the retries; run again
├── RejectLimitError        system_error: more records were rejected than reject_limit allows
├── DiskFullError           system_error: no room for the records, the state or the rejects on disk
│   └── SpoolFullError      ... for the records
└── BrokenInputError        system_error: the message stream ended in the middle of a message
Refused                     ChartMogul refuses one object; becomes a reject, never ends the run
Unanswered                  a write may or may not have been applied; resolved by reading back
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Any

_EMAIL = re.compile(r"[^\s\"'@]+@[^\s\"'@]+")


class DestinationError(Exception):
    """Ends the run with one sentence for the user."""

    kind = "system_error"
    code = "failed"


class ConfigError(DestinationError):
    """The user can mend it."""

    kind = "config_error"
    code = "configuration"


class NotAllowedError(ConfigError):
    """402 or 403: ends the run, except where only a part of it needs the permission."""


class UnreachableError(DestinationError):
    """ChartMogul does not answer now."""

    kind = "transient_error"
    code = "unreachable"


class RejectLimitError(DestinationError):
    """More was rejected than the configuration allows."""

    code = "reject_limit"


class DiskFullError(DestinationError):
    """No room on disk."""

    code = "disk_full"


class SpoolFullError(DiskFullError):
    """No room for the records."""


class BrokenInputError(DestinationError):
    """The last message is cut off."""

    code = "broken_input"


def unwritable(what: str, error: OSError) -> DestinationError:
    """A file that cannot be written: for want of room, or because the configuration names a wrong place."""
    is_full = error.errno in (ENOSPC, EDQUOT, EFBIG)
    todo = "free space on that disk" if is_full else "name a place that exists and may be written to"
    text = f"{what} cannot be written ({error.strerror}: {error.filename or 'no name'}): {todo}."
    return DiskFullError(text) if is_full else ConfigError(text)


class Unanswered(Exception):  # noqa: N818 - a state of knowledge, not an error of ours
    """The request may have been applied: time-out, connection lost, or a server error."""


@dataclass(frozen=True)
class Fault:
    """One thing ChartMogul says is wrong: parameter (may be empty) and its sentence."""

    param: str
    message: str

    @property
    def already_exists(self) -> bool:
        """ChartMogul's duplicate answers all say "already" (the exact sentences differ per object)."""
        return "already" in self.message.lower()


class Refused(Exception):  # noqa: N818 - ChartMogul's verdict on one object
    """A 4xx that concerns the object sent."""

    def __init__(self, status: int, faults: tuple[Fault, ...], body: Any = None) -> None:
        super().__init__(describe(status, faults))
        self.status = status
        self.faults = faults
        self.body = body

    @property
    def already_exists(self) -> bool:
        """Nothing is wrong but that the object is there."""
        return bool(self.faults) and all(fault.already_exists for fault in self.faults)


def describe(status: int, faults: tuple[Fault, ...]) -> str:
    """One line, without e-mail addresses."""
    said = "; ".join(f"{f.param}: {f.message}" if f.param else f.message for f in faults) or "no reason given"
    return f"ChartMogul answered {status}: {without_emails(said)}"


def without_emails(text: str) -> str:
    """ChartMogul repeats values in some messages."""
    return _EMAIL.sub("<e-mail>", text)


def faults_of(body: Any) -> tuple[Fault, ...]:
    """All faults of an error body, in any of ChartMogul's dialects.

    `{"code","message","param"}`; `{"errors": {field: text or [texts]}}`; `{"error": text}`;
    `{"field": [texts], "error_details": [...]}`; `{"invoices": [{"errors": {...}}]}`.
    """
    if not isinstance(body, Mapping):
        return ()
    found = list(_from_mapping(body))
    for invoice in body.get("invoices") or []:
        if isinstance(invoice, Mapping):
            found += _from_fields(invoice.get("errors"))
    return tuple(dict.fromkeys(found))


def _from_mapping(body: Mapping[str, Any]) -> Iterator[Fault]:
    if isinstance(body.get("message"), str):
        yield Fault(str(body.get("param") or ""), body["message"])
    if isinstance(body.get("error"), str):
        yield Fault("", body["error"])
    yield from _from_fields(body.get("errors"))
    if body.get("error_details") and "error" not in body:
        yield from (Fault(str(d.get("param")), str(d.get("message"))) for d in body["error_details"])


def _from_fields(errors: Any) -> Iterator[Fault]:
    if isinstance(errors, str):
        yield Fault("", errors)
    elif isinstance(errors, list):
        yield from (Fault("", e if isinstance(e, str) else json.dumps(e)) for e in errors)
    elif isinstance(errors, Mapping):
        for param, said in errors.items():
            texts = said if isinstance(said, list) else [said]
            yield from (Fault(str(param), t if isinstance(t, str) else json.dumps(t)) for t in texts)
