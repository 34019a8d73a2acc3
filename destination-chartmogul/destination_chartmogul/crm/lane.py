"""Changes of one customer's CRM, made one after the other. What is refused becomes a reject with its field.

A write whose answer was lost is looked for before it is sent again. What the key may not do (ChartMogul's
CRM needs a seat) closes that kind for the run, and everything else goes on.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from destination_chartmogul.client import Client
from destination_chartmogul.crm.actual import CrmReadback
from destination_chartmogul.crm.desired import KINDS, identity_of
from destination_chartmogul.crm.difference import ATTRIBUTES, OWNER, TAGS, attribute_change
from destination_chartmogul.crm.kinds import Json
from destination_chartmogul.crm.wanted import Attribute, View
from destination_chartmogul.errors import NotAllowedError, Refused
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.plan import CHANGE, CREATE, DELETE, Change

KIND = {kind.name: kind for kind in KINDS}
RULES = {
    "owner": "not_a_user",
    "assignee": "not_a_user",
    "author_email": "not_a_user",
    "pipeline": "unknown_pipeline",
    "pipeline_stage": "unknown_pipeline",
}
NOT_ALLOWED = "crm_not_allowed"
LATE = "ChartMogul took it in a file, and has not worked on that; send it again later"


class LookAgain(Exception):  # noqa: N818 - a step of the lane, not an error
    """An object or the customer is not where it was."""


class Taken(Exception):  # noqa: N818 - a step of the lane, not an error
    """Another customer has the person still."""


class CrmLane:
    """One instance serves several threads. `sent` counts changes; of kinds that are `late` files are under
    way, so nothing is made.
    """

    def __init__(self, client: Client, readback: CrmReadback, view: View) -> None:
        self._client, self._readback, self._view = client, readback, view
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._users: set[str] = set()
        self._no_users: dict[str, str] = {}
        self._other_types: set[str] = set()
        self.late: set[str] = set()
        self.sent = 0

    def apply(self, changes: Iterable[Change], last: bool = True) -> list[Reject]:
        """Make them; what is in the way is a reject the `last` time. Raises LookAgain, Taken."""
        rejects: list[Reject] = []
        for change in changes:
            closed = self._readback.closed.get(change.kind)
            rejects += [_not_allowed(change, closed)] if closed else self._one(change, last)
        return rejects

    def _one(self, change: Change, last: bool) -> list[Reject]:
        if change.kind in self.late and change.action == CREATE:
            return [Reject(change.stream, change.key, "upload_not_finished", LATE)]
        try:
            if change.kind in KIND:
                return self._object(change, last)
            return _ON_CUSTOMER[change.kind](self, change)
        except NotAllowedError as error:
            if change.kind in KIND:
                self._readback.close(KIND[change.kind], error)
            return [_not_allowed(change, str(error))]

    def _object(self, change: Change, last: bool) -> list[Reject]:
        try:
            self._send(change, change.body)
            return []
        except Refused as refused:
            if refused.status == 404:
                raise LookAgain from refused
            if refused.already_exists and not last:
                raise Taken from refused
            return self._without(change, refused)

    def _without(self, change: Change, refused: Refused) -> list[Reject]:
        """Once more without the optional fields that were refused."""
        params = {fault.param for fault in refused.faults}
        optional = getattr(change.value, "optional", ())
        left_out = [name for name in optional if name in params & set(change.body)]
        if not left_out:
            return [_refusal(change, refused)]
        body = {name: value for name, value in change.body.items() if name not in left_out}
        rejects = [_refusal(change, refused, name) for name in left_out]
        try:
            if body:
                self._send(change, body)
        except Refused as again:
            return [_refusal(change, again)]
        return rejects

    def _send(self, change: Change, body: Json) -> None:
        kind = KIND[change.kind]
        if change.action == DELETE:
            self._client.delete(f"{kind.path}/{change.target}")
        elif change.action == CHANGE:
            self._client.patch(f"{kind.path}/{change.target}", body)
        else:
            self._create(change, {"customer_uuid": change.parent, **body})
        self._count()

    def _create(self, change: Change, body: Json) -> None:
        kind = KIND[change.kind]
        made = self._client.create(
            kind.path, body, lambda: self._readback.find(kind, change.parent, change.key)
        )
        if change.kind == "opportunity" and identity_of(kind, made, self._view) != change.key:
            self._client.delete(f"{kind.path}/{made[kind.uuid]}")  # it would be made again in every run
            attribute = self._view.choices.id_attribute
            raise NotAllowedError(
                f"ChartMogul does not keep the attribute {attribute} of opportunities, by which they are "
                "known again: define it in ChartMogul (custom attributes of opportunities), type String."
            )

    def _owner(self, change: Change) -> list[Reject]:
        """An address that is no user is asked about once a run, by one thread while others wait."""
        address = str(change.body["owner"]).casefold()
        if address in self._users:
            return self._set_owner(change, address)
        with self._asking:
            if address in self._no_users:
                return [Reject("contacts", change.key, "not_a_user", self._no_users[address], "owner_id")]
            return self._set_owner(change, address)

    def _set_owner(self, change: Change, address: str) -> list[Reject]:
        try:
            self._client.patch(f"/customers/{change.target}", change.body)
        except Refused as refused:
            if refused.status == 404:
                raise LookAgain from refused
            self._no_users[address] = f"owner: {refused}"
            return [Reject("contacts", change.key, "not_a_user", self._no_users[address], "owner_id")]
        self._users.add(address)
        self._count()
        return []

    def _tags(self, change: Change) -> list[Reject]:
        path = f"/customers/{change.target}/attributes/tags"
        return self._on_customer(change, "tag_ids", self._call(change.action, path))

    def _attributes(self, change: Change) -> list[Reject]:
        """Several at once; when they are refused one by one, so that the others are written."""
        path = f"/customers/{change.target}/attributes/custom"
        some: tuple[Attribute, ...] = change.value
        bad = [each for each in some if change.action != DELETE and each.key in self._other_types]
        rejects = [_other_type(change.key, each) for each in bad]
        good = [each for each in some if each not in bad]
        if not good:
            return rejects
        whole = attribute_change(change.action, good, change.key, change.target)
        try:
            self._call(change.action, path)(whole.body)
            self._count()
            return rejects
        except Refused as refused:
            if refused.status == 404:
                raise LookAgain from refused
            if len(good) == 1:
                return [*rejects, self._refused_attribute(change.key, good[0], refused)]
        singles = (attribute_change(change.action, [each], change.key, change.target) for each in good)
        return rejects + [reject for single in singles for reject in self._attributes(single)]

    def _refused_attribute(self, contact: str, attribute: Attribute, refused: Refused) -> Reject:
        if re.search(r"\btype\b", str(refused), re.IGNORECASE):
            self._other_types.add(attribute.key)
            return _other_type(contact, attribute)
        text = f"{attribute.keap_field}: {refused}"
        return Reject("contacts", contact, "refused_by_chartmogul", text, attribute.keap_field)

    def _call(self, action: str, path: str) -> Callable[[Json], Any]:
        """Adding twice is as once, so these may be repeated."""
        methods: dict[str, Callable[[str, Json], Any]] = {
            CREATE: self._client.post_again,
            CHANGE: self._client.put,
            DELETE: self._client.delete_among,
        }
        return lambda body: methods[action](path, body)

    def _on_customer(self, change: Change, field: str, call: Callable[[Json], Any]) -> list[Reject]:
        try:
            call(change.body)
            self._count()
            return []
        except Refused as refused:
            if refused.status == 404:
                raise LookAgain from refused
            text = f"{field}: {refused}"
            return [Reject("contacts", change.key, "refused_by_chartmogul", text, field)]

    def _count(self) -> None:
        with self._lock:
            self.sent += 1


_ON_CUSTOMER: dict[str, Callable[[CrmLane, Change], list[Reject]]] = {
    OWNER: CrmLane._owner,
    TAGS: CrmLane._tags,
    ATTRIBUTES: CrmLane._attributes,
}


def _refusal(change: Change, refused: Refused, field: str = "") -> Reject:
    param = field or next((fault.param for fault in refused.faults if fault.param in RULES), "")
    rule = RULES.get(param, "refused_by_chartmogul")
    text = f"{param}: {refused}" if param else str(refused)
    return Reject(change.stream, change.key, rule, text, field)


def _not_allowed(change: Change, said: str) -> Reject:
    return Reject(change.stream, change.key, NOT_ALLOWED, said)


def _other_type(contact: str, attribute: Attribute) -> Reject:
    text = (
        f"{attribute.keap_field}: the account's attribute {attribute.key} is not of the type "
        f"{attribute.type}; give it another name or type in crm.custom_fields"
    )
    return Reject("contacts", contact, "attribute_type_clash", text, attribute.keap_field)
