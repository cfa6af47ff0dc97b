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

from platforms import (COMMON, check_recorded, e2e, entries, environment,
                       record)

SCHEMA = json.loads((COMMON / "nf-run.schema.json").read_text())

WINDOW = {"source": "nf", "start": "2026-01-30T03:00:00Z",
          "end": "2026-01-31T03:00:00Z"}
RUN = "nf-20260130T030000Z-20260131T030000Z"


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


class Function:
    """A functions-framework server; post() gives status, headers, body."""

    def __init__(self, folder, source, sources, staging, env, target):
        self.port = e2e.free_port()
        self.report = folder / "nf-run"
        python = environment("function")
        self.server = e2e.Emulator(
            ["env", "-i", *(f"{k}={v}" for k, v in {
                "PATH": os.environ["PATH"], "HOME": folder,
                "TMPDIR": folder, "NF_STAGING": staging,
                "NF_SOURCES": json.dumps(sources),
                "NF_REPORT": f"file:{self.report}",
                "PYTHONDONTWRITEBYTECODE": "1", **env}.items()),
             str(python.parent / "functions-framework"),
             f"--source={source}/main.py", f"--target={target}",
             f"--port={self.port}", "--host=127.0.0.1",
             *(["--signature-type=cloudevent"] if target == "on_event"
               else [])],
            e2e.listening(self.port), folder / "function.log")

    def post(self, body, headers=None, timeout=60):
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
    """The source as a zip without modes would give it: nothing may be
    executed as it is."""
    folder = tmp_path_factory.mktemp("function")
    with zipfile.ZipFile(next(dist.glob("nf-function-*.zip"))) as z:
        z.extractall(folder)
    assert not os.access(folder / "nf_tools/data/bin/nf-fetch", os.X_OK)
    return folder


@pytest.fixture(scope="session")
def told():
    """Entries of nf-run."""
    found = []
    yield found
    record("function", found)


@pytest.fixture
def function(tmp_path, source, told):
    started = []

    def start(url, staging, env=None, target="fetch", args=(), secrets=()):
        sources = {"nf": {"url": url, "mapping": "nf-wide.json",
                          "fetch_args": list(args),
                          "secrets": list(secrets)}}
        f = Function(tmp_path, source, sources, staging, env or {}, target)
        started.append(f)
        return f

    yield start
    for f in started:
        f.server.stop()
        check_recorded("function", entries(f.report))
        for entry in entries(f.report):
            jsonschema.validate(entry["jsonPayload"], SCHEMA)
            told.append(entry)


def attempts(function, tool="pipeline"):
    return [e["jsonPayload"] for e in entries(function.report)
            if e["jsonPayload"]["tool"] == tool]


def test_stages_a_run(function, api, sample, fake_gcs, tools):
    f = function(api(sample, per_page=2).url, fake_gcs.uri, fake_gcs.env)
    status, _, said = f.post(WINDOW)
    assert (status, said["state"], said["records"]) == (200, "committed", 3)
    assert said["run"] == RUN
    assert said["manifest"] == f"{fake_gcs.uri}/{RUN}/_nf/manifest.json"
    name = said["manifest"].removeprefix(fake_gcs.uri + "/")
    blob = fake_gcs.client().bucket(fake_gcs.bucket).blob(name)
    assert json.loads(blob.download_as_bytes())["records"] == 3
    got = tools.run("nf-stage", "cat", "--no-seal", f"{fake_gcs.uri}/{RUN}",
                    env=fake_gcs.env, check=0).stdout.splitlines()
    assert [json.loads(g) for g in got] == [json.loads(s) for s in sample]
    # The same call again: the same run, nothing fetched.
    assert f.post(WINDOW)[2] == said
    assert [a["outcome"] for a in attempts(f)] == ["ok", "ok"]
    assert attempts(f, "nf-fetch")[0]["records_out"] == 3
    assert len(attempts(f, "nf-fetch")) == 1


def test_refuses_what_is_no_request(function, api, sample, tmp_path):
    f = function(api(sample).url, f"file://{tmp_path}/stage")
    for body in (b"", b"[]", b"{", {}, {"source": "other"},
                 {**WINDOW, "url": "http://elsewhere/"},
                 {**WINDOW, "end": WINDOW["start"]},
                 {**WINDOW, "start": "yesterday"},
                 {**WINDOW, "start": "2026-01-30T03:00:00"},
                 {**WINDOW, "timeout_s": -1}):
        status, _, said = f.post(body)
        assert (status, said["state"]) == (422, "refused"), body
        told = attempts(f)[-1]
        assert (told["outcome"], told["reason"]) == ("failed", "config")


SCHEDULER = {"X-CloudScheduler-JobName": "job"}


def test_scheduler_repeats_nothing_in_vain(function, api, sample, tmp_path):
    """Cloud Scheduler tries again whatever is not 2xx: so what cannot get
    better is 200, and in nf-run."""
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage",
                 args=["--tries", "1"])

    def answering(status, text="{}"):
        def before(handler, path, query):
            handler.answer(status, text)
            return True
        return before

    for body, api_says, status, reason in (
            ({"source": "other"}, None, 200, "config"),
            ({**WINDOW, "start": "yesterday"}, None, 200, "config"),
            (WINDOW, answering(200, "{bad"), 200, "bad_data"),
            (WINDOW, answering(403), 200, "permission"),
            (WINDOW, answering(503), 503, "temporary"),
            (WINDOW, answering(429), 503, "temporary")):
        server.before = api_says or (lambda *_: False)
        got, _, said = f.post(body, SCHEDULER)
        assert got == status, said
        assert said["state"] in ("refused", "failed")
        assert attempts(f)[-1]["reason"] == reason


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
    """The caller's trace; each tool has a span of its own in it.  The next
    call has none of it."""
    f = function(api(sample).url, f"file://{tmp_path}/stage", target=target)
    headers = {"traceparent": PARENT} if target == "fetch" else {
        "ce-id": "e-1", "ce-source": "test", "ce-specversion": "1.0",
        "ce-type": "nf", "ce-time": "2026-01-31T04:00:00Z",
        "ce-traceparent": PARENT}
    assert f.post(WINDOW, headers)[0] == 200
    tools, reported = spans(tmp_path, f)
    own = {span for _, span in tools}
    assert {trace for trace, _ in tools} == {TRACE}
    assert len(own) == len(tools) >= 3 and SPAN not in own
    assert set(reported) == {(TRACE, SPAN)}
    headers = {k: "x" if v == PARENT else v for k, v in headers.items()}
    assert f.post(WINDOW, headers)[0] == 200
    again, reported = spans(tmp_path, f)
    assert set(again[len(tools):]) == {(None, None)} == {reported[-1]}


CURSOR = ("--paginate", "cursor", "--records", "/data", "--next", "/next",
          "--page-param", "cursor")
LATE_PAGE = e2e.invoices.key(200)


def test_partial_then_complete(function, api, fake_gcs):
    """The deadline comes first: 202 and a cursor; then the rest, and nothing
    again of what is staged."""
    server = api([e2e.make_invoice(i) for i in range(400)], per_page=20)
    go_on = threading.Event()

    def before(handler, path, query):
        if query.get("cursor") == LATE_PAGE:
            go_on.wait(120)
        return False

    server.before = before
    f = function(server.base + "/cursor", fake_gcs.uri,
                 {**fake_gcs.env, "NF_PART_SIZE": "10000"}, args=CURSOR)
    for timeout in (4, 8, 16, 32):
        status, _, said = f.post({**WINDOW, "timeout_s": timeout})
        assert (status, said["state"]) == (202, "partial")
        if said["cursor"] is not None:
            break
    assert said["cursor"] is not None
    assert not [n for n in fake_gcs.names() if n.endswith("manifest.json")]
    status, headers, said = f.post(
        {**WINDOW, "timeout_s": 4}, {"X-CloudScheduler-JobName": "job"})
    assert status == 503 and headers["Retry-After"]
    assert attempts(f)[0]["reason"] == "temporary"
    go_on.set()
    server.requests.clear()
    status, _, said = f.post(WINDOW)
    assert (status, said["records"]) == (200, 400)
    assert said["parts"] > 1
    assert "/cursor" not in server.requests
    assert {a["outcome"] for a in attempts(f)[:-1]} == {"retry"}
    assert attempts(f)[-1]["outcome"] == "ok"


def test_term_ends_the_tools(function, api, tmp_path):
    """The instance ends in mid-run: no tool survives, the caller gets the error,
    and nothing short is committed."""
    server = api([e2e.make_invoice(i) for i in range(50)], per_page=5)
    begun = threading.Event()

    def before(handler, path, query):
        begun.set()
        time.sleep(2)
        return False

    server.before = before
    f = function(server.url, f"file://{tmp_path}/stage")
    answers = []
    caller = threading.Thread(target=lambda: answers.append(f.post(WINDOW)))
    caller.start()
    assert begun.wait(30)
    f.server.process.send_signal(signal.SIGTERM)
    caller.join(40)
    assert answers and answers[0][0] == 202
    f.server.process.wait(40)
    left = subprocess.run(["pgrep", "-f", str(tmp_path / "stage")],
                          capture_output=True, text=True).stdout
    assert left == ""
    assert not list(pathlib.Path(tmp_path).rglob("manifest.json"))


def test_statuses(function, api, sample, tmp_path):
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage",
                 args=["--tries", "1"])

    def answering(status, text='{"error":"no"}'):
        def before(handler, path, query):
            handler.answer(status, text)
            return True
        return before

    for api_says, status in ((answering(503), 503), (answering(403), 403),
                             (answering(404), 502),
                             (answering(200, "{bad"), 422)):
        server.before = api_says
        got, headers, said = f.post(WINDOW)
        assert got == status, said
        assert said["state"] == "failed"
        assert (status == 503) == ("Retry-After" in headers)
    server.before = answering(200, "[]")
    assert f.post(WINDOW)[0] == 204
    assert f.post(WINDOW)[0] == 204


def test_storage_that_does_not_answer(function, api, sample):
    """The deadline is that of everything, questions too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        f = function(api(sample).url, "gs://bucket/runs", {
            "STORAGE_EMULATOR_HOST":
            f"http://127.0.0.1:{silent.getsockname()[1]}"})
        status, headers, said = f.post({**WINDOW, "timeout_s": 4}, timeout=50)
    assert (status, said["exit"]) == (503, 75)
    assert "Retry-After" in headers


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
    assert (status, said["records"]) == (200, 30)
    go_on.set()
    first.join(60)
    status, headers, failed = answers[0]
    assert (status, failed["exit"]) == (503, 75) and headers["Retry-After"]
    assert f.post(WINDOW)[2] == said


def test_twins(function, api, fake_gcs):
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
    status, _, said = f.post(WINDOW)
    assert (status, said["records"]) == (200, 200)


def test_secret_and_log(function, api, sample, google, tmp_path):
    """The secret is a file of a volume; nf-run goes to Cloud Logging."""
    folder = tmp_path / "secrets" / "nf-token"
    folder.mkdir(parents=True)
    (folder / "value").write_text(google.secret)
    server = api(sample)

    def before(handler, path, query):
        if handler.headers["Authorization"] == f"Bearer {google.secret}":
            return False
        handler.answer(401, "{}")
        return True

    server.before = before
    f = function(server.url, f"file://{tmp_path}/staging",
                 {**google.env, "NF_REPORT": "cloud",
                  "NF_SECRETS": folder.parent},
                 args=["--bearer", "{secret:nf-token}"],
                 secrets=["nf-token"])
    status, _, said = f.post(WINDOW)
    assert (status, said["records"]) == (200, 3)
    assert [(e["severity"], e["jsonPayload"]["tool"])
            for e in google.entries] \
        == [("INFO", "pipeline"), ("INFO", "nf-fetch"), ("INFO", "nf-stage")]
    for entry in google.entries:
        jsonschema.validate(entry["jsonPayload"], SCHEMA)
        assert google.secret not in json.dumps(entry)


def test_event_is_idempotent(function, api, sample, tmp_path):
    server = api(sample)
    f = function(server.url, f"file://{tmp_path}/stage", target="on_event")
    headers = {"ce-id": "e-1", "ce-source": "test", "ce-specversion": "1.0",
               "ce-type": "nf", "ce-time": "2026-01-31T04:00:00Z"}
    assert f.post({"source": "nf"}, headers)[0] == 200
    asked = len(server.requests)
    assert f.post({"source": "nf"}, headers)[0] == 200
    assert len(server.requests) == asked
    assert (tmp_path / "stage/nf-event-e-1/_nf/manifest.json").exists()
    # What Pub/Sub wraps is the same.
    text = base64.b64encode(b'{"source":"nf"}').decode()
    assert f.post({"message": {"data": text, "messageId": "1"},
                   "subscription": "s"}, headers)[0] == 200
    assert len(server.requests) == asked
    # What no run comes of is reported, and not acknowledged: nothing is
    # dropped.
    for body in ({"source": "other"}, {"bucket": "b", "name": "x.json"},
                 {"message": {"data": "e30="}}, {"message": {"data": "!"}},
                 {"message": {}}, {"message": None}):
        told = len(attempts(f))
        assert f.post(body, headers)[0] == 500, body
        assert attempts(f)[told:][0]["reason"] == "config"
    # What failed for good is reported and not delivered again; temporary is.
    server.before = lambda h, p, q: h.answer(403, "{}") or True
    assert f.post({"source": "nf"}, {**headers, "ce-id": "e-3"})[0] == 200
    assert attempts(f)[-1]["reason"] == "permission"
    server.before = lambda h, p, q: h.answer(503, "{}") or True
    assert f.post({"source": "nf", "timeout_s": 2},
                  {**headers, "ce-id": "e-2"})[0] == 500
