"""`python -m tests.simulators.reference`: writes SWITCHES.md, EVENTS.md and ADDRESSES.md from the code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from tests.simulators.chartmogul.switches import SWITCHES as CHARTMOGUL_SWITCHES

from . import running
from .http import Switch
from .keap.happenings import EVENTS
from .keap.switches import SWITCHES as KEAP_SWITCHES

FOLDER = Path(__file__).parent
COMMAND = "python -m tests.simulators.reference"
CHAPTERS: dict[str, dict[int, str]] = {
    "Keap": {
        1: "Which lists an account has",
        2: "Credentials",
        4: "Rate limits",
        5: "How values and pages are written",
        6: "Records",
        7: "Subscriptions, orders and money over time",
        9: "Deletions and hooks",
        10: "Errors",
        11: "Known oddities",
        13: "Paging",
        14: "What the documentation leaves open altogether",
    },
    "ChartMogul": {
        1: "Imports in flight at the same time",
        2: "Transport: limits, errors, paging",
        3: "Identifiers",
        4: "Addresses",
        5: "Data sources and bulk imports",
        6: "Customers, contacts, notes, tags",
        7: "Plans, invoices, subscriptions, events",
        8: "How long the analytics lag behind",
        9: "Leads and trials",
        10: "Metrics and activities",
        11: "Duplicates, changes, deletions, limits",
        12: "Known pains",
    },
}
"""Server → chapter of a switch's section → what the chapter is about."""

SWITCHES_INTRODUCTION = """\
# Switches of the simulators

Where a vendor's documentation is silent or contradicts itself, the simulator takes no side in its code: the
doubt is a switch. The default, in bold, is what the evidence makes likelier. A client that works at every
position does not depend on the answer. `GET /_control/switches` gives this table as JSON,
`POST /_control/switches` with `{"name": value}` turns one, `POST /_control/reset` puts all back. The section
tells which doubts belong together; the code knows them by it.
"""
EVENTS_INTRODUCTION = """\
# Business events of the Keap simulator

`POST /_control/events` with `{"type": ..., fields}` lets one happen now (a list: one after the other) and
answers with the ids that it touched. What follows from it follows: orders are billed, payments are taken,
times of change move. Fields with `?` may be left out; amounts are in minor units, dates are `YYYY-MM-DD`.
`GET /_control/events` gives this table as JSON.
"""
ADDRESSES_INTRODUCTION = """\
# Addresses that the simulators serve

`GET /_control/routes` gives this list as JSON. Everything else answers as the vendor answers an address that
does not exist.
"""


def switches() -> str:
    """SWITCHES.md."""
    tables = {"Keap": KEAP_SWITCHES, "ChartMogul": CHARTMOGUL_SWITCHES}
    parts = [SWITCHES_INTRODUCTION]
    for server, table in tables.items():
        parts.append(f"## {server}\n")
        for chapter, group in groupby(sorted(table, key=_section), key=_chapter):
            parts.append(f"### {CHAPTERS[server][chapter]}\n")
            rows = ([f"`{each.name}`", _values(each), each.says, each.section] for each in group)
            parts.append(_table(("switch", "values", "what it decides", "section"), rows))
    return _generated(parts)


def events() -> str:
    """EVENTS.md."""
    rows = (
        [f"`{kind}`", " ".join(f"`{name}`" for name in each.fields), each.says]
        for kind, each in EVENTS.items()
    )
    return _generated([EVENTS_INTRODUCTION, _table(("type", "fields", "what happens"), rows)])


def addresses() -> str:
    """ADDRESSES.md, asked from running servers."""
    parts = [ADDRESSES_INTRODUCTION]
    with running() as simulators:
        for name, server in (("Keap", simulators.keap), ("ChartMogul", simulators.chartmogul)):
            rows = (
                [f"`{path}`", " ".join(methods)] for path, methods in _by_path(server.control.routes()["api"])
            )
            parts += [f"## {name}\n", _table(("address", "methods"), rows)]
    return _generated(parts)


DOCUMENTS = {"SWITCHES.md": switches, "EVENTS.md": events, "ADDRESSES.md": addresses}


def _generated(parts: Iterable[str]) -> str:
    return "\n".join([*parts, f"Written by `{COMMAND}`."]) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _values(switch: Switch) -> str:
    if not switch.values:
        return f"a whole number, **{switch.default}**"
    return ", ".join(f"**{each}**" if each == switch.default else str(each) for each in switch.values)


def _section(switch: Switch) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", switch.section)]


def _chapter(switch: Switch) -> int:
    return _section(switch)[0]


def _by_path(routes: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    split = sorted((path, method) for method, _, path in (route.partition(" ") for route in routes))
    for path, group in groupby(split, key=lambda each: each[0]):
        yield path, [method for _, method in group]


def main() -> None:
    """Write all documents."""
    for name, text in DOCUMENTS.items():
        (FOLDER / name).write_text(text())


if __name__ == "__main__":
    main()
