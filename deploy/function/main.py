# SPDX-License-Identifier: Apache-2.0
"""A function (Cloud Functions 2nd gen) that fetches and stages windows of a
job, nf-job(5).

    POST {"job": NAME}
    POST {"job": NAME, "window": WINDOW, "revision": N}
    POST {"job": NAME, "window": WINDOW, "lookback": LATER}

runs nf-pipeline fetch for what is due of the job and is not staged, the
oldest window first, or for that window; and answers with what became of each.
"timeout_s" shortens the deadline, NF_TIMEOUT.

The function owns its deadline: the platform's would answer 504 and leave the
tools running.  What is whole by then is stored, up to the last mark; the
answer is 202, and the same call again goes on from there.  Cloud Scheduler is
answered 503 instead, for only that makes it call again; and 200 for what no
other try can help, which is in nf-run.

An event carries the same: as data, or as the message of Pub/Sub, pushed to
the one entry or delivered to the other.  One that no run comes of is reported
and refused: the platform delivers it again, and then to the dead-letter
topic.
"""

import base64
import json
import os
import time
from collections.abc import Callable
from typing import Any

import flask
import functions_framework
import gunicorn.workers.base
import gunicorn.workers.gthread

import nf_google
import nf_job
import nf_report

# Statuses that a caller acts on: 422 is not tried again, 503 is.
STATUS = {64: 422, 65: 422, 69: 502, 70: 500, 77: 403, 78: 422}
FINAL = (403, 405, 422, 500)
RETRY_AFTER = "60"  # seconds
EVENT_TIMEOUT = 500.0  # an event's delivery ends at 540 s
MAX_TIMEOUT = 3600.0
MEMBERS = {"job", "window", "revision", "lookback", "timeout_s"}

running: set[nf_job.Phase] = set()


def end_tools_with_worker() -> None:
    """When the instance ends, end the tools first, so that they store what
    they have.  gunicorn sets its workers' handlers after this module is
    imported and runs requests in threads, so only its own handler can."""
    for kind in (gunicorn.workers.base.Worker,
                 gunicorn.workers.gthread.ThreadWorker):
        if "handle_exit" in vars(kind):
            kind.handle_exit = ending_tools(kind.handle_exit)


def ending_tools(inner: Callable[[Any, int, Any], None]
                 ) -> Callable[[Any, int, Any], None]:
    def handle_exit(worker: Any, number: int, frame: Any) -> None:
        for phase in list(running):
            phase.terminate()
        inner(worker, number, frame)

    return handle_exit


end_tools_with_worker()


IN_VAIN = ("a call has no time for all of the window, and nothing of it can be"
           " kept: the walk has no marks, see \"stable\" in nf-source(5); or"
           " take shorter windows, or fetch with Cloud Run")


class Refused(Exception):
    """A request that no run comes of; a status and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def in_vain(phase: nf_job.Phase) -> bool:
    """Whether a call that had its whole time got records of which none could
    be kept: the walk has no marks, so no later call gets further."""
    got = phase.summary.get("stages", {}).get("fetch", {})
    windows = phase.summary.get("windows", [])
    if not windows or not got.get("records_out"):
        return False
    return nf_job.ask([nf_job.tool("nf-stage"), "mark", "-q",
                       windows[0]["run"]], 20.0) == (0, "null")


def fetch_window(of: nf_job.Job, words: str, left: float) -> dict[str, Any]:
    """Fetch and stage a window, or as much as there is time for: what to
    answer about it."""
    phase = nf_job.fetch(of, words)
    running.add(phase)
    soft = time.monotonic() + left - min(30.0, left / 4)
    try:
        code = phase.wait(left - min(30.0, left / 4),
                          left - min(10.0, left / 10))
    finally:
        running.discard(phase)
    partial, said = code != 0 and phase.ended, {}
    if partial and time.monotonic() >= soft and in_vain(phase):
        partial, code, said = False, 78, {"error": IN_VAIN}
    nf_report.write(nf_report.attempt(
        "function", phase.run, code, phase.tools, source=of.name,
        message=said.get("error", "")))
    return {"window": words.partition(" ")[0], "run": phase.run,
            "exit": code, "state": "partial" if partial else
            "committed" if code == 0 else "failed", **said}


def fetch_windows(of: nf_job.Job, windows: list[str], end: float
                  ) -> tuple[int, dict[str, Any]]:
    """Take windows until the deadline: a status and what to answer."""
    done: list[dict[str, Any]] = []
    for words in windows:
        left = end - time.monotonic() - 1
        if left < 2 and done or any(d["state"] == "partial" for d in done):
            break
        done.append(fetch_window(of, words, max(left, 0.5)))
    failed = [d["exit"] for d in done if d["state"] == "failed"]
    said: dict[str, Any] = {"job": of.name, "windows": done}
    if failed:
        # What another try can help first: it is asked for.
        code = min(failed, key=nf_job.permanent)
        final = nf_job.permanent(code)
        return STATUS.get(code, 500 if final else 503), {
            **said, "state": "failed", "exit": code,
            "reason": nf_report.verdict(code)[1]}
    if len(done) < len(windows) or any(d["exit"] != 0 for d in done):
        return 202, {**said, "state": "partial"}
    return 200, {**said, "state": "committed"}


def checked(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise nf_job.ConfigError("the request is not a JSON object")
    if set(body) - MEMBERS or not isinstance(body.get("job"), str):
        raise nf_job.ConfigError(
            "members: job; window, revision, lookback, timeout_s")
    window, revision = body.get("window"), body.get("revision")
    if window is not None and not (isinstance(window, str) and
                                   nf_job.WINDOW.fullmatch(window)):
        raise nf_job.ConfigError("window: not the name of one")
    if revision is not None and not (
            type(revision) is int and 0 < revision < 10**9 and window):
        raise nf_job.ConfigError("revision: not a number, of a window")
    later = body.get("lookback")
    if later is not None and not (
            isinstance(later, str) and nf_job.WINDOW.fullmatch(later)
            and window and not revision):
        raise nf_job.ConfigError("lookback: not the name of a later window")
    return body


def words_of(body: dict[str, Any]) -> str:
    """The one window of a request, as words of nf-pipeline."""
    return str(body["window"]) + "".join(
        f" --{name} {body[name]}" for name in ("revision", "lookback")
        if body.get(name))


def timeout_of(body: dict[str, Any]) -> float:
    given = body.get("timeout_s", MAX_TIMEOUT)
    if isinstance(given, bool) or not isinstance(given, (int, float)) \
            or not 0 < given < 1e9:
        raise nf_job.ConfigError("timeout_s: not a number of seconds")
    return min(float(os.environ.get("NF_TIMEOUT", "1740")), float(given))


def serve(body: Any, most: float = MAX_TIMEOUT) -> tuple[int, dict[str, Any]]:
    """Do what a request asks for; Refused if nothing can come of it."""
    try:
        body = checked(body)
        limit = min(timeout_of(body), most)
        end = time.monotonic() + limit
        of = nf_job.job(body["job"])
        if body.get("window"):
            windows = [words_of(body)]
        else:
            windows = [w for w, _, want in
                       nf_job.wanted(of, "--due", limit=limit - 1)
                       if want in ("fetch", "again")]
    except nf_job.ConfigError as e:
        refuse(str(e), body)
        raise Refused(422, str(e)) from e
    except (nf_job.Failed, nf_google.Refused) as e:
        refuse(str(e), body, e.nf_exit)
        raise Refused(STATUS.get(e.nf_exit, 503), str(e)) from e
    return fetch_windows(of, windows, end)


def unwrapped(data: Any) -> Any:
    """What an event carries: of Pub/Sub, what its message does."""
    if not isinstance(data, dict) or "message" not in data:
        return data
    try:
        text = base64.b64decode(data["message"]["data"], validate=True)
        return json.loads(text)
    except (KeyError, TypeError, ValueError) as e:
        refuse("the message is not JSON", None)
        raise Refused(422, "the message is not JSON") from e


def refuse(why: str, body: Any, code: int = 78) -> None:
    """Report a request that no run comes of."""
    name = body.get("job") if isinstance(body, dict) else None
    if not isinstance(name, str) or not nf_job.NAME.fullmatch(name):
        name = "default"
    nf_report.write(nf_report.attempt("function", "refused", code, source=name,
                                      message=f"refused: {why}"))
    print(json.dumps({"severity": "ERROR", "message": f"refused: {why}"}))


def answer(status: int, body: dict[str, Any], scheduled: bool
           ) -> flask.Response:
    if scheduled and status == 202:
        status = 503
    elif scheduled and status in FINAL:
        status = 200  # whatever else it gets, it tries again
    response = flask.jsonify(body)
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


@functions_framework.http
def fetch(request: flask.Request) -> flask.Response:
    """The HTTP entry, for callers and for pushes of Pub/Sub, which takes
    what is not 2xx for not acknowledged."""
    if request.method != "POST":
        return answer(405, {"state": "refused", "error": "POST only"}, False)
    nf_report.caller.set(request.headers.get("traceparent", ""))
    scheduled = any(h in request.headers for h in (
        "X-CloudScheduler-ScheduleTime", "X-CloudScheduler-JobName"))
    body = request.get_json(force=True, silent=True)
    pushed = isinstance(body, dict) and "message" in body
    try:
        status, said = serve(unwrapped(body),
                             EVENT_TIMEOUT if pushed else MAX_TIMEOUT)
    except Refused as e:
        return answer(e.status, {"state": "refused", "error": str(e)},
                      scheduled)
    if pushed and status == 202:
        status = 503
    elif pushed and status in FINAL:
        status = 200  # in nf-run; to deliver it again does not help
    return answer(status, said, scheduled)


@functions_framework.cloud_event
def on_event(event: Any) -> None:
    """The event entry, for small work.  Raising makes the platform deliver
    it again."""
    nf_report.caller.set(str(event.get_attributes().get("traceparent", "")))
    status, said = serve(unwrapped(event.data), EVENT_TIMEOUT)
    if status in (202, 502, 503):
        raise RuntimeError(f"not complete: {said['state']}")
