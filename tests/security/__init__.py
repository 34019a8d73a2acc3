"""Nothing that the connectors were told in confidence comes out of them."""
