"""Tests of the inputs themselves: an audit on incomplete movements would prove nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from reconciliation import chartmogul_mrr, movements
from reconciliation.compare import Balances
from reconciliation.errors import ReconciliationError
from reconciliation.explain import Case
from reconciliation.explain.case import true
from reconciliation.frames import ChartMogulFrames, KeapFrames, rows, stamp
from reconciliation.keap_mrr.lines import day_in
from reconciliation.money import signed
from reconciliation.policy import zone_named
from reconciliation.report import Check

MOST_IDS = 10
FEWEST_OVERDUE = 10
OVERLAP = timedelta(minutes=10)  # the source's cursor stays some minutes behind the clock
SIDES = {"keap": "Keap", "expected": "what would be sent", "chartmogul": "ChartMogul"}


def comparable(keap: KeapFrames, chartmogul: ChartMogulFrames, as_of: date, months: int) -> None:
    """Raises ReconciliationError, in one sentence, when a comparison makes no sense at all."""
    _same_days(chartmogul, as_of, months)
    if keap.currency != chartmogul.settings.currency:
        raise ReconciliationError(
            f"Keap bills in {keap.currency} and ChartMogul reports in {chartmogul.settings.currency}; "
            f"set ChartMogul's account currency to {keap.currency} to compare cent by cent."
        )
    if keap.orders.empty and keap.subscriptions.empty and chartmogul.activities.empty:
        raise ReconciliationError(
            "Keap has no order and no subscription, and ChartMogul no movement: there is nothing to compare. "
            "Read the streams 'orders' and 'subscriptions', and check the name of the data source."
        )
    named = keap.items["subscription_id"].nunique()
    for stream, absent, held in (
        ("orders", keap.orders.empty, f"{len(keap.subscriptions)} subscriptions and no order"),
        ("subscriptions", keap.subscriptions.empty, f"orders of {named} subscriptions and no subscription"),
    ):
        if absent and (named or not keap.subscriptions.empty):
            raise ReconciliationError(f"Keap's records hold {held}; read the stream '{stream}' too.")


def _same_days(chartmogul: ChartMogulFrames, as_of: date, months: int) -> None:
    if months < 1:
        raise ReconciliationError("'months' must be at least 1.")
    if as_of > chartmogul.end:
        raise ReconciliationError(
            f"ChartMogul was read up to {chartmogul.end}, the audit is of {as_of}; read ChartMogul again."
        )
    read_at = chartmogul.read_at
    if read_at and as_of > read_at.astimezone(zone_named(chartmogul.settings.time_zone)).date():
        raise ReconciliationError(
            f"ChartMogul was read on {read_at:%Y-%m-%d}, before {as_of}; that day has not come."
        )


def inputs_checked(
    case: Case, balances: Balances, moved: Mapping[str, pd.DataFrame], as_of: date
) -> tuple[Check, ...]:
    """Every check of what was read, each side by itself before the sides are compared."""
    return (
        _totals_agree(case, balances.days, balances.chartmogul),
        _customers_agree(case, as_of),
        _orders_readable(case),
        _read_to_the_end(case),
        _read_late_enough(case, as_of),
        _values_readable(case),
        _one_currency(case),
        *_arrived(case, as_of),
        *_identities(balances, moved),
        *_metrics_add_up(case),
        *_would_be_sent(case),
    )


def _totals_agree(case: Case, days: Sequence[date], balances: pd.DataFrame) -> Check:
    """ChartMogul's customers add up to the total that its metrics give."""
    reported = chartmogul_mrr.totals(case.chartmogul)
    held = balances.groupby("date")["mrr"].sum()
    covered = [day for day in days if day in reported]
    wrong = [day for day in covered if int(held.get(stamp(day), 0)) != reported[day]]
    if not covered:
        return Check(False, "ChartMogul's metrics have no entry for any closing day; read the same days.")
    if not wrong:
        unread = "" if len(covered) == len(days) else f"; the other {len(days) - len(covered)} were not read"
        return Check(
            True, f"The customers add up to ChartMogul's total on {len(covered)} closing days{unread}."
        )
    others = case.chartmogul.settings.other_sources
    if others:
        return Check(
            True,
            f"ChartMogul's total holds {others} more data source{'s' if others > 1 else ''}; "
            "the customers of this source are compared, the total is not.",
        )
    return Check(
        False,
        f"The customers do not add up to ChartMogul's total on {len(wrong)} closing days, first on "
        f"{wrong[0]}; movements are missing, read ChartMogul again.",
    )


def _customers_agree(case: Case, as_of: date) -> Check:
    """Each customer's own MRR field is the sum of its movements: this finds movements lost while paging."""
    if as_of != case.chartmogul.end:
        return Check(True, "The customers' present MRR was not compared: the audit is of an earlier day.")
    moved = case.chartmogul.activities
    zone = case.chartmogul.settings.time_zone
    day = moved["happened_at"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    sums = moved[day <= stamp(as_of)].groupby("customer_uuid")["movement"].sum()
    stated = case.chartmogul.customers.drop_duplicates("uuid").dropna(subset=["mrr"]).set_index("uuid")["mrr"]
    wrong = int((stated != sums.reindex(stated.index).fillna(0)).sum())
    if stated.empty:
        return Check(True, "ChartMogul showed no MRR per customer to compare the movements with.")
    if wrong:
        return Check(
            False,
            f"The movements of {wrong} of {len(stated)} customers do not add up to the MRR that ChartMogul "
            "shows for them; read ChartMogul again.",
        )
    return Check(True, f"The movements of all {len(stated)} customers add up to the MRR shown for them.")


def _orders_readable(case: Case) -> Check:
    """An order line that cannot be computed is missing on both sides, so it would go unnoticed."""
    orders = case.lines.unreadable
    if not orders:
        return Check(
            True, "Every subscription line in Keap has a contact, a date, an interval and no negative amount."
        )
    return Check(
        False,
        f"{len(orders)} orders in Keap charge a subscription less than nothing, or without a contact, a date "
        f"before 2100 or a known billing interval, and are not counted: {named(orders)}.",
    )


def _read_to_the_end(case: Case) -> Check:
    """A stream that broke off lacks records, whatever its totals say."""
    broken = case.keap.unfinished
    if not broken:
        return Check(True, "No stream of Keap broke off while it was read.")
    return Check(
        False, f"Keap was not read to the end ({', '.join(broken)}); run the source again, then the audit."
    )


def _read_late_enough(case: Case, as_of: date) -> Check:
    """Where neither Keap was read again nor the sync has run, both sides agree on what was long ago."""
    until, due = case.keap.read_until, _overdue(case, as_of)
    if until is not None and (until + OVERLAP).astimezone(case.zone).date() < as_of:
        said = f"Keap was read up to {until:%Y-%m-%d %H:%M %z}, the audit is of {as_of}; read Keap again."
        return Check(False, said)
    if until is None and due:
        return Check(False, f"{due} Keap was read before {as_of}; read it again.")
    known = "by the source's own cursor" if until else "as far as the next bill dates tell"
    return Check(True, f"Keap was read on the day of the audit or later, {known}.")


def _overdue(case: Case, as_of: date) -> str:
    """A sentence when most subscriptions should have been billed since."""
    held = case.keap.subscriptions
    running = held[true(held["active"]) & held["next_bill_date"].notna() & held["end_date"].isna()]
    late = int((running["next_bill_date"] < stamp(as_of)).sum())
    if late < FEWEST_OVERDUE or 2 * late <= len(running):
        return ""
    return f"{late} of {len(running)} active subscriptions were due before {as_of} and have not been billed:"


def _values_readable(case: Case) -> Check:
    """A day that does not exist or an amount that is no number is left out, and may be what MRR hangs on."""
    bad = case.keap.unreadable
    if not bad:
        return Check(True, "Every day and amount in Keap's records can be read.")
    return Check(False, f"{len(bad)} values in Keap's records cannot be read; mend them there: {named(bad)}.")


def _one_currency(case: Case) -> Check:
    """Cents of another currency are no cents of this one; Keap states no rate."""
    orders = case.keap.orders
    others = orders.loc[true(orders["currency"].ne(case.keap.currency.upper())), "id"]
    billed = sorted(set(others) & set(case.lines.billed["order_id"]))
    if not billed:
        return Check(True, f"Every order that makes MRR is in {case.keap.currency}.")
    return Check(
        False,
        f"{len(billed)} orders that make MRR are in another currency than {case.keap.currency} and count "
        f"as if they were in it: {named(billed)}.",
    )


def _arrived(case: Case, as_of: date) -> list[Check]:
    """A renewal that did not arrive changes no MRR, and would go unnoticed until the price changes."""
    if case.expected is None or case.chartmogul.lines.empty:
        return []
    orders = case.keap.orders
    begun = set(orders.loc[day_in(case.zone, orders["ordered_at"]) <= stamp(as_of), "id"])
    sent = case.expected.lines
    wanted = set(sent.loc[sent["subscription_id"].notna(), "order_id"]) & begun
    arrived = set(case.chartmogul.lines["order_id"].dropna())
    if not wanted & arrived:  # invoices of another maker have names of their own
        return []
    absent = sorted(wanted - arrived)
    if not absent:
        return [Check(True, f"All {len(wanted)} orders that make MRR have an invoice in ChartMogul.")]
    return [
        Check(
            False,
            f"{len(absent)} of {len(wanted)} orders that make MRR have no invoice in ChartMogul, although "
            f"nothing is wrong with them: {named(absent)}. Run the sync, then the audit.",
        )
    ]


def _identities(balances: Balances, moved: Mapping[str, pd.DataFrame]) -> list[Check]:
    """Opening + movements = closing, on each side by itself: else movements must not be compared."""
    sides = {"keap": balances.keap, "expected": balances.expected, "chartmogul": balances.chartmogul}
    return [
        _identity(SIDES[side], moved[side], held, balances.days)
        for side, held in sides.items()
        if held is not None
    ]


def _identity(side: str, moved: pd.DataFrame, held: pd.DataFrame, days: Sequence[date]) -> Check:
    sums = held.groupby("date")["mrr"].sum()
    totals = {day: int(sums.get(stamp(day), 0)) for day in days}
    gaps = movements.identity_gaps(moved, totals, days)
    if not gaps:
        return Check(True, f"Opening MRR and movements give closing MRR in every month ({side}).")
    return Check(
        False,
        f"Opening MRR and movements do not give closing MRR in {len(gaps)} months ({side}), first up to "
        f"{min(gaps)}; its movements are incomplete.",
    )


def _metrics_add_up(case: Case) -> list[Check]:
    """The same of ChartMogul's own chart; what is left is the exchange rate impact."""
    table = case.chartmogul.totals.sort_values("date").dropna()
    by_day = table.set_index("date").astype("int64")
    moved = by_day[list(movements.KINDS)].sum(axis=1)
    left = {
        later.date(): int(by_day["mrr"][later] - by_day["mrr"][earlier] - moved[later])
        for earlier, later in pairwise(pd.DatetimeIndex(by_day.index))
    }
    if not left:
        return []
    gaps = {day: cents for day, cents in left.items() if cents}
    currency = case.keap.currency
    if not gaps:
        return [Check(True, "ChartMogul's MRR chart adds up: opening and movements give closing MRR.")]
    first = min(gaps)
    return [
        Check(
            False,
            f"ChartMogul's MRR chart leaves {signed(gaps[first], case.digits)} in the month up to "
            f"{first} to exchange rates, but Keap bills in {currency} only; look for invoices in "
            "another currency.",
        )
    ]


def _would_be_sent(case: Case) -> list[Check]:
    """Records that the destination would reject have to be mended in Keap; what they cost in MRR stands among
    the differences, so this is told and fails nothing by itself.
    """
    if case.expected is None:
        return [Check(True, "What would be sent was not computed: Keap's own records are not at hand.")]
    rejects = case.expected.rejects
    if rejects.empty:
        return [Check(True, "The destination's mapping rejects none of Keap's orders and subscriptions.")]
    keys = [f"{row.stream} {row.key} ({row.rule})" for row in rows(rejects)]
    return [Check(True, f"The destination's mapping rejects {len(keys)} records: {named(keys)}.")]


def named(ids: Sequence[str]) -> str:
    """The first ids, and whether there are more."""
    return ", ".join(ids[:MOST_IDS]) + (" and more" if len(ids) > MOST_IDS else "")
