"""Pictures of an audit: SVG drawn once, with the figures under the pointer, without any network.

Each function gives a `Picture`. A notebook shows it as it is; `picture.svg()` is the text for a page.
"""

from reconciliation.charts.causes import ageing, by_cause
from reconciliation.charts.customers import timeline
from reconciliation.charts.movements import movements
from reconciliation.charts.picture import SCRIPT, Picture
from reconciliation.charts.rules import churn_under_rules, mrr_under_rules
from reconciliation.charts.signups import per_month
from reconciliation.charts.totals import both_lines, bridge, difference

__all__ = [
    "SCRIPT",
    "Picture",
    "ageing",
    "both_lines",
    "bridge",
    "by_cause",
    "churn_under_rules",
    "difference",
    "movements",
    "mrr_under_rules",
    "per_month",
    "timeline",
]
