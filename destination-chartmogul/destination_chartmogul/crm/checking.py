"""What `check` can say of the CRM: what the key may do, and types of attributes that clash.

Users, pipelines and definitions of attributes cannot be asked for: those show when something is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from destination_chartmogul.client import PAGE, Client
from destination_chartmogul.crm.choices import AUTO, CrmChoices
from destination_chartmogul.crm.desired import kinds_on
from destination_chartmogul.crm.difference import clashes
from destination_chartmogul.errors import NotAllowedError

Finding = tuple[str, str]
Json = dict[str, Any]


def findings(client: Client, choices: CrmChoices, source: str) -> Iterator[Finding]:
    """(level, sentence); `source` is the data source's uuid, empty while it does not exist."""
    if not choices.any:
        return
    named = ", ".join(name for name, on in choices.switches.items() if on)
    yield "INFO", f"Besides billing, these are written: {named}."
    yield from _allowed(client, choices)
    if choices.stages:
        yield (
            "INFO",
            f"Opportunities are known by their custom attribute {choices.id_attribute}; it must be defined "
            "in ChartMogul, type String.",
        )
    if choices.attributes and source:
        yield from _types(client, choices, source)


def _allowed(client: Client, choices: CrmChoices) -> Iterator[Finding]:
    every = choices.in_catalog(frozenset(("contacts", "notes", "tasks", "opportunities")), frozenset())
    for kind in kinds_on(every):
        try:
            client.get(kind.path, per_page=1)
        except NotAllowedError as error:
            yield "WARN", f"Each {kind.name} will be rejected, since the key may not read them. {error}"


def _types(client: Client, choices: CrmChoices, source: str) -> Iterator[Finding]:
    """From the values of the first customers; a type that the configuration leaves open fits."""
    held: dict[str, Any] = {}
    for customer in client.get("/customers", data_source_uuid=source, per_page=PAGE).get("entries") or []:
        custom: Json = (customer.get("attributes") or {}).get("custom") or {}
        held |= {key: value for key, value in custom.items() if value is not None}
    for choice in choices.attributes:
        value = held.get(choice.attribute)
        if choice.type != AUTO and clashes(value, choice.type):
            yield (
                "WARN",
                f"The account's attribute {choice.attribute} is not of the type {choice.type}: its values "
                "will be rejected. Give it another name or type in crm.custom_fields.",
            )
