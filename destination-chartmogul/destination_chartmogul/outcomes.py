"""What became of the records: rejects with their reason, notices per rule; safe to use from several
threads.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable

from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.rejects import RejectFile
from destination_chartmogul.spool import Spool


class Outcomes:
    """Collects rejects and notices; writes rejected records to a JSONL file when there is a path."""

    def __init__(self, spool: Spool, rejects_path: str | None = None) -> None:
        self._spool, self._lock = spool, threading.Lock()
        self._file = RejectFile(rejects_path) if rejects_path else None
        self._seen: dict[tuple[str, str, str], Reject] = {}
        self._rejected = 0
        self._seqs: dict[str, list[int]] = defaultdict(list)
        self.by_rule: Counter[tuple[str, str]] = Counter()
        self.first_of_rule: dict[tuple[str, str], Reject] = {}
        self.notices: Counter[tuple[str, str]] = Counter()

    @property
    def rejected(self) -> int:
        """How many records; one that was written without a field is none of them."""
        return self._rejected

    @property
    def rejects(self) -> list[Reject]:
        """All of them, in the order in which they were found."""
        with self._lock:
            return list(self._seen.values())

    def _seqs_flat(self) -> list[int]:
        return [seq for seqs in self._seqs.values() for seq in seqs]

    def reject(self, reject: Reject, seq: int | None = None) -> None:
        """Note a record, or a field of it, as rejected, once; `seq` is its place in the input when it is not
        in the spool.
        """
        with self._lock:
            identity = (reject.stream, reject.key, reject.field)
            if identity in self._seen and seq is None:
                return
            self._seen[identity] = reject
            rule = (reject.stream, reject.rule)
            self.by_rule[rule] += 1
            self.first_of_rule.setdefault(rule, reject)
            if not reject.field:
                self._rejected += 1
                place = self._spool.seq_of(reject.stream, reject.key) if seq is None else seq
                self._seqs[reject.stream].append(place)
            if self._file is not None:
                self._file.write(reject, self._spool)

    def add(self, rejects: Iterable[Reject], notices: Iterable[Notice]) -> None:
        """Everything that was said about one customer."""
        for reject in rejects:
            self.reject(reject)
        with self._lock:
            self.notices.update((notice.stream, notice.rule) for notice in notices)

    def rejected_between(self, stream: str, after: int, until: int) -> int:
        """Rejects of a stream (of all streams for "") with a place in the input in (after, until]."""
        with self._lock:
            seqs = self._seqs_flat() if not stream else self._seqs.get(stream, [])
            return sum(after < seq <= until for seq in seqs)

    def close(self) -> None:
        """Close the reject file."""
        if self._file is not None:
            self._file.close()
