"""Airbyte source for Keap."""

from source_keap.source import SourceKeap

__all__ = ["SourceKeap"]
