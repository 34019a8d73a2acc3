"""Where the API key may be sent: to ChartMogul, to this computer, and where the operator allows it.

Whoever may edit a connection on a platform sees its address, but not its key. An address that is free would
let them have the key sent to a host of theirs; other hosts are a matter of the machine's environment.
"""

from __future__ import annotations

import os
from urllib.parse import SplitResult, urlsplit

from destination_chartmogul.errors import ConfigError

DEFAULT = "https://api.chartmogul.com"
OWN = "chartmogul.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ALLOWED = "CHARTMOGUL_ALLOWED_HOSTS"
"""Environment variable: further hosts, divided by commas, for a proxy of one's own."""


def api_root(base_url: str) -> str:
    """`https://host` or `https://host/v1` → `https://host/v1`. Raises ConfigError for anything else.

    An address is never quoted: it may hold a password, or be the key in the wrong place.
    """
    parts = _parts(base_url)
    host = parts.hostname if parts else None
    if parts is None or host is None or parts.scheme not in ("http", "https"):
        raise ConfigError(f"base_url must look like {DEFAULT}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(f"base_url must look like {DEFAULT}, without user, password or query.")
    if host not in LOOPBACK:
        _check_host(host, parts.scheme)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path if path.endswith('/v1') else path + '/v1'}"


def _parts(base_url: str) -> SplitResult | None:
    """None for what no address is."""
    try:
        parts = urlsplit(base_url.strip())
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _check_host(host: str, scheme: str) -> None:
    if scheme != "https":
        raise ConfigError("base_url begins with http://, which would send the key in clear: use https://.")
    allowed = {each.strip().lower() for each in os.environ.get(ALLOWED, "").split(",")}
    if host != OWN and not host.endswith(f".{OWN}") and host not in allowed:
        raise ConfigError(
            f"base_url names the host {host}, which is not ChartMogul's: the API key would be sent there. If "
            f"that is meant, a proxy for example, set the environment variable {ALLOWED}={host}."
        )
