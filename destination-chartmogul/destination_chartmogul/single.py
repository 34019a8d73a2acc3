"""The single lane: one customer's changes, object by object, until ChartMogul holds what it should.

Nothing upserts, so the lane works in rounds: compare, write, and when an answer was lost or an object is
there already, read back and compare again. What ChartMogul refuses becomes a reject with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from destination_chartmogul.actual import Actual, Readback, subscriptions_in
from destination_chartmogul.client import Client
from destination_chartmogul.errors import Refused, Unanswered, UnreachableError, faults_of
from destination_chartmogul.mapping.bundle import Mapped
from destination_chartmogul.mapping.customers import email_reject
from destination_chartmogul.mapping.objects import Invoice, is_move
from destination_chartmogul.mapping.outcome import Reject
from destination_chartmogul.merges import Merges
from destination_chartmogul.plan import CHANGE, CREATE, DELETE, Change, changes_of
from destination_chartmogul.registry import Plans
from destination_chartmogul.wire import customer_body, errors_in, invoice_body, line_body

Json = dict[str, Any]
INVOICES_PER_CALL = 50
ROUNDS = 8
WITHOUT_EMAIL = "without_email"  # in our reading of an answer; no field of ChartMogul's
AFTER_INVOICES = ("invoice_status", "connection", "event")


class LookAgain(Exception):  # noqa: N818 - a step of the lane, not an error
    """ChartMogul holds something else than was read; `exists` is what it says it has already, as the rejects
    that stand if it goes on saying so; `invoices` those of them that may be found at another customer;
    `hidden`: so it says of the customer, whom it did not show.
    """

    def __init__(
        self, exists: tuple[Reject, ...] = (), invoices: tuple[Invoice, ...] = (), hidden: bool = False
    ) -> None:
        super().__init__()
        self.exists, self.invoices, self.hidden = exists, invoices, hidden


@dataclass
class Outcome:
    """Of one customer: rejects, and how many changes were sent."""

    rejects: list[Reject] = field(default_factory=list)
    sent: int = 0

    @property
    def refused(self) -> frozenset[str]:
        """`stream/key` of the rejects."""
        return frozenset(f"{r.stream}/{r.key}" for r in self.rejects if not r.field)


class SingleLane:
    """Writes customers one at a time; one instance serves several threads."""

    def __init__(self, client: Client, source: str, plans: Plans, readback: Readback, merges: Merges) -> None:
        self._client, self._source, self._plans = client, source, plans
        self._readback, self._merges = readback, merges

    def write(
        self, contact: str, actual: Actual, mapping: Callable[[Actual], Mapped]
    ) -> tuple[Outcome, Mapped]:
        """Bring one customer to the desired state. `mapping` maps the contact given what ChartMogul holds."""
        outcome, lost, rounds = Outcome(), 0, 0
        while True:
            mapped, sent = mapping(actual), outcome.sent
            try:
                self._round(mapped, actual, outcome)
                return outcome, mapped
            except Unanswered:
                lost = lost + 1 if outcome.sent == sent else 1  # a round that got something done starts anew
                if lost >= self._client.retries.attempts:
                    raise UnreachableError(f"ChartMogul did not answer in {lost} attempts.") from None
                time.sleep(self._client.retries.wait(lost))
            except LookAgain as again:
                rounds += 1
                if again.hidden and rounds >= ROUNDS:
                    outcome.rejects += [*again.exists, *_without_customer(mapped)]
                    return outcome, mapped
                self._after_conflict(contact, again, outcome, rounds)
            actual = self._readback.read_now(contact)

    def _after_conflict(self, contact: str, again: LookAgain, outcome: Outcome, rounds: int) -> None:
        if rounds >= ROUNDS:
            if not again.exists:
                raise UnreachableError(
                    f"ChartMogul's answers about customer {contact} contradict each other; run again later."
                )
            outcome.rejects += again.exists
        elif again.invoices:
            self._merges.take_over(contact, again.invoices, self._plans.uuids)
            time.sleep(self._client.retries.base * (rounds - 1))

    def _round(self, mapped: Mapped, actual: Actual, outcome: Outcome) -> None:
        plan = changes_of(mapped.desired, actual, self._plans.external_ids, outcome.refused)
        outcome.rejects += plan.rejects
        invoices: list[Invoice] = []
        owner = actual.uuid
        for change in plan.changes:
            if change.kind == "invoice" and change.action == CREATE:
                invoices.append(change.value)
                continue
            if invoices and change.kind in AFTER_INVOICES:
                self._post_invoices(invoices, owner, mapped.desired.contact_id, outcome)
                invoices = []
            if change.kind == "event" and f"{change.stream}/{change.key}" in outcome.refused:
                continue  # a connection that was refused: its cancellation would say that it was made
            answer = self._apply(change, mapped.desired.contact_id, outcome)
            if change.kind == "customer" and change.action == CREATE:
                owner = str((answer or {}).get("uuid") or "")
                if not owner:
                    outcome.rejects += _without_customer(mapped)
                    return
        if invoices:
            self._post_invoices(invoices, owner, mapped.desired.contact_id, outcome)

    def _apply(self, change: Change, contact: str, outcome: Outcome) -> Json | None:
        """One change. A refusal becomes a reject; "already exists" and "not found" mean: look again."""
        try:
            answer = self._send(change, contact)
            outcome.sent += 1
            if change.kind == "customer" and (answer or {}).get(WITHOUT_EMAIL):
                outcome.rejects.append(email_reject(contact))
            return answer
        except Refused as refused:
            if refused.status == 404 and change.kind != "connection":
                raise LookAgain from refused
            if change.action == CREATE and refused.already_exists:
                found = (_exists(change.stream, change.key, refused),)
                raise LookAgain(found, hidden=change.kind == "customer") from refused
            outcome.rejects.append(Reject(change.stream, change.key, "refused_by_chartmogul", str(refused)))
            return None

    def _send(self, change: Change, contact: str) -> Json | None:
        handler = _HANDLERS[change.kind, change.action]
        return handler(self, change, contact)

    def _create_customer(self, change: Change, _: str) -> Json:
        body = customer_body(change.value) | {"data_source_uuid": self._source}
        return _maybe_without_email(lambda b: self._client.post("/customers", b), body)

    def _change_customer(self, change: Change, _: str) -> Json:
        return _maybe_without_email(
            lambda b: self._client.patch(f"/customers/{change.target}", b), change.body
        )

    def _change_invoice(self, change: Change, _: str) -> Json:
        return self._client.patch(f"/invoices/{change.target}", change.body)

    def _delete_invoice(self, change: Change, _: str) -> None:
        self._client.delete(f"/invoices/{change.target}")

    def _create_line(self, change: Change, _: str) -> Json:
        line = change.value
        plan = {"plan_uuid": self._plans.ensure(line.plan)} if line.plan else {}
        return self._client.post(f"/import/invoices/{change.parent}/line_items", line_body(line) | plan)

    def _change_line(self, change: Change, _: str) -> Json:
        body = {key: value for key, value in change.body.items() if key != "plan_external_id"}
        if "plan_external_id" in change.body:
            body["plan_uuid"] = self._plans.ensure(change.value.plan)
        return self._client.patch(f"/line_items/{change.target}", body)

    def _delete_line(self, change: Change, _: str) -> None:
        self._client.delete(f"/line_items/{change.target}")

    def _create_transaction(self, change: Change, _: str) -> Json:
        try:
            return self._client.post(f"/import/invoices/{change.parent}/transactions", change.body)
        except Refused as refused:
            if refused.already_exists:
                self._merges.drop_transaction(change.external_id)
            raise

    def _change_transaction(self, change: Change, _: str) -> Json:
        return self._client.patch(f"/transactions/{change.target}", change.body)

    def _delete_transaction(self, change: Change, _: str) -> None:
        self._client.delete(f"/transactions/{change.target}")

    def _set_status(self, change: Change, _: str) -> Json:
        path = f"/data_sources/{self._source}/invoices/{change.external_id}/status"
        return self._client.put(path, change.body)

    def _connect(self, change: Change, contact: str) -> Json:
        return self._connection("connect", change, contact)

    def _disconnect(self, change: Change, contact: str) -> Json:
        return self._connection("disconnect", change, contact)

    def _connection(self, action: str, change: Change, contact: str) -> Json:
        """ChartMogul knows a subscription once it has processed its invoices, which may take a moment."""
        owner = (self._readback.find_customer(contact) or {}).get("uuid")
        pair = [{"data_source_uuid": self._source, "external_id": each} for each in change.value]
        path = f"/customers/{owner}/{action}_subscriptions"
        attempt = 0
        while True:
            try:
                return self._client.post(path, {"subscriptions": pair})
            except Refused as refused:
                attempt += 1
                if refused.status != 404 or attempt == self._client.retries.attempts:
                    raise
            time.sleep(self._client.retries.wait(attempt))

    def _create_event(self, change: Change, _: str) -> Json:
        """The subscription may have come from another contact, with its events: these are taken over, unless
        that one was billed for it as well, before it moved.
        """
        same, owner = None, str(change.body["customer_external_id"])
        for event in self._readback.events_of_subscription(change.key):
            if event["external_id"] == change.external_id:
                same = event
            elif not is_move(change.value) and not self._bills(
                str(event["customer_external_id"]), owner, change.key
            ):
                self._drop_event(str(event["id"]))
        if same is not None:
            return self._client.patch(
                "/subscription_events", {"subscription_event": {"id": same["id"], **change.body}}
            )
        body = change.body | {"data_source_uuid": self._source}
        return self._client.post("/subscription_events", {"subscription_event": body})

    def _bills(self, contact: str, owner: str, subscription: str) -> bool:
        """Whether a contact is `owner`, or was billed for its subscription by what ChartMogul has."""
        if contact == owner:
            return True
        customer = self._readback.find_customer(contact)
        invoices = self._readback.fetch_invoices(str(customer["uuid"])) if customer else []
        return any(subscription in subscriptions_in(invoice) for invoice in invoices)

    def _change_event(self, change: Change, _: str) -> Json:
        return self._client.patch(
            "/subscription_events", {"subscription_event": {"id": change.target, **change.body}}
        )

    def _delete_event(self, change: Change, _: str) -> None:
        self._drop_event(change.target)

    def _drop_event(self, number: str) -> None:
        self._client.delete("/subscription_events", **{"subscription_event[id]": number})

    def _post_invoices(self, invoices: list[Invoice], owner: str, contact: str, outcome: Outcome) -> None:
        """New invoices, many a call."""
        ready = [invoice for invoice in invoices if self._with_plans(invoice, outcome)]
        exists: list[Invoice] = []
        for start in range(0, len(ready), INVOICES_PER_CALL):
            exists += self._post_chunk(ready[start : start + INVOICES_PER_CALL], owner, contact, outcome)
        if exists:
            raise LookAgain(tuple(_exists("orders", i.external_id) for i in exists), tuple(exists))

    def _with_plans(self, invoice: Invoice, outcome: Outcome) -> bool:
        try:
            for line in invoice.line_items:
                if line.plan:
                    self._plans.ensure(line.plan)
        except Refused as refused:
            outcome.rejects.append(Reject("orders", invoice.external_id, "plan_refused", str(refused)))
            return False
        return True

    def _post_chunk(self, chunk: list[Invoice], owner: str, contact: str, outcome: Outcome) -> list[Invoice]:
        """→ those that ChartMogul says exist. One refused invoice may refuse the call: the rest is sent
        again.
        """
        if not chunk:
            return []
        bodies = [invoice_body(invoice, contact, self._source, self._plans.uuids) for invoice in chunk]
        try:
            answer = self._client.post(f"/import/customers/{owner}/invoices", {"invoices": bodies})
        except Refused as refused:
            if refused.status == 404:
                raise LookAgain from refused
            return self._after_refusal(chunk, refused, owner, contact, outcome)
        outcome.sent += len(chunk)
        outcome.rejects += _stored_invalid(answer)
        return []

    def _after_refusal(
        self, chunk: list[Invoice], refused: Refused, owner: str, contact: str, outcome: Outcome
    ) -> list[Invoice]:
        said = _said_per_invoice(refused)
        bad = [invoice for invoice in chunk if invoice.external_id in said]
        if not bad and len(chunk) > 1:  # it does not say which one: halve until it does
            half = len(chunk) // 2
            first = self._post_chunk(chunk[:half], owner, contact, outcome)
            return first + self._post_chunk(chunk[half:], owner, contact, outcome)
        verdicts = {invoice.external_id: said.get(invoice.external_id, refused) for invoice in bad or chunk}
        exists = [i for i in chunk if i.external_id in verdicts and verdicts[i.external_id].already_exists]
        outcome.rejects += [
            Reject("orders", key, "refused_by_chartmogul", str(verdict))
            for key, verdict in verdicts.items()
            if not verdict.already_exists
        ]
        rest = [invoice for invoice in chunk if invoice.external_id not in verdicts]
        return exists + self._post_chunk(rest, owner, contact, outcome)


_HANDLERS: dict[tuple[str, str], Callable[[SingleLane, Change, str], Json | None]] = {
    ("customer", CREATE): SingleLane._create_customer,
    ("customer", CHANGE): SingleLane._change_customer,
    ("invoice", CHANGE): SingleLane._change_invoice,
    ("invoice", DELETE): SingleLane._delete_invoice,
    ("line_item", CREATE): SingleLane._create_line,
    ("line_item", CHANGE): SingleLane._change_line,
    ("line_item", DELETE): SingleLane._delete_line,
    ("transaction", CREATE): SingleLane._create_transaction,
    ("transaction", CHANGE): SingleLane._change_transaction,
    ("transaction", DELETE): SingleLane._delete_transaction,
    ("invoice_status", CHANGE): SingleLane._set_status,
    ("connection", CREATE): SingleLane._connect,
    ("connection", DELETE): SingleLane._disconnect,
    ("event", CREATE): SingleLane._create_event,
    ("event", CHANGE): SingleLane._change_event,
    ("event", DELETE): SingleLane._delete_event,
}


def _maybe_without_email(send: Callable[[Json], Json], body: Json) -> Json:
    """A customer whose e-mail address ChartMogul does not take is written without it."""
    try:
        return send(body)
    except Refused as refused:
        if "email" not in body or not any(fault.param == "email" for fault in refused.faults):
            raise
        answer = send({key: value for key, value in body.items() if key != "email"})
        return {**answer, WITHOUT_EMAIL: True}


def _exists(stream: str, key: str, refused: Refused | None = None) -> Reject:
    """Of what ChartMogul says it has, and does not show with this customer."""
    said = f": {refused}" if refused else ""
    return Reject(
        stream, key, "exists_elsewhere", f"ChartMogul has it already, and not where it can be found{said}"
    )


def _without_customer(mapped: Mapped) -> list[Reject]:
    """Orders of a customer that ChartMogul refuses."""
    text = "ChartMogul refuses the customer, so the order has no owner"
    return [Reject("orders", i.external_id, "customer_refused", text) for i in mapped.desired.invoices]


def _said_per_invoice(refused: Refused) -> dict[str, Refused]:
    """ChartMogul repeats the invoices of a refused call, each with its errors."""
    said = {}
    body = refused.body if isinstance(refused.body, dict) else {}
    for invoice in body.get("invoices") or []:
        faults = faults_of({"errors": invoice.get("errors")})
        if faults:
            said[str(invoice.get("external_id"))] = Refused(refused.status, faults)
    return said


def _stored_invalid(answer: Json) -> list[Reject]:
    """ChartMogul stores some invoices as invalid and answers 201 all the same."""
    found = [(str(i.get("external_id")), errors_in(i)) for i in answer.get("invoices") or []]
    return [
        Reject("orders", key, "refused_by_chartmogul", f"ChartMogul holds it as invalid: {'; '.join(errors)}")
        for key, errors in found
        if errors
    ]
