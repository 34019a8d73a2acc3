"""What PyAirbyte's environment holds may be used commercially too, but for what is named here."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.client.test_pyairbyte import CLIENT
from tests.contract import licences
from tests.contract.test_licences import locked, unacceptable

EXCEPTIONS = {
    "airbyte": "Elastic License 2.0 in its LICENSE.md: use is free, selling it as a service is not",
    "airbyte-api": "MIT in its LICENSE.md, which its metadata forgets",
    "psycopg": "LGPL; comes with PyAirbyte",
    "psycopg-binary": "LGPL; comes with PyAirbyte",
    "psycopg-pool": "LGPL; comes with PyAirbyte",
    "psycopg2-binary": "LGPL; comes with PyAirbyte",
}
"""In the environment of `make test-client` alone, of which nothing is handed on."""


@pytest.mark.skipif(CLIENT is None, reason="`make test-client` gives PyAirbyte an environment")
def test_every_package_is_allowed_or_named() -> None:
    """Nothing else is locked whose metadata names no permissive licence."""
    command = [str(CLIENT), licences.__file__]
    stated = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert unacceptable(stated, set(locked("client"))).keys() == EXCEPTIONS.keys()
