# SPDX-License-Identifier: Apache-2.0
"""The hourly look at the ledgers: a gap is seen, however fresh the rest."""
import datetime
import json
import subprocess
import sys

import jsonschema
import pytest

from infra import BUILD, ROOT

sys.path.insert(0, str(ROOT / "deploy/common"))
import nf_job  # noqa: E402
import nf_watch  # noqa: E402

SCHEMA = json.loads((ROOT / "deploy/common/nf-run.schema.json").read_text())
NOW = datetime.datetime.now(datetime.timezone.utc)


def day(ago):
    return str(NOW.date() - datetime.timedelta(days=ago))


class Feeds:
    """Job files in a folder, and runs of them."""

    def __init__(self, folder):
        self.folder, self.jobs = folder, folder / "jobs"
        self.jobs.mkdir()
        self.log = folder / "log"

    def job(self, name, **change):
        said = {"nf_job": 1, "name": name, "source": "s.json", "window": {
            "every": "1d", "since": day(6)},
            "stage": f"file://{self.folder}/staged", "mapping": "nf-wide",
            "target": "sqlite:t.db", "late_after": "20h", **change}
        (self.jobs / f"{name}.job.json").write_text(json.dumps(said))

    def tool(self, *words, **given):
        subprocess.run([BUILD / "nf-stage", *map(str, words)], check=True,
                       capture_output=True, text=True, **given)

    def commit(self, name, window):
        self.tool("put", "-q", "--emit=none", "--unsealed", "--window",
                  window, f"file://{self.folder}/staged/{name}/{window}",
                  input='{"NFeNumber":1}\n')

    def load(self, name, window):
        self.commit(name, window)
        self.tool("note", "-q",
                  f"file://{self.folder}/staged/{name}/{window}",
                  input=json.dumps({
                      "tool": "nf-pipeline", "verb": "run", "exit": 0,
                      "state": "loaded", "target":
                      f"sqlite:{self.jobs}/t.db", "mapping_hash": "f" * 16})
                  + "\n")


@pytest.fixture
def feeds(tmp_path, monkeypatch):
    if not (BUILD / "nf-stage").exists():
        pytest.skip("not built")
    found = Feeds(tmp_path)
    monkeypatch.setenv("NF_JOBS", str(found.jobs))
    monkeypatch.setenv("NF_BIN", str(BUILD))
    monkeypatch.setenv("NF_REPORT", f"file:{found.log}")
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    return found


def looked():
    """What a look says of each job."""
    found = {}
    for entry in nf_watch.check("airflow"):
        p = entry["jsonPayload"]
        jsonschema.validate(p, SCHEMA)
        found[p["source"]] = (p["outcome"], p.get("windows_due"),
                              p.get("windows_late"))
        if p["event"] == "freshness" and p["source"] != "nsu":
            assert (p["age_seconds"] == 0) == (p["windows_due"] == 0)
    return found


# Days before today whose window is not loaded, and how.
GAPS = {
    "the days before the newest": ({5, 4, 3}, "missing"),
    "the first one": ({6}, "missing"),
    "the one before the newest": ({2}, "missing"),
    "begun, and never ended": ({4}, "begun"),
    "fetched, and never loaded": ({5, 3}, "committed"),
}


@pytest.mark.parametrize("what", GAPS)
def test_a_gap_is_late(feeds, what):
    """Though the newest data is there, what lies before it is missing; when
    it is loaded, nothing is."""
    days, how = GAPS[what]
    feeds.job("nfe")
    for ago in range(1, 7):
        if ago not in days:
            feeds.load("nfe", day(ago))
        elif how == "committed":
            feeds.commit("nfe", day(ago))
        elif how == "begun":
            info = feeds.folder / "staged/nfe" / day(ago) / "_nf/run.json"
            feeds.commit("nfe", day(ago))
            for path in info.parent.iterdir():
                if path.name != "run.json":
                    path.unlink()
    assert looked() == {"nfe": ("late", len(days), len(days))}
    for ago in days:
        if how == "begun":
            subprocess.run(["rm", "-r", feeds.folder / "staged/nfe" /
                            day(ago)], check=True)
        feeds.load("nfe", day(ago))
    assert looked() == {"nfe": ("ok", 0, 0)}


def test_due_is_not_yet_late(feeds):
    feeds.job("nfe", late_after="20d")
    assert looked() == {"nfe": ("ok", 6, 0)}
    feeds.job("nfe", window={"every": "1d", "since": day(1)},
              late_after="2d")
    state, due, late = looked()["nfe"]
    assert (state, due, late) == ("ok", 1, 0)


def test_a_feed_with_a_cursor(feeds):
    """Its windows have no end; the next one is due all the same."""
    feeds.job("nsu", window={"every": "cursor"})
    assert looked()["nsu"][1] == 1


def test_each_job_is_its_own(feeds):
    """A wrong job is a failed attempt and hides no other."""
    feeds.job("nfe")
    feeds.job("slow", late_after="20d")
    (feeds.jobs / "bad.job.json").write_text("{")
    found = looked()
    assert found["nfe"][:2] == ("late", 6) and found["slow"][0] == "ok"
    assert found["bad"] == ("failed", None, None)
    assert len(feeds.log.read_text().splitlines()) == 3


def test_a_ledger_that_cannot_be_read(feeds):
    """The others are looked at, and then it fails: it is not fresh."""
    feeds.job("nfe")
    feeds.job("x", stage="file:///proc/1/nothing/here")
    try:
        found = looked()
    except nf_job.Failed as e:
        assert e.nf_exit in (74, 77, 78)
        assert "nfe" in feeds.log.read_text()
    else:  # an empty folder is an empty ledger
        assert found["nfe"][0] == found["x"][0] == "late"


def test_main(feeds, monkeypatch):
    """As Cloud Run calls it."""
    feeds.job("nfe")
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/common/nf_watch.py"],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (entry,) = map(json.loads, feeds.log.read_text().splitlines())
    assert entry["jsonPayload"]["platform"] == "run"
    monkeypatch.delenv("NF_JOBS")
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/common/nf_watch.py"],
        capture_output=True, text=True)
    assert done.returncode == 78 and "NF_JOBS" in done.stderr
