# SPDX-License-Identifier: Apache-2.0
"""What a job is made of, for the function, the DAG and the driver: sources,
run ids, and chains of tools with one exit code.

The sources are the deployment's, in NF_SOURCES or NF_SOURCES_FILE (JSON): name -> {"url",
"mapping", "fetch_args", "secrets", "max_rejects"}.  In fetch_args {start} and
{end} stand for the window, {start_date} and {end_date} for its days,
{secret:NAME} for where nf-fetch finds that secret: --bearer {secret:token}.
With max_rejects (a number, or a percentage as "1%") a load keeps bad records
in a staged run of their own and goes on; without, the first one stops it.
"""

import dataclasses
import datetime
import json
import os
import pathlib
import re
import secrets
import subprocess
import tempfile
import zoneinfo
from collections.abc import Callable, Sequence
from typing import Any

import nf_report

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
SECRET = re.compile(r"\{secret:([^}]*)\}")


class ConfigError(Exception):
    """The request or the deployment is wrong; trying again does not help."""


@dataclasses.dataclass(frozen=True)
class Source:
    name: str
    url: str
    mapping: str = ""
    fetch_args: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    max_rejects: str = ""


@dataclasses.dataclass(frozen=True)
class Window:
    """From start (included) to end (not), in UTC."""

    start: datetime.datetime
    end: datetime.datetime

    def __post_init__(self) -> None:
        if self.start.microsecond or self.end.microsecond:
            raise ConfigError("the window: not of whole seconds")
        if not self.start < self.end:
            raise ConfigError("the window is empty: no data would be fetched")


def known_sources() -> dict[str, Any]:
    """The sources of the deployment, as they were written: those of
    NF_SOURCES_FILE, if that is set."""
    path = os.environ.get("NF_SOURCES_FILE")
    name = path or "NF_SOURCES"
    try:
        found = json.loads(pathlib.Path(path).read_text() if path
                           else os.environ["NF_SOURCES"])
    except (KeyError, ValueError, OSError) as e:
        raise ConfigError(f"{name}: missing or not JSON") from e
    if not isinstance(found, dict):
        raise ConfigError(f"{name}: not a JSON object")
    return found


def has_sources() -> bool:
    return "NF_SOURCES" in os.environ or "NF_SOURCES_FILE" in os.environ


def source(name: str) -> Source:
    """The source of that name."""
    known = known_sources()
    if not NAME.fullmatch(name) or name not in known:
        raise ConfigError("source: not one of this deployment's")
    found = checked_source(name, known[name])
    return Source(name, found["url"], found.get("mapping", ""),
                  tuple(found.get("fetch_args", ())),
                  tuple(found.get("secrets", ())),
                  str(found.get("max_rejects", "")))


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_limit(value: Any) -> bool:
    """Of records: 10, "10", "1%"."""
    return not isinstance(value, bool) \
        and re.fullmatch(r"[0-9]+(\.[0-9]+)?%?", str(value)) is not None


def is_url(value: Any) -> bool:
    return is_text(value) and re.match("[a-z][a-z0-9+.-]*://", value) \
        is not None


# Members of a source, and what each must be.
MEMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "url": (is_url, "a URL"),
    "mapping": (is_text, "a file name"),
    "schedule": (is_text, "a cron expression"),
    "time_zone": (is_text, "a time zone"),
    "late_after": (is_number, "a number of seconds"),
    "fetch_args": (is_texts, "an array of texts"),
    "secrets": (is_texts, "an array of texts"),
    "max_rejects": (is_limit, "a number, or a percentage"),
}


def checked_source(name: str, found: Any) -> dict[str, Any]:
    """A source without its members that are null; ConfigError names what is
    wrong."""
    if not isinstance(found, dict):
        raise ConfigError(f"{name}: not a JSON object")
    given = {k: v for k, v in found.items() if v is not None}
    for member, value in given.items():
        if member not in MEMBERS:
            raise ConfigError(f"{name}: {member}: not a member of a source")
        valid, what = MEMBERS[member]
        if not valid(value):
            raise ConfigError(f"{name}: {member}: not {what}")
    if "url" not in given:
        raise ConfigError(f"{name}: no url")
    if "time_zone" in given:
        try:
            zoneinfo.ZoneInfo(given["time_zone"])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as e:
            raise ConfigError(f"{name}: time_zone: not a time zone") from e
    return given


def instant(text: str) -> datetime.datetime:
    """A time with its zone, as RFC 3339 writes it, in UTC."""
    try:
        when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError) as e:
        raise ConfigError("not a time as RFC 3339 writes it") from e
    if when.tzinfo is None:
        raise ConfigError("a time without a zone")
    try:
        found = when.astimezone(datetime.timezone.utc)
    except OverflowError as e:
        raise ConfigError("a time that UTC has no year for") from e
    # Days are counted from it, and years of four digits are written.
    if not 1000 <= found.year < 9999:
        raise ConfigError("a time that is not of the years 1000 to 9998")
    return found


def run_id(name: str, window: Window) -> str:
    """A function of source and window alone."""
    return f"{name}-{window.start:%Y%m%dT%H%M%SZ}-{window.end:%Y%m%dT%H%M%SZ}"


def mounted(secret: str) -> str:
    """A secret as the function has it: a file of a volume."""
    return f"file:{os.environ.get('NF_SECRETS', '/secrets')}/{secret}/value"


def fetch_args(of: Source, window: Window,
               where: Callable[[str], str] = mounted) -> list[str]:
    """Arguments of nf-fetch for the window.  where tells, for the name of a
    secret, where it is, as nf-fetch wants to be told."""
    def known(match: re.Match[str]) -> str:
        if match[1] not in of.secrets:
            raise ConfigError(f"{of.name}: fetch_args: a secret that is not "
                              "one of its secrets")
        return where(match[1])

    values = {
        "{start}": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
        "{end}": f"{window.end:%Y-%m-%dT%H:%M:%SZ}",
        "{start_date}": f"{window.start:%Y-%m-%d}",
        "{end_date}": f"{window.end:%Y-%m-%d}",
    }
    found = []
    for arg in of.fetch_args:
        for name, value in values.items():
            arg = arg.replace(name, value)
        found.append(SECRET.sub(known, arg))
    return found


def traced() -> dict[str, str]:
    """A tool's environment: a span of its own in the caller's trace."""
    trace = nf_report.traceparent()
    if not trace:
        return dict(os.environ)
    span = f"{trace[:36]}{secrets.token_hex(8)}{trace[52:]}"
    return {**os.environ, "TRACEPARENT": span}


class Chain:
    """Tools in a pipe.  own_group: all in a process group of their own."""

    def __init__(self, commands: Sequence[Sequence[str]], *,
                 own_group: bool = False) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="nf-chain.")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.group = 0
        before: Any = subprocess.DEVNULL
        for i, command in enumerate(commands):
            last = i == len(commands) - 1
            process = subprocess.Popen(
                [*command, "--summary", self.summary_file(i)], stdin=before,
                stdout=subprocess.DEVNULL if last else subprocess.PIPE,
                env=traced(),
                process_group=self.group if own_group else None)
            if own_group and not self.group:
                self.group = process.pid
            if before is not subprocess.DEVNULL:
                before.close()
            before = process.stdout
            self.processes.append(process)

    def summary_file(self, i: int) -> str:
        return str(pathlib.Path(self.folder.name) / f"{i}.json")

    def wait(self) -> int:
        """Wait for all; the exit code is that of the leftmost tool whose
        failure is its own.  .summaries are theirs, in order."""
        codes = [p.wait() for p in self.processes]
        self.summaries = [self.summary(i, c) for i, c in enumerate(codes)]
        self.folder.cleanup()
        failed = [s for s in self.summaries if s["exit"] != 0]
        if not failed:
            return 0
        own = [s for s in failed if s.get("cause") in (None, "self")]
        return int((own or failed)[0]["exit"])

    def summary(self, i: int, code: int) -> dict[str, Any]:
        """The tool's own word, or what can be said of one that left none."""
        try:
            found = json.loads(pathlib.Path(self.summary_file(i)).read_text())
        except (OSError, ValueError):
            tool = pathlib.Path(str(self.processes[i].args[0])).name
            return {"tool": tool, "exit": code, "cause": "self"}
        return {**found, "exit": code}


def permanent(code: int) -> bool:
    """Whether trying again cannot help."""
    return nf_report.verdict(code)[0] == "failed"


def ask(command: Sequence[str], folder: str | None = None,
        limit: float | None = None) -> tuple[int, str]:
    """Exit code and stdout of a tool that answers a question; 75 if it has
    not within so many seconds."""
    try:
        done = subprocess.run(command, input=b"", env=traced(),
                              stdout=subprocess.PIPE, cwd=folder,
                              timeout=limit)
    except subprocess.TimeoutExpired:
        return 75, ""
    return done.returncode, done.stdout.decode().strip()


def manifest(bin_dir: pathlib.Path, stage: str, limit: float | None = None
             ) -> tuple[int, dict[str, Any]]:
    """Exit code and manifest of a committed run.  put hands on the manifest
    of a run that is committed, and an input without a seal never commits."""
    code, text = ask([str(bin_dir / "nf-stage"), "put", "-q",
                      "--emit=manifest", stage], limit=limit)
    return code, json.loads(text) if code == 0 else {}
