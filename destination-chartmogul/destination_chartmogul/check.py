"""The `check` command: can we write, and which of the account's settings change what the numbers say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from destination_chartmogul.client import Client
from destination_chartmogul.configuration import checked
from destination_chartmogul.errors import ConfigError, DestinationError, Refused
from destination_chartmogul.messages import Printer
from destination_chartmogul.pacing import Retries
from destination_chartmogul.policy import Policy, policy_of

Json = dict[str, Any]
SETTINGS = (
    "churn_recognition,churn_when_zero_mrr,auto_churn_subscription,refund_handling,"
    "proximate_movement_reclassification"
)
KEAP_AMOUNTS = {
    "billing_amount_per": "What billing_amount of a Keap subscription prices",
    "billing_amount_in": "The unit of billing_amount",
    "payments_in": "The unit of Keap's payments",
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
        config.get("base_url") or "https://api.chartmogul.com",
        retries=Retries(attempts=3, base=0.2),
        timeout=(5.0, 20.0),
    )
    account = _account(client)
    yield (
        "INFO",
        f"The account reports in {account.get('currency')}, in the time zone {account.get('time_zone')}.",
    )
    may_write(client)
    yield from choices(policy_of(config))
    yield from _account_settings(account)
    yield from _source(client, str(config.get("data_source_name") or "Keap"))


def choices(policy: Policy) -> Iterator[tuple[str, str]]:
    """What the configuration says where Keap does not."""
    evidence = ", else ".join(policy.churn_evidence)
    yield "INFO", f"A subscription that is not active has ended on its {evidence}, at {policy.churn_time}."
    for name, what in KEAP_AMOUNTS.items():
        said = policy.keap_amounts.get(name)
        how = f"is {said}, as keap_amounts says" if said else "is decided in each run from the orders"
        yield "INFO", f"{what} {how}."


def _account(client: Client) -> Json:
    try:
        account = client.get("/account", include=SETTINGS)
    except Refused as refused:
        raise ConfigError(f"ChartMogul does not show the account. {refused}") from refused
    if "currency" not in account:
        raise ConfigError("The address answers, but not as ChartMogul's API does; check base_url.")
    return account


def may_write(client: Client) -> None:
    """A write that cannot succeed (a data source without a name) tells a read-only key by its 403."""
    try:
        client.post("/data_sources", {})
    except Refused:
        return


def _account_settings(account: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    recognition = account.get("churn_recognition")
    if recognition == "churn_at_period_end":
        yield (
            "WARN",
            (
                "The account records churn at the end of the last service period, whatever "
                "date is sent. Set churn recognition to the time of cancellation to see the configured dates."
            ),
        )
    elif recognition:
        yield (
            "INFO",
            f"Churn recognition is {recognition}: churn counts from the dates that this destination sends.",
        )
    if account.get("churn_when_zero_mrr"):
        yield "WARN", "A subscription that goes to 0 counts as churn in this account, not as contraction."
    if account.get("refund_handling") not in (None, "refund_ignore"):
        yield "WARN", f"Refund handling is {account['refund_handling']}: refunds change MRR in this account."


def _source(client: Client, name: str) -> Iterator[tuple[str, str]]:
    sources = client.get("/data_sources", name=name, **SOURCE_FLAGS).get("data_sources") or []
    source = next((s for s in sources if s.get("name") == name), None)
    if source is None:
        yield "INFO", f"The data source {name!r} does not exist yet; the first sync creates it."
        return
    yield "INFO", f"The data source {name!r} exists and is written to."
    churn = source.get("auto_churn_subscription_setting")
    if isinstance(churn, Mapping) and churn.get("enabled"):
        yield (
            "WARN",
            f"The data source ends subscriptions {churn.get('interval')} days after a bill is missed.",
        )
    yield from _invoice_handling(source.get("invoice_handling_setting") or {})


def _invoice_handling(setting: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    manual = setting.get("manual") or {}
    creates = manual.get("create_subscription_when_invoice_is")
    if creates not in (None, "open"):
        yield "WARN", f"A first invoice makes MRR only when it is {creates}: unpaid first orders stay leads."
    updates = manual.get("update_subscription_when_invoice_is")
    if updates not in (None, "open"):
        yield (
            "WARN",
            f"A renewal changes MRR only when its invoice is {updates}: unpaid renewals keep the old MRR.",
        )
