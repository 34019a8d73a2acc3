"""One run: what is passed on, what is kept, and how each way of failing ends."""

from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path

import pytest

from keap_chartmogul_sync.exits import UNEXPECTED
from keap_chartmogul_sync.hearing import Hearing
from keap_chartmogul_sync.logs import RunLog
from keap_chartmogul_sync.secrets import Mask
from keap_chartmogul_sync.sync import Result, noting
from tests.standalone.fakes import DESTINATION, SOURCE, Site, alive, error, figure, record, state, until

OLD_STATE = [{"type": "STREAM", "stream": {"stream_descriptor": {"name": "orders"}}}]


def test_records_and_states_go_through_unchanged(site: Site) -> None:
    """The destination reads each line as the source wrote it, but for logs and tokens."""
    lines = [record("orders", id="1", note="ü"), state("orders"), record("contacts", id="2")]
    control = (
        '{"type": "CONTROL", "control": {"connectorConfig": {"config": {"refresh_token": "new-token"}}}}'
    )
    log = '{"type": "LOG", "log": {"level": "INFO", "message": "new-token of ada@example.com"}}'
    site.source(lines[0], control, log, *lines[1:])
    done = site.run("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert site.received.splitlines() == lines
    assert site.last()["records"] == {"orders": 1, "contacts": 1}


def test_logs_hold_neither_secrets_nor_addresses_nor_records(site: Site) -> None:
    """Not those of the configuration, nor one that was renewed on the way, nor what a library prints."""
    control = (
        '{"type": "CONTROL", "control": {"connectorConfig": {"config": {"refresh_token": "new-token"}}}}'
    )
    text = "KeapAK-very-secret new-token ada@example.com"
    log = json.dumps({"type": "LOG", "log": {"level": "INFO", "message": text}})
    site.source(control, log, record("contacts", given_name="Ada"), text)
    site.destination(error("system_error", "cm-very-secret of ada@example.com"), text, exit=1)
    done = site.run("run")
    everything = site.log() + done.stdout + done.stderr + json.dumps(site.last())
    for hidden in ("very-secret", "new-token", "ada@", "Ada"):
        assert hidden not in everything
    assert "**** **** <e-mail>" in site.log()


def test_files_are_their_owners_alone(site: Site) -> None:
    """States, logs and rejects hold what is nobody else's business, whatever the umask."""
    site.source(record("orders", id="1"))
    row = '{"stream": "orders", "key": "1", "rule": "bad_time", "message": "m", "record": {}}\n'
    site.destination(state("orders", 1), state=OLD_STATE, rejects=row)
    site.run("run", umask=0)
    found = [path for path in site.sync.rglob("*") if path.is_file()]
    assert len(found) > 6
    assert {path: oct(path.stat().st_mode & 0o077) for path in found if path.stat().st_mode & 0o077} == {}


@pytest.mark.parametrize(
    ("source", "destination", "code", "name"),
    [
        (error("config_error", "bad key"), "", 10, "configuration"),
        (error("transient_error", "Keap is away"), "", 13, "keap"),
        (error("system_error", "Keap answered 418"), "", 13, "keap"),
        (error("system_error", "oops", "unexpected: OverflowError at x.py:1"), "", 1, "unexpected"),
        (error("transient_error", "used up", "quota used up until 2026-07-02"), "", 21, "quota"),
        ("", error("config_error", "bad key", "configuration: bad key"), 10, "configuration"),
        ("", error("transient_error", "ChartMogul is away", "unreachable: x"), 14, "chartmogul"),
        ("", error("system_error", "too many", "reject_limit: too many"), 12, "rejects"),
        ("", error("system_error", "full", "disk_full: full"), 11, "disk"),
        ("", error("system_error", "oops", "unexpected: KeyError at x.py:1"), 1, "unexpected"),
        (error("transient_error", "Keap is away"), error("config_error", "bad"), 10, "configuration"),
        (error("transient_error", "away"), error("system_error", "cut", "broken_input: cut"), 13, "keap"),
    ],
)  # fmt: skip
def test_each_way_of_failing_has_its_exit_code(
    site: Site, source: str, destination: str, code: int, name: str
) -> None:
    """The connector's sentence is printed; where both fail, the problem that needs a person most counts."""
    site.source(*filter(None, [source]), exit=1 if source else 0)
    site.destination(*filter(None, [destination]), exit=1 if destination else 0)
    done = site.run("run")
    assert (done.returncode, site.last()["end"]) == (code, name), done.stderr
    said = [json.loads(line)["trace"]["error"]["message"] for line in (source, destination) if line]
    assert said[0] in done.stderr


@pytest.mark.parametrize(
    ("dies", "words"), [("source", "source-keap was"), ("destination", "chartmogul was")]
)
def test_a_connector_that_dies_without_a_word(site: Site, dies: str, words: str) -> None:
    """It is an error of its own, which says who was killed by what."""
    getattr(site, dies)(killed=True)
    done = site.run("run")
    assert done.returncode == 1
    assert f"{words} killed by signal 9 (out of memory?)" in done.stderr


def test_a_destination_that_ends_early_is_not_blamed_on_the_source(site: Site) -> None:
    """The source meets a closed pipe; what the destination says counts."""
    site.program(
        "destination-chartmogul", f"import sys\nprint({error('config_error', 'bad key')!r})\nsys.exit(1)"
    )
    site.source(*[record("orders", id=str(number), text="x" * 500) for number in range(2000)], exit=1)
    done = site.run("run")
    assert (done.returncode, done.stderr.splitlines()[0]) == (10, "bad key")


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (
            lambda site: (site.path / "keap.json").unlink(),
            "keap.json does not exist: write the configuration",
        ),
        (lambda site: (site.path / "chartmogul.json").write_text("{"), "chartmogul.json is not JSON"),
        (lambda site: (site.path / "chartmogul.json").write_text("[]"), "must hold a JSON object"),
        (lambda site: (site.path / "source-keap").unlink(), "source-keap is not there"),
        (lambda site: (site.path / "destination-chartmogul").chmod(0o600), "cannot be run"),
    ],
)
def test_what_is_missing_is_a_sentence_and_a_record(site: Site, breaks: object, says: str) -> None:
    """Nothing is started; the record tells `status` of it."""
    breaks(site)  # type: ignore[operator]
    done = site.run("run")
    assert (done.returncode, site.last()["end"]) == (10, "configuration")
    assert says in done.stderr
    assert not (site.path / "received").exists()


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1]", "\x00\x00"])
def test_a_broken_state_file_stops_the_run_and_says_how_to_go_on(site: Site, content: str) -> None:
    """It is not taken for no state, which would be a full read; `restore` is named."""
    site.destination(state("orders"), state=OLD_STATE)
    assert site.run("run").returncode == 0
    (site.sync / "state.json").write_text(content)
    done = site.run("run")
    assert done.returncode == 10
    assert "restore --folder" in done.stderr
    assert site.run("restore").returncode == 0
    assert site.state == OLD_STATE
    assert site.run("run").returncode == 0


def test_the_catalog_is_made_once_and_then_the_users(site: Site) -> None:
    """An edited catalog stays as it is."""
    site.run("run")
    (site.sync / "catalog.json").write_text('{"streams": [1]}')
    site.run("run")
    assert (site.sync / "catalog.json").read_text() == '{"streams": [1]}'


def test_the_state_is_handed_in_from_the_second_run_on(site: Site) -> None:
    """And tokens may be written back, since they work once."""
    site.destination(state("orders"), state=OLD_STATE)
    site.run("run")
    assert "--state" not in (site.path / "source.args").read_text()
    site.run("run")
    said = (site.path / "source.args").read_text()
    assert f"--state {site.sync}/state.json" in said
    assert "--update-config" in said


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)]
)
def test_a_signal_stops_both_ends(site: Site, number: signal.Signals, code: int) -> None:
    """Nothing is left running, the lock is free, and the state is as it was acknowledged."""
    site.source(record("orders", id="1"), sleeps=60)
    process = site.start("run")
    until(lambda: (site.path / "source.args").exists() and len(holder(site)) == 2)
    pids = holder(site)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == code, said
    assert not any(map(alive, pids))
    site.source()
    assert site.run("run").returncode == 0


def holder(site: Site) -> list[int]:
    """Connectors of the run that is under way."""
    try:
        return list(json.loads((site.sync / "running.json").read_text())["connectors"])
    except FileNotFoundError:
        return []


def test_a_time_limit_ends_a_run_that_hangs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an exit code of its own, and nothing left running."""
    site.source(sleeps=60)
    main = site.path / "sixty_times_faster.py"
    main.write_text(
        "import time\nfrom keap_chartmogul_sync import pipe\nfrom keap_chartmogul_sync.run import run\n"
        "pipe.time.monotonic = lambda real=time.monotonic: real() * 60\nrun()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "standalone"))
    command = site.command("run", "--time-limit", "1")
    site.command = lambda *_: [command[0], str(main), *command[2:]]  # type: ignore[method-assign]
    assert site.run("run").returncode == 22


def test_a_run_that_was_killed_leaves_the_lock_to_its_connectors(site: Site) -> None:
    """A killed run's connectors still write: the next run waits for its turn, then tidies up."""
    site.destination(sleeps=60)
    process = site.start("run")
    until(lambda: (site.path / "received").exists() and len(holder(site)) == 2)
    connectors = holder(site)
    process.kill()
    process.wait()
    done = site.run("run")
    assert done.returncode == 20
    assert "was killed, but connectors that it started" in done.stderr
    for pid in filter(alive, connectors):
        os.kill(pid, signal.SIGKILL)
    site.destination()
    assert site.run("run").returncode == 0
    assert "was killed" in site.log()


def test_two_runs_at_once(site: Site) -> None:
    """The second says who runs since when, with an exit code of its own, and touches nothing."""
    site.source(sleeps=60)
    process = site.start("run")
    until(lambda: (site.path / "source.args").exists())
    done = site.run("run")
    assert done.returncode == 20
    assert f"process {process.pid}, since 20" in done.stderr
    assert len(list((site.sync / "runs").glob("*.log"))) == 1
    assert site.run("restore").returncode == 20


def test_files_that_somebody_put_into_the_folder_are_left_alone(site: Site) -> None:
    """Neither a copy of a state under a name of one's own nor a folder is taken for what a run keeps."""
    assert site.run("run").returncode == 0
    theirs = [site.sync / "states" / "backup.json", site.sync / "runs" / "notes.json"]
    for path in theirs:
        path.write_text("[]")
    for path in (site.sync / "states" / "000009-old.json", site.sync / "rejects" / "old.jsonl"):
        path.mkdir()
    site.destination(state("orders"), state=OLD_STATE)
    for _ in range(2):
        done = site.run("run")
        assert (done.returncode, done.stderr) == (0, "")
    assert site.run("status").returncode == 0
    assert all(path.read_text() == "[]" for path in theirs)


def test_an_error_of_its_own_is_in_the_record(tmp_path: Path) -> None:
    """By type and place; so that `status` does not take it for a kill."""
    result = Result(Hearing(RunLog(tmp_path / "log", Mask())))
    with noting(result):
        json.loads("personal")
    assert result.end == UNEXPECTED
    assert "error of its own (JSONDecodeError at decoder.py:" in result.sentences[0]
    assert "personal" not in result.sentences[0] + (tmp_path / "log").read_text()


@pytest.mark.parametrize("name", ["source-keap", "destination-chartmogul"])
@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_connector_whose_python_is_gone(site: Site, name: str, command: str) -> None:
    """After an upgrade of the system: install it again. Nothing of the other connector is left running."""
    assert site.run("run").returncode == 0
    (site.path / name).write_text("#!/nowhere/python\n")
    done = site.run(command)
    assert done.returncode == 10
    assert f"{name} cannot be started (No such file or directory): install airbyte-{name}" in done.stderr
    site.program(name, SOURCE if name == "source-keap" else DESTINATION)
    assert site.run("run").returncode == 0


def test_a_stale_lock_file_is_no_lock(site: Site) -> None:
    """Files that a dead machine left do not keep anyone out."""
    site.sync.mkdir()
    (site.sync / "lock").touch()
    (site.sync / "running.json").write_text('{"pid": 1, "since": "long ago", "connectors": []}')
    assert site.run("run").returncode == 0


def test_half_written_files_of_killed_processes_go(site: Site) -> None:
    """Beside state, catalog and configuration, where secrets may be in them; nothing else goes."""
    for folder in ("states", "runs", "rejects"):
        (site.sync / folder).mkdir(parents=True)
    halves = [
        site.sync / ".running.json.7bimk4gv",
        site.sync / "runs" / ".000007-20261116T014000Z.json.abcd_123",
        site.sync / "states" / ".000007-20261116T014000Z.json.abcd_123",
        site.sync / "rejects" / ".000007-20261116T014000Z.jsonl.abcd_123",
        site.sync / "state.jsonabcd_123",
        site.sync / "catalog.json.part",
        site.path / ".keap.json.abcd_123",
    ]
    others = [site.sync / "state.json.backup", site.path / "keap.json.old", site.path / ".keap.json.mine"]
    for path in [*halves, *others]:
        path.write_text("x")
    assert site.run("run").returncode == 0
    assert [path for path in halves if path.exists()] == []
    assert all(path.exists() for path in others)


def test_a_full_disk_is_said_and_loses_nothing(site: Site) -> None:
    """Where not even the record can be written, the state is still the acknowledged one."""
    site.destination(state("orders"), state=OLD_STATE)
    assert site.run("run").returncode == 0
    before = (site.sync / "state.json").read_bytes()
    site.destination()
    done = site.run("run", preexec_fn=no_room)
    assert done.returncode == 11, done.stderr
    assert "free space" in done.stderr
    assert (site.sync / "state.json").read_bytes() == before
    assert list(site.sync.rglob(".*")) == []
    assert site.run("run").returncode == 0


def no_room() -> None:
    """No file may grow: as on a full disk, any write fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_folder_that_cannot_be_made(site: Site) -> None:
    """One sentence, no traceback."""
    site.sync.write_text("a file")
    done = site.run("run")
    assert done.returncode == 10
    assert "name another place" in done.stderr


def test_a_state_file_in_no_folder_stops_the_run_before_anything_is_written(site: Site) -> None:
    """Not after the sync, which could not keep what it has done; a folder in its place neither."""
    for place, says in (("nowhere/state.json", "does not exist"), (".", "Is a directory")):
        done = site.run("run", "--state", str(site.path / place))
        assert (done.returncode, says in done.stderr) == (10, True), done.stderr
        assert site.last()["sentences"] == [done.stderr.splitlines()[0]]
    assert not (site.path / "received").exists()


def test_metrics_that_cannot_be_written_do_not_hide_the_run(site: Site) -> None:
    """It went as it went; the exit code tells of the place."""
    done = site.run("run", "--metrics", str(site.path / "nowhere" / "sync.prom"))
    assert (done.returncode, site.last()["end"]) == (10, "ok")
    assert " ok: " in done.stdout
    assert "sync.prom cannot be written" in done.stderr


@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5"])
def test_a_limit_that_is_no_number(site: Site, given: str) -> None:
    """The message says what is one."""
    done = site.run("run", f"--time-limit={given}")
    assert done.returncode == 2
    assert f"'{given}' is no whole number from 1" in done.stderr


def test_old_runs_are_cleared_away_but_not_the_last_success(site: Site) -> None:
    """`--keep-runs` many stay, and whatever the last success left."""
    assert site.run("run").returncode == 0
    site.source(exit=1)
    for _ in range(4):
        site.run("run", "--keep-runs", "2")
    names = sorted(path.name[:6] for path in (site.sync / "runs").glob("*.json"))
    assert names == ["000001", "000004", "000005"]


def test_the_output_of_version_0_1_goes_and_its_state_stays(site: Site) -> None:
    """What `make sync` kept before is read, put into the history, and the message log is removed."""
    site.sync.mkdir()
    (site.sync / "state.json").write_text(json.dumps(OLD_STATE))
    (site.sync / "last-sync.jsonl").write_text("x")
    assert site.run("run").returncode == 0
    assert not (site.sync / "last-sync.jsonl").exists()
    assert "of version 0.1" in site.log()
    assert [json.loads(path.read_text()) for path in (site.sync / "states").iterdir()] == [OLD_STATE]


def test_what_keap_has_left_is_kept(site: Site) -> None:
    """As the source says it."""
    site.source(figure("keap-calls-left-today", "29994"), figure("keap-calls-a-day", "30000"))
    site.run("run")
    assert site.last()["quota"] == {"left": 29994, "limit": 30000, "ends": None}


def test_a_plan_is_printed_and_nothing_is_kept(site: Site) -> None:
    """Neither a state nor a record; the lock is free again."""
    site.source(record("orders", id="1"), state("orders"))
    done = site.run("plan")
    assert (done.returncode, done.stdout) == (0, "planned: 2\n"), done.stderr
    assert not (site.sync / "state.json").exists()
    assert list((site.sync / "runs").glob("*.json")) == []
    assert site.run("run").returncode == 0


@pytest.mark.parametrize(("breaks", "code"), [("source", 13), ("destination", 14)])
def test_a_plan_that_is_not_complete_says_so(site: Site, breaks: str, code: int) -> None:
    """It is nothing to decide by."""
    getattr(site, breaks)(exit=1)
    done = site.run("plan")
    assert (done.returncode, "plan" in done.stderr) == (code, True)
