"""The series that the API prints, from a ledger."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from tests.simulators.chartmogul.metrics import formulas
from tests.simulators.chartmogul.metrics.ledger import Ledger
from tests.simulators.chartmogul.metrics.money import shown
from tests.simulators.chartmogul.metrics.periods import ONE_DAY, Period, last_day, months_before
from tests.simulators.chartmogul.settings import Settings

Value = int | float
LTV_MONTHS = 6


class Report:
    """Values of single metrics for single periods."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger, self._settings = ledger, settings

    def mrr(self, period: Period) -> int:
        """MRR at the end of the period, truncated."""
        return shown(self._ledger.mrr.at(period.last))

    def arr(self, period: Period) -> int:
        """Twelve times the displayed MRR."""
        return formulas.arr(self.mrr(period))

    def customers(self, period: Period) -> int:
        """Subscribers at the end of the period."""
        return int(self._ledger.customers.at(period.last))

    def arpa(self, period: Period) -> int:
        """MRR per subscriber."""
        return formulas.arpa(self._ledger.mrr.at(period.last), self.customers(period))

    def asp(self, period: Period) -> int:
        """New business per first-time subscriber."""
        new, first_time = self._ledger.moved["new_biz"], self._ledger.first_time
        return formulas.asp(new.within(period), int(first_time.within(period)))

    def customer_churn_rate(self, period: Period) -> float:
        """Percent of the subscribers at the start who are lost at the end."""
        at_start = int(self._ledger.customers.at(period.first - ONE_DAY))
        return formulas.customer_churn_rate(at_start, self._ledger.churned(period))

    def mrr_churn_rate(self, period: Period) -> float:
        """Net MRR churn in percent."""
        moved = {kind: each.within(period) for kind, each in self._ledger.moved.items()}
        return formulas.net_mrr_churn_rate(
            self._ledger.mrr.at(period.first - ONE_DAY),
            moved["churn"], moved["contraction"], moved["expansion"], moved["reactivation"],
        )  # fmt: skip

    def ltv(self, period: Period) -> int:
        """ARPA over the average customer churn rate of the six months before, or of the same interval."""
        if self._settings.ltv_churn_rate == "same_interval":
            return formulas.ltv(self.arpa(period), self.customer_churn_rate(period))
        rates = [self.customer_churn_rate(each) for each in months_before(period.first, LTV_MONTHS)]
        return formulas.ltv(self.arpa(period), formulas.average(rates))

    def movements(self, period: Period) -> dict[str, int]:
        """The movements of the period under the API's names, losses negative."""
        return {name: shown(self._ledger.moved[kind].within(period)) for name, kind in MOVEMENTS.items()}

    def exchange_rate_impact(self, period: Period) -> int:
        """What changed MRR without a movement."""
        return shown(self._ledger.drift.within(period))

    def entries(self, name: str, periods: Sequence[Period]) -> list[dict[str, object]]:
        """`{date, <name>, percentage-change, ...}` of each period."""
        result: list[dict[str, object]] = []
        previous: Value | None = None
        for period in periods:
            value = self.value(name, period)
            extra = self.movements(period) if name == "mrr" else {}
            change = formulas.percentage_change(value, previous)
            result.append({"date": str(period.last), name: value, **extra, "percentage-change": change})
            previous = value
        return result

    def all_entries(self, periods: Sequence[Period]) -> list[dict[str, object]]:
        """Every metric of each period, with the changes."""
        result: list[dict[str, object]] = []
        previous: Mapping[str, Value] = {}
        for period in periods:
            values = {name: self.value(name, period) for name in ALL}
            result.append({"date": str(period.last), **_with_changes(values, previous, "")})
            previous = values
        return result

    def value(self, name: str, period: Period) -> Value:
        """One metric by the API's name."""
        return VALUES[name](self, period)

    def summary(self, name: str, today: date, interval: str) -> dict[str, object]:
        """Now against the end of the interval before."""
        now, before = self._now_and_before(today, interval)
        current, previous = self.value(name, now), self.value(name, before)
        change = formulas.percentage_change(current, previous)
        return {"current": current, "previous": previous, "percentage-change": change}

    def all_summary(self, today: date, interval: str) -> dict[str, object]:
        """The same for every metric."""
        now, before = self._now_and_before(today, interval)
        current = {name: self.value(name, now) for name in ALL}
        previous = {name: self.value(name, before) for name in ALL}
        changes = _with_changes(current, previous, "current-")
        return {**changes, **{f"previous-{name}": value for name, value in previous.items()}}

    def _now_and_before(self, today: date, interval: str) -> tuple[Period, Period]:
        end = _end_before(today, interval, self._settings.week_start_on)
        earlier = _end_before(end, interval, self._settings.week_start_on)
        return Period(end + ONE_DAY, today), Period(earlier + ONE_DAY, end)


def _end_before(day: date, interval: str, week_start: str) -> date:
    """The last day of the interval before the one that a day lies in."""
    end = day
    own = last_day(day, interval, week_start)
    while last_day(end, interval, week_start) == own:
        end -= ONE_DAY
    return end


def _with_changes(
    values: Mapping[str, Value], previous: Mapping[str, Value], prefix: str
) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, value in values.items():
        result[f"{prefix}{name}"] = value
        result[f"{name}-percentage-change"] = formulas.percentage_change(value, previous.get(name))
    return result


MOVEMENTS = {
    "mrr-new-business": "new_biz",
    "mrr-expansion": "expansion",
    "mrr-contraction": "contraction",
    "mrr-churn": "churn",
    "mrr-reactivation": "reactivation",
}
ALL = ("mrr", "arr", "customer-churn-rate", "mrr-churn-rate", "ltv", "customers", "asp", "arpa")
VALUES: Mapping[str, Callable[[Report, Period], Value]] = {
    "mrr": Report.mrr,
    "arr": Report.arr,
    "customer-churn-rate": Report.customer_churn_rate,
    "mrr-churn-rate": Report.mrr_churn_rate,
    "ltv": Report.ltv,
    "customers": Report.customers,
    "asp": Report.asp,
    "arpa": Report.arpa,
}
