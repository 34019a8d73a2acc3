"""What ChartMogul's CRM can take from Keap: people, notes, calls, tasks, opportunities, owner, tags,
attributes. One module per kind of object says what should exist; the others compare and write.
"""
