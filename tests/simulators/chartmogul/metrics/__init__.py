"""ChartMogul's metrics engine: invoices in, MRR, movements and metrics out.

Pure functions: no HTTP, no store, no clock. Amounts are whole cents or exact fractions of a cent, never
floats. Days are days of the account's time zone. The sources are ChartMogul's help and developer pages, named
at each rule.
"""
