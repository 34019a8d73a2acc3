"""What never stands in a log: the secrets of both configurations, and e-mail addresses.

The connectors mask their own; this holds also for what a library of theirs prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

SECRETS = frozenset(
    {
        "access_token",
        "api_key",
        "client_id",
        "client_secret",
        "personal_access_token",
        "refresh_token",
        "service_account_key",
    }
)
SHORTEST = 4
EMAIL = re.compile(r"[^\s\"'@<>]+@[^\s\"'@<>]+\.[^\s\"'@<>]+")


def secrets_of(config: Mapping[str, Any]) -> Iterator[str]:
    """The values of every key that names a secret, at any depth."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from secrets_of(value)
        elif key in SECRETS and isinstance(value, str) and len(value) >= SHORTEST:
            yield value


class Mask:
    """Texts without secrets. New ones, such as a renewed token, may be added at any time."""

    def __init__(self, *configs: Mapping[str, Any]) -> None:
        self._secrets = {secret for config in configs for secret in secrets_of(config)}

    def add(self, config: Mapping[str, Any]) -> None:
        """Learn the secrets of another configuration."""
        self._secrets |= set(secrets_of(config))

    def __call__(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "****")
        return EMAIL.sub("<e-mail>", text)
