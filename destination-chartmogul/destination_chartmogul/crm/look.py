"""One customer's CRM compared: what `write` carries out and `plan` shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from destination_chartmogul.actual import own_ids
from destination_chartmogul.crm.actual import CrmReadback
from destination_chartmogul.crm.companies import Companies
from destination_chartmogul.crm.desired import kinds_on, view_of, wish_of
from destination_chartmogul.crm.difference import customer_changes, deletion, object_changes
from destination_chartmogul.crm.kinds import Kind
from destination_chartmogul.crm.wanted import Scope, Wish
from destination_chartmogul.intake import contact_of
from destination_chartmogul.mapping.context import Record
from destination_chartmogul.mapping.outcome import Notice
from destination_chartmogul.plan import Change
from destination_chartmogul.stage import Stage


@dataclass(frozen=True)
class Compared:
    """A wish and the changes that it takes; `uuid` of the customer, empty for one that is to be made."""

    wish: Wish
    changes: tuple[Change, ...]
    uuid: str


class Look:
    """Reads, never writes. `is_customer` says whether a contact is or becomes one."""

    def __init__(self, stage: Stage, is_customer: Callable[[str], bool]) -> None:
        self._stage, self._is_customer = stage, is_customer
        choices = stage.policy.crm
        self.kinds = kinds_on(choices)
        self.view = view_of(stage.context, Scope(stage.name, stage.source))
        self.readback = CrmReadback(stage.client, stage.spool, self.view, stage.readback)
        self._companies = Companies(stage.spool, self._is_anywhere) if choices.contacts == "company" else None

    def _is_anywhere(self, contact: str) -> bool:
        """Whether the contact is a customer of this data source, or of another one of the run."""
        others = self._stage.others
        return self._is_customer(contact) or any(
            contact in (each.wanted or ()) or each.readback.exists(contact) for each in others
        )

    def wish(self, contact: str) -> Wish:
        """What the run's records ask for."""
        companies = self._companies
        people: list[Record] = companies.colleagues(contact) if companies else []
        wish = wish_of(self._stage.relations(contact), people, self.view)
        return self._with_rules(wish) if self._stage.rule_tags else wish

    def _with_rules(self, wish: Wish) -> Wish:
        """With the tags that the user's rules give, which are taken away when the rule does not apply."""
        tags, sure = self._stage.tagged(wish.contact)
        said = wish.on_customer
        told = replace(
            said,
            tags=said.tags | tags,
            managed=said.managed | self._stage.rule_tags,
            known=(said.known or not said.managed) and sure,
        )
        return replace(wish, on_customer=told)

    def asks(self, contact: str, odd: Collection[str] = ()) -> list[Kind] | None:
        """The kinds that are compared of a contact; None when there is nothing to compare or say at all.
        `odd` are contacts whose e-mail address is none, or may be that of another customer.
        """
        off = not self.view.choices.any and not self._stage.rule_tags
        wish = Wish(contact) if off else self.wish(contact)
        if wish.objects or wish.kept or wish.rejects or not wish.on_customer.empty:
            return self._compared(wish)
        return self._compared(wish) if contact in odd or self._had_odd_address(contact) else None

    def _compared(self, wish: Wish) -> list[Kind]:
        """The kinds of which the run tells something: a record of the contact's, or all that there are."""
        told = {each.kind for each in wish.objects} | {each.partition("/")[0] for each in wish.kept}
        whole = self.view.choices.whole
        return [kind for kind in self.kinds if kind.name in told or kind.stream in whole]

    def _had_odd_address(self, contact: str) -> bool:
        """By what the run has read of the customer anyway."""
        customer = self._stage.readback.customer(contact) or {}
        held: Mapping[str, Any] = (customer.get("attributes") or {}).get("custom") or {}
        return bool(self.view.choices.address_attribute) and self.view.choices.address_attribute in held

    def nobody(self, contact: str) -> list[Notice]:
        """What is said of a contact that is no customer."""
        wish = self.wish(contact)
        left_out = [Notice("crm_of_no_customer", each.stream, each.key) for each in wish.objects]
        others = [each for each in left_out if each.stream != "contacts"]
        alone = self._companies is not None and self._companies.is_left_over(contact)
        return [*others, *(each for each in left_out if each.stream == "contacts" and alone)]

    def compare(self, contact: str, customer: Mapping[str, Any] | None, now: bool = False) -> Compared:
        """`customer` as ChartMogul shows it; None for one that is to be made. `now`: past every list."""
        wish, uuid = self.wish(contact), str((customer or {}).get("uuid") or "")
        kinds = self._compared(wish)
        held = self.readback.held(uuid, kinds, now) if uuid else {kind.name: [] for kind in kinds}
        if held is None:  # merged or deleted since it was read
            found = self.readback.renew(contact)
            moved = found is not None and found["uuid"] != uuid
            return self.compare(contact, found, now) if moved else Compared(wish, (), uuid)
        gone = self._gone(contact, customer or {})
        changes = [*object_changes(wish, held, self.kinds, self.view, gone, uuid)]
        own = own_ids(customer or {}, self.view.scope.uuid)
        if not own or own[0] == contact:  # else merged into another of this data source, whose they are
            changes += customer_changes(wish, customer or {}, uuid)
        return Compared(wish, tuple(changes), uuid)

    def _gone(self, contact: str, customer: Mapping[str, Any]) -> Callable[[Kind, str], bool]:
        """Of a Keap record that this contact does not want: whether it is no other's of the same customer."""
        spool, whole = self._stage.spool, self.view.choices.whole
        others = set(own_ids(customer, self.view.scope.uuid)) - {contact}

        def gone(kind: Kind, key: str) -> bool:
            record = spool.record(kind.stream, key)
            if record is None:
                return kind.stream in whole
            return contact_of(kind.stream, record) not in others

        return gone

    def leftovers(self) -> Iterator[Change]:
        """Objects of ours, whoever's, whose Keap record is gone: of streams that came whole."""
        for kind in self.kinds:
            if kind.stream not in self.view.choices.whole:
                continue
            for key, row in self.readback.everything(kind):
                if self._stage.spool.record(kind.stream, key) is None:
                    yield deletion(kind, key, row)
