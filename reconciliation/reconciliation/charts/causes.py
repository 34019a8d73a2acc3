"""What the causes amount to, and how long the differences have been there."""

from __future__ import annotations

from reconciliation.charts.picture import GAP, QUIET, Picture, major, picture
from reconciliation.money import money, signed
from reconciliation.report import Reconciliation


def by_cause(result: Reconciliation) -> Picture:
    """One bar per cause at the closing day, the unexplained rest last."""
    currency, digits = result.tie_out.currency, result.tie_out.digits
    rows = [
        (f"{cause.id}  {cause.title}", cause.cents, cause.subscriptions, QUIET) for cause in result.causes
    ]
    rest = sum(row.cause is None for row in result.differences if row.day == result.last.day)
    rows.append(("Unexplained", result.last.unexplained, rest, GAP))
    drawn = picture(
        f"Difference by cause on {result.last.day}, {currency}", 0.75 + 0.3 * len(rows), left=0.44
    )
    for place, (_, cents, count, colour) in enumerate(reversed(rows)):
        bar = drawn.axes.barh(place, major(cents, digits), height=0.55, color=colour)
        drawn.tip(bar.patches[0], f"{signed(cents, digits)}, {count} affected")
        _beside(drawn, major(cents, digits), place, signed(cents, digits))
    _horizontal(drawn, [name for name, *_ in reversed(rows)])
    drawn.axes.margins(x=0.2)
    if not any(cents for _, cents, _, _ in rows):
        drawn.axes.set_xlim(-0.2, 1)
        drawn.axes.set_xticks([0])
    return drawn


def ageing(result: Reconciliation) -> Picture:
    """Open differences by how long they have been open."""
    currency, digits = result.tie_out.currency, result.tie_out.digits
    names = [age.name for age in reversed(result.ages)]
    title = f"Open differences by age, amounts without sign, {currency}"
    drawn = picture(title, 0.75 + 0.3 * len(names), left=0.16)
    for place, age in enumerate(reversed(result.ages)):
        length = major(age.cents, digits)
        bar = drawn.axes.barh(place, length, height=0.55, color=QUIET)
        says = f"{age.customers} customers, {money(age.cents, digits)}"
        drawn.tip(bar.patches[0], f"{age.name}: {says}")
        _beside(drawn, length, place, says)
    _horizontal(drawn, names)
    drawn.axes.margins(x=0.35)
    if not any(age.cents for age in result.ages):
        drawn.axes.set_xlim(0, 1)
        drawn.axes.set_xticks([0])
    return drawn


def _beside(drawn: Picture, end: float, place: int, says: str) -> None:
    """What a bar says, at its right end."""
    drawn.axes.annotate(
        says, (max(end, 0), place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9
    )


def _horizontal(drawn: Picture, names: list[str]) -> None:
    axes = drawn.axes
    axes.grid(False, axis="y")
    axes.grid(True, axis="x", color="#dddddd", linewidth=0.45)
    axes.set_yticks(range(len(names)), names)
    axes.axvline(0, color="#444444", linewidth=0.8)
    axes.xaxis.set_major_formatter("{x:,.0f}")
