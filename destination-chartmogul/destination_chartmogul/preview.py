"""The `plan` command: what `write` would send, with its effect on MRR. Writes nothing.

Plans that it needs are made by `write` on the way; here they are told once, after the customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any

from destination_chartmogul.catalog import streams_of
from destination_chartmogul.configuration import checked
from destination_chartmogul.foresight import WORKERS, Foreseen, Foresight
from destination_chartmogul.intake import Intake
from destination_chartmogul.layouts import Layout, Planned, Totals
from destination_chartmogul.messages import Printer, SourceVoice
from destination_chartmogul.needs import check_catalog
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.plan import CHANGE, CREATE, Change
from destination_chartmogul.policy import policy_of
from destination_chartmogul.progress import Progress
from destination_chartmogul.reach import adopt_waiting, due_owners, losers, ownerless, unsettled
from destination_chartmogul.registry import find_source
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
        source = find_source(client, policy.data_source_name)
        uuid = str(source["uuid"]) if source else ""
        stage = Stage(client, policy, spool, uuid, source is None, printer.log)
        _lay_out(stage, outcomes, layout, voice.ended_well and intake.broken is None)
        if intake.broken:
            raise intake.broken


def _lay_out(stage: Stage, outcomes: Outcomes, layout: Layout, complete: bool) -> None:
    totals, foresight = Totals(), Foresight(stage)
    plans: dict[str, None] = {}
    waiting: set[str] = set()
    layout.begin(stage.policy.data_source_name, stage.context.currency)
    for planned in _everybody(foresight, stage, waiting, plans):
        totals.add(planned)
        if planned.says_something:
            layout.customer(planned)
    outcomes.add(ownerless(stage.spool), [])
    leftovers = tuple(foresight.leftovers())
    if complete:
        outcomes.add(unsettled(stage.spool, waiting), [])
    made = [Change(CREATE, "plan", key, "products", "") for key in sorted(plans)]
    renamed = stage.plans.renames(stage.product_names)
    made += [Change(CHANGE, "plan", key, "products", "", {"name": name}) for key, name in renamed.items()]
    rest = Planned("", (*made, *leftovers), tuple(outcomes.rejects))
    totals.add(rest)
    layout.end(rest, totals)


def _everybody(
    foresight: Foresight, stage: Stage, waiting: set[str], plans: dict[str, None]
) -> Iterator[Planned]:
    """Each customer that `write` would look at; fills `waiting` and the external ids of plans to be made."""
    for foreseen in _in_parallel(foresight, stage.contacts):
        waiting |= set(foreseen.waiting)
        plans |= dict.fromkeys(foreseen.plans)
        yield foreseen.planned
    for more in (adopt_waiting(stage, waiting), losers(stage)[0], due_owners(stage)):
        for foreseen in _in_parallel(foresight, more):
            plans |= dict.fromkeys(foreseen.plans)
            yield foreseen.planned


def _in_parallel(foresight: Foresight, contacts: Iterable[str]) -> Iterator[Foreseen]:
    """In the order of `contacts`, a few at a time, so that memory stays flat."""
    todo = iter(contacts)
    with ThreadPoolExecutor(WORKERS) as pool:
        while some := list(islice(todo, AT_A_TIME)):
            yield from pool.map(foresight.of, some)
