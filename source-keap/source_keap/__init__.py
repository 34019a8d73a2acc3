"""Airbyte source for Keap."""
