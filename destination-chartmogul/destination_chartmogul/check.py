"""The `check` command: can we write, and which of the account's settings change what the numbers say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from destination_chartmogul.address import DEFAULT
from destination_chartmogul.client import CONNECTIONS, Client
from destination_chartmogul.configuration import checked
from destination_chartmogul.crm.checking import findings as crm_findings
from destination_chartmogul.elsewhere import source_of_payers
from destination_chartmogul.errors import ConfigError, DestinationError, Refused
from destination_chartmogul.messages import Printer
from destination_chartmogul.metric_settings import of_account, of_source
from destination_chartmogul.needs import needs_of, rule_book
from destination_chartmogul.pacing import Retries
from destination_chartmogul.policy import (
    CHOSEN_LEADS,
    CONTACT_CREATED,
    EVERYONE,
    NEVER,
    OPPORTUNITY_OPENED,
    PAYERS_AND_TRIALS,
    PAYERS_ONLY,
    TAG_APPLIED,
    Policy,
    policy_of,
)
from destination_chartmogul.registry import STRANGE

Json = dict[str, Any]
PER_SECOND, MOST_PER_SECOND = 30.0, 40
SMALL_SKEW = 60  # seconds
SETTINGS = (
    "churn_recognition,churn_when_zero_mrr,auto_churn_subscription,refund_handling,"
    "proximate_movement_reclassification"
)
KEAP_AMOUNTS = {
    "billing_amount_per": "What billing_amount of a Keap subscription prices",
    "billing_amount_in": "The unit of billing_amount",
    "payments_in": "The unit of Keap's payments",
}
WHO = {
    EVERYONE: "Every contact becomes a customer, those who never paid as leads.",
    CHOSEN_LEADS: "Contacts who paid or began a trial become customers, and the leads that leads describes.",
    PAYERS_AND_TRIALS: "Contacts who paid or began a trial become customers.",
    PAYERS_ONLY: "Contacts with a written order become customers.",
}
LEAD_DATES = {
    CONTACT_CREATED: "A lead is dated by the contact's creation.",
    TAG_APPLIED: "A lead is dated by the first of the tags that was applied.",
    OPPORTUNITY_OPENED: "A lead is dated by the first opportunity.",
    NEVER: "No lead is dated.",
}
SOURCE_FLAGS = {
    "with_processing_status": "true",
    "with_auto_churn_subscription_setting": "true",
    "with_invoice_handling_setting": "true",
}


def check(config: Mapping[str, Any], printer: Printer) -> None:
    """Print what was found and the connection status."""
    try:
        for level, text in findings(checked(config)):
            printer.log(level, text)
        printer.emit({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})
    except DestinationError as error:
        printer.emit(
            {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "FAILED", "message": str(error)}}
        )


def findings(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(level, sentence). Raises ConfigError or UnreachableError."""
    client = Client(
        config["api_key"],
        config.get("base_url") or DEFAULT,
        retries=Retries(attempts=3, base=0.2),
        timeout=(5.0, 20.0),
    )
    account = _account(client)
    may_write(client)
    yield "INFO", "The API key is accepted, and may read and write."
    yield from _days(account, config)
    policy = policy_of(config)
    yield from choices(policy)
    yield from rules_in_use(policy)
    yield from _elsewhere(client, policy)
    yield from of_account(account)
    source = _find(client, policy.data_source_name)
    yield from _source(source, policy.data_source_name)
    yield from crm_findings(client, policy.crm, str((source or {}).get("uuid") or ""))
    yield from _rates(client, float(config.get("requests_per_second") or PER_SECOND))
    yield from clocks(client.skew)


def _days(account: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    zone, ours = account.get("time_zone"), config.get("time_zone")
    yield "INFO", f"The account reports in {account.get('currency')}, in the time zone {zone}."
    if ours and ours != zone:
        yield (
            "WARN",
            f"time_zone is {ours}: a bill near midnight may show on another day, or in another month, in "
            "ChartMogul than in Keap.",
        )


def _rates(client: Client, per_second: float) -> Iterator[tuple[str, str]]:
    yield (
        "INFO",
        f"At most {per_second:g} requests a second are sent, of the {MOST_PER_SECOND} that ChartMogul allows "
        f"all users of an account together, over at most {CONNECTIONS} of its 20 connections.",
    )
    if client.throttled:
        yield (
            "WARN",
            f"ChartMogul refused {client.throttled} requests of this check for their rate: others use the "
            "account now, and a sync will be slow.",
        )


def clocks(skew: timedelta) -> Iterator[tuple[str, str]]:
    """`skew`: this machine's time minus ChartMogul's."""
    seconds = round(abs(skew.total_seconds()))
    if seconds <= SMALL_SKEW:
        yield "INFO", "This machine's clock agrees with ChartMogul's."
        return
    side, apart = ("ahead of" if skew > timedelta() else "behind"), timedelta(seconds=seconds)
    yield (
        "WARN",
        f"This machine's clock is {apart} {side} ChartMogul's. Syncs go by ChartMogul's, so nothing is dated "
        "wrongly; what else runs here may be.",
    )


def choices(policy: Policy) -> Iterator[tuple[str, str]]:
    """What the configuration says where Keap does not."""
    evidence = ", else ".join(policy.churn_evidence)
    yield "INFO", f"A subscription that is not active has ended on its {evidence}, at {policy.churn_time}."
    yield "INFO", f"{WHO[policy.customers]} {LEAD_DATES[policy.leads.created_at]}"
    needed = dict.fromkeys(need.sentence() for need in needs_of(policy))
    if needed:
        yield "INFO", f"The catalog has to fit: {'; '.join(needed)}."
    for name, what in KEAP_AMOUNTS.items():
        said = policy.keap_amounts.get(name)
        how = f"is {said}, as keap_amounts says" if said else "is decided in each run from the orders"
        yield "INFO", f"{what} {how}."


def _elsewhere(client: Client, policy: Policy) -> Iterator[tuple[str, str]]:
    """Raises ConfigError when there is no data source of payers."""
    choice = policy.billing_elsewhere
    if choice is not None:
        source_of_payers(client, choice)
        how = f"the custom field {choice.custom_field!r}" if choice.custom_field else choice.match
        yield "INFO", f"Leads are merged into the customers of {choice.data_source_name!r}, found by {how}."


def rules_in_use(policy: Policy) -> Iterator[tuple[str, str]]:
    """The user's rules, in their order, and the data sources that they send records to."""
    book = rule_book(policy)
    if book is None:
        return
    for rule in book.rules:
        yield "INFO", f"{rule.label[0].upper()}{rule.label[1:]}, on {rule.on}: {rule.does}."
    if len(book.sources) > 1:
        yield "INFO", f"Records go to the data sources {', '.join(book.sources)}, as the rules say."


def _account(client: Client) -> Json:
    try:
        account = client.get("/account", include=SETTINGS)
    except Refused as refused:
        raise ConfigError(f"ChartMogul does not show the account. {refused}") from refused
    if "currency" not in account:
        raise ConfigError(STRANGE)
    return account


def may_write(client: Client) -> None:
    """A write that cannot succeed (a data source without a name) tells a read-only key by its 403."""
    try:
        client.post("/data_sources", {})
    except Refused:
        return


def _find(client: Client, name: str) -> Json | None:
    sources = client.get("/data_sources", name=name, **SOURCE_FLAGS).get("data_sources") or []
    return next((source for source in sources if source.get("name") == name), None)


def _source(source: Json | None, name: str) -> Iterator[tuple[str, str]]:
    if source is None:
        yield "INFO", f"The data source {name!r} does not exist yet; the first sync creates it."
        return
    yield "INFO", f"The data source {name!r} exists and is written to."
    yield from of_source(source)
