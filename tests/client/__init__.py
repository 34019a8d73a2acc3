"""The pair used with software that is not ours: PyAirbyte, and Airbyte's own source for ChartMogul."""
