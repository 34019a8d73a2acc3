"""The customer-relations half of the Keap account: one file per resource, with its view, filters and order.

rows, store        what is held
custom_fields      definitions and values of custom fields, for every kind of record that has them
*_events           what may happen
"""
