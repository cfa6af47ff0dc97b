# SPDX-License-Identifier: Apache-2.0
"""Five ways to lose a day with every light green, each as jobs have it, in
other schedules, zones and skips."""

import datetime
import json

import pytest

from conftest import RELATIONAL, make_invoice
from jobs import DAY, Days, Job

FIRST = datetime.date(2026, 1, 1)


@pytest.fixture
def api():
    with Days() as days:
        for n in range(60):
            days.of[str(FIRST + n * DAY)] = [make_invoice(n)]
        yield days


@pytest.fixture
def job(tools, api):
    return lambda **change: Job(tools, api, **change)


def moments(first, step_hours, count):
    start = datetime.datetime.combine(first, datetime.time(6))
    return [(start + n * datetime.timedelta(hours=step_hours))
            .strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(count)]


# 1: a schedule is not a window ---------------------------------------------

@pytest.mark.parametrize("every,since,step,count", [
    ("1d", "2026-01-01", 7 * 24, 3),    # a schedule once a week
    ("1d", "2026-01-01", 6, 10),        # and four times a day
    ("1w", "2026-01-05", 15 * 24, 3),   # weeks, looked at twice a month
    ("1mo", "2026-01", 24 * 20, 4)])    # months, by any days
def test_the_schedule_does_not_say_what_is_asked_for(job, api, every, since,
                                                     step, count):
    j = job(window={"every": every, "since": since})
    at = moments(FIRST + DAY, step, count)
    for now in at:
        j.run("--due", now=now, check=0)
    want = [(w["from"][:10], str(datetime.date.fromisoformat(
        w["until"][:10]) - DAY)) for w in j.ledger(now=at[-1]).values()]
    assert api.asked == want and len(want) >= 2
    for before, after in zip(api.asked, api.asked[1:]):
        assert datetime.date.fromisoformat(before[1]) + DAY == \
            datetime.date.fromisoformat(after[0])


# 2: loaded is what was loaded -----------------------------------------------

def fetch_only(j):
    j.phase("fetch", "--window", "2026-01-01")


def load_a_share(j):
    fetch_only(j)
    j.phase("load", "--window", "2026-01-01", "--part", "1/2")


def load_elsewhere(j):
    fetch_only(j)
    run = f"file://{j.tools.folder}/staged/nfe/2026-01-01"
    other = f"sqlite:{j.tools.folder}/other.db"
    j.tools.run("pipeline.sh", "load", "--create", "--stage", run, "-m",
                RELATIONAL, "--to", other, check=0)


def load_in_vain(j):
    fetch_only(j)
    path = j.tools.folder / "t.db"
    kept = path.read_bytes()
    path.write_bytes(b"no database")
    j.phase("load", "--window", "2026-01-01", check=None)
    path.write_bytes(kept)


@pytest.mark.parametrize("way", [fetch_only, load_a_share, load_elsewhere,
                                 load_in_vain])
def test_a_skipped_load_is_not_loaded(job, way):
    j = job()
    way(j)
    w = j.ledger(now="2026-01-02T12:00:00Z")["2026-01-01"]
    assert (w["state"], w["due"]) == ("committed", True)
    j.run("--due", now="2026-01-02T12:00:00Z", check=0)
    assert j.ledger(now="2026-01-02T12:00:00Z")["2026-01-01"]["state"] == \
        "loaded"
    assert len(j.rows()) == 1


# 3: what was committed short or empty ---------------------------------------

@pytest.mark.parametrize("had", [0, 1])
@pytest.mark.parametrize("way", ["again", "lookback", "retry"])
def test_what_came_too_late_is_fetched(job, api, had, way):
    job_way = {"lookback": {"window": {
        "every": "1d", "zone": "America/Sao_Paulo", "since": "2026-01-01",
        "lookback": 1}}, "retry": {"empty": "retry", "late_after": "9d"}}
    j = job(**job_way.get(way, {}))
    day = "2026-01-01"
    api.of[day] = [make_invoice(900)][:had]
    j.run("--due", now="2026-01-02T12:00:00Z", check=0)
    api.of[day] = [make_invoice(900), make_invoice(901)]
    if way == "again" or (way, had) == ("retry", 1):
        assert j.run("--due", now="2026-01-02T13:00:00Z",
                     check=0).windows == []
        j.run("--window", day, "--again", check=0)
    else:
        j.run("--due", now="2026-01-03T12:00:00Z", check=0)
    w = j.ledger(now="2026-01-03T12:00:00Z")[day]
    assert (w["revision"], w["records"], w["state"]) == (2, 2, "loaded")


# 4: a gap is seen -----------------------------------------------------------

@pytest.mark.parametrize("every,since,skipped", [
    ("1d", "2026-01-01", ["2026-01-03", "2026-01-04", "2026-01-05"]),
    ("6h", "2026-01-01", ["2026-01-01T0600"]),
    ("1w", "2026-01-05", ["2026-01-12"])])
@pytest.mark.parametrize("how", ["never", "failed"])
def test_a_gap_is_due_and_late(job, api, every, since, skipped, how):
    j = job(window={"every": every, "since": since}, late_after="2d")
    if every == "6h":
        api.before = lambda handler, path, query: (
            api.asked.append(query) or handler.answer(200, "[]") or True)
    now = "2026-02-10T00:00:00Z"
    names = [n for n in j.ledger(now=now)][:6]
    for name in names:
        if name not in skipped:
            j.run("--window", name, now=now, check=0)
        elif how == "failed":
            api.broken = {str(FIRST + n * DAY): 503 for n in range(60)}
            kept, api.before = api.before, lambda h, *_: (
                h.answer(503, "{}") or True)
            assert j.run("--window", name, now=now).returncode == 75
            api.before = kept
            api.broken.clear()
    found = j.ledger(now=now)
    for name in names:
        assert (found[name]["due"], found[name]["late"]) == \
            (name in skipped, name in skipped), name
    # It is filled, not passed over.
    j.run("--window", f"{skipped[0]}..{skipped[-1]}", now=now, check=0)
    found = j.ledger(now=now)
    assert not any(found[name]["due"] for name in names)


# 5: local days --------------------------------------------------------------

@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Tokyo",
                                  "Pacific/Auckland", "-03:30"])
@pytest.mark.parametrize("hour", [0, 3, 21, 22, 23])
def test_days_are_those_of_the_zone(tools, api, zone, hour):
    """Whenever the scheduler looks, the last whole local day was asked for,
    and none that is not over."""
    (tools.folder / "staged").mkdir()
    tools.folder.joinpath("source.json").write_text("{}")
    j = Job(tools, api, window={"every": "1d", "zone": zone,
                                "since": "2026-01-27"})
    east = {"America/Sao_Paulo": -3, "Asia/Tokyo": 9, "Pacific/Auckland": 13,
            "-03:30": -3.5}[zone]
    tz = datetime.timezone(datetime.timedelta(hours=east))
    now = datetime.datetime(2026, 1, 29, hour, tzinfo=tz)
    done = tools.run("nf-stage", "days", "--sh", "-q", "--now",
                     now.isoformat(), j.path, check=0)
    said = tools.sh(f"{done.stdout}\nprintf '%s %s %s\\n' "
                    '"${froms[-1]}" "${lasts[-1]}" "${untils[-1]}"').stdout
    assert said.split() == ["2026-01-28", "2026-01-28", "2026-01-29"]
    lines = [json.loads(line) for line in tools.run(
        "nf-stage", "days", "-q", "--now", now.isoformat(),
        j.path).stdout.splitlines()]
    assert lines[-1]["until"] == now.replace(hour=0).isoformat()
