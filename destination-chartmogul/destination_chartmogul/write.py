"""The `write` command: messages in, acknowledged state out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from destination_chartmogul.address import DEFAULT
from destination_chartmogul.catalog import is_whole, streams_of
from destination_chartmogul.client import Client
from destination_chartmogul.configuration import checked
from destination_chartmogul.errors import RejectLimitError
from destination_chartmogul.intake import Intake
from destination_chartmogul.messages import Printer, SourceVoice
from destination_chartmogul.needs import check_catalog
from destination_chartmogul.outcomes import Outcomes
from destination_chartmogul.policy import GONE, UNCHANGED, UNKNOWN, Policy, policy_of
from destination_chartmogul.progress import Progress
from destination_chartmogul.reach import unsettled
from destination_chartmogul.spool import Spool
from destination_chartmogul.states import GLOBAL, StateFile, acknowledged
from destination_chartmogul.sync import Sync

READ_TOGETHER = {
    "subscriptions": frozenset({"orders"}),
    "transactions": frozenset({"orders"}),
    "orders": frozenset({"subscriptions", "products"}),
}
"""Stream → those without which what it brought is not settled."""


def make_client(config: Mapping[str, Any]) -> Client:
    """A client from a checked configuration."""
    return Client(
        config["api_key"],
        config.get("base_url") or DEFAULT,
        per_second=float(config.get("requests_per_second") or 30.0),
    )


def write(
    config: Mapping[str, Any],
    catalog: Mapping[str, Any],
    lines: Iterable[bytes],
    printer: Printer,
    state_file: str | None = None,
) -> None:
    """Write a whole input. Raises DestinationError; states are acknowledged only for what is written."""
    config = checked(config)
    check_catalog(policy_of(config), catalog)
    streams, states = streams_of(catalog), StateFile(Path(state_file)) if state_file else None
    client = make_client(config)
    with (
        closing(Spool(config.get("spool_directory"))) as spool,
        closing(Outcomes(spool, config.get("rejects_path"))) as outcomes,
        closing(Progress()) as progress,
    ):
        voice = SourceVoice()
        intake = Intake(streams, spool, outcomes, voice, progress)
        intake.read(lines)
        complete = voice.ended_well and intake.broken is None
        sync = Sync(client, policy_for(config, catalog, intake, voice), spool, outcomes, printer.log)
        sync.run(progress)
        if complete:  # else the orders that are paid may yet come
            outcomes.add(unsettled(spool, sync.waiting), [])
        _report(printer, outcomes, intake, sync, client)
        _check_limit(config.get("reject_limit"), outcomes, intake)
        held = {} if complete else held_back(voice.missing(streams), sync, spool)
        _acknowledge(spool, outcomes, printer, states, held)
        if intake.broken:
            raise intake.broken


def policy_for(
    config: Mapping[str, Any], catalog: Mapping[str, Any], intake: Intake, voice: SourceVoice
) -> Policy:
    """The user's choices. What did not come is gone only when all of its stream was asked for and came."""
    readable = voice.ended_well and intake.broken is None and "" not in intake.lost
    came = voice.completed - intake.lost if readable else set()
    whole = frozenset(name for name in came if is_whole(catalog, name))
    policy = policy_of(config)
    meaning = UNKNOWN
    if "subscriptions" in came:
        meaning = GONE if "subscriptions" in whole else UNCHANGED
    return replace(
        policy,
        crm=policy.crm.in_catalog(streams_of(catalog), whole),
        missing_subscriptions=meaning,
        deleted_orders=policy.deleted_orders if "orders" in whole else "keep",
    )


def held_back(missing: Collection[str], sync: Sync, spool: Spool) -> dict[str, int]:
    """After an input that broke off: streams whose states are not acknowledged, from which place on.

    `missing`: those that did not come whole. A payment whose order did not come waits for it. A bill is
    read otherwise without its subscription, and a failed charge is nothing without its order, so those come
    again together.
    """
    held = {name: 0 for name, others in READ_TOGETHER.items() if not others.isdisjoint(missing)}
    if sync.waiting:
        held["payments"] = min(spool.seq_of("payments", key) for key in sync.waiting)
    return held | ({GLOBAL: min(held.values())} if held else {})


def _acknowledge(
    spool: Spool,
    outcomes: Outcomes,
    printer: Printer,
    states: StateFile | None,
    held: Mapping[str, int],
) -> None:
    last: dict[str, int] = {}
    for seq, stream, records, message in spool.states():
        if seq > held.get(stream, seq):
            continue
        rejected = outcomes.rejected_between(stream, last.get(stream, 0), seq)
        last[stream] = seq
        echo = acknowledged(message, records, rejected)
        printer.emit(echo)
        if states:
            states.merge(echo)


def _check_limit(limit: float | None, outcomes: Outcomes, intake: Intake) -> None:
    if limit is not None and intake.records and outcomes.rejected / intake.records > limit:
        raise RejectLimitError(
            f"{outcomes.rejected} of {intake.records} records were rejected, more than reject_limit allows; "
            "nothing is acknowledged."
        )


def _report(printer: Printer, outcomes: Outcomes, intake: Intake, sync: Sync, client: Client) -> None:
    """One line for the run, one per rule of rejects and notices."""
    for (stream, rule), count in sorted(outcomes.by_rule.items()):
        first = outcomes.first_of_rule[stream, rule]
        what = f"{count} rejected in {stream or 'the input'}"
        what += f", {first.field} only" if first.field else ""
        text = f"{what}: {rule}, for example {first.key}: {first.message}."
        printer.log("WARN", text)
    for (stream, rule), count in sorted(outcomes.notices.items()):
        printer.log("INFO", f"{count} in {stream}: {rule} (see BEHAVIOR.md).")
    printer.log(
        "INFO",
        f"{intake.records} records read, {sync.changes} objects sent, {outcomes.rejected} rejected, "
        f"{client.requests_sent} requests.",
    )
