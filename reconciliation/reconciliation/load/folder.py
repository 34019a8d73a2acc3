"""Both sides from one folder, as the demo leaves it: messages-*.jsonl and the snapshot chartmogul/."""

from __future__ import annotations

from pathlib import Path

from reconciliation.errors import ReconciliationError
from reconciliation.frames import ChartMogulFrames, KeapFrames
from reconciliation.load.chartmogul import chartmogul_from_snapshot
from reconciliation.load.keap import keap_from_messages

MESSAGES = "messages-*.jsonl"
SNAPSHOT = "chartmogul"


def both_from_folder(folder: str | Path) -> tuple[KeapFrames, ChartMogulFrames]:
    """Keap from all message files of the folder, oldest first by name; ChartMogul from its snapshot."""
    files = sorted(Path(folder).glob(MESSAGES))
    if not files:
        raise ReconciliationError(
            f"There are no {MESSAGES} in {folder}; run 'make demo', or name another folder."
        )
    return keap_from_messages(files), chartmogul_from_snapshot(Path(folder) / SNAPSHOT)
