# SPDX-License-Identifier: Apache-2.0
"""An API of days, and a job that takes its windows."""

import datetime
import json

from conftest import RELATIONAL
from invoices import Api

DAY = datetime.timedelta(days=1)


class Days(Api):
    """An API that answers for ?from=&to=, both days included."""

    def __init__(self):
        super().__init__([])
        self.of = {}     # day: its invoices
        self.broken = {}  # day: what is answered instead
        self.asked = []
        self.before = self.by_day

    def by_day(self, handler, path, query):
        first, last = query["from"], query["to"]
        self.asked.append((first, last))
        day, found = datetime.date.fromisoformat(first), []
        while day <= datetime.date.fromisoformat(last):
            if str(day) in self.broken:
                handler.answer(self.broken[str(day)], "{}")
                return True
            found += self.of.get(str(day), [])
            day += DAY
        handler.answer(200, "[" + ",".join(found) + "]")
        return True


class Job:
    """A job file, and nf-pipeline with it."""

    now = "2026-01-04T12:00:00Z"

    def __init__(self, tools, api, **change):
        self.tools, self.api = tools, api
        folder = tools.folder
        (folder / "staged").mkdir(exist_ok=True)
        (folder / "source.json").write_text(json.dumps({
            "url": api.url, "query": {"from": "{from}", "to": "{to}"},
            "paginate": {"type": "none"}}))
        self.path = folder / "job.json"
        self.target = change.get("target", f"sqlite:{folder}/t.db")
        self.job = {
            "nf_job": 1, "name": "nfe", "source": "source.json",
            "window": {"every": "1d", "zone": "America/Sao_Paulo",
                       "since": "2026-01-01"},
            "stage": f"file://{folder}/staged",
            "mapping": str(RELATIONAL), "target": "sqlite:t.db"}
        self.write(**change)
        tools.run("nf-load", "create", "-m", RELATIONAL, self.target, check=0)

    def write(self, **change):
        self.job |= change
        self.path.write_text(json.dumps(self.job))

    def run(self, *args, now=None, check=None):
        done = self.tools.run("pipeline.sh", "run", self.path, "--now",
                              now or self.now,
                              *args, "--fetch-arg=--retry-time",
                              "--fetch-arg=0", check=check)
        done.summary = json.loads(done.stdout.splitlines()[-1])
        assert done.summary["exit"] == done.returncode
        done.windows = [(w["window"], w["exit"])
                        for w in done.summary["windows"]]
        return done

    def phase(self, verb, *args, now=None, check=0):
        done = self.tools.run("pipeline.sh", verb, self.path, "--now",
                              now or self.now, *args, check=check)
        return json.loads(done.stdout.splitlines()[-1])

    def ledger(self, now=None):
        done = self.tools.run("pipeline.sh", "days", self.path, "--now",
                              now or self.now)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == (75 if any(w["due"] for w in lines) else 0)
        return {w["window"]: w for w in lines}

    def states(self, **args):
        return [w["state"] for w in self.ledger(**args).values()]

    def keys_of(self, run):
        cat = self.tools.run("nf-stage", "cat", run, check=0)
        done = self.tools.run("nf-transform", "-m", RELATIONAL, "--no-seal",
                              input=cat.stdout, check=0)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {m["row"] for m in lines if m["table"] == "invoices"}

    def keys_of_texts(self, texts):
        done = self.tools.run("nf-transform", "-m", RELATIONAL, "--ts", "1000",
                              "--reject", self.tools.folder / "refused",
                              input="".join(t + "\n" for t in texts), check=0)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {m["row"] for m in lines if m["table"] == "invoices"}

    def rows(self):
        done = self.tools.run("nf-load", "scan", "-t", "invoices",
                              "--keys-only", self.target, check=0)
        return set(done.stdout.split())

    def cells(self, target=None):
        """{table: {row: {family: {qualifier: value}}}}"""
        return {t: self.tools.scan(target or self.target, "-t", t, env={})
                for t in ("invoices", "items")}

    def cells_of_texts(self, texts):
        """What an oracle makes of these records, at once."""
        path = self.tools.folder / "oracle.db"
        path.unlink(missing_ok=True)
        rows = self.tools.run(
            "nf-transform", "-m", RELATIONAL, "--ts", "1000", "--reject",
            self.tools.folder / "refused", check=0,
            input="".join(t + "\n" for t in texts)).stdout
        self.tools.run("nf-load", "--create", RELATIONAL, f"sqlite:{path}",
                       input=rows, check=0)
        return self.cells(f"sqlite:{path}")
