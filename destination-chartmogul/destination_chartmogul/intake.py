"""The input: every message to its place. Records go to the spool, states wait, odd ones are rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from destination_chartmogul.errors import BrokenInputError
from destination_chartmogul.forms import odd_field, without_zeros
from destination_chartmogul.mapping.attempts import attempt_key
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.messages import BadLine, Message, SourceVoice, read_messages
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.progress import Progress
from destination_chartmogul.spool import Spool
from destination_chartmogul.states import GLOBAL, state_of, stream_of

_KEYS = {"applied_tags": ("contact_id", "tag_id"), "custom_fields": ("record_kind", "id")}
_OWNED = ("contacts", "orders", "subscriptions", "applied_tags")


class Intake:
    """Reads the whole input. `broken` is set when it ended in the middle of a message.

    `lost` are streams with records that could not be kept, "" when it is not known of which stream.
    """

    def __init__(
        self,
        streams: frozenset[str],
        spool: Spool,
        outcomes: Outcomes,
        voice: SourceVoice,
        progress: Progress,
    ) -> None:
        self._streams, self._spool, self._outcomes = streams, spool, outcomes
        self._voice, self._progress = voice, progress
        self._seq = 0
        self._since_state: Counter[str] = Counter()
        self.records = 0
        self.lost: set[str] = set()
        self.broken: BrokenInputError | None = None

    def read(self, lines: Iterable[bytes]) -> None:
        """Take everything. Raises SpoolFullError."""
        try:
            for message in read_messages(lines):
                self._seq += 1
                self._take(message)
        except BrokenInputError as broken:
            self.broken = broken
        self._spool.index()

    def _take(self, message: Message | BadLine) -> None:
        if isinstance(message, BadLine):
            self._reject("", f"line {self._seq}", "malformed_line", message.reason)
        elif message.get("type") == "RECORD":
            self._record(message.get("record"))
        elif message.get("type") == "STATE":
            self._state(message)
        else:
            self._voice.hear(message)

    def _state(self, message: Message) -> None:
        name = stream_of(state_of(message))
        count = self._since_state.pop(name, 0) if name != GLOBAL else sum(self._since_state.values())
        if name == GLOBAL:
            self._since_state.clear()
        self._spool.add_state(self._seq, name, count, message)

    def _record(self, record: Any) -> None:
        stream = str(record.get("stream")) if isinstance(record, Mapping) else ""
        self.records += 1
        self._since_state[stream] += 1
        self._progress.record(stream)
        data = record.get("data") if isinstance(record, Mapping) else None
        if stream not in self._streams:
            self._reject(stream, f"line {self._seq}", "unknown_stream", "the stream is not in the catalog")
        elif not isinstance(data, Mapping):
            self._reject(stream, f"line {self._seq}", "malformed_record", "the record has no data")
        else:
            self._keep(stream, data)

    def _keep(self, stream: str, data: Mapping[str, Any]) -> None:
        key = _key_of(stream, data)
        if key in (None, "") or isinstance(key, (Mapping, list)):
            self._reject(stream, f"line {self._seq}", "malformed_record", "the record has no id")
            return
        if odd := odd_field(stream, data):
            text = f"{odd} is in a form that Keap does not document"
            self._reject(stream, str(key), "malformed_record", text)
            return
        contact = contact_of(stream, data)
        if contact is None and stream in _OWNED and not is_deletion(data):
            self._reject(stream, str(key), "malformed_record", "the record names no contact")
            return
        self._spool.add(stream, str(key), self._seq, contact, without_zeros(stream, data))

    def _reject(self, stream: str, key: str, rule: str, message: str) -> None:
        self.lost.add(stream)
        self._outcomes.reject(Reject(stream, key, rule, message), self._seq)


def is_deletion(data: Mapping[str, Any]) -> bool:
    """A row that the source no longer has, in the form of Airbyte's databases: hardly more than its id."""
    return data.get("_ab_cdc_deleted_at") is not None


def _key_of(stream: str, data: Mapping[str, Any]) -> Any:
    """What identifies a record in its stream; None when a part of that is missing."""
    if stream == "account":
        return stream
    if stream == "transactions":
        return attempt_key(data)
    parts = [data.get(name) for name in _KEYS.get(stream, ("id",))]
    if any(part in (None, "") or isinstance(part, (Mapping, list)) for part in parts):
        return None
    return ":".join(str(part) for part in parts)


def contact_of(stream: str, data: Mapping[str, Any]) -> str | None:
    """Id of the contact that a record belongs to."""
    contact = data.get("contact")
    embedded = contact.get("id") if isinstance(contact, Mapping) else None
    found = {
        "contacts": data.get("id"),
        "orders": embedded or data.get("contact_id"),
        "subscriptions": data.get("contact_id"),
        "payments": data.get("contact_id"),
        "transactions": data.get("contact_id") or embedded,
        "applied_tags": data.get("contact_id"),
        "notes": data.get("contact_id"),
        "tasks": data.get("contact_id"),
        "opportunities": embedded,
    }.get(stream)
    return str(found) if found not in (None, "") else None
