# SPDX-License-Identifier: Apache-2.0
"""The job files of a deployment, nf-job(5), and nf-pipeline with them: what
function, DAGs, Cloud Run job and Spark driver share.

NF_JOBS is a folder of NAME.job.json and what they name, or gs://BUCKET/FOLDER
of the same.  What a window is, which is due and what its run is called, is
what nf-stage and nf-pipeline say; nothing here computes it.
"""

import dataclasses
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import zoneinfo
from collections.abc import Sequence
from typing import Any

import nf_bundle
import nf_google
import nf_report

NAME = re.compile(r"[a-z0-9-]{1,63}")
WINDOW = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9]{4}([+-][0-9]{4})?)?)?"
                    r"|[0-9]{6}")
WORDS = re.compile(rf"(?P<window>{WINDOW.pattern})"
                   r"(?: --revision (?P<revision>[1-9][0-9]{0,8})"
                   rf"| --lookback (?P<lookback>{WINDOW.pattern}))?"
                   r"(?: --reload)?")
# What nf-stage days --sh says of a window.
ANSWER = re.compile(r"^windows\+=\('([^']*)'\) runs\+=\('((?:[^']|'\\'')*)'\) "
                    r"wants\+=\('([a-z]+)'\).* laters\+=\('([^']*)'\)", re.M)
SUFFIX = ".job.json"
SECRET = re.compile(r'"env:(NF_SECRET_[A-Z0-9_]+)"')
SPARK = {"executors": 8, "hours": 4, "version": "2.3"}
MAX_WINDOWS = 31
LISTINGS = 5  # of a folder whose objects are being replaced
# Tries again after 5, 10, 20, 40 and then each 60 minutes: an API may be
# away for some hours of the night before anybody is woken.
RETRIES, RETRY_DELAY, LONGEST_DELAY = 8, 300, 3600
# The tool of a stage of nf-pipeline that left no summary.
TOOL = {"fetch": "nf-fetch", "transform": "nf-transform", "load": "nf-load",
        "diff": "nf-load"}


class ConfigError(Exception):
    """The request or the deployment is wrong; trying again does not help."""


@dataclasses.dataclass(frozen=True)
class Job:
    """A job file, and of it what a scheduler must know."""

    name: str
    path: pathlib.Path
    said: dict[str, Any]

    @property
    def schedule(self) -> str | None:
        found: str | None = self.said.get("schedule")
        return found

    @property
    def zone(self) -> str:
        """Of the schedule; schedulers do not know offsets."""
        name = str(self.said["window"].get("zone", "UTC"))
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return "UTC"
        return name

    @property
    def shares(self) -> int:
        return int(self.said.get("load", {}).get("shares", 1))

    @property
    def spark(self) -> dict[str, Any] | None:
        found = self.said.get("load", {}).get("spark")
        return None if found is None else {**SPARK, **found}

    @property
    def files(self) -> list[pathlib.Path]:
        """The job file and what it names beside itself."""
        names = [self.said["source"]]
        if "/" in self.said["mapping"] or ".json" in self.said["mapping"]:
            names.append(self.said["mapping"])
        if "except" in self.said:
            names.append(self.said["except"])
        return [self.path, *(self.path.parent / n for n in names)]

    @property
    def mapping(self) -> pathlib.Path:
        """Its mapping: a file beside the job, or the installed one of a
        name, which is beside the tools or in the source tree."""
        name = self.said["mapping"]
        if "/" in name or ".json" in name:
            return self.path.parent / name
        for folder in ("../share/nf-tools/mappings", "../mappings"):
            found = bin_dir() / folder / f"{name}.json"
            if found.is_file():
                return found
        raise ConfigError(f"{self.name}: mapping: no such one is installed")

    def secrets(self, verb: str) -> list[str]:
        """The variables that a verb of nf-pipeline takes secrets from: its
        source those of the API, its mapping those of codes."""
        files = []
        if verb in ("run", "fetch"):
            files.append(("source", self.path.parent / self.said["source"]))
        if verb != "fetch":
            files.append(("mapping", self.mapping))
        found: set[str] = set()
        for what, path in files:
            try:
                found.update(SECRET.findall(path.read_text()))
            except OSError as e:
                raise ConfigError(
                    f"{self.name}: {what}: {e.strerror}") from e
        return sorted(found)


def bin_dir() -> pathlib.Path:
    """Where the tools are; ConfigError if they are not."""
    try:
        return nf_bundle.bin_dir()
    except nf_bundle.BundleError as e:
        raise ConfigError(str(e)) from e


def tool(name: str) -> str:
    """The path of a tool; ConfigError if it is not there."""
    path = str(bin_dir() / name)
    if not os.access(path, os.X_OK):
        raise ConfigError(f"{path}: no such program")
    return path


def folder() -> pathlib.Path:
    """The folder of the job files; of a bucket, a copy of what it has now."""
    given = os.environ.get("NF_JOBS", "")
    if not given:
        raise ConfigError("NF_JOBS: not set")
    if given.startswith("gs://"):
        return copied(given)
    if not pathlib.Path(given).is_dir():
        raise ConfigError(f"NF_JOBS: {given}: no such folder")
    return pathlib.Path(given)


def ask_storage(path: str) -> bytes:
    """Ask Cloud Storage; an emulator gets no token."""
    emulator = os.environ.get("STORAGE_EMULATOR_HOST")
    base = "https://storage.googleapis.com"
    if emulator:
        base = emulator if "://" in emulator else f"http://{emulator}"
    return nf_google.ask("the folder of the jobs", "GET", base + path,
                         anonymous=bool(emulator), patience=30.0)


def copied(uri: str) -> pathlib.Path:
    """The objects right under gs://BUCKET/FOLDER, in a folder that is made
    once for what they are.  Where one is replaced meanwhile, they are listed
    anew."""
    for left in reversed(range(LISTINGS)):
        found = listed(uri)

        def make(folder: pathlib.Path) -> None:
            for name, path in found:
                (folder / name).write_bytes(ask_storage(path))

        try:
            return nf_bundle.made_once(
                nf_bundle.digest_of([uri, *found]), make)
        except nf_google.Refused as e:
            if e.status != 404 or left == 0:
                raise
    raise AssertionError


def listed(uri: str) -> list[tuple[str, str]]:
    """Names of files, and the objects that they are now."""
    bucket, _, prefix = uri.removeprefix("gs://").rstrip("/").partition("/")
    prefix += "/" if prefix else ""
    base = f"/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o"
    query = urllib.parse.urlencode({"prefix": prefix, "delimiter": "/",
                                    "maxResults": "1000"})
    found, page = [], ""
    while True:
        answer = json.loads(ask_storage(f"{base}?{query}{page}"))
        found += [(o["name"], o["generation"]) for o in
                  answer.get("items", []) if not o["name"].endswith("/")]
        if "nextPageToken" not in answer:
            break
        page = "&pageToken=" + urllib.parse.quote(answer["nextPageToken"])
    return [(name.removeprefix(prefix), f"{base}/"
             f"{urllib.parse.quote(name, safe='')}"
             f"?alt=media&generation={generation}")
            for name, generation in found]


def names() -> list[str]:
    """The names of all jobs, of those that are wrong too."""
    return sorted(p.name.removesuffix(SUFFIX)
                  for p in folder().glob(f"*{SUFFIX}"))


def job(name: str) -> Job:
    """The job of that name; ConfigError says what is wrong with it."""
    if not NAME.fullmatch(name):
        raise ConfigError("job: not the name of one")
    path = folder() / f"{name}{SUFFIX}"
    if not path.is_file():
        raise ConfigError(f"{name}: not a job of this deployment")
    done = subprocess.run([tool("nf-stage"), "days", "--check",
                           "--log-format", "text", str(path)],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode != 0:
        why = done.stderr.strip().rpartition("\n")[2]
        raise ConfigError(
            why.partition(f"{SUFFIX}: ")[2] or why or "nf-stage failed")
    said = json.loads(path.read_text())
    if said["name"] != name:
        raise ConfigError(f"{name}: name: not that of the file")
    return Job(name, path, said)


def ask(command: Sequence[str], limit: float | None = None
        ) -> tuple[int, str]:
    """Exit code and stdout of a tool that answers a question; 75 if it has
    not within so many seconds.  What it says on stderr is passed on, unless
    75 is an answer: that windows are due is no error."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, env=traced(),
                              capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return 75, ""
    if done.returncode != 75 or not done.stdout:
        sys.stderr.write(done.stderr.decode(errors="replace"))
    return done.returncode, done.stdout.decode().strip()


class Failed(Exception):
    """A tool that was asked something has failed."""

    def __init__(self, what: str, code: int) -> None:
        super().__init__(f"{what}: exit {code}")
        self.nf_exit = code


def days(of: Job, *words: str, limit: float | None = None
         ) -> list[dict[str, Any]]:
    """Lines of the ledger, as nf-stage days writes them."""
    code, text = ask([tool("nf-stage"), "days", "-q", *words, str(of.path)],
                     limit)
    if code not in (0, 75) or code == 75 and not text:
        raise Failed(f"{of.name}: the ledger", code)
    return [json.loads(line) for line in text.splitlines()]


def wanted(of: Job, *words: str, limit: float | None = None
           ) -> list[tuple[str, str, str]]:
    """Words of nf-pipeline, run and what is to be done, of each window that
    words of nf-stage days choose.  One that is looked back to names the window
    for which it is, so that no task depends on another's turn."""
    code, text = ask([tool("nf-stage"), "days", "-q", "--sh", *words,
                      str(of.path)], limit)
    if code != 0:
        raise Failed(f"{of.name}: the ledger", code)
    return [(w + (f" --lookback {later}" if later and want == "again" else ""),
             r.replace("'\\''", "'"), want)
            for w, r, want, later in ANSWER.findall(text)]


def due(of: Job, most: int = MAX_WINDOWS) -> list[str]:
    """The windows that are due, the oldest first, as words of nf-pipeline."""
    return [w for w, _, _ in wanted(of, "--due", "--max-windows", str(most))]


def chosen(of: Job, windows: str, again: bool, reload: bool) -> list[str]:
    """Words of nf-pipeline for each of windows W or A..B that is over: again
    names the revision, so that a task that is tried again means the same."""
    found, early = [], ""
    for window, run, want in wanted(of, "--windows", windows,
                                    *(["--again"] if again else [])):
        if want == "early":
            early = early or window
            continue
        words = window.partition(" ")[0]
        number = run.rpartition(f"/{words}.r")[2]
        if again and number.isdecimal():
            words += f" --revision {number}"
        found.append(words + (" --reload" if reload and not again else ""))
    if early and not found:
        raise ConfigError(f"{early}: has not ended yet")
    return found


def load_args(profile: str) -> list[str]:
    """Of all loads and audits: Bigtable's app profile, if there is one."""
    return ["--load-arg", f"--app-profile={profile}"] if profile else []


def traced() -> dict[str, str]:
    """A tool's environment: a span of its own in the caller's trace."""
    trace = nf_report.traceparent()
    if not trace:
        return dict(os.environ)
    span = f"{trace[:36]}{secrets.token_hex(8)}{trace[52:]}"
    return {**os.environ, "TRACEPARENT": span}


def permanent(code: int) -> bool:
    """Whether trying again cannot help."""
    return nf_report.verdict(code)[0] == "failed"


def tools_of(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The summaries of the tools in one of nf-pipeline's."""
    return [{"tool": TOOL.get(stage, "nf-stage"), **of}
            for stage, of in summary.get("stages", {}).items()]


def run_of(name: str, words: str, summary: dict[str, Any]) -> str:
    """What a window's run is called: NAME/WINDOW or NAME/WINDOW.rN."""
    for window in summary.get("windows", []):
        return "/".join(window["run"].split("/")[-2:])
    found = WORDS.fullmatch(words)
    if not found:
        return name
    revision = found["revision"]
    return f"{name}/{found['window']}" + (f".r{revision}" if revision else "")


class Phase:
    """nf-pipeline VERB JOB --window WORDS.  terminate() ends it so that what
    is whole is kept; after so many seconds more, kill."""

    def __init__(self, verb: str, of: Job, words: str, *more: str,
                 tied: bool = False) -> None:
        if not WORDS.fullmatch(words):
            raise ConfigError("not a window, or what to do with one")
        self.words, self.of = words, of
        self.folder = tempfile.TemporaryDirectory(prefix="nf-phase.")
        self.file = pathlib.Path(self.folder.name, "summary.json")
        self.ended = False
        self.summary: dict[str, Any] = {}
        # tied: it ends with who started it.
        before = ["setpriv", "--pdeathsig", "TERM"] if tied else []
        self.process = subprocess.Popen(
            [*before, tool("nf-pipeline"), verb, str(of.path), "--window",
             *words.split(), "--summary", str(self.file), *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            env=traced(), process_group=0)

    def terminate(self) -> None:
        """Ask it to end, once: nf-pipeline passes that on to the tools, and a
        second signal would keep nf-stage from storing what it has."""
        self.ended = True
        self.process.terminate()

    def kill(self) -> None:
        self.ended = True
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait(self, soft: float | None = None, hard: float | None = None
             ) -> int:
        """Its exit code; ended after soft, killed after hard seconds."""
        timers = [threading.Timer(after, end) for after, end in
                  ((soft, self.terminate), (hard, self.kill))
                  if after is not None]
        for timer in timers:
            timer.daemon = True
            timer.start()
        code = self.process.wait()
        for timer in timers:
            timer.cancel()
        try:
            self.summary = json.loads(self.file.read_text())
        except (OSError, ValueError):
            self.summary = {}
        self.folder.cleanup()
        return code

    @property
    def run(self) -> str:
        return run_of(self.of.name, self.words, self.summary)

    @property
    def tools(self) -> list[dict[str, Any]]:
        return tools_of(self.summary)

    @property
    def state(self) -> str:
        return str(self.summary.get("state", ""))


def fetch(of: Job, words: str) -> Phase:
    """Fetch and stage a window.  Parts are small, and end by the clock too:
    what is not in a part yet is fetched again by the next attempt."""
    size = os.environ.get("NF_PART_SIZE", "8M")
    return Phase("fetch", of, words, *(
        w for a in ("--part-size", size, "--part-seconds",
                    os.environ.get("NF_PART_SECONDS", "60"))
        for w in ("--stage-arg", a)))
