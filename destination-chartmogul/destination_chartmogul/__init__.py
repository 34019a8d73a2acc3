"""Airbyte destination for ChartMogul."""
