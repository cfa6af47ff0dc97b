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
STAGES = {"fetch", "put", "cat", "transform", "load", "pipeline"}
WAIT = 90  # seconds, until something must have been seen


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


def run(folder, records, code, push, source):
    """A job, pushed; what it writes to --metrics."""
    folder.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "NF_BIN": str(BUILD),
           "HOME": str(folder), "NF_LOG_FORMAT": "text"}
    mapping = ROOT / "mappings/nf-wide.json"
    subprocess.run([BUILD / "nf-load", "create", "-m", mapping,
                    "sqlite:table.db"], cwd=folder, env=env, check=True)
    with invoices.Api(records) as api:
        r = subprocess.run(
            [ROOT / "pipeline.sh", "--from", api.url, "--stage",
             f"file://{folder}/run", "-m", mapping, "--to", "sqlite:table.db",
             "--metrics", "all.prom", "--metrics-push",
             f"{push}/metrics/job/nf/source/{source}"], cwd=folder, env=env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=120)
    assert r.returncode == code, r.stderr
    assert "metrics:" not in r.stderr, "could not be pushed"
    return (folder / "all.prom").read_text()


def test_live(watch, tmp_path):
    sample = (ROOT / "mappings/samples/nf-sample.json").read_text()
    records = invoices.split(sample)
    text = run(tmp_path / "clean", records, 0, watch.gate, "nfe")
    passed(subprocess.run(["promtool", "check", "metrics"], input=text,
                          capture_output=True, text=True))
    until("a clean run", lambda: {
        r["metric"]["stage"] for r in watch.query("nf_exit_code == 0")
    } == STAGES)
    same_as_pushed(watch, text)
    for title, expr in board_queries("nf-prometheus").items():
        expr = expr.replace("$source", ".*")
        assert until(title, lambda: watch.query(expr)), title
    # Two more evaluations: still nobody is woken.
    age = watch.query("nf:success_age_seconds")[0]["value"]
    until("the next evaluation", lambda: watch.query(
        "nf:success_age_seconds")[0]["value"] != age)
    assert watch.alerts("firing") == set()

    # A record without its key stops nf-transform, and the job with 65.
    run(tmp_path / "broken", records + ['{"NFeNumber":9}'], 65, watch.gate,
        "broken")
    until("NfFailed and NfRejects",
          lambda: {"NfFailed", "NfRejects"} <= watch.alerts("firing"))
    failed = watch.query('ALERTS{alertname="NfFailed",alertstate="firing"}')
    assert [(a["metric"]["source"], a["metric"]["tool"])
            for a in failed] == [("broken", "nf-pipeline")]

    # A load of the day before yesterday's: late.
    old = ("# TYPE nf_last_success_timestamp_seconds gauge\n"
           'nf_last_success_timestamp_seconds{tool="nf-load"} '
           f"{time.time() - 27 * 3600:.0f}\n")
    urllib.request.urlopen(urllib.request.Request(
        f"{watch.gate}/metrics/job/nf/source/old/stage/load",
        data=old.encode(), method="POST"), timeout=10).close()
    until("NfLate", lambda: "NfLate" in watch.alerts("firing"))

    # The broken source loads well again: the alert ends, and what the job
    # that failed had loaded last is still known.
    run(tmp_path / "fixed", records, 0, watch.gate, "broken")
    until("no NfFailed", lambda: "NfFailed" not in watch.alerts("firing"))


def same_as_pushed(watch, text):
    """--metrics and --metrics-push tell the same."""
    lines = [s for s in text.splitlines() if not s.startswith("#")]
    assert len(lines) > 50
    for line in lines:
        series, value = line.rsplit(" ", 1)
        (found,) = watch.query(series[:-1] + ',source="nfe"}')
        assert float(found["value"][1]) == pytest.approx(float(value)), series


def test_gateway_is_away(tmp_path):
    """No run fails because nobody listens; a file that cannot be written is
    another matter."""
    (port,) = ports(1)
    env = {"PATH": os.environ["PATH"], "NF_BIN": str(BUILD),
           "HOME": str(tmp_path), "NF_LOG_FORMAT": "text"}
    (tmp_path / "in").write_text('{"a":1}\n')
    subprocess.run([BUILD / "nf-stage", "put", "-q", "--emit=none",
                    f"file://{tmp_path}/run"], env=env, check=True,
                   stdin=open(tmp_path / "in"))

    def job(*args):
        return subprocess.run(
            [ROOT / "pipeline.sh", "fetch", "--from", "http://127.0.0.1:1/",
             "--stage", f"file://{tmp_path}/run", *args], env=env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)

    r = job("--metrics-push", f"http://127.0.0.1:{port}/metrics/job/nf")
    assert r.returncode == 0 and "metrics: " in r.stderr
    assert json.loads(r.stdout.splitlines()[-1])["exit"] == 0
    r = job("--metrics", str(tmp_path / "no/such.prom"))
    assert r.returncode == 74 and "cannot be written" in r.stderr
    r = job("--metrics-push", "localhost:9091")
    assert r.returncode == 64
