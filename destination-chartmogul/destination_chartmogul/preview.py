"""The `plan` command: what `write` would send, with its effect on MRR. Writes nothing.

Plans that it needs are made by `write` on the way; here they are told once, after the customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any

from destination_chartmogul.catalog import streams_of
from destination_chartmogul.configuration import checked
from destination_chartmogul.elsewhere import BillingElsewhere
from destination_chartmogul.foresight import Foreseen, Foresight
from destination_chartmogul.intake import Intake
from destination_chartmogul.layouts import MERGE, Layout, Planned, Totals
from destination_chartmogul.messages import Printer, SourceVoice
from destination_chartmogul.needs import check_catalog
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.pairing import Ours
from destination_chartmogul.parallel import WORKERS
from destination_chartmogul.plan import CHANGE, CREATE, Change
from destination_chartmogul.policy import policy_of
from destination_chartmogul.progress import Progress
from destination_chartmogul.reach import (
    adopt_waiting,
    due_owners,
    losers,
    ownerless,
    unsettled,
    unsettled_anywhere,
    waiting_ahead,
)
from destination_chartmogul.sides import Sides
from destination_chartmogul.spool import Spool
from destination_chartmogul.stage import Stage
from destination_chartmogul.write import make_client, policy_for

AT_A_TIME = 64


def preview(
    config: Mapping[str, Any],
    catalog: Mapping[str, Any],
    lines: Iterable[bytes],
    printer: Printer,
    layout: Layout,
) -> None:
    """Print every change, customer by customer, then the totals. Raises DestinationError."""
    config = checked(config)
    check_catalog(policy_of(config), catalog)
    streams, client = streams_of(catalog), make_client(config)
    with (
        closing(Spool(config.get("spool_directory"))) as spool,
        closing(Outcomes(spool)) as outcomes,
        closing(Progress()) as progress,
    ):
        voice = SourceVoice()
        intake = Intake(streams, spool, outcomes, voice, progress)
        intake.read(lines)
        policy = policy_for(config, catalog, intake, voice)
        sides = Sides(client, policy, spool, printer.log, False, _as_it_is)
        opened = sides.open(spool.contacts())
        _lay_out(sides, opened, spool, outcomes, layout, voice.ended_well and intake.broken is None)
        if intake.broken:
            raise intake.broken


def _as_it_is(source: Mapping[str, Any]) -> None:
    """`plan` does not wait until ChartMogul has processed earlier data."""
    del source


def _lay_out(
    sides: Sides, opened: Sequence[Stage], spool: Spool, outcomes: Outcomes, layout: Layout, complete: bool
) -> None:
    totals, waiting = Totals(), dict[Stage, set[str]]()
    made: list[Change] = []
    layout.begin(", ".join(stage.name for stage in opened), opened[0].context.currency)
    for stage in opened:
        plans, waiting[stage] = dict[str, None](), set[str]()
        foresight = Foresight(stage, stage.name if len(opened) > 1 else "")
        new: dict[str, str | None] = {}
        for planned in _everybody(foresight, stage, waiting[stage], plans):
            totals.add(planned)
            new |= _new_customers(planned)
            if planned.says_something:
                layout.customer(planned)
        made += [Change(CREATE, "plan", key, "products", "") for key in sorted(plans)]
        renamed = stage.plans.renames(stage.product_names)
        made += [Change(CHANGE, "plan", key, "products", "", {"name": name}) for key, name in renamed.items()]
        made += foresight.leftovers()
        made += _merges(stage, new)
    outcomes.add(ownerless(spool), [])
    if complete:
        outcomes.add(unsettled(spool, unsettled_anywhere(waiting, spool)), [])
    rest = Planned("", tuple(made), tuple(outcomes.rejects))
    totals.add(rest)
    layout.end(rest, totals, sides.book.sentences() if sides.book else ())


def _new_customers(planned: Planned) -> dict[str, str | None]:
    """E-mail addresses of customers to be made, by contact."""
    made = [c for c in planned.changes if (c.action, c.kind) == (CREATE, "customer")]
    return {each.value.external_id: each.value.email for each in made}


def _merges(stage: Stage, new: Mapping[str, str | None]) -> Iterable[Change]:
    """Of leads with those who pay in another data source."""
    if stage.policy.billing_elsewhere is None:
        return ()
    elsewhere = BillingElsewhere(stage, stage.policy.billing_elsewhere)
    return elsewhere.foresee(Ours(key, "", elsewhere.sought(key, email)) for key, email in new.items())


def _everybody(
    foresight: Foresight, stage: Stage, waiting: set[str], plans: dict[str, None]
) -> Iterator[Planned]:
    """Each customer that `write` would look at; fills `waiting` and the external ids of plans to be made.

    Who lost a subscription, or has an order that somebody else pays for, is known before: `write` looks at
    such a customer twice, and here it shows once.
    """
    contacts = stage.own_contacts
    lost, looked_at = losers(stage)[0], set(contacts)
    ahead = waiting_ahead(stage, contacts)
    left = set(ahead)
    payees = adopt_waiting(stage, left)
    holders: dict[str, None] = {}
    for foreseen in _in_parallel(foresight, contacts):
        waiting |= set(foreseen.waiting)
        plans |= dict.fromkeys(foreseen.plans)
        holders |= dict.fromkeys(foreseen.holders)
        looked_at |= {change.external_id for change in foreseen.planned.changes if change.action == MERGE}
        yield foreseen.planned
    waiting -= ahead - left
    left_holders = (each for each in holders if not stage.is_one_of(each, looked_at))
    rest = dict.fromkeys([*left_holders, *payees, *lost, *due_owners(stage)])
    for foreseen in _in_parallel(foresight, (owner for owner in rest if owner not in looked_at)):
        plans |= dict.fromkeys(foreseen.plans)
        yield foreseen.planned


def _in_parallel(foresight: Foresight, contacts: Iterable[str]) -> Iterator[Foreseen]:
    """In the order of `contacts`, a few at a time, so that memory stays flat."""
    todo = iter(contacts)
    with ThreadPoolExecutor(WORKERS) as pool:
        while some := list(islice(todo, AT_A_TIME)):
            yield from pool.map(foresight.of, some)
