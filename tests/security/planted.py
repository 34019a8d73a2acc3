"""Secrets and people that occur nowhere else, and where to look for them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.pair.connection import DESTINATION, SOURCE, plain_environment

Json = dict[str, Any]

KEAP_KEY = "KeapPAT-4f1d9Qz7Planted"
CHARTMOGUL_KEY = "cm-0b77Planted52e9"
OAUTH = {
    "client_id": "client-81Planted",
    "client_secret": "secret-82Planted",
    "refresh_token": "refresh-83Planted",
    "access_token": "access-84Planted",
}
PROXY_PASSWORD = "proxy-85Planted"
PEOPLE = ("Maximiliana", "Musterfrau", "maxi.musterfrau@example.org", "Musterbau Waldheim", "+49 371 5550199")
"""Of the contact below; ids are not personal."""

CONTACT: Json = {
    "id": "910001",
    "given_name": PEOPLE[0],
    "family_name": PEOPLE[1],
    "email_addresses": [{"email": PEOPLE[2], "field": "EMAIL1"}],
    "company": {"id": "7", "company_name": PEOPLE[3]},
    "phone_numbers": [{"number": PEOPLE[4], "field": "PHONE1"}],
    "create_time": "2026-01-01T00:00:00Z",
    "update_time": "2026-01-01T00:00:00Z",
}

PERSONAL_ACCESS: Json = {"auth_type": "personal_access_token", "personal_access_token": KEAP_KEY}
OAUTH_ACCESS: Json = {"auth_type": "oauth2.0", **OAUTH, "token_expiry_date": "2020-01-01T00:00:00Z"}


def forms(secret: str) -> set[str]:
    """A secret as it is, and as HTTP carries it."""
    alone, pair = secret.encode(), f"{secret}:".encode()
    return {secret, quote(secret), base64.b64encode(alone).decode(), base64.b64encode(pair).decode()}


def secrets() -> set[str]:
    pair = f"{OAUTH['client_id']}:{OAUTH['client_secret']}"
    every = (KEAP_KEY, CHARTMOGUL_KEY, PROXY_PASSWORD, *OAUTH.values())
    return {form for secret in every for form in forms(secret)} | {base64.b64encode(pair.encode()).decode()}


@dataclass(frozen=True)
class Ran:
    """One command: how it ended, and everything that it printed or wrote into its folder."""

    code: int
    output: str
    complaint: str
    files: str

    @property
    def everything(self) -> str:
        return "\n".join((self.output, self.complaint, self.files))

    @property
    def messages(self) -> list[Json]:
        return [json.loads(line) for line in self.output.splitlines()]

    def leaked(self, *more: str) -> list[str]:
        """The secrets, and whatever else was planted, that can be found anywhere."""
        wanted = {*secrets(), *more}
        return sorted(text for text in wanted if text.lower() in self.everything.lower())


def run(
    command: list[str | Path],
    folder: Path,
    *,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run it in a folder of its own; files that were there before do not count."""
    before = {path for path in folder.rglob("*") if path.is_file()}
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, timeout=60, check=False,
        env={**plain_environment(), "TMPDIR": str(temporary), "HOME": str(folder), **(environment or {})},
    )  # fmt: skip
    new = [path for path in folder.rglob("*") if path.is_file() and path not in before]
    written = "\n".join(path.read_bytes().decode(errors="replace") for path in new)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode(), written)


def source(folder: Path, command: str, config: Any, *more: str | Path, **how: Any) -> Ran:
    """source-keap with this configuration: JSON, or text as it stands."""
    return run([SOURCE, command, "--config", _file(folder, config), *more], folder, **how)


def destination(folder: Path, command: str, config: Any, *more: str | Path, **how: Any) -> Ran:
    """destination-chartmogul with this configuration."""
    return run([DESTINATION, command, "--config", _file(folder, config), *more], folder, **how)


def _file(folder: Path, config: Any) -> Path:
    path = folder / f"config-{os.urandom(4).hex()}.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return path
