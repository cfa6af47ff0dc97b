# SPDX-License-Identifier: Apache-2.0
"""What a deployment may lack, and what may change while it works: everything
that knows the job files says what is missing, once, and no other suffers."""

import json
import os
import subprocess
import sys

import pytest

from deployed_jobs import Jobs, days_ago
from platforms import BUILD, COMMON, DEPLOY, ROOT, entries

sys.path[:0] = [str(DEPLOY / "composer"), str(DEPLOY / "dataproc")]
import driver  # noqa: E402
import nf_function  # noqa: E402
import nf_google  # noqa: E402
import nf_job  # noqa: E402


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A job of days since the day before yesterday, as nf_job finds it."""
    found = Jobs(tmp_path / "jobs")
    found.write("nf", "http://127.0.0.1:1/", f"file://{tmp_path}/staged",
                "sqlite:t.db")
    monkeypatch.setenv("NF_JOBS", str(found.folder))
    monkeypatch.setenv("NF_BIN", str(BUILD))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    return found


def test_a_window_that_is_not_over(jobs):
    """A run by hand of nothing but the future is no success."""
    of = nf_job.job("nf")
    today, last = days_ago(0), days_ago(1)
    for windows in (today, f"{today}..2999-01-01", "2999-01-01"):
        with pytest.raises(nf_job.ConfigError, match="has not ended yet"):
            nf_job.chosen(of, windows, False, False)
    assert nf_job.chosen(of, f"{last}..{today}", False, False) == [last]


MISSING = {
    "NF_JOBS names no folder": ({"NF_JOBS": "/none/jobs"},
                                "NF_JOBS: /none/jobs: no such folder"),
    "NF_JOBS is a file": ({"NF_JOBS": str(ROOT / "README.md")},
                          "README.md: no such folder"),
    "NF_JOBS is not set": ({"NF_JOBS": ""}, "NF_JOBS: not set"),
    "NF_BIN is empty": ({"NF_BIN": "/none/bin"},
                        "/none/bin/nf-stage: no such program"),
    "there are no tools": ({"NF_BIN": "", "NF_BUNDLE": ""}, "no tools"),
    "the bundle is another": ({
        "NF_BIN": "", "NF_BUNDLE": str(ROOT / "README.md"),
        "NF_BUNDLE_SHA256": "0" * 64}, "its SHA-256 is another"),
}
PROGRAMS = {"run": [DEPLOY / "run/nf_cloud_run.py", "nf"],
            "watch": [COMMON / "nf_watch.py"]}


@pytest.mark.parametrize("what", MISSING)
@pytest.mark.parametrize("program", PROGRAMS)
def test_missing(jobs, tmp_path, what, program):
    """Cloud Run's programs end with 78 and one line, and nf-run has it."""
    change, says = MISSING[what]
    report = tmp_path / "nf-run"
    done = subprocess.run(
        [sys.executable, *PROGRAMS[program]], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(COMMON),
            "PYTHONDONTWRITEBYTECODE": "1", "NF_BIN": str(BUILD),
            "TMPDIR": str(tmp_path), "NF_REPORT": f"file:{report}",
            **jobs.env, **change})
    assert done.returncode == 78 if program == "run" or "NF_JOBS" in change \
        else done.returncode in (0, 78)
    assert "Traceback" not in done.stderr
    told = [e["jsonPayload"] for e in entries(report)]
    assert says in done.stderr + "".join(p["message"] for p in told)
    if "NF_JOBS" not in change or program == "run":
        assert [(p["source"], p["outcome"], p["reason"]) for p in told] == [
            ("nf", "failed", "config")]


@pytest.mark.parametrize("status, code", [(403, 77), (404, 78)])
def test_an_unreadable_ledger_is_reported(jobs, tmp_path, google, status,
                                          code):
    """The watch says of which job it knows nothing: others are fresh, and no
    silence would be heard."""
    jobs.write("other", "http://127.0.0.1:1/", f"file://{tmp_path}/other",
               "sqlite:t.db")
    jobs.write("nf", "http://127.0.0.1:1/", "gs://bucket", "sqlite:t.db")
    google.refuse = {"/storage/": [status]}
    report = tmp_path / "nf-run"
    done = subprocess.run(
        [sys.executable, COMMON / "nf_watch.py"], capture_output=True,
        text=True, env={**os.environ, "NF_REPORT": f"file:{report}",
                        "STORAGE_EMULATOR_HOST":
                        google.env["NF_LOGGING_ENDPOINT"]})
    assert done.returncode == code, done.stderr
    told = {p["source"]: p for p in (
        e["jsonPayload"] for e in entries(report))}
    assert told["other"]["event"] == "freshness"
    assert told["nf"]["event"] == "attempt"
    assert (told["nf"]["exit"], told["nf"]["outcome"]) == (code, "failed")
    assert "the ledger" in told["nf"]["message"]


class Bucket:
    """Answers of Cloud Storage: a listing, objects that are replaced so often
    between listing and reading."""

    def __init__(self, replaced, files):
        self.replaced, self.files, self.generation = replaced, files, 1
        self.asked = 0

    def answer(self, path):
        self.asked += 1
        if "?prefix=" in path:
            return json.dumps({"items": [
                {"name": f"jobs/{n}", "generation": str(self.generation)}
                for n in self.files]}).encode()
        if self.replaced:
            self.replaced -= 1
            self.generation += 1
        if not path.endswith(f"generation={self.generation}"):
            raise nf_google.Refused("the folder of the jobs", 404, "gone")
        return self.files[path.partition("jobs%2F")[2].partition("?")[0]]


@pytest.mark.parametrize("replaced, right", [(0, True), (1, True), (3, True),
                                             (99, False)])
def test_jobs_that_are_replaced_meanwhile(jobs, monkeypatch, tmp_path,
                                          replaced, right):
    """An upload while tasks start is no missing file."""
    files = {p.name: p.read_bytes() for p in jobs.folder.iterdir()}
    bucket = Bucket(replaced, files)
    monkeypatch.setattr(nf_job, "ask_storage", bucket.answer)
    monkeypatch.setattr(nf_job.nf_bundle, "own_folder", lambda: tmp_path)
    monkeypatch.setenv("NF_JOBS", "gs://b/jobs")
    if right:
        assert nf_job.names() == ["nf"] and nf_job.job("nf").name == "nf"
    else:
        with pytest.raises(nf_google.Refused, match="404"):
            nf_job.names()
        assert bucket.asked < 20
    # Nothing is left of what was not whole.
    assert [p for p in tmp_path.iterdir() if p.is_dir() and "." in p.name] \
        == []


@pytest.mark.parametrize("status, said, code", [
    (422, {"exit": 65}, 65), (403, {}, 77), (404, {}, 78), (502, {}, 75),
    (503, {"exit": 75}, 75), (500, {"exit": 70}, 70), (429, {}, 75)])
def test_what_the_function_answers_is_the_exit_code(monkeypatch, status, said,
                                                    code):
    monkeypatch.setenv("NF_FUNCTION", "http://127.0.0.1:1/")
    monkeypatch.setattr(nf_function, "call", lambda *_: (status, said))
    with pytest.raises(nf_job.Failed) as e:
        nf_function.fetch("nf", "2026-01-31")
    assert e.value.nf_exit == code


def test_a_function_that_never_ends(monkeypatch):
    """A day of calls that make progress, and no more."""
    calls = []
    monkeypatch.setenv("NF_FUNCTION", "http://127.0.0.1:1/")
    monkeypatch.setattr(nf_function, "call", lambda _, body: (
        calls.append(body), (202, {}))[1])
    with pytest.raises(nf_job.Failed) as e:
        nf_function.fetch("nf", "2026-01-31 --lookback 2026-02-01 --reload")
    assert e.value.nf_exit == 75 and len(calls) == nf_function.MOST_CALLS
    assert calls[0] == {"job": "nf", "window": "2026-01-31",
                        "lookback": "2026-02-01"}


@pytest.mark.parametrize("words, says", [
    ("yesterday", "not a window"), ("2026-01", "not a window of the job"),
    ("2026-01-31 --again", "not a window"), ("2026-01-31", "not committed")])
def test_the_driver_says_what_is_no_window(jobs, monkeypatch, words, says):
    """Before any executor is asked for a share."""
    monkeypatch.chdir(jobs.folder)
    found = driver.window_of({"sums": {}, "job": "nf", "words": words})
    assert found["exit"] in (64, 78) and says in found["error"]


@pytest.mark.parametrize("words", ["", "2026-01-31; id", "2026-01-31 --again",
                                   "2026-01-31\n", "--window 2026-01-31",
                                   "2026-01-31 --lookback", "$(id)"])
def test_words_are_words(jobs, monkeypatch, words):
    """What is not a window never reaches a shell, or the function."""
    monkeypatch.setenv("NF_FUNCTION", "http://127.0.0.1:1/")
    with pytest.raises(nf_job.ConfigError):
        nf_function.fetch("nf", words)
    with pytest.raises(nf_job.ConfigError):
        nf_job.Phase("run", nf_job.job("nf"), words)
