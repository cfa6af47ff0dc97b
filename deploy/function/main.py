# SPDX-License-Identifier: Apache-2.0
"""A function (Cloud Functions 2nd gen) that fetches and stages a run.

    POST {"source": NAME, "start": TIME, "end": TIME}

runs nf-fetch | nf-stage into NF_STAGING/RUN and answers with the manifest's
address and counts.  Without a window it is the day (UTC) before the
schedule's.  "timeout_s" shortens the deadline, NF_TIMEOUT.

The function owns its deadline: the platform's would answer 504 and leave the
tools running.  A run that is not complete by then answers 202 with the
cursor, and the same call again goes on from there.  Cloud Scheduler is
answered 503 instead, for only that makes it call again; and 200 for what no
other try can help, which is in nf-run.

An event carries the same as data, or as the message of Pub/Sub.  One that no
run comes of is reported and raises: the platform delivers it again, and then
to the dead-letter topic, if there is one.
"""

import base64
import datetime
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import flask
import functions_framework
import gunicorn.workers.base
import gunicorn.workers.gthread

import nf_bundle
import nf_job
import nf_report

# Statuses that a caller acts on: 422 is not tried again, 503 is.
STATUS = {64: 500, 65: 422, 69: 502, 70: 500, 77: 403, 78: 422}
FINAL = (403, 405, 422, 500)
RETRY_AFTER = "60"  # seconds
EVENT_TIMEOUT = 500.0  # an event's delivery ends at 540 s
MAX_TIMEOUT = 3600.0
# What is not yet a whole part is fetched again by the next call, and a part
# is in the instance's memory; so parts are smaller than nf-stage's own.
PART_SIZE = os.environ.get("NF_PART_SIZE", "8M")

BIN = nf_bundle.bin_dir()
running: set[nf_job.Chain] = set()


def signal_group(chain: nf_job.Chain, number: int) -> None:
    try:
        os.killpg(chain.group, number)
    except ProcessLookupError:
        pass


def end_tools_with_worker() -> None:
    """When the instance ends, end the tools first, so that the cursor is
    told.  gunicorn sets its workers' handlers after this module is imported
    and runs requests in threads, so only its own handler can do it."""
    for kind in (gunicorn.workers.base.Worker,
                 gunicorn.workers.gthread.ThreadWorker):
        if "handle_exit" in vars(kind):
            kind.handle_exit = ending_tools(kind.handle_exit)


def ending_tools(inner: Callable[[Any, int, Any], None]
                 ) -> Callable[[Any, int, Any], None]:
    def handle_exit(worker: Any, number: int, frame: Any) -> None:
        for chain in list(running):
            signal_group(chain, signal.SIGTERM)
        inner(worker, number, frame)

    return handle_exit


end_tools_with_worker()


def stage_run(source: nf_job.Source, window: nf_job.Window, run: str,
              timeout: float) -> tuple[int, dict[str, Any]]:
    """Fetch and stage a run, or as much as there is time for: a status and
    what to answer."""
    end = time.monotonic() + timeout

    def left() -> float:
        return max(end - time.monotonic() - 1, 0.1)

    stage = f"{os.environ['NF_STAGING'].rstrip('/')}/{run}"
    asking = [str(BIN / "nf-stage"), "mark", stage]
    code, mark = nf_job.ask(asking, limit=left())
    late = False
    summaries: list[dict[str, Any]] = []
    if code == 0 and mark != "committed":
        code, late, summaries = run_until(
            commands(source, window, run, stage, mark), left())
    if code != 0 and late:
        asked, mark = nf_job.ask(asking, limit=left())
        code = 0 if asked == 0 and mark == "committed" else 75
    found: dict[str, Any] = {}
    if code == 0:
        code, found = nf_job.manifest(BIN, stage, left())
    nf_report.write(nf_report.attempt("function", run, code, summaries,
                                      source=source.name))
    if code == 0:
        return (200 if found["records"] else 204), {
            "state": "committed", "run": run,
            "manifest": f"{stage}/_nf/manifest.json",
            "parts": len(found["parts"]), "records": found["records"],
            "raw_size": found["raw_size"]}
    if late:
        return 202, {"state": "partial", "run": run,
                     "cursor": json.loads(mark or "null")}
    again = not nf_job.permanent(code)
    return STATUS.get(code, 503 if again else 500), {
        "state": "failed", "run": run, "exit": code,
        "reason": nf_report.verdict(code)[1]}


def commands(source: nf_job.Source, window: nf_job.Window, run: str,
             stage: str, mark: str) -> list[list[str]]:
    fetch = [str(BIN / "nf-fetch"), "--seal", "--run", run]
    if mark != "null":
        fetch += ["--resume", mark]
    return [[*fetch, *nf_job.fetch_args(source, window), source.url],
            [str(BIN / "nf-stage"), "put", "--run", run, "--emit=none",
             "--part-size", PART_SIZE, stage]]


def run_until(chained: list[list[str]], timeout: float
              ) -> tuple[int, bool, list[dict[str, Any]]]:
    """Run a chain; end it in time for an answer.  The second value tells
    that it was ended, by us or because the instance ends."""
    chain = nf_job.Chain(chained, own_group=True)
    timers = [threading.Timer(after, signal_group, (chain, number))
              for number, after in
              ((signal.SIGTERM, timeout - min(30.0, timeout / 4)),
               (signal.SIGKILL, timeout - min(10.0, timeout / 10)))]
    running.add(chain)
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        code = chain.wait()
    finally:
        running.discard(chain)
        for timer in timers:
            timer.cancel()
    ended = (-signal.SIGTERM, 128 + signal.SIGTERM, -signal.SIGKILL)
    return code, any(s["exit"] in ended for s in chain.summaries), \
        chain.summaries


def window_of(body: dict[str, Any], scheduled: str | None) -> nf_job.Window:
    if "start" in body or "end" in body:
        return nf_job.Window(nf_job.instant(body.get("start")),
                             nf_job.instant(body.get("end")))
    now = nf_job.instant(scheduled) if scheduled \
        else datetime.datetime.now(datetime.timezone.utc)
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return nf_job.Window(end - datetime.timedelta(days=1), end)


def timeout_of(body: dict[str, Any]) -> float:
    given = body.get("timeout_s", MAX_TIMEOUT)
    if not nf_job.is_number(given) or not 0 < given < 1e9:
        raise nf_job.ConfigError("timeout_s: not a number of seconds")
    return min(float(os.environ.get("NF_TIMEOUT", "1740")), float(given))


def checked(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise nf_job.ConfigError("the request is not a JSON object")
    unknown = set(body) - {"source", "start", "end", "timeout_s"}
    if unknown or not isinstance(body.get("source"), str):
        raise nf_job.ConfigError("members: source; start, end, timeout_s")
    return body


def unwrapped(data: Any) -> Any:
    """What an event carries: of Pub/Sub, what its message does."""
    if not isinstance(data, dict) or "message" not in data:
        return data
    try:
        text = base64.b64decode(data["message"]["data"], validate=True)
        return json.loads(text)
    except (KeyError, TypeError, ValueError) as e:
        raise nf_job.ConfigError("the message is not JSON") from e


def refuse(why: str, body: Any) -> None:
    """Report a request that no run comes of."""
    name = body.get("source") if isinstance(body, dict) else None
    if not isinstance(name, str) or not nf_job.NAME.fullmatch(name):
        name = "default"
    nf_report.write(nf_report.attempt("function", "refused", 78, source=name,
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
    """The HTTP entry."""
    if request.method != "POST":
        return answer(405, {"state": "refused", "error": "POST only"}, False)
    nf_report.caller.set(request.headers.get("traceparent", ""))
    when = request.headers.get("X-CloudScheduler-ScheduleTime")
    scheduled = bool(when) or "X-CloudScheduler-JobName" in request.headers
    body = request.get_json(force=True, silent=True)
    try:
        body = checked(body)
        source = nf_job.source(body["source"])
        window = window_of(body, when)
        timeout = timeout_of(body)
    except nf_job.ConfigError as e:
        refuse(str(e), body)
        return answer(422, {"state": "refused", "error": str(e)}, scheduled)
    run = nf_job.run_id(source.name, window)
    return answer(*stage_run(source, window, run, timeout), scheduled)


@functions_framework.cloud_event
def on_event(event: Any) -> None:
    """The event entry, for small work.  The event's id names the run, unless
    its data has a window: the same event again finds the run committed.
    Raising makes the platform deliver it again."""
    nf_report.caller.set(str(event.get_attributes().get("traceparent", "")))
    body = event.data
    try:
        body = checked(unwrapped(body))
        source = nf_job.source(body["source"])
        window = window_of(body, event["time"])
        run = nf_job.run_id(source.name, window)
        if "start" not in body:
            run = f"{source.name}-event-{event['id']}"
        if not nf_job.RUN.fullmatch(run):
            raise nf_job.ConfigError("the event's id cannot name a run")
        timeout = min(timeout_of(body), EVENT_TIMEOUT)
    except nf_job.ConfigError as e:
        refuse(str(e), body)
        raise
    status, said = stage_run(source, window, run, timeout)
    if status in (202, 502, 503):
        raise RuntimeError(f"not complete: {said['state']}")
