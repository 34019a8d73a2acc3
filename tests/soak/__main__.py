"""`make soak`: SOAK_DAYS (30), SOAK_MINUTES between syncs (10), SOAK_SEED (1), SOAK_EVERY (1).

With SOAK_EVERY=n all syncs but each n-th are left out: within minutes it tells whether it matters how
business is cut into syncs.

Ctrl-C ends it after the present sync, with its verdict. Exit code 1: something is wrong.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.demo import servers
from tests.pair.fixtures import set_up_chartmogul
from tests.soak.soak import Soak


def main() -> int:
    """The whole soak; its exit code."""
    days, minutes = float(os.environ.get("SOAK_DAYS", "30")), float(os.environ.get("SOAK_MINUTES", "10"))
    seed, every = (int(os.environ.get(name, "1")) for name in ("SOAK_SEED", "SOAK_EVERY"))
    syncs = max(1, round(days * 24 * 60 / minutes))
    left_out = f", of which each {every}th happens" if every > 1 else ""
    print(f"{syncs} syncs, one each {minutes:g} minutes of {days:g} days{left_out}; seed {seed}")
    with servers.simulators("small") as running, tempfile.TemporaryDirectory(prefix="soak-") as folder:
        set_up_chartmogul(running)
        soak = Soak(running, Path(folder), seed, syncs, minutes, partial(print, flush=True), every)
        signal.signal(signal.SIGINT, lambda *_: soak.stop())
        found = soak.run()
    print(f"{soak.ends.total()} syncs, until {soak.now:%Y-%m-%d %H:%M}")
    for kind, count in sorted(soak.happened.items()):
        print(f"{count:>6} {kind}")
    for end, count in sorted(soak.ends.items()):
        print(f"{count:>6} {end}")
    agree = "Both systems agree to the cent; nothing twice, nothing lost, nothing left."
    print(f"{len(found)} findings, see above." if found else agree)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
