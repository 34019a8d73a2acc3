"""Pure functions from Keap records to ChartMogul objects."""
