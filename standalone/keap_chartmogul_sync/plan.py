"""What a sync would change, without changing it: `source-keap read | destination-chartmogul plan`.

Reads Keap from the last state on and ChartMogul as it is, writes neither, keeps no state and no record. A
renewed OAuth token is kept all the same.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime

from keap_chartmogul_sync import logs, record, sync
from keap_chartmogul_sync.exits import CHARTMOGUL, KEAP, OK, Exit, SyncError
from keap_chartmogul_sync.hearing import Hearing
from keap_chartmogul_sync.lock import held
from keap_chartmogul_sync.options import DESTINATION, SOURCE, Options, starting


def plan(options: Options, form: str) -> Exit:
    """The destination prints the plan to standard output. Raises SyncError."""
    options.folder.make()
    now = datetime.now(UTC)
    with held(options.folder, now) as lock:
        log = logs.RunLog(
            options.folder.runs / f"{record.next_name(options.folder, now)}.log", sync.mask_of(options)
        )
        try:
            sync.prepare(options, lock, "plan", sync.Result(Hearing(log)))
            return both(sync.read_command(options), plan_command(options, form))
        finally:
            log.close()
            if not lock.after_a_kill:
                lock.done()


def plan_command(options: Options, form: str) -> Sequence[str]:
    """`destination-chartmogul plan`."""
    files = ["--config", options.destination_config, "--catalog", options.catalog, "--format", form]
    return [str(part) for part in (options.destination, "plan", *files)]


def both(source: Sequence[str], destination: Sequence[str]) -> Exit:
    """One pipe; both say on standard error what is wrong."""
    with starting(SOURCE, source[0]):
        reading = subprocess.Popen(source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)  # noqa: S603
    with reading, starting(DESTINATION, destination[0]):
        planning = subprocess.run(destination, stdin=reading.stdout, check=False)  # noqa: S603
        if reading.stdout:
            reading.stdout.close()
    if planning.returncode:
        raise SyncError(CHARTMOGUL, "The plan could not be made.")
    if reading.returncode:
        raise SyncError(KEAP, "The plan is not complete: Keap could not be read to the end.")
    return OK
