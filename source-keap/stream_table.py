"""Write the tables of streams into README.md and docs/keap.md, from manifest.yaml and the schemas.

    python stream_table.py

Between `<!-- streams -->` and `<!-- end of streams -->` stands what this command wrote, and so for `limits`
and `modes`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml

HERE = Path(__file__).parent
PACKAGE = HERE / "source_keap"
DOCUMENTS = (HERE / "README.md", HERE / "docs" / "keap.md")
ALL_PAGES, CHANGED_PAGES = "⌈N/{page}⌉", "⌈D/{page}⌉"
RECENT_PAGES = "⌈rows of the look-back/1000⌉"
MINUTES, DAYS = "5 minutes", "45 days"

# kind of walk → paging, whether a killed read goes on where it was, look-back, calls at first, calls later
KINDS: Mapping[str, tuple[str, str, str, str, str]] = {
    "one_object": ("none", "", "", "1", "1"),
    "every_page": ("page token", "no", "", ALL_PAGES, ALL_PAGES),
    "every_id": ("id", "no", "", ALL_PAGES, ALL_PAGES),
    "several_lists": ("page token", "no", "", "⌈N/{page}⌉ for each list, {parts}", "as at first"),
    "models": ("none", "no", "", "{parts}", "{parts}"),
    "newest_first": (
        "id; later newest change first",
        "yes",
        f"{MINUTES}; all rows once a day",
        ALL_PAGES,
        "⌈D/1000⌉, and ⌈N/1000⌉ once a day",
    ),
    "new_and_recent": ("id", "yes", DAYS, ALL_PAGES, RECENT_PAGES),
    "changed_since": ("id", "yes", MINUTES, ALL_PAGES, CHANGED_PAGES),
    "newest_changes": ("page token, newest change first", "no", MINUTES, ALL_PAGES, CHANGED_PAGES),
    "newest_changes by id": ("id; later newest change first", "yes", MINUTES, ALL_PAGES, CHANGED_PAGES),
    "transactions": ("page token, oldest first", "yes", DAYS, ALL_PAGES, RECENT_PAGES),
    "applied_tags": (
        "100 tags at a time, page token, newest first",
        "yes",
        MINUTES,
        "⌈T/1000⌉ for T tags, and ⌈N/1000⌉ for each 100 of them",
        "⌈T/1000⌉, and ⌈D/1000⌉ for each 100 tags",
    ),
    "order_payments": (
        "orders by id, then page token in each",
        "yes",
        MINUTES,
        "⌈O/100⌉ + O for O orders",
        "⌈C/100⌉ + C for C changed orders",
    ),
}
ADDRESSES = {
    "discounts": "discounts/…, five lists",
    "custom_fields": "…/model of eight kinds of record",
    "order_payments": "orders/{order_id}/payments",
}
UNTOLD = "Keap does not tell "


def rows() -> list[dict[str, Any]]:
    """The streams with their columns at hand, in the order in which they are read."""
    manifest = safe_load_yaml((PACKAGE / "manifest.yaml").read_text("utf-8"))
    return [
        {
            "primary_key": row.get("primary_key", ["id"]),
            "kind": row["retriever"]["$ref"].rpartition("/")[2],
            **row["$parameters"],
        }
        for row in manifest["streams"]
    ]


def kind(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a stream's kind of walk, filled in."""
    name = row["kind"] + (" by id" if row.get("sorted_by_id") else "")
    page, parts = row.get("most_rows", 1000), len(row.get("parts", "").split())
    return tuple(text.format(page=page, parts=parts, order_id="{order_id}") for text in KINDS[name])


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def streams() -> Iterable[tuple[str, ...]]:
    """How each stream is read and what it costs."""
    yield (
        "stream",
        "Keap's list",
        "key",
        "cursor field",
        "paging",
        "resumes",
        "look-back",
        "calls, first sync",
        "calls, later",
    )
    for row in rows():
        key = ", ".join(code(name) for name in row["primary_key"])
        name, address = row["name"], ADDRESSES.get(row["name"], row["resource"])
        shown = code(name) if row.get("optional") else f"**{code(name)}**"
        yield shown, code(address), key, code(row.get("cursor_field", "")), *kind(row)


def limits() -> Iterable[tuple[str, ...]]:
    """What each stream is, and what Keap cannot tell of it."""
    yield "stream", "what it holds", "what Keap does not tell"
    for row in rows():
        schema = json.loads((PACKAGE / "schemas" / f"{row['name']}.json").read_text("utf-8"))
        held, _, untold = schema["description"].partition(UNTOLD)
        yield code(row["name"]), held.strip(), untold.rstrip(".")


def modes() -> Iterable[tuple[str, ...]]:
    """Airbyte's sync modes of each stream."""
    yield "stream", "primary key", "full refresh", "incremental", "read by default"
    for row in rows():
        incremental = "yes" if "cursor_field" in row else "no"
        yield (
            code(row["name"]),
            ", ".join(row["primary_key"]),
            "yes",
            incremental,
            "no" if row.get("optional") else "yes",
        )


TABLES: Mapping[str, Callable[[], Iterable[tuple[str, ...]]]] = {
    "streams": streams,
    "limits": limits,
    "modes": modes,
}


def markdown(lines: Iterable[tuple[str, ...]]) -> str:
    head, *body = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([head, re.sub(r"[^|]+", " --- ", head), *body])


def written(document: str) -> str:
    """The document with its tables as they are now."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin in document:
            before, _, rest = document.partition(begin)
            document = f"{before}{begin}\n{markdown(made())}\n{end}{rest.partition(end)[2]}"
    return document


if __name__ == "__main__":
    for path in DOCUMENTS:
        path.write_text(written(path.read_text("utf-8")), "utf-8")
