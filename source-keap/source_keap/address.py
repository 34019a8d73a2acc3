"""Where the key may be sent: to Keap, to this computer, and where the operator allows it.

Whoever may edit a connection on a platform sees its address, but not its key. An address that is free would
let them have the key sent to a host of theirs; other hosts are a matter of the machine's environment.
"""

import os
from urllib.parse import SplitResult, urlsplit

from source_keap.inputs import InputProblem

DEFAULT = "https://api.infusionsoft.com"
OWN = ("infusionsoft.com", "keap.com")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ALLOWED = "KEAP_ALLOWED_HOSTS"
"""Environment variable: further hosts, divided by commas, for a proxy of one's own."""


def check_base_url(address: str) -> None:
    """InputProblem unless it may be called. No more than its host is quoted: it may hold a password."""
    parts = _parts(address)
    if parts is None or not parts.hostname or parts.scheme not in ("https", "http"):
        raise InputProblem(f"`base_url` is no address: write it as {DEFAULT}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise InputProblem(f"`base_url` has more than an address: write it as {DEFAULT}.")
    if parts.path.strip("/"):
        raise InputProblem("`base_url` has a path: leave it away, the connector adds /crm/rest/v2.")
    if parts.hostname not in LOOPBACK:
        _check_host(parts.hostname, parts.scheme)


def _parts(address: str) -> SplitResult | None:
    """None for what no address is."""
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _check_host(host: str, scheme: str) -> None:
    if scheme != "https":
        raise InputProblem("`base_url` begins with http://, which would send the key in clear: use https://.")
    allowed = {each.strip().lower() for each in os.environ.get(ALLOWED, "").split(",")}
    own = any(host == name or host.endswith(f".{name}") for name in OWN)
    if not own and host not in allowed:
        raise InputProblem(
            f"`base_url` names the host {host}, which is not Keap's: the key would be sent there. If that is "
            f"meant, a proxy for example, set the environment variable {ALLOWED}={host}."
        )
