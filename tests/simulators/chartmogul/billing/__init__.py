"""Plans, invoices, line items, transactions, subscriptions and their events."""
