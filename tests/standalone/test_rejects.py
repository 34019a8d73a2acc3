"""What could not be written stays until somebody has dealt with it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.standalone.fakes import Site, record, state


def row(key: str, **more: str) -> str:
    said = {"stream": "orders", "key": key, "rule": "bad_time", "message": "m", "record": {"id": key}} | more
    return json.dumps(said | {"beside": []}) + "\n"


def kept(site: Site) -> list[list[str]]:
    files = sorted((site.sync / "rejects").iterdir())
    return [[json.loads(line)["key"] for line in path.read_text().splitlines()] for path in files]


def waiting(site: Site) -> int:
    count: int = json.loads(site.run("status", "--format", "json").stdout)["rejects_waiting"]
    return count


def test_rejects_outlive_the_next_run(site: Site) -> None:
    """The run after replaces the file, and finds nothing to reject."""
    site.destination(state("orders", 2), rejects=row("1") + row("2"))
    done = site.run("run")
    assert (done.returncode, "2 rejected" in done.stdout) == (0, True)
    site.destination(state("orders"), rejects="")
    assert site.run("run").returncode == 0
    assert kept(site) == [["1", "2"]]
    assert waiting(site) == 2


def test_where_the_configuration_names_a_file_that_is_used(site: Site) -> None:
    """It is the destination's own setting; a copy is kept all the same."""
    own = site.path / "own-rejects.jsonl"
    site.write("chartmogul.json", {"api_key": "cm-very-secret", "rejects_path": str(own)})
    site.destination(state("orders", 1), rejects=row("1"))
    site.run("run")
    assert own.read_text() == row("1")
    assert kept(site) == [["1"]]


def test_a_run_that_acknowledges_nothing_keeps_no_rejects_twice(site: Site) -> None:
    """They come again with their records."""
    site.destination(rejects=row("1"), exit=1)
    site.run("run")
    assert kept(site) == []


def test_rejects_of_a_killed_destination_are_kept(site: Site) -> None:
    """It may have acknowledged a state already; a line that is cut off is left out, a record counts once."""
    site.destination(state("orders", 2), rejects=row("1") + row("2") + row("3")[:20], killed=True)
    assert site.run("run").returncode == 1
    assert kept(site) == [["1", "2"]]
    assert list(Path(site.sync).glob("*.part")) == []
    site.destination(state("orders", 1), rejects=row("1"))
    site.run("run")
    assert waiting(site) == 2


def test_rejects_are_sent_again_first(site: Site) -> None:
    """So that newer versions of the same records win; what was sent is no longer kept."""
    site.destination(state("orders", 1), rejects=row("1"))
    site.run("run")
    site.source(record("orders", id="new"))
    site.destination(state("orders", 1), rejects=row("2"))
    assert site.run("run", "--with-rejects").returncode == 0
    sent = [json.loads(line)["record"]["data"]["id"] for line in site.received.splitlines()]
    assert sent == ["again", "new"]
    assert kept(site) == [["2"]]


def test_rejects_stay_when_sending_them_again_fails(site: Site) -> None:
    """Nothing is given up before it is acknowledged."""
    site.destination(state("orders", 1), rejects=row("1"))
    site.run("run")
    site.destination(exit=1)
    assert site.run("run", "--with-rejects").returncode == 1
    assert kept(site) == [["1"]]


def test_rejects_of_a_run_that_was_killed_at_its_end_are_kept(site: Site) -> None:
    """The destination had put its file in place, and the run was gone before it could keep it."""
    site.run("run")
    (site.sync / "rejects.jsonl").write_text(row("1"))
    (site.sync / "running.json").write_text('{"pid": 1, "since": "then", "connectors": []}')
    site.destination(state("orders"), rejects="")
    assert site.run("run").returncode == 0
    assert kept(site) == [["1"]]


def test_a_field_that_was_left_out_waits_for_nobody(site: Site) -> None:
    """The record is written: there is nothing to alarm anyone with, run after run."""
    site.destination(state("orders"), rejects=row("1", field="email_addresses"))
    done = site.run("run")
    assert (done.returncode, "0 rejected" in done.stdout) == (0, True)
    assert kept(site) == [["1"]]
    seen = site.run("status", "--format", "json")
    status = json.loads(seen.stdout)
    assert (seen.returncode, status["rejects_waiting"], status["fields_left_out"]) == (0, 0, 1)


def test_a_record_that_comes_again_waits_no_more(site: Site) -> None:
    """Mended in Keap: it is written, or in the newest file. Not before the run is acknowledged."""
    site.destination(state("orders", 3), rejects=row("1") + row("2") + row("3"))
    site.run("run")
    site.source(record("contacts", id="2"), record("orders", id="1"), record("orders", id="3"))
    site.destination(exit=1)
    assert site.run("run").returncode == 1
    assert kept(site) == [["1", "2", "3"]]
    site.destination(state("orders", 1), rejects=row("3", rule="unknown_cycle"))
    assert site.run("run").returncode == 0
    assert kept(site) == [["2"], ["3"]]


def test_what_each_run_rejects_again_is_kept_once(site: Site) -> None:
    """Ten-minute runs do not leave a file each; another reason for the same record is kept beside."""
    site.destination(state("orders", 2), rejects=row("1", rule="unknown_cycle") + row("2"))
    site.run("run")
    site.destination(state("orders", 2), rejects=row("1") + row("2"))
    for _ in range(3):
        site.run("run")
    assert kept(site) == [["1"], ["1", "2"]]
    assert waiting(site) == 2


def test_a_file_that_somebody_spoilt_by_hand_does_not_stop_anything(site: Site) -> None:
    """What can still be read of it counts."""
    site.run("run")
    (site.sync / "rejects" / "mine.jsonl").write_text(row("1") + "{\n[]\n")
    assert waiting(site) == 1
