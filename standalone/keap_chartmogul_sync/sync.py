"""One run: lock, tidy up, read and write, keep what has to outlast it, and say how it went."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from keap_chartmogul_sync import logs, record, rejects, states
from keap_chartmogul_sync.exits import CONFIGURATION, KEAP, OK, UNEXPECTED, Exit, SyncError, own_error
from keap_chartmogul_sync.folder import clear_left_over, write_whole
from keap_chartmogul_sync.hearing import Hearing, Problem, parsed
from keap_chartmogul_sync.lock import Lock, held
from keap_chartmogul_sync.options import DESTINATION, SOURCE, Options, read_config, require_files, starting
from keap_chartmogul_sync.pipe import Command, Pipe, Stop, listening
from keap_chartmogul_sync.secrets import Mask

OURS = "sync"
OLD_OUTPUT = "last-sync.jsonl"
"""What `make sync` of version 0.1 wrote beside the state."""
CATALOG_SECONDS = 300


@dataclass
class Result:
    """What came of a run so far."""

    hearing: Hearing
    end: Exit = OK
    sentences: list[str] = field(default_factory=list)

    def add(self, end: Exit, sentence: str) -> None:
        """A problem; the run ends with the one that needs a person most."""
        self.end = end if self.end == OK else min(self.end, end)
        self.sentences += [sentence] if sentence not in self.sentences else []


def sync(options: Options) -> record.Record:
    """Run once. Raises SyncError only where no record can be kept: no folder, no lock, no room."""
    options.folder.make()
    started = datetime.now(UTC)
    with listening() as stop, held(options.folder, started) as lock:
        name = record.next_name(options.folder, started)
        log = logs.RunLog(options.folder.runs / f"{name}.log", mask_of(options))
        result = Result(Hearing(log))
        with noting(result):
            prepare(options, lock, name, result)
            carry_out(options, lock, stop, result)
        with noting(result):
            keep(options, name, result)
        made = close(options, name, started, result)
        lock.done()
        return made


@contextmanager
def noting(result: Result) -> Iterator[None]:
    """A problem becomes the end of the run, not of the program."""
    try:
        yield
    except SyncError as problem:
        noted(result, problem)
    except Exception as error:  # in the record too, which tells `status`
        noted(result, SyncError(UNEXPECTED, own_error(error)))


def noted(result: Result, problem: SyncError) -> None:
    """Into the log, and the record."""
    result.hearing.log.line(OURS, "ERROR", str(problem))
    result.add(problem.end, str(problem))


def mask_of(options: Options) -> Mask:
    """Of both configurations, as far as they can be read; `prepare` complains about the others."""
    mask = Mask()
    for name, path in options.configs().items():
        try:
            mask.add(read_config(name, path))
        except SyncError:
            continue
    return mask


def prepare(options: Options, lock: Lock, name: str, result: Result) -> None:
    """Files in order, nothing left over, a catalog. Raises SyncError."""
    folder, log = options.folder, result.hearing.log
    require_files(options)
    rejected = options.rejects_path()
    if lock.after_a_kill:
        log.line(
            OURS, "WARN", "The run before this one was killed. What it had not acknowledged comes again."
        )
        if kept := rejects.keep(folder, rejected, f"{name}-before", complete=True):
            log.line(OURS, "INFO", f"What it had rejected is kept in {kept}.")
    files = (folder.state, folder.catalog, folder.running, options.source_config)
    for path in clear_left_over(*files, folders=(folder.states, folder.runs, folder.rejects)):
        log.line(OURS, "INFO", f"Removed {path}, which a killed process left half written.")
    if (old := folder.path / OLD_OUTPUT).exists():
        old.unlink()
        log.line(OURS, "INFO", f"Removed {old} of version 0.1: each run has a log in {folder.runs} now.")
    states.check_state(folder)
    states.keep(folder, datetime.now(UTC))
    if not options.catalog.exists():
        make_catalog(options, result)


def make_catalog(options: Options, result: Result) -> None:
    """The source's default streams. Raises SyncError."""
    if options.catalog != options.folder.catalog:
        text = f"The catalog {options.catalog} does not exist: make it with `source-keap catalog`."
        raise SyncError(CONFIGURATION, text)
    command = [str(options.source), "catalog", "--config", str(options.source_config)]
    try:
        with starting(SOURCE, options.source):
            done = subprocess.run(command, capture_output=True, timeout=CATALOG_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        text = f"`source-keap catalog` did not end within {CATALOG_SECONDS} seconds."
        raise SyncError(KEAP, text) from None
    for line in done.stdout.splitlines() if done.returncode else []:
        result.hearing.said(SOURCE, parsed(line))
    if done.returncode:
        problem = first_problem(result.hearing, SOURCE)
        said = problem or Problem(SOURCE, UNEXPECTED, f"`source-keap catalog` ended with {done.returncode}.")
        raise SyncError(said.end, said.sentence)
    write_whole(options.catalog, done.stdout)


def carry_out(options: Options, lock: Lock, stop: Stop, result: Result) -> None:
    """Read and write. Raises SyncError."""
    sent_again = rejects.waiting(options.folder) if options.with_rejects else []
    result.hearing.waited = rejects.keys(rejects.waiting(options.folder))
    pipe = Pipe(result.hearing, lock.handle, list(rejects.again(options.destination, sent_again)))
    if stop.why is None:
        pipe.start(read_command(options), write_command(options))
        lock.started(process.pid for process in pipe.processes.values())
        pipe.wait(stop, options.time_limit)
    judge(pipe.exit_codes, stop, result)
    if result.end == OK:
        rejects.dealt_with(sent_again)


def read_command(options: Options) -> Command:
    """`source-keap read`, with the state if there is one."""
    files = ["--config", options.source_config, "--catalog", options.catalog]
    state = ["--state", options.folder.state] if options.folder.state.exists() else []
    return [str(part) for part in (options.source, "read", "--update-config", *files, *state)]


def write_command(options: Options) -> Command:
    """`destination-chartmogul write`."""
    files = ["--config", options.destination_config, "--catalog", options.catalog]
    kept = ["--state-file", options.folder.state, "--rejects-file", options.rejects_path()]
    return [str(part) for part in (options.destination, "write", *files, *kept)]


def first_problem(hearing: Hearing, connector: str) -> Problem | None:
    """The first is the true one: what follows are summaries."""
    return next((problem for problem in hearing.problems if problem.connector == connector), None)


def judge(exit_codes: dict[str, int], stop: Stop, result: Result) -> None:
    """How the run ended, from what both said and how they went."""
    if stop.why:
        result.add(stop.why, f"The run was {stop.why.means}; what was acknowledged is kept.")
        return
    source, destination = exit_codes[SOURCE], exit_codes[DESTINATION]
    problems = [first_problem(result.hearing, name) for name in (SOURCE, DESTINATION)]
    for problem in problems:
        if problem and not (problem.end == UNEXPECTED and source and problem.connector == DESTINATION):
            result.add(problem.end, problem.sentence)
    if result.end == OK and (source or destination):
        name = DESTINATION if destination else SOURCE
        result.add(UNEXPECTED, f"{name} {ended(exit_codes[name])} without saying why.")


def ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was killed by signal {-code}" + (" (out of memory?)" if code == -9 else "")
    return f"ended with exit code {code}"


def keep(options: Options, name: str, result: Result) -> None:
    """The state and the rejects of this run. Raises SyncError."""
    acknowledged = bool(result.hearing.states)
    kept = rejects.keep(options.folder, options.rejects_path(), name, complete=acknowledged)
    if kept:
        result.hearing.log.line(OURS, "WARN", f"What could not be written is kept in {kept}.")
    rejects.forget(options.folder, kept, result.hearing.came if result.end == OK else ())
    states.keep(options.folder, datetime.now(UTC))


def close(options: Options, name: str, started: datetime, result: Result) -> record.Record:
    """Write the record and clear away old ones. Raises SyncError."""
    log = result.hearing.log
    if log.lost:
        result.add(log.lost.end, str(log.lost))
    log.line(OURS, "INFO", f"Ended: {result.end.name} (exit code {result.end.code}).")
    log.close()
    made = record.Record(
        name=name,
        started=started.isoformat(timespec="seconds"),
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        end=result.end.name,
        sentences=tuple(result.sentences),
        summary=result.hearing.summary,
        records=dict(result.hearing.records),
        states=result.hearing.states.total(),
        rejected=rejects.by_rule(options.rejects_path()) if result.hearing.states else {},
        quota=quota_of(result.hearing.figures),
    )
    made.save(options.folder)
    record.prune(options.folder, options.keep_runs, options.keep_bytes)
    return made


def quota_of(figures: dict[str, str]) -> record.Quota | None:
    """What the source learnt from Keap's headers."""
    left, limit = figures.get("keap-calls-left-today"), figures.get("keap-calls-a-day")
    if left is None:
        return None
    return record.Quota(int(left), int(limit) if limit else None, figures.get("keap-day-ends"))
