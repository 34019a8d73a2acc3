"""What is missing on this machine for a sync, and what to do about it.

Runs with the standard library alone, so that it works before anything is installed.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from keap_chartmogul_sync import accounts, lock, network, states
from keap_chartmogul_sync.exits import SyncError
from keap_chartmogul_sync.folder import Folder
from keap_chartmogul_sync.options import DESTINATION, SOURCE, Options, install, read_config

GOOD, DOUBTFUL, MISSING = "ok", "warning", "missing"
SIGNS = {GOOD: "  ok     ", DOUBTFUL: "  warning", MISSING: "  MISSING"}
OLDEST, NEWEST = (3, 11), (3, 13)
LITTLE_ROOM, NO_ROOM = 2_000_000_000, 200_000_000
OTHERS = stat.S_IRWXG | stat.S_IRWXO
ADDRESSES = {SOURCE: "https://api.infusionsoft.com", DESTINATION: "https://api.chartmogul.com"}
FORECAST = "A first full read"
"""How source-keap begins to say what the first sync takes."""
NAMES = {SOURCE: "Keap", DESTINATION: "ChartMogul"}


@dataclass(frozen=True)
class Finding:
    """`what` was looked at; `todo` is empty when it is good."""

    level: str
    what: str
    says: str
    todo: str = ""


def examine(options: Options, *, online: bool) -> list[Finding]:
    """Everything, in the order in which it is needed."""
    found = [*machine(), *room(options), *programs(options), *configurations(options), *kept(options)]
    if not online:
        return found
    reachable = [*network_of(options)]
    found += reachable
    if any(each.level == MISSING for each in found):
        later = "Mend the above first; then both keys are tried."
        return [*found, Finding(DOUBTFUL, "credentials", "not tried", later)]
    return [*found, *credentials(options)]


def machine() -> Iterator[Finding]:
    """Python, operating system, make."""
    version, is_fit = platform.python_version(), OLDEST <= sys.version_info[:2] <= NEWEST
    todo = "Install Python 3.11, 3.12 or 3.13, and call make PYTHON=/path/to/python3.12."
    yield Finding(GOOD if is_fit else MISSING, "Python", version, "" if is_fit else todo)
    posix = os.name == "posix"
    todo = "Use Linux, macOS, or the Windows Subsystem for Linux."
    yield Finding(GOOD if posix else MISSING, "system", platform.system(), "" if posix else todo)
    make = shutil.which("make")
    todo = "Install make (Debian: apt install make), or call keap-chartmogul-sync itself."
    yield Finding(GOOD if make else DOUBTFUL, "make", make or "not found", "" if make else todo)


def room(options: Options) -> Iterator[Finding]:
    """Disks: of the folder, which is made when it is needed, and of the destination's spool."""
    try:
        spool = read_config(DESTINATION, options.destination_config).get("spool_directory")
    except SyncError:
        spool = None
    folder = options.folder.path.absolute()
    made_in = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    places = {"disk": str(made_in), "disk of the spool": str(spool or tempfile.gettempdir())}
    for what, there in places.items():
        if not (os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)):
            todo = "Make it, change its permissions, or name another."
            yield Finding(MISSING, what, f"{there} is no folder that can be written to", todo)
            continue
        free = shutil.disk_usage(there).free
        says = f"{free / 1e9:,.1f} GB free in {there}"
        if free < NO_ROOM:
            yield Finding(
                MISSING, what, says, "Free space: a first sync keeps all records on disk for a while."
            )
        else:
            todo = "A million records take about 2 GB while they are sent." if free < LITTLE_ROOM else ""
            yield Finding(DOUBTFUL if todo else GOOD, what, says, todo)


def programs(options: Options) -> Iterator[Finding]:
    """The connectors in their environments."""
    for name, command in options.commands().items():
        problem = accounts.starts(command)
        if problem:
            yield Finding(
                MISSING, name, f"{command}: {problem}", f"{install(name)[0].upper()}{install(name)[1:]}"
            )
        else:
            yield Finding(GOOD, name, str(command))


def configurations(options: Options) -> Iterator[Finding]:
    """There, readable, and nobody else's to read."""
    for name, path in options.configs().items():
        try:
            read_config(name, path)
        except SyncError as problem:
            yield Finding(
                MISSING,
                f"{NAMES[name]} configuration",
                str(problem),
                "See the README, Point it at real accounts.",
            )
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            says = f"{path} can be read by others (mode {mode:03o})"
            yield Finding(DOUBTFUL, f"{NAMES[name]} configuration", says, f"chmod 600 {path}")
        else:
            yield Finding(GOOD, f"{NAMES[name]} configuration", str(path))


def kept(options: Options) -> Iterator[Finding]:
    """State and lock of the folder."""
    folder: Folder = options.folder
    if found := states.trouble(folder):
        yield Finding(MISSING, "state", *found)
    else:
        says = str(folder.state) if folder.state.exists() else "none yet: the first sync reads everything"
        yield Finding(GOOD, "state", says)
    if lock.is_locked(folder):
        holder = lock.running(folder)
        yield Finding(DOUBTFUL, "lock", holder.says() if holder else "taken", "Wait until that run is over.")


def network_of(options: Options) -> Iterator[Finding]:
    """Both APIs by TLS, and this machine's clock against theirs."""
    for name, path in options.configs().items():
        try:
            address = read_config(name, path).get("base_url") or ADDRESSES[name]
        except SyncError:
            address = ADDRESSES[name]
        reached = network.reach(str(address))
        what = f"{NAMES[name]} network"
        yield Finding(MISSING if reached.todo else GOOD, what, f"{address}: {reached.says}", reached.todo)
        if reached.skew is not None:
            late = abs(reached.skew) > network.SMALL_SKEW
            says = f"differs by {abs(reached.skew):.0f} s from {NAMES[name]}'s"
            todo = "Turn on time synchronisation (timedatectl set-ntp true)." if late else ""
            yield Finding(DOUBTFUL if late else GOOD, "clock", says, todo)


def credentials(options: Options) -> Iterator[Finding]:
    """`check` of both connectors: the keys work, and may do what a sync does."""
    try:
        checked = accounts.check_both(options)
    except SyncError as problem:
        yield Finding(DOUBTFUL, "credentials", f"not tried: {problem}", "Try again when that run is over.")
        return
    for name, said in checked.items():
        what = f"{NAMES[name]} credentials"
        if said.objection:
            yield Finding(MISSING, what, said.objection, "Change what it names in the configuration.")
            continue
        forecast = [note for note in said.notes if note.startswith(FORECAST)]
        yield Finding(GOOD, what, " ".join(["accepted.", *forecast]))
        todo = f"Decide whether that is meant: see BEHAVIOR.md of {name}."
        yield from (Finding(DOUBTFUL, f"{NAMES[name]} account", text, todo) for text in said.warnings)


def as_text(findings: list[Finding]) -> str:
    """A line for each, with what to do below it, and the sum."""
    lines = []
    for each in findings:
        lines.append(f"{SIGNS[each.level]}  {each.what}: {each.says}")
        lines += [f"             {each.todo}"] if each.todo else []
    missing = sum(each.level == MISSING for each in findings)
    lines.append(
        "Something is missing." if missing else "Ready: `make sync` syncs, `make status` says how it is."
    )
    return "\n".join(lines)


def as_json(findings: list[Finding]) -> str:
    """A list of objects."""
    return json.dumps([asdict(each) for each in findings], indent=1)
