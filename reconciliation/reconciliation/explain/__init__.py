"""Why Keap's MRR and ChartMogul's differ: causes in a fixed, published order; what is left is unexplained.

A cause claims the difference of one subscription at one closing day only when it reproduces ChartMogul's
amount to the cent and can name its evidence. The first that does so keeps it. Nothing is spread, and there is
no plug: what no cause reproduces stands in the report as unexplained. Movements are looked at apart from
balances, where the same change has another name on the two sides.
"""

from reconciliation.explain.case import Case
from reconciliation.explain.causes import CAUSES, FAULT, RULE, Cause, attribute
from reconciliation.explain.movements import MOVEMENT_CAUSES, ended_by, renamed

__all__ = ["CAUSES", "FAULT", "MOVEMENT_CAUSES", "RULE", "Case", "Cause", "attribute", "ended_by", "renamed"]
