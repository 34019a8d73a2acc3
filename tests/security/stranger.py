"""A server that is not the vendor's: it repeats what it is told, sends callers on, has a bad certificate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.served import Quiet, served


@dataclass
class Stranger:
    """`status` and `location` are what every call is answered with; `heard` is what callers said."""

    status: int = 200
    location: str = ""
    html: bool = False
    url: str = ""
    heard: list[str] = field(default_factory=list)

    def answer(self, said: str) -> tuple[str, bytes]:
        """Media type and body: the whole request, in the forms that real services and proxies use."""
        self.heard.append(said)
        if self.html:
            return "text/html", f"<html><pre>{said}</pre></html>".encode()
        body = {"message": said, "error": said, "errors": {"name": said}, "fault": {"faultstring": said}}
        return "application/json", json.dumps(body).encode()


@contextmanager
def stranger(
    status: int = 200, *, location: str = "", html: bool = False, certificate: Path | None = None
) -> Iterator[Stranger]:
    """A stranger on a free port of this computer; with a certificate it speaks TLS."""
    one = Stranger(status, location, html)
    with served(_handler(one), certificate) as one.url:
        yield one


def _handler(one: Stranger) -> type[Quiet]:
    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            said = f"{self.requestline}\n{self.headers}\n{self.rfile.read(length).decode(errors='replace')}"
            kind, body = one.answer(said)
            self.send_response(one.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if one.location:
                self.send_header("Location", one.location + self.path)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_CONNECT = reply  # noqa: N815

    return Handler


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
