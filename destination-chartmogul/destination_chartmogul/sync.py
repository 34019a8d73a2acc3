"""One sync after its input has ended: the spool's records → ChartMogul, customer by customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from destination_chartmogul.actual import Actual
from destination_chartmogul.bulk import BulkLane
from destination_chartmogul.client import Client
from destination_chartmogul.crm.sync import CrmSync
from destination_chartmogul.elsewhere import BillingElsewhere
from destination_chartmogul.mapping.bundle import Mapped
from destination_chartmogul.mapping.outcome import Notice, Reject
from destination_chartmogul.merges import Merges
from destination_chartmogul.moved import Followed, Missing, Moved, missing_history
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.parallel import in_parallel
from destination_chartmogul.policy import Policy
from destination_chartmogul.progress import Progress
from destination_chartmogul.reach import (
    adopt_waiting,
    due_owners,
    losers,
    owner_of,
    ownerless,
    unsettled_anywhere,
)
from destination_chartmogul.registry import wait_until_idle, wait_until_judged
from destination_chartmogul.sides import Sides
from destination_chartmogul.single import Outcome, SingleLane
from destination_chartmogul.spool import Spool
from destination_chartmogul.stage import Say, Stage

Json = dict[str, Any]

FEWEST_FOR_BULK = 5  # below, single calls are fewer than an import, its polls and its verification
IDLE_SECONDS = 180.0


class Sync:
    """Carries out one run. `waiting` afterwards holds keys of payments whose order nobody has seen."""

    def __init__(self, client: Client, policy: Policy, spool: Spool, outcomes: Outcomes, say: Say) -> None:
        self._client, self._policy, self._spool = client, policy, spool
        self._outcomes, self._say = outcomes, say
        self.waiting: set[str] = set()
        self._sent = 0
        self._in_bulk: Callable[[], int] = lambda: 0
        self._in_crm: Callable[[], int] = lambda: 0
        self._done = 0

    def run(self, progress: Progress) -> None:
        """Write everything that the spool holds."""
        self._progress = progress
        contacts = self._spool.contacts()
        sides = Sides(self._client, self._policy, self._spool, self._say, True, self._wait_for)
        opened = sides.open(contacts)
        progress.begin(len(contacts))
        waiting: dict[Stage, set[str]] = {}
        lost: list[set[Notice]] = []
        for stage in opened:
            waiting[stage] = self._write_side(stage, lost)
        self._outcomes.add([], set.intersection(*lost) if lost else [])
        self.waiting = unsettled_anywhere(waiting, self._spool)
        if opened:
            self._outcomes.add(ownerless(self._spool), [])
        for text in sides.book.sentences() if sides.book else ():
            self._info(text)

    def _wait_for(self, source: Json) -> None:
        """Half-imported customers would be read wrongly."""
        if self._spool.contacts() and not wait_until_idle(self._client, source, IDLE_SECONDS, self._info):
            self._say("WARN", "ChartMogul is still processing earlier data; it may be read incompletely.")

    def _write_side(self, stage: Stage, lost: list[set[Notice]]) -> set[str]:
        """One data source; → payments whose order is not there. What it never had goes to `lost`."""
        self.waiting = set()
        self._prepare(stage)
        self._rename_plans()
        self._write_all(stage.own_contacts)
        self._in_parallel(adopt_waiting(self._stage, self.waiting), again=True)
        owners, unknown = losers(self._stage)
        self._in_parallel(owners, again=True)
        lost.append(set(unknown))
        for owner in due_owners(self._stage):
            self._in_parallel([owner])
        self._progress.wait("for what is not money: people, notes, attributes")
        self._crm.run()
        self._merge_with_payers()
        self._progress.wait("")
        return self.waiting

    def _merge_with_payers(self) -> None:
        """Leads of ours who pay in another data source."""
        choice = self._policy.billing_elsewhere
        if choice is None:
            return
        self._progress.wait("for merges of leads with the customers that they became")
        for done in BillingElsewhere(self._stage, choice).merge():
            self._outcomes.add(done.rejects, done.notices)
            self._sent += done.sent

    @property
    def changes(self) -> int:
        """Objects sent so far."""
        return self._sent + self._in_bulk() + self._in_crm()

    def _show(self) -> None:
        self._progress.step(self._done, self.changes, self._outcomes.rejected)

    def _info(self, text: str) -> None:
        self._say("INFO", text)

    def _prepare(self, stage: Stage) -> None:
        self._stage, source = stage, stage.source
        self._readback, self._plans = stage.readback, stage.plans
        merges = Merges(self._client, source, stage.readback, self._spool)
        self._single = SingleLane(self._client, source, stage.plans, stage.readback, merges)
        self._redo: list[str] = []
        self._holders: dict[str, None] = {}
        self._moved = Moved(self._client, source, merges, stage.context.zone)
        self._was_empty = stage.readback.empty
        self._sent += self._in_bulk()
        self._bulk = BulkLane(self._client, source, stage.plans, self._redo.append)
        bulk = self._bulk
        self._in_bulk = lambda: bulk.objects_sent
        self._sent += self._in_crm()
        crm = self._crm = CrmSync(stage, self._outcomes, self._say, self._was_empty, merges.into)
        self._in_crm = lambda: crm.sent

    def _rename_plans(self) -> None:
        for external_id, name in self._plans.renames(self._stage.product_names).items():
            self._plans.rename(external_id, name)
            self._sent += 1

    def _write_all(self, contacts: list[str]) -> None:
        """New customers in bulk, the others one by one, several at a time."""
        new = [c for c in contacts if not self._readback.exists(c)] if self._bulk_pays(contacts) else []
        unknown = set(new)
        self._in_parallel(c for c in contacts if c not in unknown)
        for contact in new:
            self._bulk_one(contact)
        self._bulk.finish()
        self._verify_bulk()
        self._in_parallel(list(dict.fromkeys(self._redo)), again=True)
        here = set(contacts)
        left = (holder for holder in self._holders if holder not in here)
        self._in_parallel([each for each in left if not self._stage.is_one_of(each, here)], again=True)
        self._show()

    def _bulk_pays(self, contacts: list[str]) -> bool:
        if len(contacts) < FEWEST_FOR_BULK or self._readback.empty:
            return len(contacts) >= FEWEST_FOR_BULK
        return sum(not self._readback.exists(c) for c in contacts) >= FEWEST_FOR_BULK

    def _bulk_one(self, contact: str) -> None:
        mapped = self._stage.map(contact, Actual())
        if not self._stage.left_out(mapped):
            self._bulk.add(mapped.desired.for_bulk)
            if mapped.desired.beyond_bulk or self._missing_history(mapped, Actual()):
                self._redo.append(contact)
        else:
            mapped = self._stage.unwritten(mapped)
        self._heard(mapped, [])

    def _verify_bulk(self) -> None:
        """An import that says `completed` is no proof: wait until ChartMogul has judged, list what is
        invalid.
        """
        if not self._bulk.customers_sent:
            return
        self._progress.wait("for ChartMogul to check what was imported, a minute or two")
        if not wait_until_judged(self._client, self._stage.source, IDLE_SECONDS):
            self._say(
                "WARN",
                "ChartMogul is still processing the import; invalid objects may show in the next run only.",
            )
        self._progress.wait("")
        for uuid, owner in self._bulk.invalid_owners():
            self._redo.append(owner or owner_of(self._stage, uuid))

    def _in_parallel(self, contacts: Iterable[str], again: bool = False) -> None:
        """The single lane over `contacts`."""
        for outcome, mapped in in_parallel(partial(self._single_one, again), contacts):
            self._sent += outcome.sent
            self._heard(replace(mapped, notices=()) if again else mapped, outcome.rejects)

    def _single_one(self, again: bool, contact: str) -> tuple[Outcome, Mapped]:
        actual = self._readback.read_now(contact) if again else self._readback.read(contact)
        mapped = self._stage.map(contact, actual)
        if actual.customer is None and self._stage.left_out(mapped):
            return Outcome(), self._stage.unwritten(mapped)
        followed = self._follow_moves(contact, actual, mapped) if actual.customer else None
        if followed is None:
            outcome, mapped = self._write(contact, actual, mapped)
            followed = None if actual.customer else self._follow_moves(contact, actual, mapped)
        else:
            outcome = Outcome()
        if followed:
            more, mapped = self._write(contact, self._readback.read_now(contact))
            outcome.sent += more.sent + len(followed.merged)
            outcome.rejects += [reject for reject in more.rejects if reject not in outcome.rejects]
        return outcome, mapped

    def _write(self, contact: str, actual: Actual, mapped: Mapped | None = None) -> tuple[Outcome, Mapped]:
        """`mapped`: by what `actual` shows, when that is known."""

        def mapping(held: Actual) -> Mapped:
            return mapped if mapped and held is actual else self._stage.map(contact, held)

        return self._single.write(contact, actual, mapping)

    def _follow_moves(self, contact: str, actual: Actual, mapped: Mapped) -> Followed | None:
        """When other customers held a subscription, merge these, or have them looked at; None without any,
        else the contact has to be looked at anew.
        """
        missing = self._missing_history(mapped, actual)
        customer = self._readback.find_customer(contact) if missing else None
        if customer is None:
            return None
        followed = self._moved.follow(contact, str(customer["uuid"]), missing)
        for subscription, sharers in followed.sharers.items():
            self._stage.share(subscription, sharers)
        self._holders |= followed.holders
        return followed if followed.merged or followed.holders else None

    def _missing_history(self, mapped: Mapped, actual: Actual) -> list[Missing]:
        if self._was_empty:
            return []  # nobody can hold anything
        subscriptions = self._stage.subscriptions_of(mapped)
        return missing_history(subscriptions, mapped.desired, actual, self._stage.context)

    def _heard(self, mapped: Mapped, rejects: list[Reject]) -> None:
        self._outcomes.add([*mapped.rejects, *rejects], mapped.notices)
        self.waiting |= set(mapped.waiting)
        self._done += 1
        self._show()
