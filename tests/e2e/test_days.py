# SPDX-License-Identifier: Apache-2.0
"""Windows of a job against Python's zoneinfo, and the ledger of its runs."""

import datetime
import functools
import json
import random
import subprocess
import sys
import time
import zoneinfo

import jsonschema
import pytest

from conftest import FULL, ROOT
from staging import empty

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
EVERY = {"5m": 5, "15m": 15, "1h": 60, "3h": 180, "12h": 720, "1d": 0,
         "1w": 0, "1mo": 0}


def job_file(folder, **change):
    job = {"nf_job": 1, "name": "nfe", "source": "source.json",
           "window": {"every": "1d", "zone": "America/Sao_Paulo",
                      "since": "2026-01-01"},
           "stage": f"file://{folder}/staged", "mapping": "mapping.json",
           "target": "sqlite:t.db"}
    for key, value in change.items():
        if key in ("every", "zone", "since", "delay"):
            job["window"][key] = value
        else:
            job[key] = value
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path


@pytest.fixture
def days(tools):
    """Call nf-stage days: its lines, and its exit code."""
    (tools.folder / "staged").mkdir(exist_ok=True)

    def call(*args, **change):
        path = job_file(tools.folder, **change)
        done = tools.run("nf-stage", "days", "-q", *args, path)
        return [json.loads(line) for line in done.stdout.splitlines()], \
            done.returncode
    return call


def instant(local, zone, fold=0):
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def begins(every, zone, day):
    """The instants at which windows begin on that local day."""
    if every == "1w" and day.weekday() != 0 or every == "1mo" and day.day != 1:
        return set()
    midnight = datetime.datetime.combine(day, datetime.time())
    first = instant(midnight, zone)
    found = {first}
    if EVERY[every]:
        after = instant(midnight + DAY, zone)
        # Clocks that go back after midnight show the day before again.
        for minute in range(-1440, 2 * 1440, EVERY[every]):
            wall = midnight + datetime.timedelta(minutes=minute)
            for fold in (0, 1):
                at = instant(wall, zone, fold)
                real = at.astimezone(zone).replace(tzinfo=None) == wall
                if (fold == 0 or real) and first <= at < after:
                    found.add(at)
    return found


@functools.lru_cache(None)
def zones_that_changed():
    """Every zone whose offset changed since 2000, and when, to the day."""
    noon = [datetime.datetime(2000, 1, 1, 12, tzinfo=UTC) + n * DAY
            for n in range(27 * 365)]
    found = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        offsets = [t.astimezone(zone).utcoffset() for t in noon]
        changed = [noon[n] for n in range(1, len(noon))
                   if offsets[n] != offsets[n - 1]]
        if changed:
            found[name] = changed
    return found


def lines_of(days, every, name, around):
    """What nf-stage says of the windows around a day, and what is so."""
    zone = zoneinfo.ZoneInfo(name)
    span = 70 if every == "1mo" else 15 if every == "1w" else 3
    first = around.astimezone(zone).date() - span * DAY
    if every == "1w":
        first -= first.weekday() * DAY
    if every == "1mo":
        first = first.replace(day=1)
    want = sorted(set().union(*(
        begins(every, zone, first + n * DAY) for n in range(2 * span))))
    now = want[-1].strftime("%Y-%m-%dT%H:%M:%SZ")
    since = first.strftime("%Y-%m" if every == "1mo" else "%Y-%m-%d")
    got, _ = days("--now", now, every=every, zone=name, since=since)
    return got, want


def test_windows_are_those_of_zoneinfo(days):
    rng = random.Random(22)
    changed = zones_that_changed()
    assert len(changed) > 200
    for name, when in changed.items():
        for every in rng.sample(list(EVERY), len(EVERY) if FULL else 3):
            around = rng.choice(when)
            got, want = lines_of(days, every, name, around)
            have = [datetime.datetime.fromisoformat(w["from"]) for w in got]
            end = [datetime.datetime.fromisoformat(w["until"]) for w in got]
            place = (name, every, around)
            assert have == want[:-1], place
            assert end == want[1:], place
            assert len({w["window"] for w in got}) == len(got), place


def all_steps():
    """Every length that the schema has."""
    schema = json.loads((ROOT / "mappings/job.schema.json").read_text())
    every = schema["properties"]["window"]["properties"]["every"]["enum"]
    return {e: 60 * int(e[:-1]) if e[-1] == "h" else
            int(e[:-1]) if e[-1] == "m" else 0 for e in every
            if e != "cursor"}


def test_windows_at_random_moments(days, monkeypatch):
    """Any zone that changed, any length, any moment since 2000; the long form
    has 10,000."""
    rng = random.Random(25)
    monkeypatch.setitem(globals(), "EVERY", all_steps())
    names = sorted(zones_that_changed())
    first = datetime.datetime(2000, 6, 1, tzinfo=UTC)
    for _ in range(10000 if FULL else 30):
        name, every = rng.choice(names), rng.choice(list(EVERY))
        around = first + rng.random() * 26 * 365 * DAY
        got, want = lines_of(days, every, name, around)
        have = [datetime.datetime.fromisoformat(w["from"]) for w in got]
        end = [datetime.datetime.fromisoformat(w["until"]) for w in got]
        assert (have, end) == (want[:-1], want[1:]), (name, every, around)


def test_a_day_begins_with_its_date(days):
    """No instant belongs to a window of another local day."""
    rng = random.Random(23)
    for name, when in zones_that_changed().items():
        zone = zoneinfo.ZoneInfo(name)
        got, _ = lines_of(days, "1d", name, rng.choice(when))
        for w in got:
            first = datetime.datetime.fromisoformat(w["from"])
            local = first.astimezone(zone)
            before = first - datetime.timedelta(seconds=1)
            assert local.strftime("%Y-%m-%d") == w["window"], name
            assert before.astimezone(zone).date() < local.date(), name


def test_every_label_is_read_back(days):
    rng = random.Random(24)
    names = rng.sample(list(zones_that_changed()), 40)
    for name in names:
        when = rng.choice(zones_that_changed()[name])
        for every in ("15m", "1h", "1d", "1w", "1mo"):
            got, _ = lines_of(days, every, name, when)
            w = rng.choice(got)
            again, _ = days("--windows", w["window"], every=every, zone=name,
                            since=got[0]["window"])
            assert again == [w | {"due": again[0]["due"]}]


def test_hours_that_come_twice_have_their_offset(days):
    got, _ = days("--now", "2018-02-18T04:00:00Z", every="1h",
                  since="2018-02-17")
    assert [w["window"] for w in got][-4:] == [
        "2018-02-17T2200", "2018-02-17T2300-0200", "2018-02-17T2300-0300",
        "2018-02-18T0000"]


def test_a_day_that_does_not_exist_is_no_window(days):
    got, _ = days("--now", "2012-01-02T12:00:00Z", zone="Pacific/Apia",
                  since="2011-12-28")
    assert [w["window"] for w in got][:4] == [
        "2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


def test_due_after_the_delay(days):
    at = {"every": "1d", "since": "2026-01-01", "delay": "6h"}
    got, code = days("--due", "--now", "2026-01-03T08:59:59Z", **at)
    assert [w["window"] for w in got] == ["2026-01-01"] and code == 75
    got, code = days("--due", "--now", "2026-01-03T09:00:00Z", **at)
    assert [w["window"] for w in got] == ["2026-01-01", "2026-01-02"]
    got, code = days("--now", "2026-01-01T12:00:00Z", **at)
    assert got == [] and code == 0


@pytest.mark.parametrize("change,why", [
    ({"nam": "x"}, '/nam: unknown member; did you mean "name"?'),
    ({"name": "A b"}, "/name: not 1 to 63 of a-z, 0-9 and -"),
    ({"nf_job": 2}, "/nf_job: 2: expected a whole number from 1 to 1"),
    ({"every": "7m"}, "/window/every: not "),
    ({"every": "2d"}, "/window/every: not "),
    ({"zone": "America/SaoPaulo"}, "/window/zone: "),
    ({"since": "2026-02-30"}, "/window/since: not the name of a window"),
    ({"every": "1w", "since": "2026-01-01"}, "/window/since: not the name"),
    ({"delay": "soon"}, "/window/delay: not a duration"),
    ({"stage": "staged"}, "/stage: neither gs://"),
    ({"target": "t.db"}, "/target: neither bigtable://"),
    ({"rejects": {"maximum": 1}}, "/rejects/maximum: unknown member"),
    ({"empty": "maybe"}, '/empty: "maybe": expected one of final, retry'),
    ({"empty": "retry"}, '/empty: "retry" needs "late_after"'),
])
def test_a_wrong_job_names_its_member(tools, change, why):
    path = job_file(tools.folder, **change)
    done = tools.run("nf-stage", "days", path, check=78)
    assert f"{path}: {why}" in done.stderr
    assert done.stdout == ""


class Feed:
    """A job whose runs are made by hand."""

    def __init__(self, tools, days, **change):
        self.tools, self.days, self.change = tools, days, change
        self.target = f"sqlite:{tools.folder}/t.db"

    def uri(self, name):
        return f"file://{self.tools.folder}/staged/nfe/{name}"

    def begin(self, name, text="{}\n"):
        """A run that is not committed: its input has no end."""
        head = json.dumps({"$nf": "begin", "v": 1, "run": name, "at": 1,
                           "source": "0" * 64, "from": None},
                          separators=(",", ":"))
        self.tools.run("nf-stage", "--emit=none", self.uri(name),
                       input=f"{head}\n{text}", check=75)

    def commit(self, name, text="{}\n"):
        self.tools.run("nf-stage", "--unsealed", "--emit=none",
                       self.uri(name), input=text, check=0)

    def note(self, name, **members):
        note = {"tool": "nf-pipeline", "run": name, "exit": 0} | members
        self.tools.run("nf-stage", "note", self.uri(name),
                       input=json.dumps(note), check=0)

    def loaded(self, name, **members):
        self.note(name, **({"state": "loaded", "mapping_hash": "f" * 16,
                            "target": self.target} | members))

    def ledger(self, now="2026-01-05T12:00:00Z", *args):
        lines, code = self.days("--now", now, *args, **self.change)
        assert (code == 75) == any(w["due"] for w in lines)
        return {w["window"]: w for w in lines}


@pytest.fixture
def feed(tools, days):
    return lambda **change: Feed(tools, days, **change)


def states(ledger):
    return [(w["state"], w["due"]) for w in ledger.values()]


def test_states_of_the_ledger(feed):
    f = feed()
    f.begin("2026-01-02")
    for day in ("03", "04"):
        f.commit(f"2026-01-{day}", "{}\n{}\n")
    f.loaded("2026-01-04", stages={"transform": {"rejected": 1}})
    found = f.ledger()
    assert states(found) == [("missing", True), ("begun", True),
                             ("committed", True), ("loaded", False)]
    w = found["2026-01-04"]
    assert w["run"] == f.uri("2026-01-04")
    assert (w["records"], w["rejects"], w["revision"]) == (2, 1, 1)
    assert w["mapping_hash"] == "f" * 16
    assert "run" not in found["2026-01-01"]
    f.note("2026-01-04", state="audited", target=f.target)
    assert f.ledger()["2026-01-04"]["state"] == "audited"
    # In shares: all of one cut.
    f.loaded("2026-01-03")
    for part, state in (("1/2", "loaded"), ("3/3", "loaded"),
                        ("2/2", "audited")):
        f.note("2026-01-03", state="audited", target=f.target, part=part)
        assert f.ledger()["2026-01-03"]["state"] == state


def test_what_ended_on_purpose_is_partial(feed, tools):
    f = feed()
    f.commit("2026-01-01")
    f.loaded("2026-01-01")
    assert f.ledger()["2026-01-01"]["proof"] is None
    path = tools.folder / "staged/nfe/2026-01-01/_nf/manifest.json"
    text = path.read_text()
    for by, state in (("total", "loaded"), ("limit", "partial")):
        path.unlink()
        path.write_text(text.replace(
            '"proof":null',
            '"proof":{"by":"%s","claimed":1,"walked":1}' % by))
        w = f.ledger()["2026-01-01"]
        assert (w["proof"], w["state"], w["due"]) == \
            (by, state, by == "limit")


@pytest.mark.parametrize("members", [
    {"target": "sqlite:other.db"}, {"state": "committed"},
    {"tool": "nf-fetch"}, {"part": "1/2"}, {"part": "2/1"}])
def test_what_does_not_mean_loaded(feed, members):
    f = feed()
    f.commit("2026-01-01")
    f.loaded("2026-01-01", **members)
    assert f.ledger()["2026-01-01"]["state"] == "committed"


def test_shares_that_make_a_whole(feed):
    f = feed()
    f.commit("2026-01-01")
    for part in ("1/3", "2/3", "1/2", "2/3"):
        f.loaded("2026-01-01", part=part)
        assert f.ledger()["2026-01-01"]["state"] == "committed"
    f.loaded("2026-01-01", part="3/3")
    assert f.ledger()["2026-01-01"]["state"] == "loaded"


def test_an_empty_window(feed):
    f = feed()
    f.commit("2026-01-01", "")
    w = f.ledger()["2026-01-01"]
    assert (w["state"], w["records"], w["due"]) == ("committed", 0, False)
    f = feed(empty="retry", late_after="3d")
    until = "2026-01-02T03:00:00Z"
    assert f.ledger(until)["2026-01-01"]["due"]
    w = f.ledger("2026-01-05T02:59:59Z")["2026-01-01"]
    assert w["due"] and not w["late"]
    assert not f.ledger("2026-01-05T03:00:00Z")["2026-01-01"]["due"]


def test_late_windows(feed):
    f = feed(late_after="2d")
    found = f.ledger("2026-01-04T03:00:00Z")
    assert [w["late"] for w in found.values()] == [True, False, False]


def test_the_newest_revision_counts(feed):
    f = feed()
    f.commit("2026-01-01", "{}\n")
    f.loaded("2026-01-01")
    f.commit("2026-01-01.r2", "{}\n{}\n")
    for strange in ("2026-01-01.r1", "2026-01-01.r02", "2026-01-01.rx",
                    "2026-01-01-rejects-0123456789abcdef", "2025-13-01",
                    "old"):
        f.commit(strange, "{}\n{}\n{}\n")
    w = f.ledger()["2026-01-01"]
    assert (w["revision"], w["records"]) == (2, 2)
    assert w["state"] == "committed" and w["due"]
    f.note("2026-01-01.r2", same_as="2026-01-01")
    w = f.ledger()["2026-01-01"]
    assert not w["due"] and w["same_as"] == "2026-01-01"
    f.commit("2026-01-01.r10")
    assert f.ledger()["2026-01-01"]["revision"] == 10


def test_what_is_damaged_hides_nothing(feed, tools):
    """A run whose manifest cannot be read is due, an invalid note is left
    out, and the other windows are as they are."""
    f = feed()
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        f.commit(day)
        f.loaded(day)
    runs = tools.folder / "staged/nfe"
    manifest = runs / "2026-01-02/_nf/manifest.json"
    manifest.unlink()
    manifest.write_text("{")
    for n, text in enumerate(("", "[1]", "x", '{"tool":"nf-pipeline"}',
                              '{"tool":"nf-pipeline","same_as":{}}')):
        (runs / f"2026-01-03/_nf/note-{n}.json").write_text(text)
    done = tools.run("nf-stage", "days", "--now", "2026-01-04T12:00:00Z",
                     job_file(tools.folder), check=75)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(w["state"], w["due"]) for w in found] == [
        ("loaded", False), ("begun", True), ("loaded", False)]
    assert "left out of the ledger" in done.stderr
    assert "manifest.json" in done.stderr


def test_the_ledger_of_a_bucket(feed, tools, fake_gcs, tmp_path):
    """The same lines as of a folder, though several runs are read at once."""
    f = feed(since="2025-11-01")
    for n in range(40):
        day = str(datetime.date(2025, 11, 1) + n * DAY)
        if n % 7 == 1:
            f.begin(day)
        elif n % 7 != 3:
            f.commit(day)
    f.loaded("2025-11-03")
    want = list(f.ledger("2025-12-20T00:00:00Z").values())
    bucket = fake_gcs.client().bucket(fake_gcs.bucket)
    for path in (tmp_path / "staged").rglob("*"):
        if path.is_file():
            bucket.blob(str(path.relative_to(tmp_path))) \
                .upload_from_filename(str(path))
    path = job_file(tmp_path, since="2025-11-01",
                    stage=f"{fake_gcs.uri}/staged")
    done = tools.run("nf-stage", "days", "-q", "--now",
                     "2025-12-20T00:00:00Z", path, env=fake_gcs.env, check=75)
    got = done.stdout.replace(fake_gcs.uri, f"file://{tmp_path}")
    assert [json.loads(line) for line in got.splitlines()] == want
    assert len(want) == 48
    one = tools.run("nf-stage", "days", "-q", "--windows", "2025-11-03", path,
                    env=fake_gcs.env, check=0)
    assert json.loads(one.stdout)["state"] == "loaded"


def test_a_deadline(tools, tmp_path):
    """--timeout is for this verb, too: a store that only refuses ends it."""
    with empty("gs", tmp_path) as run:
        run.storage.fault = lambda *_: ("status", 503)
        path = job_file(tmp_path, stage=run.uri)
        begun = time.monotonic()
        done = tools.run("nf-stage", "days", "--timeout", "1500ms",
                         "--retry-time", "8s", "--summary", "s", path,
                         env=run.env, check=75)
    assert time.monotonic() - begun < 6
    assert json.loads((tmp_path / "s").read_text())["code"] == "timeout"
    assert "--timeout" in done.stderr and done.stdout == ""


def test_many_windows(tools, days):
    """The long form has 10,000: seconds, and memory that hardly grows."""
    n = 10000 if FULL else 400
    first = datetime.date(1999, 1, 1)
    for i in range(n):
        day = first + i * DAY
        place = tools.folder / f"staged/nfe/{day}/_nf"
        place.mkdir(parents=True)
        info = f'"run":"{day}","source":"{"a" * 64}","window":"{day}",' \
            '"start":1795456800000000'
        (place / "run.json").write_text('{"v":1,%s}' % info)
        (place / "manifest.json").write_text(
            '{"v":1,%s,"end":1795456900000000,"records":3,"size":0,'
            '"raw_size":0,"raw_crc32c":"00000000","parts":[]}'.replace(
                '"records":3', '"records":0') % info)
        (place / f"note-1795456900000000-{i:016x}.json").write_text(
            json.dumps({"tool": "nf-pipeline", "state": "loaded",
                        "mapping_hash": "f" * 16,
                        "target": f"sqlite:{tools.folder}/t.db"}))
    path = job_file(tools.folder, zone="UTC", since=str(first))
    # A small parent, whose own memory is not measured.
    script = "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:])" \
        "\nprint(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", "-c", script, tools.path("nf-stage"), "days",
         "-q", "--now", f"{first + n * DAY}T00:00:00Z", path], check=True,
        capture_output=True, text=True, env=tools.env)
    assert time.monotonic() - began < 30
    *lines, most = done.stdout.splitlines()
    got = [json.loads(line) for line in lines]
    assert len(got) == n and {w["state"] for w in got} == {"loaded"}
    assert int(most) < 40 << 10  # KiB


def test_assignments_for_a_shell(feed, tools):
    f = feed(name="nfe", target="sqlite:it's $(x).db", rejects={"max": "5%"},
             every="1d", since="2026-01-01")
    f.commit("2026-01-01")
    path = job_file(tools.folder, **f.change)
    done = tools.run("nf-stage", "days", "-q", "--sh", "--due",
                     "--max-windows", "2", "--now", "2026-01-05T00:00:00Z",
                     path, check=0)
    script = done.stdout + 'printf "%s|" "$job_target" "$job_max_rejects" ' \
        '"${windows[@]}" "${runs[@]}" "${wants[@]}" "${froms[@]}" ' \
        '"${lasts[@]}" "${untils[@]}"'
    said = subprocess.run(["bash", "-eu", "-c", script], check=True,
                          capture_output=True, text=True).stdout
    assert said.split("|")[:-1] == [
        f"sqlite:{tools.folder}/it's $(x).db", "5%",
        "2026-01-01", "2026-01-02", f.uri("2026-01-01"),
        f.uri("2026-01-02"), "load", "fetch", "2026-01-01", "2026-01-02",
        "2026-01-01", "2026-01-02", "2026-01-02", "2026-01-03"]


def test_the_example_is_right(tools):
    """By the tool and by the schema, which agree on what is wrong."""
    page = (ROOT / "man/nf-job.5").read_text("utf-8")
    text = page.split("<<'END'\n")[1].split("END\n")[0]
    job = json.loads(text)
    schema = json.loads((ROOT / "mappings/job.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema)
    valid.validate(job)
    for n in range(1, 1500):
        job["window"]["every"] = f"{n}m"
        job["stage"] = f"file://{tools.folder}/staged"
        path = tools.folder / "job.json"
        path.write_text(json.dumps(job))
        if n % 60 in (0, 1, 5, 7, 15) and n < 800:
            done = tools.run("nf-stage", "days", "-q", "--now",
                             "2026-01-01T00:00:00Z", path)
            assert (done.returncode != 78) == valid.is_valid(job), n
