"""A log for each run: what the connectors said, line by line, with the time (UTC). No records, no secrets."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from keap_chartmogul_sync.exits import SyncError
from keap_chartmogul_sync.folder import unwritable
from keap_chartmogul_sync.secrets import Mask

LONGEST_LINE = 2000


class RunLog:
    """Lines of one run. A log that cannot be written does not stop the run: `lost` says why."""

    def __init__(self, path: Path, mask: Mask) -> None:
        self.path, self.mask = path, mask
        self.lost: SyncError | None = None
        self._lock = threading.Lock()
        self._handle: int | None = None
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self.lost = unwritable(path, error)

    def line(self, who: str, level: str, text: str) -> None:
        """One line, whatever the text holds."""
        said = " ".join(self.mask(text).split())[:LONGEST_LINE]
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {who} {level}: {said}\n"
        with self._lock:
            if self._handle is None:
                return
            try:
                os.write(self._handle, line.encode(errors="replace"))
            except OSError as error:
                self.lost = unwritable(self.path, error)

    def close(self) -> None:
        """The file is complete."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None
