"""The result of an audit as frozen values, ready for HTML, text and JSON. All money is whole cents
(`TieOut.digits` says what a cent is)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from reconciliation.explain.movements import RULE, Renamed
from reconciliation.frames import SourceFile
from reconciliation.lead_findings import LeadFindings
from reconciliation.restatement import Comparison

AGREES = "agrees"
EXPLAINED = "explained"
IMMATERIAL = "immaterial"
DIFFERS = "differs"
UNFINISHED = "unfinished"

MAPPING, AFTER, BOTH = "before sending", "after sending", "before and after sending"

VERDICTS: dict[str, str] = {
    AGREES: "Keap and ChartMogul agree to the cent.",
    EXPLAINED: "Keap and ChartMogul differ only as their documented rules differ.",
    IMMATERIAL: "Keap and ChartMogul differ, but by nothing material; see faults and the unexplained part.",
    DIFFERS: "Keap and ChartMogul differ; see the faults and the unexplained part.",
    UNFINISHED: "ChartMogul has not finished processing; audit again when nothing is pending.",
}


@dataclass(frozen=True)
class MonthTotal:
    """The totals at one closing day. `expected`: MRR of what would be sent, None where it was not computed;
    `reported`: ChartMogul's own total, None where it gave none.

    `explained`: by rules of either side; `faults`: by data that is missing or wrong. With `unexplained` they
    add up to `difference` (ChartMogul less Keap); what a tolerance allows counts as unexplained here.
    """

    day: date
    keap: int
    expected: int | None
    chartmogul: int
    reported: int | None
    difference: int
    explained: int
    faults: int
    unexplained: int
    keap_customers: int
    chartmogul_customers: int


@dataclass(frozen=True)
class PlanTotal:
    """The figures of one plan at the closing day of the audit, each by the plan that its own side names."""

    plan: str
    name: str
    keap: int
    expected: int | None
    chartmogul: int
    difference: int


@dataclass(frozen=True)
class MovementTotal:
    """MRR movements of one type up to one closing day, since the closing day before."""

    day: date
    type: str
    keap: int
    expected: int | None
    chartmogul: int
    difference: int


@dataclass(frozen=True)
class CustomerDifference:
    """One customer at one closing day whose two amounts differ.

    `parts` are cents by cause, the largest first, None for the unexplained; `cause` is the primary one, that
    of the largest part. `faults`: the parts that are no rule, without sign, so that two which cancel each
    other stay visible. `where`: MAPPING when what would be sent differs from Keap already, AFTER when
    ChartMogul differs from what would be sent, BOTH, or None where that figure was not computed. `name` is
    given only when names are asked for; `pages` are the customer's addresses in Keap and in ChartMogul.
    """

    day: date
    customer_id: str
    keap: int
    expected: int | None
    chartmogul: int
    difference: int
    match: str
    name: str | None
    pages: tuple[str | None, str | None]
    cause: str | None
    parts: tuple[tuple[str | None, int], ...]
    evidence: tuple[str, ...]
    where: str | None
    since: date
    faults: int


@dataclass(frozen=True)
class CauseTotal:
    """What one cause explains: cents at the closing day of the audit, and how often over all closing days."""

    id: str
    title: str
    kind: str
    cents: int
    subscriptions: int
    all_months: int


@dataclass(frozen=True)
class Check:
    """A test of the inputs themselves."""

    passed: bool
    sentence: str


@dataclass(frozen=True)
class Age:
    """Customers that differ at the closing day, by how long: how many, and cents without sign."""

    name: str
    customers: int
    cents: int


@dataclass(frozen=True)
class TieOut:
    """What the two totals are and where they come from. `digits`: of all amounts, how many digits stand
    behind the point (ChartMogul counts hundredths of any currency). `tolerance`: cents by which a customer
    may differ; `materiality`: cents up to which a fault or an unexplained part does not change the verdict.
    """

    as_of: date
    months: int
    currency: str
    digits: int
    keap_zone: str
    chartmogul_zone: str
    data_source: str
    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    tolerance: int
    materiality: int
    files: tuple[SourceFile, ...]


@dataclass(frozen=True)
class Reconciliation:
    """The audit. `differences` hold every customer and closing day that is not equal. `leads` are no part of
    the verdict, which is about MRR.
    """

    verdict: str
    tie_out: TieOut
    totals: tuple[MonthTotal, ...]
    plans: tuple[PlanTotal, ...]
    movements: tuple[MovementTotal, ...]
    renamed: tuple[Renamed, ...]
    matches: tuple[tuple[str, int], ...]
    differences: tuple[CustomerDifference, ...]
    causes: tuple[CauseTotal, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    ages: tuple[Age, ...]
    previous: Comparison | None = None
    leads: LeadFindings | None = None

    @property
    def last(self) -> MonthTotal:
        """The closing day of the audit."""
        return self.totals[-1]

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        return VERDICTS[self.verdict]

    @property
    def agrees(self) -> bool:
        """Nothing material but what documented rules explain, and ChartMogul had finished."""
        return self.verdict in (AGREES, EXPLAINED, IMMATERIAL)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; days as ISO text."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def verdict(
    differences: Sequence[CustomerDifference],
    renamed: Sequence[Renamed],
    checks: Sequence[Check],
    materiality: int,
    pending: int,
) -> str:
    """A pending record makes any comparison provisional, and an input that failed its check makes it
    worthless. Else the largest fault decides: of all customers together on a closing day, without sign, so
    that two that cancel each other stay two; or of a movement. What is within the tolerance has no parts.
    """
    if pending:
        return UNFINISHED
    if not all(check.passed for check in checks):
        return DIFFERS
    sizes: Counter[date] = Counter()
    for row in differences:
        sizes[row.day] += row.faults
    largest = max(sizes.values(), default=0)
    other_names = [abs(cents) for row in renamed if row.kind != RULE for _, cents in row.differences]
    largest = max([largest, *other_names])
    if largest > materiality:
        return DIFFERS
    if largest:
        return IMMATERIAL
    return EXPLAINED if renamed or any(row.parts for row in differences) else AGREES


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
