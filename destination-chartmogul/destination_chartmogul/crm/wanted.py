"""What one customer should have, and what it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from destination_chartmogul.crm.choices import CrmChoices
from destination_chartmogul.crm.people import People
from destination_chartmogul.mapping.context import Context, Record
from destination_chartmogul.mapping.outcome import Notice, Reject

Json = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """The data source: objects of two of them in one account are never taken for each other."""

    name: str
    uuid: str


@dataclass(frozen=True)
class View:
    """What the desired state is made with, the same for every customer of a run: `tag_names` are the tags
    that the user named, by id, `fields` the custom fields of contacts by attribute.
    """

    choices: CrmChoices
    context: Context
    scope: Scope
    people: People
    tag_names: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """An object that should exist. `key` is the id of the Keap record; `body` is compared field by field,
    `at_birth` is sent when it is made and never again; `optional` may be left out when ChartMogul refuses it.
    """

    kind: str
    stream: str
    key: str
    body: Mapping[str, Any]
    at_birth: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """A custom attribute with its type in ChartMogul; `value` None: the field is empty in Keap."""

    key: str
    type: str
    value: Any
    keap_field: str


@dataclass(frozen=True)
class OnCustomer:
    """What stands on the customer itself. `managed` are the tags whose presence Keap decides; `known`: the
    contact came, so a tag that is not among `tags` is gone. `address` is the e-mail address that is none;
    with an empty value there is no such address any more.
    """

    owner: str | None = None
    tags: frozenset[str] = frozenset()
    managed: frozenset[str] = frozenset()
    known: bool = False
    attributes: tuple[Attribute, ...] = ()
    address: Attribute | None = None

    @property
    def empty(self) -> bool:
        """Nothing to compare, but for the address."""
        return not (self.owner or self.tags or self.attributes or (self.known and self.managed))


@dataclass(frozen=True)
class Wish:
    """Everything about one customer. `kept` are `kind/key` of records that could not be read: what
    ChartMogul has of them stays.
    """

    contact: str
    objects: tuple[Wanted, ...] = ()
    on_customer: OnCustomer = OnCustomer()
    kept: frozenset[str] = frozenset()
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
