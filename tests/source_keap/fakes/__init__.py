"""Situations that the Keap simulator does not produce."""
