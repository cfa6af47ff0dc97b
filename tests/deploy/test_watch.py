# SPDX-License-Identifier: Apache-2.0
"""The freshness check against a small Cloud Storage."""
import datetime
import http.server
import json
import sys
import threading
import urllib.parse

import pytest

from infra import ROOT

sys.path.insert(0, str(ROOT / "deploy/common"))
import nf_watch  # noqa: E402

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = datetime.timedelta(hours=1)


class Handler(http.server.BaseHTTPRequestHandler):
    """Objects of a bucket, replaced only if the generation is as asked."""

    def answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.server.between and "alt=media" in self.path:
            self.server.between.pop()()
        url = urllib.parse.urlsplit(self.path)
        name = urllib.parse.unquote(url.path.removeprefix(
            "/storage/v1/b/state/o/"))
        found = self.server.objects.get(name)
        asked = urllib.parse.parse_qs(url.query).get("generation")
        if found is None or asked and int(asked[0]) != found[0]:
            self.answer(404, b"{}")
        elif "alt=media" in url.query:
            self.answer(200, found[1])
        else:
            self.answer(200, json.dumps(
                {"generation": str(found[0])}).encode())

    def do_POST(self):
        query = dict(urllib.parse.parse_qsl(
            urllib.parse.urlsplit(self.path).query))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.race:
            self.server.objects[query["name"]] = self.server.race.pop()
        generation = self.server.objects.get(query["name"], (0, b""))[0]
        if generation != int(query["ifGenerationMatch"]):
            self.answer(412, b"{}")
            return
        self.server.objects[query["name"]] = (generation + 1, body)
        self.answer(200, b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def state(monkeypatch, tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.objects, server.race, server.between = {}, [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST",
                       f"127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NF_STATE", "gs://state")
    monkeypatch.setenv("NF_REPORT", f"file:{tmp_path / 'log'}")
    monkeypatch.setenv("NF_SOURCES", json.dumps(
        {"nfe": {"late_after": 7200}, "nfse": {}}))
    server.log = tmp_path / "log"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ages(entries):
    return {p["source"]: (p["age_seconds"], p["threshold_seconds"],
                          p["outcome"])
            for p in (e["jsonPayload"] for e in entries)}


def test_late(state):
    """Watched from the first check on, late after late_after, fresh again."""
    assert ages(nf_watch.check("airflow", NOW)) == {
        "nfe": (0, 7200, "ok"), "nfse": (0, 93600, "ok")}
    assert ages(nf_watch.check("airflow", NOW + 3 * HOUR)) == {
        "nfe": (10800, 7200, "late"), "nfse": (10800, 93600, "ok")}
    nf_watch.loaded("nfe", NOW + 2 * HOUR)
    assert ages(nf_watch.check("airflow", NOW + 3 * HOUR)) == {
        "nfe": (3600, 7200, "ok"), "nfse": (10800, 93600, "ok")}
    assert len(state.log.read_text().splitlines()) == 6


def test_older_run_again(state):
    """Loading an old window again does not make the data old."""
    nf_watch.loaded("nfe", NOW)
    nf_watch.loaded("nfe", NOW - 100 * HOUR)
    assert nf_watch.noted("nfe") == (NOW, 1)


@pytest.mark.parametrize("other, want", [(-1, 0), (5, 5)])
def test_two_at_once(state, other, want):
    """Another writer between look and write: the newer stays."""
    note = json.dumps({"until": (NOW + other * HOUR).isoformat()}).encode()
    state.race = [(7, note)]
    nf_watch.loaded("nfe", NOW)
    assert nf_watch.noted("nfe")[0] == NOW + want * HOUR


def test_replaced_between_two_questions(state):
    """A note that is replaced while it is read is no missing one."""
    nf_watch.loaded("nfe", NOW - 9 * HOUR)
    state.between = [lambda: nf_watch.loaded("nfe", NOW - 8 * HOUR)]
    assert ages(nf_watch.check("airflow", NOW))["nfe"][0] == 8 * 3600
    assert nf_watch.noted("nfe")[0] == NOW - 8 * HOUR


def test_first_check_beside_the_first_load(state):
    """What a load has just noted is not called newer than it is."""
    note = json.dumps({"until": (NOW - 9 * HOUR).isoformat()}).encode()
    state.objects["watch/nfse.json"] = (1, note)
    state.race = [(1, note)]
    assert ages(nf_watch.check("airflow", NOW))["nfe"] == (32400, 7200, "late")
    assert nf_watch.noted("nfe") == (NOW - 9 * HOUR, 1)


def test_note_ahead_of_the_clock(state):
    nf_watch.loaded("nfe", NOW + HOUR)
    assert ages(nf_watch.check("airflow", NOW))["nfe"][0] == 0
