# SPDX-License-Identifier: Apache-2.0
"""What the function is asked with: windows, revisions, deadlines and bodies
that are invalid.  Always a refusal, never an exception of Python's, which would
be answered by 500, and for an event by delivering it for ever."""

import importlib.util
import json
import pathlib
import sys
import types

import pytest

from conftest import ROOT

COMMON = ROOT / "deploy/common"
WINDOWS = [
    "0001-01-01T00:00:00+14:00", "10000-01-01", "-001-01-01", "2026", "2026-1",
    "2026-01-01T00", "2026-01-01T24:00", "2026-01-01 ", "2026-01-01\n", " ",
    "\0", "x", "--due", "2026-01-01..2026-01-03", "2026-01-01 --revision 2",
    "../2026-01-01", "٢٠٢٦-01-01", 5, 1e9, True, [], {}, ["2026-01-01"]]


@pytest.fixture(scope="module")
def function():
    """deploy/function/main.py without its platform."""
    names = ("flask", "functions_framework", "gunicorn", "gunicorn.workers",
             "gunicorn.workers.base", "gunicorn.workers.gthread")
    before = {n: sys.modules.get(n) for n in names}
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    worker = type("Worker", (), {})
    sys.modules["gunicorn.workers.base"].Worker = worker
    sys.modules["gunicorn.workers.gthread"].ThreadWorker = worker
    sys.modules["gunicorn"].workers = sys.modules["gunicorn.workers"]
    sys.modules["gunicorn.workers"].base = sys.modules[
        "gunicorn.workers.base"]
    sys.modules["gunicorn.workers"].gthread = sys.modules[
        "gunicorn.workers.gthread"]
    framework = sys.modules["functions_framework"]
    framework.http = framework.cloud_event = lambda f: f
    flask = sys.modules["flask"]
    flask.Request = flask.Response = object
    flask.jsonify = lambda body: types.SimpleNamespace(
        body=json.loads(json.dumps(body)), headers={}, status_code=200)
    sys.path.insert(0, str(COMMON))
    bundle = types.ModuleType("nf_bundle")
    bundle.bin_dir = lambda: pathlib.Path("/nowhere")
    kept = sys.modules.get("nf_bundle")
    sys.modules["nf_bundle"] = bundle
    spec = importlib.util.spec_from_file_location(
        "nf_function_main", ROOT / "deploy/function/main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(COMMON))
    for name, was in {**before, "nf_bundle": kept}.items():
        if was is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = was


@pytest.fixture
def ask(function, monkeypatch, tmp_path):
    """A function that asks the function, and gets status and answer."""
    monkeypatch.setenv("NF_STAGING", "file:///nowhere")
    monkeypatch.setenv("NF_JOBS", str(tmp_path))
    job = function.nf_job.job
    monkeypatch.setattr(
        function.nf_job, "job",
        lambda name: types.SimpleNamespace(name=name) if name == "a"
        else job(name))
    monkeypatch.setattr(
        function, "fetch_windows",
        lambda of, windows, end: (200, {"state": "committed",
                                        "windows": windows}))

    def ask(body, **headers):
        request = types.SimpleNamespace(
            method="POST", headers=headers,
            get_json=lambda force, silent: body)
        response = function.fetch(request)
        return response.status_code, response.body
    return ask


def refused(answer):
    status, body = answer
    return status == 422 and body["state"] == "refused"


@pytest.mark.parametrize("window", WINDOWS, ids=repr)
def test_windows_that_are_invalid(window, ask):
    assert refused(ask({"job": "a", "window": window}))


@pytest.mark.parametrize("window", ["2026-01", "2026-01-01", "2026-01-01T0030",
                                    "2026-01-01T0030-0300"])
def test_windows(window, ask):
    status, body = ask({"job": "a", "window": window, "revision": 2})
    assert status == 200
    assert body["windows"] == [f"{window} --revision 2"]


@pytest.mark.parametrize("revision", [0, -1, True, "2", 1.5, 10 ** 9, [], {}],
                         ids=repr)
def test_revisions_that_are_invalid(revision, ask):
    assert refused(ask({"job": "a", "window": "2026-01-01",
                        "revision": revision}))


def test_a_revision_of_no_window(ask):
    assert refused(ask({"job": "a", "revision": 2}))


@pytest.mark.parametrize("name", ["missing", "", "A", 5, None, [], {}, "a/../b",
                                  "a\n"], ids=repr)
def test_jobs_that_are_invalid(name, ask):
    assert refused(ask({"job": name, "window": "2026-01-01"}))


@pytest.mark.parametrize("limit", [0, -1, True, "5", None, [], 10 ** 400,
                                   float("nan"), float("inf"), -10 ** 400],
                         ids=repr)
def test_deadlines_that_are_invalid(limit, ask):
    assert refused(ask({"job": "a", "window": "2026-01-01",
                        "timeout_s": limit}))


@pytest.mark.parametrize("body", [
    None, [], "x", 5, {}, {"job": "a", "x": 1},
    {"job": "a", "window": "2026-01-01", "source": "a"}], ids=repr)
def test_requests_that_are_invalid(body, ask):
    assert refused(ask(body))
