"""The ChartMogul simulator against its contract, recordings, examples and the vendor's client."""
