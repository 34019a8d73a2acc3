"""The Keap simulator against the vendor's description, its own client, and what is known of it."""
