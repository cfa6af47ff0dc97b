# SPDX-License-Identifier: Apache-2.0
"""What the function is asked with: times at the ends of the calendar, windows
of less than a second, numbers that are none.  Always a refusal, never an
exception of Python's, which would be answered by 500, and for an event by
delivering it for ever."""

import importlib.util
import json
import pathlib
import sys
import types

import pytest

from conftest import ROOT

COMMON = ROOT / "deploy/common"
TIMES = [
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z", "0999-12-31T23:59:59Z", "9999-12-31T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-01-01T24:00:01Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00", "2026-01-01T00:00:00+99:00", "", "x", None, 5,
    1e9, True, [], {}, ["2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z\n",
    "\0", "2026-01-01T00:00:00+00:00:00.000001", "٢٠٢٦-01-01T00:00:00Z"]


class Refused(Exception):
    pass


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
def ask(function, monkeypatch):
    """A function that asks the function, and gets status and answer."""
    monkeypatch.setenv("NF_STAGING", "file:///nowhere")
    monkeypatch.setenv("NF_SOURCES", json.dumps(
        {"a": {"url": "http://127.0.0.1:9/"}, "none": {}, "odd": 5,
         "null": {"url": None}}))
    monkeypatch.setattr(function, "stage_run",
                        lambda *_: (200, {"state": "committed"}))

    def ask(body, **headers):
        request = types.SimpleNamespace(
            method="POST", headers=headers,
            get_json=lambda force, silent: body)
        response = function.fetch(request)
        return response.status_code, response.body
    return ask


@pytest.mark.parametrize("time", TIMES, ids=repr)
def test_times_that_are_none(time, ask):
    good = "2026-01-02T00:00:00Z"
    for start, end in ((time, good), (good, time), (time, time)):
        status, body = ask({"source": "a", "start": start, "end": end})
        if status == 200:  # Python reads more than RFC 3339 has
            assert isinstance(time, str) and "2026" in time
        else:
            assert status == 422 and body["state"] == "refused"


@pytest.mark.parametrize("time", [t for t in TIMES if isinstance(t, str)],
                         ids=repr)
def test_when_it_is_called(time, ask):
    status, _ = ask({"source": "a"},
                    **{"X-CloudScheduler-ScheduleTime": time})
    assert status in (200, 422)


@pytest.mark.parametrize("start, end", [
    ("00:00:00.1", "00:00:00.9"), ("00:00:00.9", "00:00:01.1"),
    ("00:00:00", "00:00:00.000001"), ("00:00:00.5", "00:10:00"),
    ("00:00:00", "00:00:00"), ("00:00:01", "00:00:00")])
def test_windows_of_parts_of_a_second(start, end, ask):
    day = "2026-01-01T"
    status, _ = ask({"source": "a", "start": f"{day}{start}Z",
                     "end": f"{day}{end}Z"})
    assert status == 422


def test_a_window_of_one_second(ask):
    status, _ = ask({"source": "a", "start": "2026-01-01T00:00:00.000Z",
                     "end": "2026-01-01T00:00:01Z"})
    assert status == 200


@pytest.mark.parametrize("source", ["none", "odd", "null", "missing", "", "A",
                                    5, None, [], {}, "a/../b"], ids=repr)
def test_sources_that_are_none(source, ask):
    status, body = ask({"source": source})
    assert status == 422, body


@pytest.mark.parametrize("limit", [0, -1, True, "5", None, [], 10 ** 400,
                                   float("nan"), float("inf"), -10 ** 400],
                         ids=repr)
def test_deadlines_that_are_none(limit, ask):
    status, _ = ask({"source": "a", "timeout_s": limit})
    assert status == 422


@pytest.mark.parametrize("body", [None, [], "x", 5, {}, {"source": "a", "x": 1}],
                         ids=repr)
def test_requests_that_are_none(body, ask):
    assert ask(body)[0] == 422
