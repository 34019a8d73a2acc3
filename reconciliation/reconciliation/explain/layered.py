"""Two causes one on the other: ChartMogul is late, or never ended, and has a wrong amount as well.

What Keap billed for that which ChartMogul still shows lies between the two amounts. From Keap's to it leads a
cause of time or presence, from it to ChartMogul's one of amount; each gets its part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from reconciliation.explain.case import Case, latest_line, latest_period, true
from reconciliation.explain.combined import Part, combined
from reconciliation.explain.lines import line_mrr

KEYS = ["subscription_id", "order_id"]

Finder = Callable[[Case, pd.DataFrame], "pd.Series[str]"]
Finders = Sequence[tuple[str, Finder]]


def layered(
    case: Case, differences: pd.DataFrame, of_time: Finders, of_amount: Finders, of_edit: Finders
) -> list[Part]:
    """The parts of every difference that a cause of time and one or more of amount make together. `of_edit`
    give any amount, so they are asked only where it is certain which one lies between.
    """
    table = differences.assign(row=differences.index)
    ended, before, charged, behind = _between(case, table)
    parts: list[Part] = []
    for between, first, then in (
        (ended, of_time, [*of_amount, *of_edit]),
        (before, of_time, of_amount),
        (behind, of_time, [*of_amount, *of_edit]),
        (charged, [*of_time, *of_amount, *of_edit], of_amount),
    ):
        left = between[~between["row"].isin({part.row for part in parts})]
        parts += _both(case, left, first, then)
    return parts


def _between(case: Case, table: pd.DataFrame) -> list[pd.DataFrame]:
    """The differences with `base`, which ChartMogul would show if its amount were right, and `base_day`, a
    day on which that was Keap's: the last amount after an end, the one before the latest order, the one of
    which a fee is deducted, the one of the latest order that came.
    """
    rows = latest_period(case, table)
    ended = true(rows["keap"].eq(0) & rows["chartmogul"].ne(0) & rows["mrr"].gt(0))
    before = true(rows["keap"].ne(0) & rows["chartmogul"].ne(0) & rows["mrr_before"].gt(0))
    yesterday = rows["starts"] - pd.Timedelta(days=1)
    held = latest_line(case, table)
    sums = line_mrr(held)
    charged = true(held["line_fees"] > 0) & true(sums.ne(table["keap"])) & true(sums.ne(table["chartmogul"]))
    return [
        table.assign(base=rows["mrr"], base_day=rows["date"])[ended],
        table.assign(base=rows["mrr_before"], base_day=yesterday)[before],
        table.assign(base=sums, base_day=rows["date"])[charged],
        _behind(case, table, rows, held),
    ]


def _behind(case: Case, table: pd.DataFrame, rows: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Where the latest order has not come: the line in force is of an earlier one."""
    known = case.periods_by_start.drop_duplicates(KEYS).set_index(KEYS)
    came = pd.MultiIndex.from_frame(held[["subscription_id", "line_order"]], names=KEYS)
    base, begun = (known[name].reindex(came).set_axis(table.index) for name in ("mrr", "starts"))
    gone = ~rows["order_id"].isin(case.chartmogul.lines["order_id"]) & true(base > 0)
    between = true(base.ne(table["keap"])) & true(base.ne(table["chartmogul"]))
    both = rows["keap"].ne(0) & rows["chartmogul"].ne(0)
    return table.assign(base=base, base_day=begun)[gone & between & both]


def _both(case: Case, table: pd.DataFrame, of_time: Finders, of_amount: Finders) -> list[Part]:
    if table.empty:
        return []
    base, given = table["base"].astype("int64"), table.drop(columns=["base", "base_day", "row"])
    late = given.assign(chartmogul=base, difference=base - given["keap"])
    wrong = given.assign(keap=base, date=table["base_day"], difference=given["chartmogul"] - base)
    times = _first(case, late[late["difference"] != 0], of_time)
    amounts = _amounts(case, wrong[wrong["difference"] != 0], of_amount)
    cents = late["difference"].to_dict()
    both = times.keys() & amounts.keys()
    return [
        part for label in both for part in (Part(label, *_told(times[label], cents[label])), *amounts[label])
    ]


def _amounts(case: Case, wrong: pd.DataFrame, of_amount: Finders) -> dict[object, list[Part]]:
    """One cause of amount, else several at once."""
    single, cents = _first(case, wrong, of_amount), wrong["difference"].to_dict()
    found = {label: [Part(label, *_told(told, cents[label]))] for label, told in single.items()}
    rest = wrong.drop(index=list(found))
    for part in combined(case, rest) if len(rest) else []:
        found.setdefault(part.row, []).append(part)
    return found


def _told(found: tuple[str, str], cents: int) -> tuple[str, int, str]:
    """Cause, cents, evidence."""
    cause, evidence = found
    return cause, int(cents), evidence


def _first(case: Case, table: pd.DataFrame, finders: Finders) -> dict[object, tuple[str, str]]:
    """Cause and evidence, by label, of the first that finds something."""
    found: dict[object, tuple[str, str]] = {}
    for cause, find in finders:
        left = table.drop(index=list(found))
        if left.empty:
            break
        found |= {label: (cause, str(text)) for label, text in find(case, left).dropna().items()}
    return found
