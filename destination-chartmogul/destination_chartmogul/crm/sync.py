"""The CRM's part of a run, after the money is written: first what goes in bulk, then customer by customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial

from destination_chartmogul.crm.lane import CrmLane, LookAgain, Taken
from destination_chartmogul.crm.look import Compared, Look
from destination_chartmogul.crm.on_customer import unknown_names
from destination_chartmogul.crm.uploads import Uploads
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.parallel import in_parallel
from destination_chartmogul.stage import Say, Stage

Said = tuple[list[Reject], list[Notice]]
ROUNDS = 4
LOST = "ChartMogul's answers about the customer contradict each other; run again later"


class CrmSync:
    """Carries out the CRM's part of one run. `merged` are contacts whose customer others were merged into by
    then: what these had is to be looked at as well.
    """

    def __init__(
        self, stage: Stage, outcomes: Outcomes, say: Say, was_empty: bool, merged: Collection[str] = ()
    ) -> None:
        self._stage, self._outcomes, self._say, self._was_empty = stage, outcomes, say, was_empty
        self._merged = merged
        self._choices = stage.policy.crm
        self._look = Look(stage, self._is_customer)
        self._lane = CrmLane(stage.client, self._look.readback, self._look.view)
        self._uploads = Uploads(stage, self._look, self._lane, say)

    @property
    def sent(self) -> int:
        """Changes so far, rows of uploads among them."""
        return self._lane.sent + self._uploads.sent

    def run(self) -> None:
        """Everything that is switched on. Raises DestinationError for what ends any run."""
        if not (self._choices.any or self._stage.rule_tags or self._choices.address_attribute):
            return
        rejects = self._outcomes.rejects if self._choices.address_attribute else []
        odd = {reject.key for reject in rejects if reject.rule == "invalid_email"}
        odd |= set(self._merged) if self._choices.address_attribute else set()
        for sentence in unknown_names(self._choices, self._look.view):
            self._say("WARN", sentence)
        kinds = {
            contact: asked
            for contact in self._stage.contacts
            if (asked := self._look.asks(contact, odd)) is not None and self._stage.wants(contact)
        }
        contacts = list(kinds)
        self._look.readback.prepare(contacts, self._merged)
        self._look.readback.prepare_kinds(kinds.values(), self._was_empty)
        self._uploads.run(contacts)
        self._write(self._write(contacts), last=True)
        self._outcomes.add(self._lane.apply(self._look.leftovers()), [])
        for name, sentence in sorted(self._look.readback.closed.items()):
            self._say("WARN", f"Nothing is written of each {name}. {sentence}")

    def _is_customer(self, contact: str) -> bool:
        return self._look.readback.customer(contact) is not None

    def _write(self, contacts: Iterable[str], last: bool = False) -> list[str]:
        """→ those whose person another customer has still, which is a reject the `last` time."""
        taken = []
        for contact, said in in_parallel(partial(self._one, last), contacts):
            if said is None:
                taken.append(contact)
            else:
                self._outcomes.add(*said)
        return taken

    def _one(self, last: bool, contact: str) -> tuple[str, Said | None]:
        """One contact, looked at again when something was not where it was."""
        customer = self._look.readback.customer(contact)
        for number in range(ROUNDS):
            if customer is None:
                return contact, ([], [] if self._stage.others else self._look.nobody(contact))
            compared = self._look.compare(contact, customer, now=last or number > 0)
            try:
                rejects = self._lane.apply(compared.changes, last)
            except LookAgain:
                customer = self._look.readback.customer_now(contact)
                continue
            except Taken:
                return contact, None
            rejects = [*compared.wish.rejects, *rejects, *self._closed(compared)]
            return contact, (rejects, [*compared.wish.notices])
        return contact, ([Reject("contacts", contact, "refused_by_chartmogul", LOST)], [])

    def _closed(self, compared: Compared) -> Iterator[Reject]:
        """Records of kinds that may not even be read, so that no change of them was made."""
        told = {(change.kind, change.key) for change in compared.changes}
        for each in compared.wish.objects:
            said = self._look.readback.closed.get(each.kind)
            if said and (each.kind, each.key) not in told:
                yield Reject(each.stream, each.key, "crm_not_allowed", said)
