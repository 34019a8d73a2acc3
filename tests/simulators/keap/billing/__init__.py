"""The money side of the simulated account beyond orders and payments.

rows, tables             what is held: declined charges, cards, merchants, categories, offered discounts
derived                  tables that are computed when they are read
transactions, order_payments, cards, merchants, discounts, categories, configuration   what REST v2 shows
declines                 declined charges and their retries
"""
