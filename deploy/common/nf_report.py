# SPDX-License-Identifier: Apache-2.0
"""The log nf-run: what an attempt did, one shape for every platform.

See README.md and nf-run.schema.json beside this file.  attempt() makes the
entries of one attempt, write() sends them.  Where they go is NF_REPORT:

    cloud       Cloud Logging, project NF_PROJECT or that of the machine
    file:PATH   a file, one entry a line
    off         nowhere (the default)

Reporting never fails what it reports on: write() says what went wrong on
stderr and returns.  What could not be sent for NF_REPORT_PATIENCE seconds is
kept on the machine, and sent with what it has to report next.
"""

import contextvars
import datetime
import hashlib
import json
import os
import pathlib
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import nf_google

PATIENCE = 120.0  # seconds
MOST_KEPT = 100  # files that one write() sends again
MAX_TEXT = 4096

PERMANENT = {64: "usage", 65: "bad_data", 70: "bug", 77: "permission",
             78: "config"}
TEMPORARY = {69: "refused", 74: "io", 75: "temporary", 141: "pipe"}
EMPTY = 99

SEVERITY = {"ok": "INFO", "skipped": "INFO", "secondary": "INFO",
            "retry": "WARNING", "late": "WARNING", "failed": "ERROR"}

# What is taken over from a tool's summary as it is.
COUNTS = ("records_in", "records_out", "rejected", "retried", "bytes_in",
          "bytes_out", "seconds", "throttled_seconds", "sealed")

Entry = dict[str, Any]

# The caller's trace (W3C Trace Context), where it came with a request;
# otherwise it is in TRACEPARENT.
caller = contextvars.ContextVar("caller", default="")
TRACE = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent() -> str:
    """The trace that the work belongs to, or nothing."""
    found = caller.get() or os.environ.get("TRACEPARENT", "")
    return found if TRACE.fullmatch(found) else ""


def verdict(code: int | None) -> tuple[str, str]:
    """Outcome and reason of an exit code (negative: killed by a signal, as
    Python has it; None: the worker is gone)."""
    if code is None:
        return "retry", "killed"
    if code == 0:
        return "ok", ""
    if code == EMPTY:
        return "skipped", "empty"
    if code in PERMANENT:
        return "failed", PERMANENT[code]
    if code in TEMPORARY:
        return "retry", TEMPORARY[code]
    if code < 0 or 128 < code < 128 + 65:
        return "retry", "signal"
    return "failed", "bug"


def attempt(platform: str, run: str, code: int | None,
            summaries: Iterable[Mapping[str, Any]] = (), *, number: int = 1,
            part: str | None = None, last: bool = False,
            source: str = "default", message: str = "") -> list[Entry]:
    """The entries of one attempt that ended with code: its verdict, then
    each tool's.  summaries: those of the tools; last: nobody tries again;
    source: the job's name."""
    now = datetime.datetime.now(datetime.timezone.utc)
    common = {
        "platform": platform, "run": run, "attempt": number, "part": part,
        "source": source,
    }
    outcome, reason = verdict(code)
    if outcome == "retry" and last:
        outcome = "failed"
    pipeline = {"event": "attempt", "tool": "pipeline", "exit": code,
                "outcome": outcome, "reason": reason,
                "message": message or f"{run}: {outcome} {reason}".strip()}
    payloads = [pipeline]
    for summary in summaries:
        payloads += of_tool(summary, last)
    return [entry({**common, **p}, now, n) for n, p in enumerate(payloads)]


def of_tool(summary: Mapping[str, Any], last: bool) -> list[dict[str, Any]]:
    """The payloads for one tool's summary."""
    code = summary.get("exit")
    outcome, reason = verdict(code)
    cause = summary.get("cause")
    if code != 0 and cause in ("upstream", "downstream"):
        outcome, reason = "secondary", cause
    elif outcome == "retry" and last:
        outcome = "failed"
    tool = summary.get("tool", "nf-stage")
    payload = {"event": "attempt", "tool": tool, "exit": code,
               "outcome": outcome, "reason": reason, "cause": cause,
               "code": summary.get("code") or None,
               "error": shortened(summary.get("error"))}
    payload |= {k: summary[k] for k in COUNTS if k in summary}
    return [payload] + [
        {"event": "reject", "tool": tool, "outcome": "ok", "reason": why,
         "rejected": count}
        for why, count in sorted(summary.get("rejects", {}).items())]


def freshness(platform: str, source: str, age: float, due: int, late: int
              ) -> Entry:
    """What the ledger of a job lacks: windows that are due, those of them
    that are late, and how many seconds ago the oldest ended."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return entry({
        "event": "freshness", "tool": "watch", "platform": platform,
        "source": source, "run": "", "outcome": "late" if late else "ok",
        "reason": "late" if late else "", "age_seconds": age,
        "windows_due": due, "windows_late": late}, now)


def shortened(text: Any) -> str | None:
    return text[:MAX_TEXT] if isinstance(text, str) else None


def entry(payload: dict[str, Any], now: datetime.datetime, place: int = 0
          ) -> Entry:
    """The LogEntry around a payload; the same attempt is the same entry.
    place: its place among those of the attempt, of which two may be of one
    tool and say the same."""
    if payload["event"] == "freshness":
        key = f"{payload['source']}/{now:%Y-%m-%dT%H}"
    else:
        key = "/".join(str(payload.get(k)) for k in
                       ("run", "event", "tool", "reason", "part", "attempt"))
        key += f"/{place}"
    found: Entry = {
        "severity": SEVERITY[payload["outcome"]],
        "timestamp": now.isoformat().replace("+00:00", "Z"),
        "insertId": hashlib.sha256(key.encode()).hexdigest(),
        "labels": {"run": payload["run"], "platform": payload["platform"]},
        "jsonPayload": {"v": 1, **payload},
    }
    trace = traceparent()
    if trace:
        _, found["trace"], found["spanId"], _ = trace.split("-")
    return found


def write(entries: Iterable[Entry]) -> None:
    """Send entries where NF_REPORT says."""
    where = os.environ.get("NF_REPORT") or "off"
    try:
        if where == "cloud":
            deliver(list(entries))
        elif where.startswith("file:"):
            lines = "".join(json.dumps(e) + "\n" for e in entries)
            with open(where.removeprefix("file:"), "a") as f:
                f.write(lines)
        elif where != "off":
            raise ValueError("NF_REPORT: cloud, file:PATH or off")
    except Exception as e:
        print(f"nf_report: not written yet: {type(e).__name__}: {e}",
              file=sys.stderr)


def send(entries: list[Entry]) -> None:
    """Write to Cloud Logging as the machine's service account."""
    project = nf_google.project()
    for e in entries:
        if "trace" in e:
            e["trace"] = f"projects/{project}/traces/{e['trace']}"
    log = os.environ.get("NF_LOG") or "nf-run"
    body = {
        "logName": f"projects/{project}/logs/{log}",
        "resource": {"type": "global", "labels": {"project_id": project}},
        "entries": entries,
    }
    base = os.environ.get("NF_LOGGING_ENDPOINT",
                          "https://logging.googleapis.com")
    nf_google.ask("the log nf-run", "POST", f"{base}/v2/entries:write",
                  json.dumps(body).encode(), patience=patience())


def patience() -> float:
    """Seconds in which to send again what did not arrive."""
    return float(os.environ.get("NF_REPORT_PATIENCE") or PATIENCE)


def kept_folder() -> pathlib.Path:
    """Where entries wait that did not arrive; ours alone."""
    path = pathlib.Path(tempfile.gettempdir()) / f"nf-report-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path}: belongs to another user")
    return path


def keep(entries: list[Entry]) -> None:
    """Keep entries for the next write() on this machine."""
    name = hashlib.sha256("".join(e["insertId"] for e in entries).encode())
    path = kept_folder() / f"{name.hexdigest()}.json"
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(entries))
    part.rename(path)


def send_kept() -> None:
    """Send what did not arrive before; insertId makes one of two."""
    for path in sorted(kept_folder().glob("*.json"))[:MOST_KEPT]:
        try:
            send(json.loads(path.read_text()))
        except FileNotFoundError:  # another process has sent it
            continue
        except nf_google.Refused as e:
            if e.nf_exit != 78:
                raise
        path.unlink(missing_ok=True)


def deliver(entries: list[Entry]) -> None:
    """Send entries; what does not arrive in time is sent by the next one."""
    try:
        send(entries)
    except nf_google.Refused as e:
        if e.nf_exit in (75, 77):  # a grant may come later
            keep(entries)
        raise
    send_kept()
