"""Why Keap's MRR and ChartMogul's differ: causes in a fixed, published order; what is left is unexplained.

A cause claims the difference of one subscription at one closing day only when it reproduces ChartMogul's
amount to the cent and can name its evidence. The first that does so keeps it. Nothing is spread, and there is
no plug: what no cause reproduces stands in the report as unexplained.
"""

from reconciliation.explain.case import Case
from reconciliation.explain.causes import CAUSES, FAULT, RULE, Cause, attribute

__all__ = ["CAUSES", "FAULT", "RULE", "Case", "Cause", "attribute"]
