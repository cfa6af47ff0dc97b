# SPDX-License-Identifier: Apache-2.0
"""What the tests of deploy/ share: the environments of the platforms
(NF_TEST_CACHE/platform) and what tests/e2e has.  Not conftest.py itself: of
modules of that name a test sees any one.

An environment that cannot be installed is skipped by name.
"""

import base64
import fcntl
import http.server
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location(
    "nf_e2e", ROOT / "tests" / "e2e" / "conftest.py")
e2e = importlib.util.module_from_spec(spec)
sys.modules["nf_e2e"] = e2e
spec.loader.exec_module(e2e)

BUILD, CACHE, FULL = e2e.BUILD, e2e.CACHE / "platform", e2e.FULL
COMMON, DEPLOY = ROOT / "deploy" / "common", ROOT / "deploy"
UV = "uv==0.9.11"

PINNED = "deploy/function/requirements.txt"

# name -> when (no release after that day is used), packages
ENVIRONMENTS = {
    "function": ("2026-11-20", "--require-hashes", "-r", PINNED),
    "spark": ("2026-11-20", "pyspark==3.5.6"),
    "airflow2": ("2025-08-01", "apache-airflow==2.10.5",
                 "apache-airflow-providers-google==15.1.0"),
    # As Composer has it.
    "airflow31": ("2026-03-10", "apache-airflow==3.1.7",
                  "apache-airflow-providers-google",
                  "apache-airflow-providers-standard"),
    "airflow3": ("2026-11-20", "apache-airflow==3.3.2",
                 "apache-airflow-providers-google==22.8.0",
                 "apache-airflow-providers-standard"),
}

sys.path[:0] = [str(COMMON), str(DEPLOY / "bundle")]


class Locked:
    """One test process at a time; others wait and find it done."""

    def __init__(self, name):
        CACHE.mkdir(parents=True, exist_ok=True)
        self.path = CACHE / f"{name}.lock"

    def __enter__(self):
        self.file = self.path.open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *args):
        self.file.close()


def quiet(*args, **kwargs):
    return subprocess.run([*map(str, args)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, **kwargs)


def uv():
    """uv, in an environment of its own."""
    folder = CACHE / "uv"
    with Locked("uv"):
        if not (folder / "bin" / "uv").exists():
            quiet(sys.executable, "-m", "venv", folder, check=True)
            done = quiet(folder / "bin" / "pip", "install", "-q", UV)
            if done.returncode != 0:
                pytest.skip(f"{UV}: cannot be installed")
    return folder / "bin" / "uv"


def environment(name):
    """The Python of the environment name."""
    when, *packages = ENVIRONMENTS[name]
    folder = CACHE / name
    stamp = folder / "nf-packages"
    want = f"{when} {packages}"
    if PINNED in packages:
        want += (ROOT / PINNED).read_text()
    program = uv()
    with Locked(name):
        if not stamp.exists() or stamp.read_text() != want:
            quiet(program, "venv", "-q", "--clear", "-p", sys.executable,
                  folder, check=True)
            done = quiet("nice", program, "pip", "install", "-q", "--python",
                         folder / "bin" / "python", "--exclude-newer", when,
                         *packages, cwd=ROOT)
            if done.returncode != 0:
                pytest.skip(f"{name}: cannot be installed: "
                            f"{done.stderr[-300:]}")
            stamp.write_text(want)
    return folder / "bin" / "python"


def entries(path):
    """What nf_report wrote to a file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


class Google(http.server.ThreadingHTTPServer):
    """What a task asks of Google besides storage and tables: the metadata
    server, Secret Manager, Cloud Logging."""

    secret = "s3cret-value"
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), GoogleHandler)
        self.entries = []
        # Statuses of the next answers, by the beginning of the path; the
        # last one stays.
        self.refuse = {}
        place = f"127.0.0.1:{self.server_port}"
        self.env = {"GCE_METADATA_HOST": place, "NF_PROJECT": "p",
                    "NF_LOGGING_ENDPOINT": f"http://{place}",
                    "NF_SECRETS_ENDPOINT": f"http://{place}"}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class GoogleHandler(http.server.BaseHTTPRequestHandler):
    def refused(self):
        for start, statuses in self.server.refuse.items():
            if self.path.startswith(start) and statuses:
                status = statuses.pop(0) if len(statuses) > 1 \
                    else statuses[0]
                if status != 200:
                    self.send_error(status)
                    return True
        return False

    def do_GET(self):
        if self.refused():
            return
        if self.path.startswith("/computeMetadata/v1/instance/") \
                and self.headers["Metadata-Flavor"] == "Google":
            self.answer({"access_token": "t0ken", "expires_in": 3600})
        elif self.path == "/v1/projects/p/secrets/nf-token/versions/" \
                "latest:access":
            value = base64.b64encode(self.server.secret.encode()).decode()
            self.authorized({"payload": {"data": value}})
        else:
            self.send_error(404)

    def do_POST(self):
        body = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        if self.refused():
            return
        if self.path == "/v2/entries:write" \
                and body["logName"] == "projects/p/logs/nf-run":
            self.server.entries += body["entries"]
            self.authorized({})
        else:
            self.send_error(404)

    def authorized(self, body):
        if self.headers["Authorization"] == "Bearer t0ken":
            self.answer(body)
        else:
            self.send_error(401)

    def answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


RECORDED = ROOT / "tests" / "deploy" / "entries"
# What tells of a machine, and what stands for it.
MACHINE = ((re.compile(r"http://127\.0\.0\.1:[0-9]+"),
            "https://api.example.com"),
           (re.compile(r"127\.0\.0\.1:[0-9]+"), "api.example.com"),
           (re.compile(r"gs://b-[0-9a-f]{12}"), "gs://staging"),
           (re.compile(r"bigtable://p-[0-9a-f]{8}"), "bigtable://project"),
           (re.compile(r"file://[^\s\"]*/staging"), "gs://staging"))


def kind(entry):
    """What an entry is an example of."""
    p = entry["jsonPayload"]
    return tuple(str(p.get(k)) for k in
                 ("event", "tool", "exit", "outcome", "reason", "cause",
                  "code", "attempt")) + (p.get("part") is None,)


def shapes(found):
    """What members entries of a kind have, by kind.  A tool that a signal
    ended before it could tell its numbers is a kind of its own."""
    known = {}
    for e in found:
        p = e["jsonPayload"]
        code = p.get("exit") or 0
        silent = (code < 0 or code > 128) and "seconds" not in p
        known.setdefault((p["event"], p["tool"], p["outcome"], p["reason"],
                          silent), []).append(
                              {*e, *(f"jsonPayload.{m}" for m in p)})
    return known


def check_recorded(name, found):
    """What the monitoring is tested with is what these fresh entries are; a
    kind may have gained members, and not every run belongs to a trace."""
    if os.environ.get("NF_RECORD"):
        return
    recorded, fresh = shapes(entries(RECORDED / f"{name}.ndjson")), \
        shapes(found)
    both = fresh.keys() & recorded.keys()
    assert both or not fresh
    for kind in both:
        for members in fresh[kind]:
            lost = [r - members - {"trace", "spanId"} for r in recorded[kind]]
            assert set() in lost, (kind, lost)


def record(name, found):
    """If NF_RECORD is set, keep an entry of each kind for the tests of the
    monitoring: tests/deploy/entries/NAME.ndjson.  All tests of a file in one
    process do that: NF_RECORD=1 pytest tests/platform/test_FILE.py"""
    if not os.environ.get("NF_RECORD"):
        return
    lines = {}
    for e in found:
        text = json.dumps(e)
        for pattern, word in MACHINE:
            text = pattern.sub(word, text)
        lines.setdefault(kind(e), text)
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{name}.ndjson").write_text("\n".join(lines.values()) + "\n")
