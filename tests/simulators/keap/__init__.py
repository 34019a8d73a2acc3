"""The simulated Keap account and its REST API.

account, table, rows what is held            pricing, ledger, engine   how it comes about
index                rows by time or owner   oddities                 rows that show what they should not
events, happenings   what may happen         views                     how it is shown
resource, resources, routes                  which lists there are, and where
filters, selection, paging                   what a list request means
gateway, oauth, app                          who may ask, and how often
billing                                      charges, retries, cards, discounts and what else is money
crm                                          companies, tags, opportunities, notes, tasks and the like
v1                                           REST v1 and its hooks
"""
