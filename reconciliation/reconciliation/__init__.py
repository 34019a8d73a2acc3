"""Audit that Keap and ChartMogul agree on MRR."""
