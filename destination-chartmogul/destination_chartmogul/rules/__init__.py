"""The user's own rules: checked, and applied to Keap's records before they are mapped."""
