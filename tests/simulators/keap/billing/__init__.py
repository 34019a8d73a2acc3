"""The money side of the simulated account beyond orders and payments.

rows, tables, derived     what is held: declined charges, cards, merchants, categories, offered discounts;
                          and tables that are computed when they are read
dunning, declines         charges that are declined and tried again
charge_events, stop_events                what may happen to charges and cards, subscriptions and orders
transactions, order_payments, cards, merchants, offers, categories, configuration, routes
                          what REST v2 shows, and where
"""
