"""One customer's life in both systems."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from reconciliation.charts.picture import (
    CHARTMOGUL,
    EXPECTED,
    GAP,
    KEAP,
    QUIET,
    Picture,
    major,
    money_axis,
    picture,
)
from reconciliation.customer import Story
from reconciliation.frames import rows
from reconciliation.money import money

LINES: dict[str, dict[str, Any]] = {
    "Keap": {"color": KEAP, "linewidth": 5, "alpha": 0.45},
    "what would be sent": {"color": EXPECTED, "linewidth": 1.2, "linestyle": (0, (4, 3))},
    "ChartMogul": {"color": CHARTMOGUL, "linewidth": 1.6},
}
MARKS: dict[str, tuple[str, str, int]] = {
    "order": ("s", KEAP, 1),
    "payment": ("o", KEAP, 2),
    "refund": ("v", GAP, 2),
    "cancellation": ("X", GAP, 3),
    "pause": ("|", GAP, 3),
}
MOVEMENT_ROW = 4
ROWS = {1: "orders", 2: "payments", 3: "ends in Keap", 4: "movements"}


def timeline(story: Story) -> Picture:
    """MRR steps of all figures; below them orders, payments, ends in Keap, and ChartMogul's movements."""
    drawn = picture(f"Customer {story.customer_id}: MRR and what made it, {story.currency}", 4.2, left=0.12)
    axes, digits = drawn.axes, story.digits
    last = _last_day(story)
    highest = 1.0
    for name, table in story.mrr.items():
        days: list[Any] = [day.to_pydatetime() for day in table["day"]]
        amounts = [major(int(cents), digits) for cents in table["mrr"]]
        if days:
            axes.step(
                [days[0], *days, last], [0, *amounts, amounts[-1]], where="post", label=name, **LINES[name]
            )
        highest = max([highest, *amounts])
    drawn.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    _steps(drawn, story, highest)
    row = highest / 8
    for event in rows(story.events.dropna(subset=["day"])):
        marker, colour, level = MARKS.get(str(event.what), ("D", CHARTMOGUL, MOVEMENT_ROW))
        place = [event.day], [-row * level]
        (mark,) = axes.plot(*place, marker=marker, color=colour, markersize=5.5, linestyle="none")
        drawn.tip(mark, f"{event.day:%Y-%m-%d} {event.system}\n{event.says}")
    _frame(drawn, highest, row)
    return drawn


def _steps(drawn: Picture, story: Story, highest: float) -> None:
    """The balance after each change, said where the line bends."""
    for name, table in story.mrr.items():
        for day, cents in zip(table["day"], table["mrr"], strict=True):
            place = [day], [major(int(cents), story.digits)]
            (mark,) = drawn.axes.plot(
                *place, marker="o", markersize=9, alpha=0, color=QUIET, linestyle="none"
            )
            drawn.tip(mark, f"{day:%Y-%m-%d} {name}\nMRR {money(int(cents), story.digits)}")
    drawn.axes.set_ylim(bottom=-highest * 0.65)


def _last_day(story: Story) -> datetime:
    days = [day for table in story.mrr.values() for day in table["day"]]
    days += list(story.events["day"].dropna())
    return max(days, default=datetime(2000, 1, 1)) + timedelta(days=15)  # noqa: DTZ001 (a day of the axis)


def _frame(drawn: Picture, highest: float, row: float) -> None:
    axes = drawn.axes
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.set_ylim(-row * (len(ROWS) + 0.8), highest * 1.12)
    money_axis(axes, highest)
    ticks = [tick for tick in axes.get_yticks() if 0 <= tick <= highest * 1.12]
    labels = [f"{tick:,.2f}" if highest < 10 else f"{tick:,.0f}" for tick in ticks]
    axes.set_yticks([*ticks, *(-row * level for level in ROWS)], [*labels, *ROWS.values()])
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
