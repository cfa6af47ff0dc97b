# SPDX-License-Identifier: Apache-2.0
"""The function, under the real functions-framework, from the source zip."""

import base64
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
import zipfile

import jsonschema
import pytest

from deployed_jobs import (AFTER, BEFORE, LOOKED_BACK, Jobs, arrive_late,
                           by_day, days_ago, ledger, looked_back)
from platforms import (COMMON, ROOT, check_recorded, e2e, entries, environment,
                       record)

WIDE = ROOT / "mappings" / "nf-wide.json"
SCHEMA = json.loads((COMMON / "nf-run.schema.json").read_text())
WINDOW = {"job": "nf", "window": "2026-01-30"}
RUN = "nf/2026-01-30"
SCHEDULER = {"X-CloudScheduler-JobName": "job"}


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def unzip(dist, folder):
    """The source as a zip without modes would give it: nothing may be
    executed as it is."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(next(dist.glob("nf-function-*.zip"))) as z:
        z.extractall(folder)
    assert not os.access(folder / "nf_tools/data/bin/nf-fetch", os.X_OK)
    return folder


class Function:
    """A functions-framework server; post() gives status, headers, body."""

    def __init__(self, folder, source, jobs, env, target):
        self.port = e2e.free_port()
        self.report = folder / "nf-run-function"
        python = environment("function")
        self.server = e2e.Emulator(
            ["env", "-i", *(f"{k}={v}" for k, v in {
                "PATH": os.environ["PATH"], "HOME": folder,
                "TMPDIR": folder, "NF_JOBS": jobs,
                "NF_REPORT": f"file:{self.report}",
                "PYTHONDONTWRITEBYTECODE": "1", **env}.items()),
             str(python.parent / "functions-framework"),
             f"--source={source}/main.py", f"--target={target}",
             f"--port={self.port}", "--host=127.0.0.1",
             *(["--signature-type=cloudevent"] if target == "on_event"
               else [])],
            e2e.listening(self.port), folder / "function.log")

    def post(self, body, headers=None, timeout=90):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/",
            data=body if isinstance(body, bytes) else
            json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as r:
                return r.status, r.headers, parsed(r.read())
        except urllib.error.HTTPError as e:
            return e.code, e.headers, parsed(e.read())


@pytest.fixture(scope="session")
def source(dist, tmp_path_factory):
    return unzip(dist, tmp_path_factory.mktemp("function"))


@pytest.fixture(scope="session")
def told():
    """Entries of nf-run."""
    found = []
    yield found
    record("function", found)


@pytest.fixture
def function(tmp_path, source, told):
    """function(URL, STAGING): with one job, nf, of days since 2026-01-30,
    that has no other windows than those a test names."""
    started = []

    def start(url, staging, env=None, target="fetch", **change):
        jobs = Jobs(tmp_path / "jobs")
        change = {"source": {"query": {}}, "window": {
            "every": "1d", "since": "2026-01-30"}, **change}
        change["source"].setdefault("paginate", {"type": "link"})
        path = jobs.write("nf", url, staging, "sqlite:t.db", **change)
        f = Function(tmp_path, source, jobs.folder, env or {}, target)
        f.jobs, f.path = jobs, path
        started.append(f)
        return f

    yield start
    for f in started:
        f.server.stop()
        check_recorded("function", entries(f.report))
        for entry in entries(f.report):
            jsonschema.validate(entry["jsonPayload"], SCHEMA)
            told.append(entry)


@pytest.fixture
def impatient(tmp_path, unpacked):
    """The environment of a function whose nf-fetch does not try again."""
    folder = tmp_path / "impatient"
    folder.mkdir()
    for tool in (unpacked / "bin").iterdir():
        if tool.name != "nf-fetch":
            (folder / tool.name).symlink_to(tool)
    (folder / "nf-fetch").write_text(
        f"#!/bin/sh\nexec {unpacked}/bin/nf-fetch --retry-time 0 \"$@\"\n")
    (folder / "nf-fetch").chmod(0o755)
    return {"NF_BIN": folder}


def attempts(function, tool="pipeline"):
    return [e["jsonPayload"] for e in entries(function.report)
            if e["jsonPayload"]["tool"] == tool]


def test_stages_a_window(function, api, sample, fake_gcs, tools):
    f = function(api(sample, per_page=2).url, fake_gcs.uri, fake_gcs.env)
    status, _, said = f.post(WINDOW)
    assert (status, said["state"]) == (200, "committed")
    (window,) = said["windows"]
    assert window == {"window": "2026-01-30", "run": RUN, "exit": 0,
                      "state": "committed"}
    got = tools.run("nf-stage", "cat", "--no-seal", f"{fake_gcs.uri}/{RUN}",
                    env=fake_gcs.env, check=0).stdout.splitlines()
    assert [json.loads(g) for g in got] == [json.loads(s) for s in sample]
    # The same call again: the same run, nothing fetched.
    status, _, said = f.post(WINDOW)
    assert (status, said["state"]) == (200, "committed")
    assert [a["outcome"] for a in attempts(f)] == ["ok", "ok"]
    assert attempts(f, "nf-fetch")[0]["records_out"] == 3
    assert len(attempts(f, "nf-fetch")) == 1
    # A revision is another run.
    assert f.post({**WINDOW, "revision": 2})[2]["windows"][0]["run"] \
        == RUN + ".r2"


def test_what_is_due(function, api, fake_gcs, tools):
    """Without a window: what is due and not staged, the oldest first; its
    days are asked for, and nothing again what is there."""
    server = by_day(api([], per_page=5))
    f = function(server.url, fake_gcs.uri, fake_gcs.env, source={
        "paginate": {"type": "page", "param": "page"}},
        window={"every": "1d", "zone": "America/Sao_Paulo",
                "since": days_ago(4), "delay": "1d"})
    status, _, said = f.post({"job": "nf"})
    assert (status, said["state"]) == (200, "committed")
    want = [w for w, d in ledger(tools, f.path, fake_gcs.env).items()
            if d["state"] == "committed"]
    assert [w["window"] for w in said["windows"]] == want and len(want) >= 2
    assert sorted(set(server.days)) == [(w, w) for w in want]
    assert f.post({"job": "nf"})[2]["windows"] == []


def test_lookback(function, api, fake_gcs, tools, tmp_path):
    """A new day makes those before it be fetched once more, once."""
    server = by_day(api([], per_page=5))
    f = function(server.url, fake_gcs.uri, fake_gcs.env, source={
        "paginate": {"type": "page", "param": "page"}}, window=BEFORE)
    table = f"sqlite:{f.jobs.folder}/t.db"
    tools.run("nf-load", "create", "-m", WIDE, table, check=0)

    def load(count):
        tools.run("pipeline.sh", "run", f.path, "--due", env=fake_gcs.env,
                  check=0)
        assert len(tools.scan(table, env={})) == count

    assert f.post({"job": "nf"})[0] == 200
    load(20)
    arrive_late(server)
    job = json.loads(f.path.read_text())
    f.path.write_text(json.dumps({**job, "window": AFTER}))
    status, _, said = f.post({"job": "nf"})
    assert (status, [w["window"] for w in said["windows"]]) == (
        200, [days_ago(3), days_ago(2), days_ago(1)])
    asked = len(server.requests)
    assert f.post({"job": "nf"})[2]["windows"] == []
    # A caller that takes each window by itself says for which.
    one = {"job": "nf", "window": days_ago(2), "lookback": days_ago(1)}
    assert f.post(one)[2]["windows"][0]["state"] == "committed"
    assert len(server.requests) == asked
    load(31)
    assert looked_back(ledger(tools, f.path, fake_gcs.env)) == LOOKED_BACK
    for wrong in ("yesterday", 1, days_ago(1) + " --reload"):
        assert f.post({**one, "lookback": wrong})[0] == 422
    assert f.post({**one, "revision": 3})[0] == 422
    assert f.post({"job": "nf", "lookback": days_ago(1)})[0] == 422


def test_jobs_of_a_bucket(function, api, sample, fake_gcs):
    """The folder of the jobs is the bucket's, as it is now."""
    server = api(sample)
    f = function(server.url, fake_gcs.uri, {
        **fake_gcs.env, "NF_JOBS": f"{fake_gcs.uri}/jobs"})
    bucket = fake_gcs.client().bucket(fake_gcs.bucket)
    assert f.post(WINDOW)[0] == 422
    for path in f.jobs.folder.iterdir():
        bucket.blob(f"jobs/{path.name}").upload_from_filename(path)
    status, _, said = f.post(WINDOW)
    assert (status, said["windows"][0]["state"]) == (200, "committed")
    bucket.blob("jobs/nf.job.json").upload_from_string("{")
    assert f.post(WINDOW)[0] == 422
    assert attempts(f)[-1]["reason"] == "config"


def test_refuses_what_is_no_request(function, api, sample, tmp_path):
    f = function(api(sample).url, f"file://{tmp_path}/stage")
    f.jobs.broken("bad", "{}")
    for body in (b"", b"[]", b"{", {}, {"job": "other"}, {"job": "../nf"},
                 {"job": "bad"}, {**WINDOW, "url": "http://elsewhere/"},
                 {**WINDOW, "window": "yesterday"},
                 {**WINDOW, "window": "2026-01-30 --reload"},
                 {**WINDOW, "revision": "2"}, {**WINDOW, "revision": 0},
                 {"job": "nf", "revision": 2}, {**WINDOW, "timeout_s": -1}):
        status, _, said = f.post(body)
        assert (status, said["state"]) == (422, "refused"), body
        told = attempts(f)[-1]
        assert (told["outcome"], told["reason"]) == ("failed", "config")


# What only looks like a window of days, or is not over.
NO_WINDOW = ("2999-01-01", "2026-13-45", "2026-02-30", "2026-01",
             "2026-01-31T0600", "000001")


def test_windows_that_are_none(function, api, sample, tmp_path):
    """Neither an error of the function nor one to come back with."""
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage")
    assert f.post(WINDOW)[0] == 200
    asked = len(server.requests)
    for window in NO_WINDOW:
        body = {"job": "nf", "window": window}
        status, _, said = f.post(body)
        assert (status, said["state"], said["reason"]) == (
            422, "failed", "usage"), window
        assert f.post(body, SCHEDULER)[0] == 200
        assert attempts(f)[-1]["outcome"] == "failed"
    assert len(server.requests) == asked


def answering(status, text='{"error":"no"}'):
    def before(handler, path, query):
        handler.answer(status, text)
        return True
    return before


def test_scheduler_repeats_nothing_in_vain(function, api, sample, tmp_path,
                                           impatient):
    """Cloud Scheduler tries again whatever is not 2xx: so what cannot get
    better is 200, and in nf-run."""
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage", impatient)
    for body, api_says, status, reason in (
            ({"job": "other"}, None, 200, "config"),
            ({**WINDOW, "window": "yesterday"}, None, 200, "config"),
            (WINDOW, answering(200, "{bad"), 200, "bad_data"),
            (WINDOW, answering(403), 200, "permission"),
            (WINDOW, answering(503), 503, "temporary"),
            (WINDOW, answering(429), 503, "temporary")):
        server.before = api_says or (lambda *_: False)
        got, _, said = f.post(body, SCHEDULER)
        assert got == status, said
        assert said["state"] in ("refused", "failed")
        assert attempts(f)[-1]["reason"] == reason


def test_statuses(function, api, sample, tmp_path, impatient):
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage", impatient)
    for api_says, status in ((answering(503), 503), (answering(403), 403),
                             (answering(404), 502),
                             (answering(200, "{bad"), 422)):
        server.before = api_says
        got, headers, said = f.post(WINDOW)
        assert got == status, said
        assert said["state"] == "failed"
        assert (status == 503) == ("Retry-After" in headers)
    server.before = answering(200, "[]")
    status, _, said = f.post(WINDOW)
    assert (status, said["windows"][0]["state"]) == (200, "committed")
    assert f.post(WINDOW)[0] == 200


def test_one_window_keeps_no_other(function, api, fake_gcs, impatient,
                                   tools):
    """A window that fails for good keeps no other from its turn."""
    server = by_day(api([], per_page=5))
    serve = server.before
    server.before = lambda h, p, q: (
        q.get("from") == days_ago(2) and answering(403)(h, p, q)
        or serve(h, p, q))
    f = function(server.url, fake_gcs.uri, {**fake_gcs.env, **impatient},
                 source={"paginate": {"type": "page", "param": "page"}},
                 window={"every": "1d", "since": days_ago(2)})
    status, _, said = f.post({"job": "nf"})
    assert (status, said["state"]) == (403, "failed")
    assert [w["exit"] for w in said["windows"]][:2] == [77, 0]
    assert [d["state"] for d in ledger(tools, f.path, fake_gcs.env).values()
            ][:2] == ["missing", "committed"]


TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
AT = "logging.googleapis.com/"


def spans(tmp_path, function):
    """Of each tool's summary in the log, then of what was reported: its
    trace and span."""
    log = (tmp_path / "function.log").read_text().splitlines()
    lines = [json.loads(s) for s in log if s.startswith('{"severity"')]
    return ([(n.get(AT + "trace"), n.get(AT + "spanId")) for n in lines
             if n["event"] == "summary"],
            [(e.get("trace"), e.get("spanId"))
             for e in entries(function.report)])


@pytest.mark.parametrize("target", ["fetch", "on_event"])
def test_trace(function, api, sample, tmp_path, target):
    """The caller's trace, in what is logged and in what is reported.  The
    next call has none of it."""
    f = function(api(sample).url, f"file://{tmp_path}/stage", target=target)
    headers = {"traceparent": PARENT} if target == "fetch" else {
        **EVENT, "ce-traceparent": PARENT}
    assert f.post(WINDOW, headers)[0] == 200
    tools, reported = spans(tmp_path, f)
    assert {trace for trace, _ in tools} == {TRACE}
    assert len(tools) >= 3 and SPAN not in {span for _, span in tools}
    assert set(reported) == {(TRACE, SPAN)}
    headers = {k: "x" if v == PARENT else v for k, v in headers.items()}
    assert f.post(WINDOW, headers)[0] == 200
    again, reported = spans(tmp_path, f)
    assert set(again[len(tools):]) <= {(None, None)} == {reported[-1]}


CURSOR = {"records": "/data", "paginate": {
    "type": "cursor", "from": "/next", "param": "cursor"}}


# How the list is walked, and how much of it one call has time for.
SLOW = {
    "by cursor": ("/cursor", CURSOR),
    "by next": ("/invoices", {"stable": True, "paginate": {
        "type": "link"}}),
    "by page": ("/invoices", {"stable": True, "paginate": {
        "type": "page", "param": "page"}}),
}


@pytest.mark.parametrize("walk", SLOW)
def test_every_call_makes_progress(function, api, fake_gcs, tools, walk):
    """However slow the API is, and however small what one call can fetch of
    it: what came up to the last mark is stored, and the next call goes on."""
    path, source = SLOW[walk]
    server = api([e2e.make_invoice(i) for i in range(60)], per_page=2)
    asked = []

    def before(handler, path, query):
        asked.append(query.get("cursor") or query.get("page") or "first")
        time.sleep(0.4)
        return False

    server.before = before
    f = function(server.base + path, fake_gcs.uri, fake_gcs.env,
                 source={"query": {}, **source})
    calls = []
    for _ in range(12):
        status, _, said = f.post({**WINDOW, "timeout_s": 8})
        calls.append(status)
        if status != 202:
            break
        assert said["windows"][0]["state"] == "partial"
    assert calls[-1] == 200 and 202 in calls, calls
    found = ledger(tools, f.path, fake_gcs.env)["2026-01-30"]
    assert (found["state"], found["records"]) == ("committed", 60)
    # A page is asked for again only where a call ended.
    assert len(asked) < 31 + 5 * len(calls), (len(asked), calls)
    assert {a["outcome"] for a in attempts(f)[:-1]} == {"retry"}
    status, headers, said = f.post(WINDOW, SCHEDULER)
    assert status == 200


@pytest.mark.parametrize("walk, member", [
    ("by page", {"paginate": {"type": "page", "param": "page"}}),
    ("by next", {"paginate": {"type": "link"}})])
def test_a_walk_that_no_call_can_end_is_no_retry(function, api, tmp_path,
                                                 walk, member):
    """Without marks each call would begin at the first page again, for ever;
    that is said at once, and is for a person."""
    server = api([e2e.make_invoice(i) for i in range(200)], per_page=2)
    server.before = lambda *_: time.sleep(0.4) or False
    f = function(server.url, f"file://{tmp_path}/stage",
                 source={"query": {}, **member})
    status, _, said = f.post({**WINDOW, "timeout_s": 8})
    assert (status, said["state"], said["exit"]) == (422, "failed", 78)
    assert "no marks" in said["windows"][0]["error"]
    assert [(a["outcome"], a["reason"]) for a in attempts(f)] == [
        ("failed", "config")]


def test_the_deadline_for_scheduler(function, api, tmp_path):
    """Cloud Scheduler calls again what it is answered 503 for."""
    server = api([e2e.make_invoice(i) for i in range(50)], per_page=5)
    server.before = lambda *_: time.sleep(1) or False
    f = function(server.base + "/cursor", f"file://{tmp_path}/stage",
                 source={"query": {}, **CURSOR})
    status, headers, said = f.post({**WINDOW, "timeout_s": 4}, SCHEDULER)
    assert (status, said["state"]) == (503, "partial")
    assert headers["Retry-After"]
    assert attempts(f)[0]["reason"] == "signal"


def test_term_stores_what_there_is(function, api, tmp_path):
    """The instance ends in mid-run: no tool survives, what came is stored up
    to the last mark, and nothing short is committed."""
    server = api([e2e.make_invoice(i) for i in range(50)], per_page=5)
    begun = threading.Event()

    def before(handler, path, query):
        if len(server.requests) > 3:
            begun.set()
        time.sleep(0.7)
        return False

    server.before = before
    f = function(server.base + "/cursor", f"file://{tmp_path}/stage",
                 source={"query": {}, **CURSOR})
    answers = []
    caller = threading.Thread(target=lambda: answers.append(f.post(WINDOW)))
    caller.start()
    assert begun.wait(40)
    f.server.process.send_signal(signal.SIGTERM)
    caller.join(40)
    assert answers and answers[0][0] == 202
    f.server.process.wait(40)
    left = subprocess.run(["pgrep", "-f", str(tmp_path / "jobs")],
                          capture_output=True, text=True).stdout
    assert left == ""
    assert not list(pathlib.Path(tmp_path).rglob("manifest.json"))
    assert list((tmp_path / "stage").rglob("part-*"))


def test_storage_that_does_not_answer(function, api, sample):
    """The deadline is that of everything, questions too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        f = function(api(sample).url, "gs://bucket/runs", {
            "STORAGE_EMULATOR_HOST":
            f"http://127.0.0.1:{silent.getsockname()[1]}"})
        for body in (WINDOW, {"job": "nf"}):
            status, headers, _ = f.post({**body, "timeout_s": 4}, timeout=50)
            assert status in (202, 503)


def test_twin_that_saw_something_else(function, api, fake_gcs):
    """While a call waits for a page, the API changes and a second call
    commits the run: the first gets 503 and finds, called again, what was
    committed."""
    server = api([e2e.make_invoice(i) for i in range(20)], per_page=10)
    waiting, go_on = threading.Event(), threading.Event()

    def before(handler, path, query):
        if query.get("page") == "2" and not waiting.is_set():
            waiting.set()
            go_on.wait(60)
        return False

    server.before = before
    f = function(server.url, fake_gcs.uri, fake_gcs.env)
    answers = []
    first = threading.Thread(target=lambda: answers.append(f.post(WINDOW)))
    first.start()
    assert waiting.wait(60)
    server.records = [e2e.make_invoice(i) for i in range(100, 130)]
    status, _, said = f.post(WINDOW)
    assert (status, said["windows"][0]["state"]) == (200, "committed")
    go_on.set()
    first.join(60)
    status, headers, failed = answers[0]
    assert (status, failed["exit"]) == (503, 75) and headers["Retry-After"]
    assert f.post(WINDOW)[0] == 200


def test_twins(function, api, fake_gcs, tools):
    """Two calls at once for one run: each is 200 or 503, the run is whole."""
    server = api([e2e.make_invoice(i) for i in range(200)], per_page=10)
    f = function(server.url, fake_gcs.uri, fake_gcs.env)
    answers = []
    callers = [threading.Thread(target=lambda: answers.append(f.post(WINDOW)))
               for _ in range(2)]
    for c in callers:
        c.start()
    for c in callers:
        c.join(60)
    assert {a[0] for a in answers} <= {200, 503} and len(answers) == 2
    assert f.post(WINDOW)[0] == 200
    assert ledger(tools, f.path, fake_gcs.env)["2026-01-30"]["records"] == 200


def test_secret_and_log(function, api, sample, google, tmp_path):
    """The secret is a variable; nf-run goes to Cloud Logging."""
    server = api(sample)

    def before(handler, path, query):
        if handler.headers["Authorization"] == f"Bearer {google.secret}":
            return False
        handler.answer(401, "{}")
        return True

    server.before = before
    f = function(server.url, f"file://{tmp_path}/staging",
                 {**google.env, "NF_REPORT": "cloud",
                  "NF_SECRET_NF_TOKEN": google.secret},
                 source={"query": {}, "auth": {
                     "type": "bearer", "token": "env:NF_SECRET_NF_TOKEN"}})
    status, _, said = f.post(WINDOW)
    assert (status, said["windows"][0]["state"]) == (200, "committed")
    assert [(e["severity"], e["jsonPayload"]["tool"])
            for e in google.entries] \
        == [("INFO", "pipeline"), ("INFO", "nf-fetch"), ("INFO", "nf-stage")]
    for entry in google.entries:
        jsonschema.validate(entry["jsonPayload"], SCHEMA)
        assert google.secret not in json.dumps(entry)


EVENT = {"ce-id": "e-1", "ce-source": "test", "ce-specversion": "1.0",
         "ce-type": "nf", "ce-time": "2026-01-31T04:00:00Z"}


def wrapped(text):
    """What Pub/Sub makes of a message."""
    return {"message": {"data": base64.b64encode(text).decode(),
                        "messageId": "1"}, "subscription": "s"}


# What no run comes of: of Pub/Sub, of Cloud Storage, of anybody.
NO_REQUEST = ({"job": "other"}, {"bucket": "b", "name": "x.json"},
              {"message": {"data": "e30="}}, {"message": {"data": "!"}},
              {"message": {}}, {"message": None}, wrapped(b"nf"),
              wrapped(b'{"bucket":"b","name":"x"}'))


@pytest.mark.parametrize("target", ["fetch", "on_event"])
def test_events(function, api, sample, tmp_path, impatient, target):
    """Events by push and by delivery: the same event again does nothing
    again; what no run comes of is reported, and not acknowledged, so that it
    ends in the dead-letter topic; so is what may get better."""
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage", impatient,
                 target=target)
    headers = EVENT if target == "on_event" else {}
    text = json.dumps(WINDOW).encode()
    assert f.post(wrapped(text), headers)[0] == 200
    asked = len(server.requests)
    assert f.post(wrapped(text), headers)[0] == 200
    assert f.post(WINDOW, headers)[0] == 200
    assert len(server.requests) == asked
    assert (tmp_path / "stage" / RUN / "_nf/manifest.json").exists()
    for body in NO_REQUEST:
        told = len(attempts(f))
        status = f.post(body, headers)[0]
        assert status == (500 if target == "on_event" else 422), body
        assert attempts(f)[told:][0]["reason"] == "config"
    # What failed for good is reported and not delivered again; temporary is.
    server.before = answering(403)
    again = json.dumps({**WINDOW, "revision": 2}).encode()
    assert f.post(wrapped(again), headers)[0] == 200
    assert attempts(f)[-1]["reason"] == "permission"
    server.before = answering(503)
    assert f.post(wrapped(again), headers)[0] in (500, 503)
