"""The tables of fields in docs/airbyte.md: `python -m tests.airbyte.fields` writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "airbyte.md"
Json = dict[str, Any]


def specification(connector: str) -> Json:
    """Its connectionSpecification."""
    package = ROOT / connector / connector.replace("-", "_")
    if (package / "spec.json").exists():
        loaded: Json = json.loads((package / "spec.json").read_text())
    else:
        loaded = yaml.safe_load((package / "spec.yaml").read_text())
    return dict(loaded["connectionSpecification"])


def rows(schema: Mapping[str, Any], inside: str = "") -> Iterator[str]:
    """A row for each field as the screen shows it, in the screen's order; nested ones under their parent."""
    properties: Mapping[str, Json] = schema.get("properties", {})
    for key, field in sorted(properties.items(), key=lambda item: item[1].get("order", 99)):
        if "const" in field:
            continue
        label = f"{inside}{field.get('title', key)}"
        needed = "required" if key in schema.get("required", []) else _default(field)
        secret = "secret; " if field.get("airbyte_secret") else ""
        yield f"| {label} | `{key}` | {needed} | {secret}{_cell(field.get('description', ''))} |"
        for choice in field.get("oneOf", []):
            yield from rows(choice, f"{label}: {choice['title']}: ")
        if field.get("type") == "object":
            yield from rows(field, f"{label}: ")


def _default(field: Mapping[str, Any]) -> str:
    return f"`{json.dumps(field['default'])}`" if "default" in field else ""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def table(connector: str) -> str:
    head = "| on the screen | key | default | what it is |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(dict.fromkeys(rows(specification(connector)))) + "\n"


def written(text: str) -> str:
    """The guide with its tables as they should be."""
    for connector in ("source-keap", "destination-chartmogul"):
        between = rf"(<!-- fields of {connector} -->\n).*?(<!-- end -->)"
        new = table(connector).replace("\\", "\\\\")
        text, count = re.subn(between, rf"\g<1>{new}\g<2>", text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"the guide has {count} tables for {connector}")
    return text


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text()))
