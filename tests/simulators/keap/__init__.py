"""The simulated Keap account and its REST API.

account, rows        what is held            pricing, ledger, engine   how it comes about
events, happenings   what may happen         views                     how it is shown
filters, selection, paging                   what a list request means
gateway, oauth, app                          who may ask, how often, and where
"""
