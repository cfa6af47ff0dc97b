# SPDX-License-Identifier: Apache-2.0
"""Job files of a deployment, and an API that answers for days."""

import datetime
import json

from platforms import ROOT, e2e

WIDE = ROOT / "mappings" / "nf-wide.json"
PAGES = {"type": "page", "param": "page"}


def days_ago(n):
    """The name of the window of a day; before the last one there is a day
    for a test that runs at midnight."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return str(now.date() - datetime.timedelta(days=n))


class Jobs:
    """A folder of job files; NF_JOBS."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def write(self, name, url, stage, target, /, *, source=None, **change):
        """A job of days whose windows are due from days_ago(2) on, and its
        source; source and change replace members."""
        (self.folder / f"{name}.source.json").write_text(json.dumps({
            "url": url, "paginate": PAGES,
            "query": {"from": "{from}", "to": "{to}"}, **(source or {})}))
        job = {"nf_job": 1, "name": name, "source": f"{name}.source.json",
               "window": {"every": "1d", "since": days_ago(2)},
               "stage": stage, "mapping": str(WIDE), "target": target,
               "late_after": "1h", **change}
        path = self.folder / f"{name}.job.json"
        path.write_text(json.dumps({k: v for k, v in job.items()
                                    if v is not None}))
        return path

    def broken(self, name, text):
        (self.folder / f"{name}.job.json").write_text(text)

    @property
    def env(self):
        return {"NF_JOBS": str(self.folder)}


def by_day(api, per_day=10):
    """Let an API of invoices serve those of the day that is asked for, each
    day of its own: number per_day a day, in pages.  What was asked is in
    .days, (from, to)."""
    api.days, api.of = [], {}
    before = api.before

    def serve(handler, path, query):
        if before and before(handler, path, query):
            return True
        first, last = query.get("from"), query.get("to")
        if first is None:
            return False
        api.days.append((first, last))
        found, day = [], datetime.date.fromisoformat(first[:10])
        while day <= datetime.date.fromisoformat(last[:10]):
            found += api.of.get(str(day)) or [
                e2e.make_invoice(day.toordinal() * 100 + i
                                 + 10 * int(first[11:13] or 0))
                for i in range(per_day)]
            day += datetime.timedelta(days=1)
        page, size = int(query.get("page", 1)), api.per_page
        handler.answer(200, "[" + ",".join(
            found[(page - 1) * size:page * size]) + "]")
        return True

    api.before = serve
    return api


# Days that were taken when the newest was not due yet.
BEFORE = {"every": "1d", "since": days_ago(3), "lookback": 2, "delay": "1d"}
AFTER = {**BEFORE, "delay": "0s"}


def arrive_late(api):
    """One more invoice of the day before yesterday."""
    day = days_ago(2)
    number = int(day.replace("-", ""))
    api.of[day] = [e2e.make_invoice(
        datetime.date.fromisoformat(day).toordinal() * 100 + i)
        for i in range(10)] + [e2e.make_invoice(number)]


def looked_back(found):
    """Of the ledger: revision and what it equals, of each day."""
    return {w: (d["revision"], d.get("same_as")) for w, d in found.items()}


# The newest day made the two before it be fetched once more.
LOOKED_BACK = {days_ago(3): (2, days_ago(3)), days_ago(2): (2, None),
               days_ago(1): (1, None)}


def ledger(tools, path, env):
    """What nf-stage days says of a job: by window."""
    done = tools.run("nf-stage", "days", "-q", path, env=env)
    assert done.returncode in (0, 75), done.stderr
    return {d["window"]: d for d in map(json.loads,
                                        done.stdout.splitlines())}
