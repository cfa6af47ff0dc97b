# SPDX-License-Identifier: Apache-2.0
"""nf-pipeline and the windows of a job, against an API of days."""

import datetime
import json
import os
import random
import signal
import threading
import time

import pytest

from conftest import FULL, RELATIONAL, make_invoice
from invoices import Api
from jobs import DAY, Days, Job


@pytest.fixture
def days_api():
    with Days() as api:
        for n in range(31):
            api.of[str(datetime.date(2026, 1, 1) + n * DAY)] = \
                [make_invoice(10 * n + i) for i in range(3)]
        yield api


@pytest.fixture
def job(tools, days_api):
    return lambda **change: Job(tools, days_api, **change)


def test_what_is_due_is_done_once(job):
    j = job()
    done = j.run("--due", check=0)
    assert done.windows == [("2026-01-01", 0), ("2026-01-02", 0),
                            ("2026-01-03", 0)]
    assert j.api.asked == [(f"2026-01-0{n}",) * 2 for n in (1, 2, 3)]
    assert j.states() == ["loaded"] * 3
    assert len(j.rows()) == 9
    done = j.run("--due", check=0)
    assert done.windows == [] and len(j.api.asked) == 3
    done = j.run("--due", now="2026-01-05T03:00:00Z", check=0)
    assert done.windows == [("2026-01-04", 0)]


def test_phases_of_a_window(job):
    """One phase after the other, in shares, as schedulers do it."""
    j = job()
    w = ("--window", "2026-01-02")
    assert j.phase("load", *w, check=None)["exit"] != 0
    found = j.phase("fetch", *w)
    assert found["state"] == "committed"
    assert list(found["stages"]) == ["fetch", "put"]
    assert found["windows"][0]["window"] == "2026-01-02"
    asked = list(j.api.asked)
    assert j.phase("fetch", *w)["state"] == "committed"
    assert j.states() == ["missing", "committed", "missing"]
    for n in (1, 2):
        found = j.phase("load", *w, "--part", f"{n}/2")
        assert list(found["stages"]) == ["cat", "transform", "load"]
    assert j.states()[1] == "loaded" and len(j.rows()) == 3
    assert j.phase("load", *w)["windows"] == []
    for n in (1, 2):
        assert j.states()[1] == "loaded"
        assert j.phase("diff", *w, "--part", f"{n}/2")["state"] == "audited"
    assert j.states()[1] == "audited"
    assert j.phase("fetch", *w)["windows"] == [] and j.api.asked == asked
    # A revision is named, so that a task that is tried again is the same.
    for _ in range(2):
        r = j.phase("fetch", *w, "--revision", "2")
        assert r["windows"][0]["run"].endswith("/nfe/2026-01-02.r2")
        j.phase("load", *w, "--revision", "2")
    for verb in ("run", "fetch"):
        assert j.phase(verb, *w, "--part", "1/2", check=64)["exit"] == 64


def test_a_load_is_of_what_there_is(job):
    """Though what there is, is not enough, and another revision is due."""
    j = job(empty="retry", late_after="20d")
    j.api.of["2026-01-01"] = []
    w = ("--window", "2026-01-01")
    j.phase("fetch", *w)
    for verb, state in (("load", "loaded"), ("diff", "audited")):
        found = j.phase(verb, *w)
        assert found["state"] == state
        assert found["windows"][0]["run"].endswith("/nfe/2026-01-01")
    assert j.ledger()["2026-01-01"]["due"]
    j.api.of["2026-01-01"] = [make_invoice(1)]
    for verb in ("fetch", "load", "diff"):
        found = j.phase(verb, *w)
        assert found["windows"][0]["run"].endswith("/2026-01-01.r2")
    assert not j.ledger()["2026-01-01"]["due"] and len(j.rows()) == 1


def test_a_mapping_is_named(job):
    j = job(mapping="nf-relational")
    assert j.run("--window", "2026-01-01", check=0).windows == [
        ("2026-01-01", 0)]


def test_the_load_of_a_job_is_checked(job):
    """What only schedulers read is checked with all the rest."""
    j = job()

    def check(load):
        j.write(load=load)
        return j.tools.run("nf-stage", "days", "--check", j.path).returncode

    assert check({"shares": 8, "spark": {"executors": 2, "hours": 1,
                                         "version": "2.3"}}) == 0
    assert check({"spark": {}}) == 0
    for bad in ({"shares": 0}, {"shares": 1001}, {"share": 2}, 1,
                {"spark": {"executors": 1}}, {"spark": {"hours": 400}},
                {"spark": {"version": "new"}}, {"spark": {"version": "2."}},
                {"spark": {"version": 2.3}}, {"spark": {"ttl": 1}}):
        assert check(bad) == 78, bad
    j.write(load={})
    for most, code in (("10", 0), ("0.1%", 0), ("a few", 78), ("1.%", 78),
                       ("%", 78), ("1%%", 78), ("-1", 78)):
        j.write(rejects={"max": most})
        assert check({}) == code, most


def test_a_failed_window_keeps_no_other_from_its_turn(job):
    j = job()
    j.api.broken["2026-01-02"] = 503
    done = j.run("--due", "--max-windows", "2")
    assert done.returncode == 75
    assert done.windows == [("2026-01-01", 0), ("2026-01-02", 75),
                            ("2026-01-03", 0)]
    assert done.summary["failed"] == "2026-01-02"
    found = j.ledger()
    assert [w["due"] for w in found.values()] == [False, True, False]
    j.api.broken.clear()
    assert j.run("--due", check=0).windows == [("2026-01-02", 0)]


def test_the_gravest_code_wins(job):
    j = job()
    j.api.broken |= {"2026-01-01": 404, "2026-01-03": 503}
    done = j.run("--due")
    assert done.windows == [("2026-01-01", 69), ("2026-01-02", 0),
                            ("2026-01-03", 75)]
    assert done.returncode == 69


def test_max_windows(job):
    j = job()
    assert len(j.run("--due", "--max-windows", "1", check=0).windows) == 1
    assert j.states() == ["loaded", "missing", "missing"]


def test_windows_by_name(job):
    j = job()
    done = j.run("--window", "2026-01-02..2026-01-03", check=0)
    assert done.windows == [("2026-01-02", 0), ("2026-01-03", 0)]
    assert j.run("--window", "2026-01-02", check=0).windows == []
    done = j.run("--window", "2026-01-02", "--reload", check=0)
    assert done.windows == [("2026-01-02", 0)]
    assert len(j.api.asked) == 2
    assert j.run("--window", "2026-01-04").returncode == 64
    assert j.run("--window", "2026-01-32").returncode == 64


def test_again_is_the_next_revision(job):
    j = job()
    j.run("--due", check=0)
    j.api.of["2026-01-02"].append(make_invoice(700))
    done = j.run("--window", "2026-01-02", "--again", check=0)
    assert done.summary["windows"][0]["run"].endswith("/nfe/2026-01-02.r2")
    w = j.ledger()["2026-01-02"]
    assert (w["revision"], w["records"], w["state"]) == (2, 4, "loaded")
    assert len(j.rows()) == 10
    # What is not done is gone on with, not begun once more.
    j.api.broken["2026-01-03"] = 503
    assert j.run("--window", "2026-01-03", "--again").returncode == 75
    j.api.broken.clear()
    for _ in range(2):
        j.run("--window", "2026-01-03", "--revision", "2", check=0)
    assert j.ledger()["2026-01-03"]["revision"] == 2


def test_a_day_that_was_empty_too_early(job):
    """Committed short or empty, it is asked for again until it is late."""
    j = job(empty="retry", late_after="5d")
    kept = j.api.of["2026-01-02"]
    j.api.of["2026-01-02"] = []
    j.run("--due", check=0)
    assert j.ledger()["2026-01-02"]["due"]
    j.api.of["2026-01-02"] = kept
    done = j.run("--due", check=0)
    assert done.summary["windows"] == [{
        "window": "2026-01-02", "run": done.summary["windows"][0]["run"],
        "exit": 0}]
    w = j.ledger()["2026-01-02"]
    assert (w["revision"], w["records"], w["due"]) == (2, 3, False)


def test_all_empty_is_99_only_if_asked(job):
    j = job()
    j.api.of.clear()
    assert j.run("--window", "2026-01-01", check=0).windows
    j.write(name="other")
    done = j.run("--due", "--skip-if-empty")
    assert done.returncode == 99
    assert [code for _, code in done.windows] == [99] * 3


def test_a_weekly_feed_has_all_its_days(job):
    """Whatever the schedule of who calls it is; the steps of the source cut
    requests, not windows."""
    j = job(window={"every": "1w", "since": "2026-01-05"})
    source = json.loads((j.tools.folder / "source.json").read_text())
    source["window"] = {"step": "1d"}
    (j.tools.folder / "source.json").write_text(json.dumps(source))
    j.run("--due", now="2026-01-19T06:00:00Z", check=0)
    asked = {day for day, _ in j.api.asked}
    assert asked == {str(datetime.date(2026, 1, 5) + n * DAY)
                     for n in range(14)}


def test_hours_are_instants(job, days_api):
    seen = []

    def before(handler, path, query):
        seen.append((query["from"], query["until"]))
        handler.answer(200, "[]")
        return True

    days_api.before = before
    j = job(window={"every": "6h", "zone": "America/Sao_Paulo",
                    "since": "2018-02-17"})
    source = json.loads((j.tools.folder / "source.json").read_text())
    source["query"] = {"from": "{from}", "until": "{until}"}
    (j.tools.folder / "source.json").write_text(json.dumps(source))
    j.run("--due", now="2018-02-18T09:00:00Z", check=0)
    assert seen[3:] == [
        ("2018-02-17T18:00:00-02:00", "2018-02-18T00:00:00-03:00"),
        ("2018-02-18T00:00:00-03:00", "2018-02-18T06:00:00-03:00")]


def test_a_job_has_one_ledger_however_it_is_called(job, tools):
    """By a relative path, by a link to its folder, and by a whole path, its
    database is the same one."""
    j = job()
    (tools.folder / "link").symlink_to(tools.folder)
    windows = ["2026-01-01", "2026-01-02", "2026-01-03"]
    for path, window in zip(("job.json", "link/job.json", j.path), windows):
        tools.run("pipeline.sh", "run", path, "--now", j.now, "--window",
                  window, check=0)
    for path in ("job.json", "./job.json", "link/job.json", j.path):
        done = tools.run("nf-stage", "days", "-q", "--now", j.now, path,
                         check=0)
        assert [json.loads(line)["state"] for line in
                done.stdout.splitlines()] == ["loaded"] * 3, path


def test_removed_rows_stay_away(job, tools):
    """What a load of old windows would bring back is in the list of keys;
    revisions, shares and the audit keep to it too."""
    j = job()
    w = ("--window", "2026-01-01..2026-01-03")
    j.run("--due", check=0)
    before, cells = j.rows(), j.cells()
    gone = sorted(before)[1::4]
    keys = tools.folder / "keys"
    keys.write_text("".join(f"{k}\n" for k in gone))

    def remove():
        rows = tools.run("nf-load", "scan", "-t", "invoices", "--keys", keys,
                         j.target, check=0).stdout.splitlines()
        found = "".join(json.dumps({"table": "invoices", "row": k,
                                    "delete": True}) + "\n" for k in
                        {json.loads(r)["row"] for r in rows})
        tools.run("nf-load", j.target, input=found, check=0)

    def excepted(summary):
        return summary["stages"]["load"]["excepted"]

    remove()
    assert j.rows() == before - set(gone)
    j.run(*w, "--reload", check=0)
    assert j.rows() == before
    remove()
    j.run(*w, "--reload", "--except", keys, check=0)
    assert j.rows() == before - set(gone)
    left = {t: {k: v for k, v in rows.items()
                if t != "invoices" or k not in gone}
            for t, rows in cells.items()}
    assert j.cells() == left
    # One window says how many it left out; the share that has none says 0.
    day = ("--window", "2026-01-01")
    own = len(set(gone) & j.keys_of(f"file://{tools.folder}/staged/nfe/"
                                    "2026-01-01"))
    done = j.run(*day, "--again", "--except", keys, check=0)
    assert excepted(done.summary) == own > 0
    found = [j.phase("load", *day, "--reload", "--part", f"{n}/2",
                     "--except", keys) for n in (1, 2)]
    assert sum(map(excepted, found)) == own and j.cells() == left
    j.phase("diff", *w, "--except", keys)
    assert j.phase("diff", *w, check=65)["exit"] == 65
    assert not [d for d in j.ledger().values() if d["due"]]
    # What the job says itself needs no option, and takes none.
    j.write(**{"except": "keys"})
    j.run(*day, "--reload", check=0)
    j.phase("diff", *day)
    assert j.cells() == left
    assert j.phase("load", *day, "--except", j.path, check=64)["exit"] == 64
    keys.unlink()
    assert j.run(*day, "--reload").returncode == 78


@pytest.mark.parametrize("args,code,why", [
    (("run", "--due", "--except", "none"), 78, "not a file"),
    (("load", "--due", "--except", "."), 78, "not a file"),
    (("fetch", "--due", "--except", "job.json"), 64, "not with fetch"),
    (("days", "--except", "job.json"), 64, "not with days"),
    (("run", "--due", "--except"), 64, "needs an argument")])
def test_wrong_lists(job, tools, args, code, why):
    j = job()
    done = tools.run("pipeline.sh", args[0], "job.json", *args[1:],
                     check=code)
    assert why in done.stderr and not j.api.asked


def test_a_schema_error_is_seen_and_mended(job):
    j = job()
    j.api.of["2026-01-02"].insert(1, '{"NFeNumber":1}')
    done = j.run("--due")
    assert done.windows == [("2026-01-01", 0), ("2026-01-02", 65),
                            ("2026-01-03", 0)]
    assert j.states() == ["loaded", "committed", "loaded"]
    j.write(rejects={"max": "1"})
    assert j.run("--due", check=0).windows == [("2026-01-02", 0)]
    w = j.ledger()["2026-01-02"]
    assert (w["state"], w["rejects"], w["records"]) == ("loaded", 1, 4)


def test_a_proof_that_is_required(job):
    """An API without pages and counts proves nothing."""
    j = job(require_proof="total")
    done = j.run("--window", "2026-01-01")
    assert done.windows == [("2026-01-01", 75)]
    j.write(require_proof="single")
    assert j.tools.run("pipeline.sh", "check", j.path).returncode == 78


def test_a_killed_run_goes_on(job):
    j = job()
    held, asked = threading.Event(), threading.Event()
    of_days = j.api.before

    def slow(handler, path, query):
        if query["from"] == "2026-01-02":
            asked.set()
            held.wait(20)
        return of_days(handler, path, query)

    j.api.before = slow
    with j.tools.start("pipeline.sh", "run", j.path, "--due", "--now",
                       "2026-01-04T12:00:00Z") as p:
        assert asked.wait(60)
        p.send_signal(signal.SIGTERM)
        held.set()
        out, _ = p.communicate(timeout=60)
    summary = json.loads(out.splitlines()[-1])
    assert p.returncode == summary["exit"] == 143
    assert [w["exit"] for w in summary["windows"]] == [0, 143]
    assert j.states()[0] == "loaded"
    j.run("--due", check=0)
    assert j.states() == ["loaded"] * 3 and len(j.rows()) == 9


def test_two_at_once(job):
    j = job()
    both = [j.tools.start("pipeline.sh", "run", j.path, "--due", "--now",
                          "2026-01-04T12:00:00Z") for _ in range(2)]
    for p in both:
        p.communicate(timeout=120)
        assert p.returncode in (0, 75)
    j.run("--due", check=0)
    assert j.states() == ["loaded"] * 3 and len(j.rows()) == 9


def test_audited_is_what_was_compared(job, tools):
    j = job()
    j.run("--window", "2026-01-01..2026-01-02", check=0)
    first, second = [w["run"] for w in j.ledger().values() if "run" in w]
    tools.run("nf-load", j.target, check=0, input=json.dumps(
        {"table": "invoices", "row": next(iter(j.keys_of(second))),
         "delete": True}) + "\n")
    for run, code in ((first, 0), (second, 65)):
        tools.run("pipeline.sh", "diff", "--stage", run, "-m", RELATIONAL,
                  "--to", j.target, check=code)
    assert j.states() == ["audited", "loaded", "missing"]


def test_check(job, tools):
    j = job()
    done = tools.run("pipeline.sh", "check", j.path, "--now",
                     "2026-01-03T12:00:00Z", check=0)
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["2026-01-01", "fetch"], ["2026-01-02", "fetch"]]
    assert j.api.asked == []
    j.write(window={"every": "1d", "sinse": "2026-01-01"})
    done = tools.run("pipeline.sh", "check", j.path, check=78)
    assert "/window/sinse: unknown member" in done.stderr


def test_a_season_of_accidents(job, days_api):
    """An API with outages, late data, empty days and bad records, a scheduler
    that misses, doubles and kills, clocks that go back: at the end every day
    is accounted for, and until then what was missing was to be seen."""
    rng = random.Random(22)
    first = datetime.date(2018, 2, 5)
    dates = [first + n * DAY for n in range(365 if FULL else 21)]
    late, bad = {}, 0
    days_api.of.clear()
    for n, day in enumerate(dates):
        found = [make_invoice(10 * n + k) for k in range(rng.randrange(4))]
        if n % 9 == 4 and found:
            found.insert(0, '{"NFeNumber":%d}' % n)
            bad += 1
        if n % 5 == 3:
            late[day + 2 * DAY] = (day, found)
        else:
            days_api.of[str(day)] = found
    j = job(window={"every": "1d", "zone": "America/Sao_Paulo",
                    "since": str(first)},
            empty="retry", late_after="9d", rejects={"max": "2"})

    def moment(day):
        return f"{day}T12:00:00Z"

    def look(day):
        """Each day that is over has its line, and a gap is due."""
        found = j.ledger(now=moment(day))
        assert list(found) == [str(first + n * DAY)
                               for n in range((day - first).days)]
        assert all(w["due"] for w in found.values()
                   if w["state"] in ("missing", "begun"))
        return found

    day = dates[0] + DAY
    while day <= dates[-1] + 10 * DAY:
        if day in late:
            kept, found = late.pop(day)
            days_api.of[str(kept)] = found
        days_api.broken = {str(d): 503 for d in dates
                           if rng.random() < 0.1 and day <= dates[-1]}
        way = rng.choice(["run", "run", "miss", "twice", "kill"])
        if day > dates[-1]:
            way = "run"
        args = ["run", j.path, "--due", "--now", moment(day),
                "--fetch-arg=--retry-time", "--fetch-arg=0"]
        if way == "run":
            j.run("--due", now=moment(day))
        elif way != "miss":
            both = [j.tools.start("pipeline.sh", *args)
                    for _ in range(1 + (way == "twice"))]
            if way == "kill":
                time.sleep(rng.random() / 2)
                both[0].send_signal(signal.SIGTERM)
            for p in both:
                p.communicate(timeout=300)
        look(day)
        day += DAY
    found = look(day)
    # After the last day the API has nothing, which is not final for a while.
    assert [d for d in dates if found[str(d)]["due"]] == []
    assert j.cells() == j.cells_of_texts(
        text for d in dates for text in days_api.of.get(str(d), []))
    assert sum(w.get("rejects", 0) for w in found.values()) == bad


def test_a_month_in_the_cloud(tools, days_api, fake_gcs, bigtable):
    """The accidents of a season in a bucket and in Bigtable, with a look
    back; the long form has the whole month."""
    rng = random.Random(23)
    tools.env |= fake_gcs.env | bigtable.env
    first = datetime.date(2018, 2, 1 if FULL else 15)
    dates = [first + n * DAY for n in range(28 if FULL else 5)]
    days_api.of.clear()
    late = {}
    for n, day in enumerate(dates):
        found = [make_invoice(10 * n + k) for k in range(1 + rng.randrange(3))]
        days_api.of[str(day)] = found[:-1]
        late[day + 2 * DAY] = (day, found)
    j = Job(tools, days_api, stage=f"{fake_gcs.uri}/staged",
            target=bigtable.uri, empty="retry", late_after="9d",
            window={"every": "1d", "zone": "America/Sao_Paulo",
                    "since": str(first), "lookback": 2})
    day = first
    while day < dates[-1] + 4 * DAY:
        day += DAY
        days_api.of.setdefault(str(day), [make_invoice(9000 + day.day)])
        if day in late:
            kept, found = late[day]
            days_api.of[str(kept)] = found
        days_api.broken = {str(day - DAY): 503} if rng.random() < 0.2 else {}
        way = rng.choice(["run", "miss", "twice", "kill"])
        both = [tools.start("pipeline.sh", "run", j.path, "--due", "--now",
                            f"{day}T12:00:00Z", "--fetch-arg=--retry-time",
                            "--fetch-arg=0", start_new_session=True)
                for _ in range({"miss": 0, "twice": 2}.get(way, 1))]
        for p in both:
            if way == "kill":
                time.sleep(rng.random() * 3)
                os.killpg(p.pid, rng.choice((signal.SIGTERM, signal.SIGKILL)))
            p.communicate(timeout=300)
        found = j.ledger(now=f"{day}T12:00:00Z")
        assert list(found) == [str(first + n * DAY)
                               for n in range((day - first).days)]
    days_api.broken.clear()
    for _ in range(3):
        j.run("--due", now=f"{day}T12:00:00Z")
    found = j.ledger(now=f"{day}T12:00:00Z")
    assert not any(w["due"] for w in found.values())
    # What came later than anybody looked back is asked for by name.
    for name, w in found.items():
        if w["records"] != len(days_api.of[name]):
            j.run("--window", name, "--again", now=f"{day}T12:00:00Z", check=0)
    assert j.cells() == j.cells_of_texts(
        text for name in found for text in days_api.of[name])
    assert any(w["revision"] > 1 for w in found.values())


@pytest.mark.parametrize("args,why", [
    ([], "give --due or --window W"),
    (["--due", "--window", "2026-01-01"], "--due: not with --window"),
    (["--due", "--from", "http://x/"], "the job file sets"),
    (["--window", "2026-01-01..2026-01-02", "--revision", "2"],
     "--revision: of one window"),
    (["--due", "--max-windows", "0"], "--max-windows: 0: not a number")])
def test_wrong_ways_to_run(job, args, why):
    done = job().run(*args)
    assert done.returncode == 64 and why in done.stderr


def run_json(job, name):
    path = job.tools.folder / f"staged/nfe/{name}/_nf/run.json"
    return json.loads(path.read_text())


def test_run_json_has_the_two_instants(job):
    j = job(window={"every": "1d", "zone": "America/Sao_Paulo",
                    "since": "2018-11-03"})
    j.run("--due", now="2018-11-05T12:00:00Z", check=0)
    got = run_json(j, "2018-11-04")
    assert (got["window"], got["from"], got["until"]) == (
        "2018-11-04", "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00")
    # Under the same name another zone has another piece of time.
    j.write(window=j.job["window"] | {"zone": "UTC"})
    assert [w["due"] for w in j.ledger(
        now="2018-11-05T12:00:00Z").values()] == [True, True]
    done = j.run("--due", now="2018-11-05T12:00:00Z", check=0)
    assert [w["run"][-3:] for w in done.summary["windows"]] == [".r2"] * 2
    assert run_json(j, "2018-11-04.r2")["from"] == "2018-11-04T00:00:00+00:00"


LOOK = {"every": "1d", "zone": "America/Sao_Paulo", "since": "2026-01-01",
        "lookback": 2}


def test_lookback(job):
    """What was late in the days before a new one is found, and nothing else
    is loaded once more."""
    j = job(window=LOOK)
    j.run("--due", now="2026-01-04T12:00:00Z", check=0)
    assert len(j.api.asked) == 3
    j.api.of["2026-01-02"].append(make_invoice(700))
    j.api.of["2026-01-01"].append(make_invoice(701))  # too late
    done = j.run("--due", now="2026-01-05T12:00:00Z", check=0)
    assert [w["run"].rsplit("/")[-1] for w in done.summary["windows"]] == [
        "2026-01-02.r2", "2026-01-03.r2", "2026-01-04"]
    found = j.ledger(now="2026-01-05T12:00:00Z")
    assert [w["state"] for w in found.values()] == [
        "loaded"] * 4
    assert found["2026-01-03"]["same_as"] == "2026-01-03"
    assert not any(w["due"] for w in found.values())
    assert len(j.rows()) == 13
    assert run_json(j, "2026-01-03.r2")["lookback"] == "2026-01-04"
    # What is newer in the table is no fault of an older run.
    first = f"file://{j.tools.folder}/staged/nfe/2026-01-02"
    audit = j.tools.run("pipeline.sh", "diff", "--stage", first, "-m",
                        RELATIONAL, "--to", j.target, check=0)
    stages = json.loads(audit.stdout.splitlines()[-1])["stages"]
    assert stages["diff"]["newer"] > 0
    # Once.
    assert j.run("--due", now="2026-01-05T13:00:00Z", check=0).windows == []
    done = j.run("--due", now="2026-01-07T12:00:00Z", check=0)
    assert [w["run"].rsplit("/")[-1] for w in done.summary["windows"]] == [
        "2026-01-03.r3", "2026-01-04.r2", "2026-01-05", "2026-01-06"]


def test_lookback_by_window(job):
    """Who takes each window by itself names the later one; in any order, and
    however often it is tried, it is fetched once more."""
    j = job(window=LOOK)
    now = "2026-01-04T12:00:00Z"
    j.run("--due", now="2026-01-03T12:00:00Z", check=0)
    j.api.of["2026-01-02"].append(make_invoice(700))
    asked = j.tools.run("nf-stage", "days", "-q", "--sh", "--due", "--now",
                        now, j.path, check=0).stdout
    assert asked.count(" laters+=('2026-01-03')") == 2
    j.run("--window", "2026-01-03", now=now, check=0)
    for again in (True, False):
        for day in ("2026-01-02", "2026-01-01"):
            done = j.run("--window", day, "--lookback", "2026-01-03",
                         now=now, check=0)
            assert done.windows == ([(day, 0)] if again else [])
    found = j.ledger(now=now)
    assert found["2026-01-01"]["same_as"] == "2026-01-01"
    assert "same_as" not in found["2026-01-02"]
    assert [w["state"] for w in found.values()] == ["loaded"] * 3
    assert run_json(j, "2026-01-02.r2")["lookback"] == "2026-01-03"
    assert len(j.rows()) == 10
    # Fetched by one, loaded by another: what is the same is noted.
    for verb, day in (("fetch", "2026-01-01"), ("load", "2026-01-01"),
                      ("diff", "2026-01-01")):
        done = j.tools.run("pipeline.sh", verb, j.path, "--window", day,
                           "--lookback", "2026-01-04", "--now", now, check=0)
    found = j.ledger(now=now)["2026-01-01"]
    assert (found["revision"], found["same_as"], found["state"]) == (
        3, "2026-01-01", "audited")
    for words in (["--due"], ["--window", "2026-01-01..2026-01-02"],
                  ["--window", "2026-01-01", "--again"],
                  ["--window", "2026-01-01", "--lookback", "yesterday"]):
        done = j.run(*["--lookback", "2026-01-04"][:2 if len(words) < 4
                                                   else 0], *words, now=now)
        assert done.returncode == 64 and "--lookback" in done.stderr


def test_a_new_day_that_fails_looks_back_once(job):
    j = job(window=LOOK)
    j.run("--due", now="2026-01-03T12:00:00Z", check=0)
    j.api.broken["2026-01-03"] = 503
    done = j.run("--due", now="2026-01-04T12:00:00Z")
    assert done.windows == [("2026-01-01", 0), ("2026-01-02", 0),
                            ("2026-01-03", 75)]
    assert j.run("--due", now="2026-01-04T13:00:00Z").windows == [
        ("2026-01-03", 75)]
    j.api.broken.clear()
    assert j.run("--due", now="2026-01-04T14:00:00Z", check=0).windows == [
        ("2026-01-03", 0)]


def test_a_look_back_that_was_killed_goes_on(job):
    """Begun: it is fetched.  Committed: what differs is loaded, what is the
    same is noted."""
    j = job(window=LOOK)
    j.run("--due", now="2026-01-03T12:00:00Z", check=0)
    j.api.of["2026-01-01"].append(make_invoice(700))
    j.tools.run("nf-stage", "days", "-q", j.path)
    for day in ("2026-01-01", "2026-01-02"):
        j.tools.run(
            "pipeline.sh", "fetch", "--from",
            j.tools.folder / "source.json", "--stage",
            f"file://{j.tools.folder}/staged/nfe/{day}.r2",
            "--stage-arg=--lookback", "--stage-arg=2026-01-03",
            "--stage-arg=--window", f"--stage-arg={day}", "--",
            "--set", "/window/step?=all", "--from", day, "--to", day, check=0)
    asked = len(j.api.asked)
    done = j.run("--due", now="2026-01-04T12:00:00Z", check=0)
    assert done.windows == [("2026-01-01", 0), ("2026-01-02", 0),
                            ("2026-01-03", 0)]
    assert len(j.api.asked) == asked + 1
    assert [w["state"] for w in j.ledger().values()] == [
        "loaded"] * 3
    assert j.ledger()["2026-01-02"]["same_as"] == "2026-01-02"


@pytest.mark.parametrize("change", [False, True])
def test_a_look_back_that_was_begun_goes_on(job, change):
    """Also from another source; what is the same is not loaded then either."""
    j = job(window=LOOK)
    j.run("--due", now="2026-01-03T12:00:00Z", check=0)
    held = f"file://{j.tools.folder}/staged/nfe/2026-01-02.r2"
    source = run_json(j, "2026-01-02")["source"]
    j.tools.run("nf-stage", "--emit=none", "--lookback", "2026-01-03", held,
                input='{"$nf":"begin","v":1,"run":"x","at":1,"source":"%s",'
                '"from":null}\n{}\n' % ("0" * 64 if change else source),
                check=75)
    done = j.run("--due", now="2026-01-04T12:00:00Z", check=0)
    newest = "2026-01-02.r3" if change else "2026-01-02.r2"
    assert [w["run"].rsplit("/")[-1] for w in done.summary["windows"]] == [
        "2026-01-01.r2", newest, "2026-01-03"]
    assert run_json(j, newest)["lookback"] == "2026-01-03"
    w = j.ledger()["2026-01-02"]
    assert (w["same_as"], w["state"]) == ("2026-01-02", "loaded")
    assert j.run("--due", now="2026-01-04T13:00:00Z", check=0).windows == []


def test_another_source_starts_over(job):
    """A run that was begun from another source can never go on."""
    j = job()
    j.api.broken["2026-01-02"] = 503
    j.run("--due")
    j.tools.run("nf-stage", "--emit=none",
                f"file://{j.tools.folder}/staged/nfe/2026-01-02", check=75,
                input='{"$nf":"begin","v":1,"run":"x","at":1,"source":"%s",'
                '"from":null}\n{}\n' % ("0" * 64))
    assert j.states()[1] == "begun"
    j.api.broken.clear()
    done = j.run("--due", check=0)
    assert [w["run"].rsplit("/")[-1] for w in done.summary["windows"]] == [
        "2026-01-02.r2"]
    assert "begun from another source: starting over as revision 2" in \
        done.stderr
    assert j.states() == ["loaded"] * 3
    assert j.run("--due", check=0).windows == []


def test_a_week_and_a_month_are_one_request(job):
    for every, since, now, want in (
            ("1w", "2026-01-05", "2026-01-19T00:00:00Z",
             [("2026-01-05", "2026-01-11"), ("2026-01-12", "2026-01-18")]),
            ("1mo", "2026-01", "2026-03-01T00:00:00Z",
             [("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")])):
        j = job(name=f"feed-{every}", window={"every": every, "since": since})
        j.api.asked.clear()
        j.run("--due", now=now, check=0)
        assert j.api.asked == want


class Feed(Api):
    """SEFAZ's way: what comes after an NSU, three at a time."""

    def __init__(self):
        super().__init__([])
        self.n = 0
        self.asked = []
        self.broken_after = None
        self.hold = None
        self.before = self.after_nsu

    def after_nsu(self, handler, path, query):
        after = int(query["nsu"])
        self.asked.append(after)
        if self.hold is not None:
            self.hold.wait(20)
        if self.broken_after is not None and after >= self.broken_after:
            handler.answer(503, "{}")
            return True
        found = [make_invoice(n) for n in range(after, min(after + 3, self.n))]
        handler.answer(200, '{"docs":[%s],"ultNSU":"%015d","maxNSU":"%015d"}'
                       % (",".join(found), after + len(found), self.n))
        return True


@pytest.fixture
def nsu(tools):
    """A job of such a feed."""
    with Feed() as api:
        j = Job(tools, api, window={"every": "cursor"})
        j.now = "2099-01-01T00:00:00Z"
        (tools.folder / "source.json").write_text(json.dumps({
            "url": api.url, "query": {"nsu": "{since}"}, "records": "/docs",
            "paginate": {"type": "cursor", "param": "nsu", "from": "/ultNSU",
                         "end": {"pointer": "/ultNSU",
                                 "same_as": "/maxNSU"}}}))
        yield j


def test_a_feed_goes_on_where_it_was(nsu):
    j, api = nsu, nsu.api
    api.n = 7
    done = j.run("--due", check=0)
    assert done.windows == [("000001", 0)] and api.asked == [0, 3, 6]
    assert run_json(j, "000001")["since"] == "0"
    # Nothing new is a window without records, from the same place.
    j.run("--due", check=0)
    j.run("--due", check=0)
    assert api.asked[3:] == [7, 7]
    api.n = 8
    assert j.run("--due", check=0).windows == [("000004", 0)]
    assert run_json(j, "000004")["since"] == "000000000000007"
    assert len(j.rows()) == 8
    found = j.ledger()
    assert list(found) == [f"{n:06}" for n in range(1, 6)]
    w = found["000004"]
    assert (w["from"], w["until"], w["records"], w["state"]) == (
        None, None, 1, "loaded")
    assert found["000005"]["state"] == "missing"
    j.run("--window", "000007", check=64)
    # A window that is fetched again begins where it began.
    asked = len(api.asked)
    j.run("--window", "000001", "--again", check=0)
    assert run_json(j, "000001.r2")["since"] == "0"
    assert api.asked[asked] == 0 and len(j.rows()) == 8


def test_a_feed_has_no_next_window_while_one_is_begun(nsu):
    j, api = nsu, nsu.api
    api.n, api.broken_after = 9, 6
    assert j.run("--due").windows == [("000001", 75)]
    api.n = 20
    assert j.run("--due").windows == [("000001", 75)]
    assert list(j.ledger()) == ["000001"]
    api.broken_after = None
    # The one that was begun is gone on with, then comes the next.
    done = j.run("--due", check=0)
    assert done.windows == [("000001", 0), ("000002", 0)]
    assert run_json(j, "000001")["since"] == "0"
    assert len(j.rows()) == 20
    hashes = {run_json(j, n)["source"] for n in ("000001", "000002")}
    assert len(hashes) == 1


def test_twins_of_a_feed(nsu):
    """Both begin at one place; what one has begun the other goes on with."""
    j, api = nsu, nsu.api
    for n in (5, 12, 12, 13):
        api.n = n
        both = [j.tools.start("pipeline.sh", "run", j.path, "--due", "--now",
                              j.now) for _ in range(2)]
        for p in both:
            p.communicate(timeout=120)
            assert p.returncode in (0, 75)
    j.run("--due", check=0)
    assert len(j.rows()) == 13
    at = [(run_json(j, name.name)["since"], name.name) for name in
          sorted((j.tools.folder / "staged/nfe").iterdir())]
    assert at == sorted(at)
    assert all(w["state"] == "loaded" or w["records"] == 0
               for w in j.ledger().values() if "run" in w)


def test_a_feed_without_a_mark_is_refused(nsu):
    """A next page that is not named at the end leads nowhere later."""
    j, api = nsu, nsu.api

    def before(handler, path, query):
        handler.answer(200, '{"docs":[%s]}' % make_invoice(1))
        return True

    api.before = before
    j.run("--due", check=0)
    done = j.run("--due", check=78)
    assert "left no mark after the last record" in done.stderr


def test_kills_and_twins(job, days_api):
    """Killed at any moment, two at once, retried: no window is twice in the
    table, none is lost, each run can be completed."""
    rng = random.Random(44)
    j = job(window=LOOK | {"lookback": 1})
    for n in range(40 if FULL else 6):
        now = f"{datetime.date(2026, 1, 3) + (n // 2) * DAY}T12:00:00Z"
        ways = [["--due"], ["--due"], ["--window", "2026-01-01", "--again"],
                ["--window", "2026-01-02", "--revision", "2"]]
        both = [j.tools.start("pipeline.sh", "run", j.path, "--now", now,
                              *rng.choice(ways), start_new_session=True)
                for _ in range(rng.choice((1, 2)))]
        for p in both:
            if rng.random() < 0.7:
                time.sleep(rng.random() * 1.5)
                os.killpg(p.pid, rng.choice((signal.SIGKILL,
                                             signal.SIGTERM)))
            p.communicate(timeout=120)
    for _ in range(3):
        done = j.run("--due", now=now)
        if done.returncode == 0:
            break
    assert done.returncode == 0 and not j.run("--due", now=now).windows
    found = j.ledger(now=now)
    assert {w["state"] for w in found.values()} == {"loaded"}
    assert j.cells() == j.cells_of_texts(
        text for day in found for text in days_api.of[day])
    for name in (j.tools.folder / "staged/nfe").iterdir():
        uri = f"file://{name}"
        mark = j.tools.run("nf-stage", "mark", uri, check=0).stdout
        if mark == "committed\n":
            j.tools.run("nf-stage", "verify", "-q", uri, check=0)
    for w in found.values():
        assert w["records"] == len(days_api.of[w["window"]])
