"""Which streams the user's choices and rules need, and in which way they have to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from destination_chartmogul.catalog import is_whole, streams_of
from destination_chartmogul.crm.choices import NAMES
from destination_chartmogul.errors import ConfigError
from destination_chartmogul.policy import CHOSEN_LEADS, OPPORTUNITY_OPENED, TAG_APPLIED, Policy

if TYPE_CHECKING:  # Jinja2 takes time to load
    from destination_chartmogul.rules.book import RuleBook


@dataclass(frozen=True)
class Need:
    """A stream that a key of the configuration needs; `whole`: in each run all of it."""

    key: str
    stream: str
    whole: bool = False

    def sentence(self) -> str:
        """For example `leads.tags needs the stream applied_tags`."""
        return f"{self.key} needs the stream {self.stream}" + (", as a full refresh" if self.whole else "")


def needs_of(policy: Policy) -> Iterator[Need]:
    """Names need the list that they stand in, whole: an incremental run brings what changed alone."""
    leads = policy.leads
    if policy.customers == CHOSEN_LEADS:
        if leads.tags:
            yield from _named("leads.tags", "applied_tags", leads.tags, "tags")
        if leads.lead_sources:
            yield from _named("leads.lead_sources", "contacts", leads.lead_sources, "lead_sources")
        if leads.opportunity:
            yield Need("leads.opportunity", "opportunities")
    if leads.created_at == TAG_APPLIED:
        yield from _named("leads.created_at", "applied_tags", leads.created_at_tags, "tags")
    if leads.created_at == OPPORTUNITY_OPENED:
        yield Need("leads.created_at", "opportunities")
    for name, stream in policy.crm.needed():
        yield Need(f"crm.{name}", stream, whole=stream in NAMES)


def _of_elsewhere(policy: Policy) -> Iterator[Need]:
    if policy.billing_elsewhere and policy.billing_elsewhere.custom_field:
        for stream in ("contacts", "custom_fields"):
            yield Need("billing_elsewhere.custom_field", stream)


def _named(key: str, stream: str, given: tuple[str, ...], names: str) -> Iterator[Need]:
    yield Need(key, stream)
    if not all(map(str.isdigit, given)):
        yield Need(f"{key}, with names,", names, whole=True)


def _of_rules(policy: Policy, catalog: Mapping[str, Any]) -> Iterator[Need]:
    book = rule_book(policy)
    for key, stream, whole in book.needs(catalog) if book else ():
        yield Need(key, stream, whole)


def check_catalog(policy: Policy, catalog: Mapping[str, Any]) -> None:
    """Raises ConfigError naming every stream that is missing: without it, leads and notes would be lost
    unseen, since the source does not send an unchanged record again.
    """
    there = streams_of(catalog)
    missing = [
        need.sentence()
        for need in (*needs_of(policy), *_of_elsewhere(policy), *_of_rules(policy, catalog))
        if need.stream not in there or (need.whole and not is_whole(catalog, need.stream))
    ]
    if missing:
        said = "; ".join(dict.fromkeys(missing))
        hint = " Ids need no names." if "with names" in said else ""
        raise ConfigError(f"The catalog does not fit the configuration: {said}.{hint}")


def unknown_names(policy: Policy, tags: Mapping[str, Any], lead_sources: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each name that Keap's list, when it came, does not have."""
    leads = policy.leads
    for what, given, known in (
        ("tag", (*leads.tags, *leads.created_at_tags), tags),
        ("lead source", leads.lead_sources, lead_sources),
    ):
        names = {str(row.get("name") or "").strip().casefold() for row in known.values()}
        for text in dict.fromkeys(given):
            if known and not text.isdigit() and text.casefold() not in names:
                yield f"No {what} in Keap is named {text!r}: nobody is a lead by it."


def rule_book(policy: Policy) -> RuleBook | None:
    """The user's rules, compiled; None when there are none."""
    if not policy.rules:
        return None
    from destination_chartmogul.rules.book import RuleBook

    return RuleBook(policy.rules, policy.data_source_name)
