"""REST v1 of the simulated account: the same rows as REST v2, in the older shapes.

wording   times, money, ids as numbers      people, catalogue, sales   what is shown
lists     what may be asked                 api                        limit and offset, the envelope, errors
hooks     REST hooks: who is told what      handshake, delivery        how the hooks' addresses are called
"""
