"""docs/benchmarks.md: what `make bench` printed, as one table with its limits and peers, and word for word.

`python -m tests.bench.page < log` makes the page of a log that was kept.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
Section = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Row:
    """Where a figure stands (start of the section's title, name), and how its text is divided.

    `form` is a regular expression with the groups ours, other, ratio, each if there is one; `against` says
    what the other is: the least that is possible, or somebody else's way.
    """

    section: str
    name: str
    what: str
    form: str
    against: str = ""


SOURCE, TARGET = r"source-keap: [\d,]+ contacts", r"destination-chartmogul: [\d,]+ contacts"
ROWS: Sequence[Row] = (
    Row(
        "source-keap: full read",
        "calls",
        "small account: calls of a full read",
        r"(?P<ours>[\d.]+) \(.*: (?P<other>\d+)\)",
        "the fewest",
    ),
    Row("both: nothing new", "calls to Keap", "small account: calls to Keap, nothing new", r"(?P<ours>.*)"),
    Row(
        "both: nothing new",
        "calls to ChartMogul",
        "small account: calls to ChartMogul, nothing new",
        r"(?P<ours>.*)",
    ),
    Row(
        SOURCE,
        "calls of a full read",
        "calls of a full read",
        r"(?P<ours>\d+) \((?P<other>\d+) pages\)",
        "pages of 1,000 rows",
    ),
    Row(SOURCE, "memory at its peak", "memory of the source at its peak", r"(?P<ours>.*)"),
    Row(SOURCE, "orders for a CPU second", "orders for a second of CPU", r"(?P<ours>\d[\d,]*\d)"),
    Row(
        SOURCE,
        "a bare loop needs",
        "CPU for orders",
        r"(?P<ratio>[\d.]+)",
        "a loop that only fetches, parses and prints",
    ),
    Row(
        SOURCE,
        "a declarative manifest",
        "CPU for orders",
        r"(?P<ratio>[\d.]+)",
        "the same list as a plain manifest of Airbyte's CDK",
    ),
    Row(SOURCE, "dlt's REST source", "CPU for orders", r"(?P<ratio>[\d.]+)", "dlt's REST source"),
    Row(
        SOURCE,
        "time under OAuth's limits",
        "time of a full read under Keap's limits",
        r"(?P<ours>[\d.]+ s), (?P<ratio>[\d.]+)",
        "pages at the highest rate allowed (ours : theirs)",
    ),
    Row(
        TARGET,
        "calls of a first sync",
        "calls of a first sync",
        r"(?P<ours>\d+) \((?P<ratio>[\d.]+) of (?P<other>.*)\)",
        "what the data needs",
    ),
    Row(TARGET, "time of a first sync", "time of a first sync", r"(?P<ours>.*)"),
    Row(
        TARGET,
        "a loop that only posts",
        "time of a first sync",
        r"(?P<other>[\d.]+ s).*takes (?P<ratio>[\d.]+) times",
        "a loop that posts ready-made imports (ours : theirs)",
    ),
    Row(
        TARGET,
        "the official client",
        "time of a first sync",
        r"(?P<other>[\d,]+ calls, [\d,]+ s), (?P<ratio>\d+) times",
        "ChartMogul's own client, object by object (theirs : ours)",
    ),
    Row(
        TARGET,
        "memory at its peak",
        "memory of the destination at its peak",
        r"(?P<ours>[\d.]+ MB); (?P<other>.*)",
        "less data",
    ),
    Row(TARGET, "nothing new", "calls and time, nothing new", r"(?P<ours>.*)"),
    Row(TARGET, "100 changed orders", "calls and time, 100 changed orders", r"(?P<ours>.*)"),
    Row(
        "destination-chartmogul: killed",
        r".*",
        "killed at every request, and run again",
        r"(?P<ours>\d+) of (?P<other>\d+) points",
        "all",
    ),
)


def sections_of(log: str) -> list[Section]:
    """The printed text: a title, then lines of two blanks, a name in 26 columns, a figure."""
    found: list[Section] = []
    for line in filter(str.strip, log.splitlines()):
        if not line.startswith("  "):
            found.append((line.strip(), []))
        elif found:
            name, _, figure = line.strip().partition("  ")
            name, figure = (name, figure) if figure else (line[2:28].strip(), line[28:])  # a long name
            found[-1][1].append((name, figure.strip()))
    return found


def machine() -> str:
    """Its kind, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def page(sections: Sequence[Section], where: str, day: str) -> str:
    """The whole page."""
    cells = [cell for row in ROWS for cell in _cells(row, sections)]
    table = "\n".join(f"| {' | '.join(cell)} |" for cell in cells)
    return f"""# Benchmarks

Written by `make bench`; edits are lost. Measured on {day}: {where}.

Both APIs are the simulators of this repository, on the same machine, over HTTP without TLS. Seconds say more
about the machine than about the code; the ratios were measured in the same run and are what to compare. Of
several runs the quickest counts, since noise only adds.

| what | ours | limit or other way | its figure | ratio |
| --- | --- | --- | --- | --- |
{table}

Where a ratio has no direction in its row it is the other way's CPU time for each second of ours: below 1 it
is cheaper.

## As it was printed

```
{_printed(sections)}
```
"""


def _cells(row: Row, sections: Sequence[Section]) -> list[list[str]]:
    found = []
    for title, figures in sections:
        for name, figure in figures if re.match(row.section, title) else ():
            if re.fullmatch(row.name, name):
                said = re.match(row.form, figure)
                parts = said.groupdict() if said else {"ours": figure}
                what = f"{row.what}: {name}" if row.name == ".*" else row.what
                cells = [what, parts.get("ours"), row.against, parts.get("other"), parts.get("ratio")]
                found.append([cell or "" for cell in cells])
    return found


def _printed(sections: Sequence[Section]) -> str:
    lines = []
    for title, figures in sections:
        lines += [title, *(f"  {name:<25} {figure}" for name, figure in figures)]
    return "\n".join(lines)


def write(sections: Sequence[Section]) -> None:
    """Replace the page."""
    PAGE.write_text(page(sections, machine(), datetime.now(UTC).strftime("%d %B %Y").lstrip("0")))


if __name__ == "__main__":
    write(sections_of(sys.stdin.read()))
