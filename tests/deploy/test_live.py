# SPDX-License-Identifier: Apache-2.0
"""The tools' metrics in a real Prometheus, by a real Pushgateway: the
dashboard's expressions have data, the alerts are silent after a clean run and
fire after a provoked fault."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest
import yaml

from infra import ROOT
from test_monitoring import MONITORING, board_queries, passed

sys.path.insert(0, str(ROOT / "tests/server"))
import invoices  # noqa: E402

BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build")).resolve()
TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")
WAIT = 30  # seconds, until something must have been seen


def ports(n):
    """Free ports, all at once so that they differ."""
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    found = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return found


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def until(what, seen):
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            found = seen()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"{what}: not within {WAIT} s")


class Watch:
    """A Pushgateway, and a Prometheus that scrapes it every second."""

    def __init__(self, folder):
        gate, prom = ports(2)
        self.gate = f"http://127.0.0.1:{gate}"
        self.prom = f"http://127.0.0.1:{prom}"
        config = yaml.safe_load(
            (MONITORING / "prometheus/prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s",
                            "evaluation_interval": "1s"}
        config["scrape_configs"][0]["static_configs"] = [
            {"targets": [f"127.0.0.1:{gate}"]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        shutil.copy(MONITORING / "prometheus/nf.rules.yml", folder)
        self.started = []
        # Debian's default keeps what was pushed for the next one to start.
        self.start(folder, "prometheus-pushgateway", "--persistence.file=",
                   f"--web.listen-address=127.0.0.1:{gate}")
        self.start(folder, "prometheus",
                   f"--config.file={folder / 'prometheus.yml'}",
                   f"--storage.tsdb.path={folder / 'tsdb'}",
                   f"--web.listen-address=127.0.0.1:{prom}")
        until("Pushgateway", lambda: get(self.gate + "/-/ready"))
        until("Prometheus", lambda: get(self.prom + "/-/ready"))

    def start(self, folder, *args):
        with open(folder / f"{args[0]}.log", "wb") as log:
            self.started.append(subprocess.Popen(
                args, cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log))

    def stop(self):
        for p in self.started:
            p.terminate()
        for p in self.started:
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()

    def push(self, tool, text, source="nfe"):
        urllib.request.urlopen(urllib.request.Request(
            f"{self.gate}/metrics/job/nf/source/{source}/tool/{tool}",
            data=text.encode(), method="POST"), timeout=10).close()

    def query(self, expr):
        answer = json.loads(get(f"{self.prom}/api/v1/query?" +
                                urllib.parse.urlencode({"query": expr})))
        assert answer["status"] == "success"
        return answer["data"]["result"]

    def alerts(self, state):
        return {r["metric"]["alertname"] for r in self.query(
            f'ALERTS{{alertstate="{state}"}}')}


@pytest.fixture
def watch(tmp_path):
    for name in ("prometheus", "prometheus-pushgateway"):
        if not shutil.which(name):
            pytest.skip(f"no {name}")
    folder = tmp_path / "watch"
    folder.mkdir()
    w = Watch(folder)
    yield w
    w.stop()


def run(folder, records, code):
    """The four tools in a pipe; what each tells in --metrics."""
    folder.mkdir()
    with invoices.Api(records) as api:
        script = (
            'nf-load create -m "$MAPPING" sqlite:table.db &&'
            ' nf-fetch --seal --metrics nf-fetch.prom "$URL" |'
            ' nf-stage put --metrics nf-stage.prom "file://$PWD/staged/run" |'
            ' nf-transform -m "$MAPPING" --metrics nf-transform.prom |'
            ' nf-load --metrics nf-load.prom sqlite:table.db')
        r = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script], cwd=folder,
            env={"PATH": f"{BUILD}:{os.environ['PATH']}", "URL": api.url,
                 "HOME": str(folder), "NF_LOG_FORMAT": "text",
                 "MAPPING": str(ROOT / "mappings/nf-wide.json")},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=120)
    assert r.returncode == code, r.stderr
    return {t: (folder / f"{t}.prom").read_text() for t in TOOLS}


def test_live(watch, tmp_path):
    sample = (ROOT / "mappings/samples/nf-sample.json").read_text()
    records = invoices.split(sample)
    clean = run(tmp_path / "clean", records, 0)
    for tool, text in clean.items():
        r = subprocess.run(["promtool", "check", "metrics"], input=text,
                           capture_output=True, text=True)
        passed(r)
        watch.push(tool, text)
    until("a clean run", lambda: {
        r["metric"]["tool"] for r in watch.query("nf_exit_code == 0")
    } == set(TOOLS))
    for title, expr in board_queries("nf-prometheus").items():
        expr = expr.replace("$source", ".*")
        assert until(title, lambda: watch.query(expr)), title
    # Two more evaluations: still nobody is woken.
    age = watch.query("nf:success_age_seconds")[0]["value"]
    until("the next evaluation", lambda: watch.query(
        "nf:success_age_seconds")[0]["value"] != age)
    assert watch.alerts("firing") == set()

    # A record without its key stops nf-transform, 65; nf-load's input is cut
    # off then, 75, and bash tells of the last in the pipe.
    broken = run(tmp_path / "broken", records + ['{"NFeNumber":9}'], 75)
    for tool, text in broken.items():
        watch.push(tool, text, "broken")
    until("NfFailed and NfRejects",
          lambda: {"NfFailed", "NfRejects"} <= watch.alerts("firing"))
    failed = watch.query('ALERTS{alertname="NfFailed",alertstate="firing"}')
    assert {a["metric"]["source"] for a in failed} == {"broken"}
    assert {a["metric"]["tool"] for a in failed} == {"nf-transform"}

    # The same source loaded well again, of yesterday's yesterday: late.
    old = clean["nf-load"].replace(
        next(line for line in clean["nf-load"].splitlines()
             if line.startswith("nf_last_success_timestamp_seconds{")),
        'nf_last_success_timestamp_seconds{tool="nf-load"} '
        f"{time.time() - 27 * 3600:.0f}")
    watch.push("nf-load", old, "old")
    until("NfLate", lambda: "NfLate" in watch.alerts("firing"))
