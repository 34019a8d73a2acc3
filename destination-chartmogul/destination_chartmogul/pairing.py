"""Who of ours is whom in another data source: found, not found, or ambiguous; never a guess. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from destination_chartmogul.mapping.outcome import Notice, Reject

Json = dict[str, Any]
EMAIL, EXTERNAL_ID, CUSTOM_FIELD = "email", "external_id", "custom_field"
MERGING, MERGED = "merging", "merged"
MARK = "keap_lead"
"""Custom attribute of the paying customer: which contact is, or was, merged into it."""


@dataclass(frozen=True)
class Ours:
    """A customer of ours who is not merged yet. `sought`: what identifies the other; empty for nothing."""

    contact: str
    uuid: str
    sought: str
    mark: str = ""


@dataclass(frozen=True)
class Theirs:
    """A customer of the other data source; `contacts` are ids that it has in ours already."""

    uuid: str
    mark: str = ""
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Who is to be merged into whom."""

    ours: Ours
    theirs: Theirs


@dataclass(frozen=True)
class Found:
    """Pairs, and what is said of the others."""

    pairs: tuple[Pair, ...]
    rejects: tuple[Reject, ...]
    notices: tuple[Notice, ...]


def pairs_of(ours: Sequence[Ours], theirs: Mapping[str, Sequence[Theirs]], by: str) -> Found:
    """`theirs` by what identifies them."""
    pairs: list[Pair] = []
    rejects: list[Reject] = []
    notices: list[Notice] = []
    shared = Counter(each.sought for each in ours if each.sought)
    for each in ours:
        candidates = theirs.get(each.sought, ()) if each.sought else ()
        if not candidates:
            rejects += _not_found(each, by)
            notices.append(Notice("no_paying_customer_yet", "contacts", each.contact))
            continue
        several = _ambiguous(each, candidates, shared[each.sought])
        if several:
            rejects.append(Reject("contacts", each.contact, "paying_customer_ambiguous", several))
        elif f"{MERGED} {each.contact}" in (each.mark, candidates[0].mark):
            notices.append(Notice("unmerged_by_user", "contacts", each.contact))
        else:
            pairs.append(Pair(each, candidates[0]))
    return Found(tuple(pairs), tuple(rejects), tuple(notices))


def _not_found(ours: Ours, by: str) -> Iterable[Reject]:
    """Only a field says that there is a paying customer; anybody has an e-mail address."""
    if by == CUSTOM_FIELD and ours.sought:
        text = "the custom field names a customer whom the other data source does not have"
        yield Reject("contacts", ours.contact, "paying_customer_not_found", text)


def _ambiguous(ours: Ours, candidates: Sequence[Theirs], contacts: int) -> str:
    if len(candidates) > 1:
        uuids = ", ".join(sorted(each.uuid for each in candidates))
        return f"{len(candidates)} customers of the other data source fit: {uuids}"
    if contacts > 1:
        return f"{contacts} contacts fit the same customer, {candidates[0].uuid}"
    others = [key for key in candidates[0].contacts if key != ours.contact]
    return (
        f"customer {candidates[0].uuid} is merged with contact {', '.join(others)} already" if others else ""
    )
