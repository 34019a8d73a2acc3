"""The ChartMogul simulator: API v1 over what was imported, and the metrics that follow from it."""
