"""Whether an API can be reached, with its certificate verified, and what its clock says."""

from __future__ import annotations

import os
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime

SECONDS = 15
SMALL_SKEW = 60
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Where the connectors' HTTP library looks for certificates."""


@dataclass(frozen=True)
class Reached:
    """`todo` is empty when the API answers; `skew`: seconds that this machine is ahead."""

    says: str
    todo: str = ""
    skew: float | None = None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address itself is what is looked at."""

    def redirect_request(self, *args: object) -> None:
        """Do not follow."""


def reach(address: str) -> Reached:
    """One request without a key; any answer will do."""
    if not address.startswith(("https://", "http://")):
        return Reached("is no address", "Write base_url as https://host.")
    opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=trust()))
    try:
        with opener.open(urllib.request.Request(address, method="GET"), timeout=SECONDS) as answer:  # noqa: S310
            return answered(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return answered(error.headers)
    except (OSError, ValueError) as error:
        return failed(error)


def trust() -> ssl.SSLContext:
    """Certificates as the connectors see them, as far as that is configured here."""
    bundle = next((os.environ[name] for name in BUNDLES if os.environ.get(name)), None)
    is_folder = bundle is not None and os.path.isdir(bundle)
    return ssl.create_default_context(
        cafile=None if is_folder else bundle, capath=bundle if is_folder else None
    )


def answered(headers: Message) -> Reached:
    """It is there; its Date tells the clocks apart."""
    try:
        skew = time.time() - parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return Reached("answers")
    return Reached("answers", skew=skew)


def failed(error: OSError | ValueError) -> Reached:
    """Why not, and what to do."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Reached(
            f"its certificate is not trusted ({reason.verify_message})",
            "Install the system's certificates; behind a proxy that opens TLS set REQUESTS_CA_BUNDLE.",
        )
    todo = "Open outgoing HTTPS to this host in the firewall, or set HTTPS_PROXY."
    return Reached(f"cannot be reached ({reason})", todo)
