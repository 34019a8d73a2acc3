"""What is missing on a machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keap_chartmogul_sync import network
from tests.served import Quiet, served
from tests.standalone.fakes import ROOT, Site, until

SPOOL = ("disk of the spool", "missing", "Make it")
STATUS = 'print(\'{"type": "CONNECTION_STATUS", "connectionStatus": {"status": "%s", "message": "%s"}}\')'


def findings(site: Site, *more: str) -> dict[str, dict[str, str]]:
    done = site.run("doctor", "--format", "json", *more)
    found = {each["what"]: each for each in json.loads(done.stdout)}
    assert done.returncode == any(each["level"] == "missing" for each in found.values())
    assert all(bool(each["todo"]) == (each["level"] != "ok") for each in found.values())
    return found


def test_a_machine_that_has_everything(site: Site) -> None:
    """Python, disk, both connectors, both configurations: nothing to do."""
    found = findings(site, "--offline")
    assert {each["level"] for each in found.values()} == {"ok"}, found
    assert "Ready" in site.run("doctor", "--offline").stdout


@pytest.mark.parametrize(
    ("breaks", "what", "level", "todo"),
    [
        (lambda s: (s.path / "keap.json").unlink(), "Keap configuration", "missing", "README"),
        (lambda s: s.write("chartmogul.json", []), "ChartMogul configuration", "missing", "README"),
        (lambda s: (s.path / "keap.json").chmod(0o644), "Keap configuration", "warning", "chmod 600"),
        (lambda s: (s.path / "source-keap").unlink(), "source-keap", "missing", "make setup"),
        (lambda s: s.program("source-keap", "raise SystemExit(3)"), "source-keap", "missing", "make setup"),
        (lambda s: s.sync.write_text("a file"), "disk", "missing", "name another"),
        (lambda s: s.write("chartmogul.json", {"spool_directory": "no"}), *SPOOL),
        (lambda s: s.write("chartmogul.json", {"spool_directory": 7}), *SPOOL),
        (lambda s: s.sync.mkdir() or (s.sync / "state.json").write_text("["), "state", "missing", "Remove"),
    ],
)  # fmt: skip
def test_what_is_missing_comes_with_what_to_do(
    site: Site, breaks: Callable[[Site], object], what: str, level: str, todo: str
) -> None:
    """One thing is broken: it is named, and nothing else is."""
    breaks(site)
    found = findings(site, "--offline")
    assert (found[what]["level"], todo in found[what]["todo"]) == (level, True), found[what]
    assert [name for name, each in found.items() if each["level"] != "ok"] == [what]


def test_it_runs_where_nothing_is_installed(site: Site) -> None:
    """With the standard library alone."""
    nowhere = ["--source", "no/source-keap", "--destination", "no/destination-chartmogul"]
    command = [sys.executable, "-SE", str(ROOT / "standalone" / "main.py"), "doctor", "--offline", *nowhere]
    done = subprocess.run(command, capture_output=True, text=True, cwd=site.path, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "MISSING  source-keap" in done.stdout


@contextmanager
def answering(site: Site, date: str | None) -> Iterator[None]:
    """Both APIs at an address of this machine, which answers 401 to everything."""

    class Answers(Quiet):
        def do_GET(self) -> None:  # noqa: N802 (the base class's name)
            self.send_response_only(401)
            if date:
                self.send_header("Date", date)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with served(Answers) as address:
        site.write("keap.json", {"base_url": address})
        site.write("chartmogul.json", {"base_url": address})
        yield


def test_clock_and_credentials_are_looked_at_last(site: Site) -> None:
    """A clock that is far off is a warning; a refused key is what is missing, in the connector's words."""
    site.program("source-keap", 'import sys\nprint(\'{"type": "SPEC"}\')\n' + STATUS % ("SUCCEEDED", ""))
    refused = STATUS % ("FAILED", "ChartMogul refuses the key")
    site.program("destination-chartmogul", 'import sys\nprint(\'{"type": "SPEC"}\')\n' + refused)
    with answering(site, "Wed, 01 Jul 2020 12:00:00 GMT"):
        found = findings(site)
    assert found["clock"]["level"] == "warning"
    assert found["Keap credentials"]["level"] == "ok"
    assert found["ChartMogul credentials"]["says"] == "ChartMogul refuses the key"


def test_credentials_are_not_tried_while_a_sync_runs(site: Site) -> None:
    """A token that works once must not be used by two."""
    site.source(sleeps=60)
    site.start("run")
    until(lambda: (site.path / "source.args").exists())
    with answering(site, None):
        found = findings(site)
    assert found["lock"]["level"] == "warning"
    assert "runs already" in found["credentials"]["says"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1:9", "ftp://x", "nonsense"])
def test_an_address_that_cannot_be_reached(address: str) -> None:
    """A sentence, and what to do."""
    assert network.reach(address).todo


def test_a_certificate_that_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told apart from a host that does not answer."""
    import ssl

    error = ssl.SSLCertVerificationError()
    error.verify_message = "self-signed certificate"
    assert "REQUESTS_CA_BUNDLE" in network.failed(WrappedError(error)).todo
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert network.trust().verify_mode is ssl.CERT_REQUIRED


class WrappedError(OSError):
    """As urllib wraps what went wrong."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason
