"""Keys go to the vendors, to this computer, and where the machine's operator allows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from destination_chartmogul import pacing
from destination_chartmogul.address import ALLOWED as CHARTMOGUL_ALLOWED
from destination_chartmogul.address import api_root
from destination_chartmogul.client import Client
from destination_chartmogul.errors import ConfigError
from source_keap.address import ALLOWED as KEAP_ALLOWED
from source_keap.address import check_base_url
from source_keap.inputs import InputProblem
from tests.security.planted import CHARTMOGUL_KEY, KEAP_KEY, PERSONAL_ACCESS, source
from tests.security.stranger import stranger

REFUSED = [
    "https://evil.example",
    "https://api.keap.com.evil.example",
    "https://api.chartmogul.com.evil.example",
    "https://evilkeap.com",
    "https://evilchartmogul.com",
    "https://127.0.0.1.evil.example",
    "https://localhost.evil.example",
    "https://api.keap.com@evil.example",
    "https://api.chartmogul.com@evil.example",
    "https://api.keap.com#@evil.example",
    "https://api.chartmogul.com?x=.chartmogul.com",
    "https://10.0.0.1",
    "https://169.254.169.254",
    "https://[::ffff:10.0.0.1]",
    "http://api.keap.com",
    "http://api.chartmogul.com",
    "http://localhost.evil.example",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "//api.chartmogul.com",
    "https://",
    "https://[",
    "https://api.chartmogul.com:0",
    "https://api.chartmogul.com:no",
    "",
    " ",
]


@pytest.mark.parametrize("address", REFUSED)
def test_other_hosts_are_refused(address: str) -> None:
    """Look-alikes, addresses in clear, this network's own services: none gets a key."""
    with pytest.raises(InputProblem):
        check_base_url(address)
    with pytest.raises(ConfigError):
        api_root(address)


@pytest.mark.parametrize("host", ["http://127.0.0.1:8702", "http://localhost:8702", "http://[::1]:8702"])
def test_this_computer_is_allowed(host: str) -> None:
    """Simulators and local proxies, without TLS too."""
    check_base_url(host)
    assert api_root(host) == f"{host}/v1"


@pytest.mark.parametrize(
    "address", ["https://api.keap.com", "https://API.infusionsoft.com/", "https://keap.com"]
)
def test_keaps_hosts_are_allowed(address: str) -> None:
    """All under Keap's two names."""
    check_base_url(address)


def test_chartmoguls_hosts_are_allowed() -> None:
    """All under ChartMogul's name, with or without the version."""
    assert api_root("https://api.chartmogul.com") == api_root("https://api.chartmogul.com/v1/")
    assert api_root("https://eu.api.chartmogul.com").endswith("/v1")


def test_the_operator_may_allow_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the machine's environment can; the sentence of the refusal says how."""
    address = "https://Proxy.example.org:8443"
    with pytest.raises(InputProblem, match=f"{KEAP_ALLOWED}=proxy.example.org"):
        check_base_url(address)
    with pytest.raises(ConfigError, match=f"{CHARTMOGUL_ALLOWED}=proxy.example.org"):
        api_root(address)
    monkeypatch.setenv(KEAP_ALLOWED, "other.example, proxy.example.org")
    monkeypatch.setenv(CHARTMOGUL_ALLOWED, "PROXY.example.org")
    check_base_url(address)
    assert api_root(address) == f"{address}/v1"
    monkeypatch.setenv(KEAP_ALLOWED, "")
    with pytest.raises(InputProblem):
        check_base_url(address)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(status: int, tmp_path: Path, capfd: Any) -> None:
    """Neither connector goes where it is sent, since its key would go along; both say what happened."""
    from tests.security.test_failing_runs import said_in_process

    config = tmp_path / "config.json"
    with stranger() as thief, stranger(status, location=thief.url) as broken:
        given = {"base_url": broken.url, "credentials": PERSONAL_ACCESS, "max_retries": 0}
        config.write_text(json.dumps(given))
        ran = said_in_process(["check", "--config", str(config)], capfd)
        client = Client(CHARTMOGUL_KEY, broken.url, retries=pacing.Retries(attempts=1))
        with pytest.raises(ConfigError, match="base_url"):
            client.get("/account")
        with pytest.raises(ConfigError, match="base_url"):
            client.post("/customers", {"name": "x"})
    assert "redirection" in ran.output
    assert thief.heard == []
    assert any(KEAP_KEY in heard for heard in broken.heard)


def test_refresh_tokens_are_not_redirected(tmp_path: Path) -> None:
    """A 307 would have the client's secret posted to another host."""
    oauth = {"auth_type": "oauth2.0", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    with stranger() as thief, stranger(307, location=thief.url) as broken:
        ran = source(tmp_path, "check", {"base_url": broken.url, "credentials": oauth, "max_retries": 0})
    assert thief.heard == []
    assert "redirection" in ran.output
