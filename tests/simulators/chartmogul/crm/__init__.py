"""People, notes, tasks and opportunities of customers."""
