# SPDX-License-Identifier: Apache-2.0
"""A deployment as its monitoring sees it, month by month: jobs with windows,
attempts and looks as nf_report writes them, what Cloud Monitoring's metrics
and a Pushgateway make of them.  A fault is planted by a change of the world;
promtool says which alerts fire, and when.

Which windows are due is what a model says; if the month is a real one, the
ledger too, asked by nf_job and nf_watch whenever the model's answer is another
and every six hours, and they must agree.

Time is hours from the beginning of the month, which is a local midnight.
"""
import datetime
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import types

import yaml

from infra import BUILD, ROOT

sys.path.insert(0, str(ROOT / "deploy/common"))
import nf_job  # noqa: E402
import nf_report  # noqa: E402
import nf_watch  # noqa: E402

STEP = 600  # seconds from one sample to the next
DAY = 24.0
ZONE = "America/Sao_Paulo"
NAMES = {"nfe": 24, "nfse": 6}  # hours of a window
LATE_AFTER = 24  # hours
RULES = ROOT / "deploy/monitoring/prometheus/nf.rules.yml"
USER = "logging_googleapis_com:user_"


class World:
    """A clean month, but for what seed decides: short outages of the API at
    night, single workers that die, some records that are refused.  A fault
    replaces methods."""

    def __init__(self, days=28, seed=1):
        self.days, self.random = days, random.Random(seed)
        self.by_hand = []  # (hour, job): somebody starts it
        self.at = []  # (hour, function): what happens then
        self.outage = {d: self.random.randrange(5, 60) / 60
                       for d in range(days) if self.random.random() < 0.2}

    def is_up(self, now):
        """Whether anything runs at all, schedules and watch."""
        return True

    def is_paused(self, name, now):
        return False

    def code(self, name, window, now):
        """How an attempt that begins now ends."""
        long = self.outage.get(int(now // DAY))
        if long is not None:
            return 75 if 0 <= now % DAY - 3 < long else 0
        return None if self.random.random() < 0.02 else 0

    def counts(self, name, window):
        """Records in, refused, requests again, seconds throttled."""
        n = self.random.randrange(500, 1500)
        return n, n * self.random.randrange(0, 9) // 1000, \
            self.random.randrange(0, 20), self.random.random() * 60

    def cpu(self, now):
        return 0.7 if 3 <= now % DAY < 4 else 0.3

    def hottest(self, now):
        return self.cpu(now) + 0.15

    def storage(self, now):
        return 0.4 + now / 1e5

    def probes(self, now):
        """Of three places, those that get an answer."""
        return 2 if self.random.random() < 0.01 else 3


class Series:
    """Samples by series, each a step from the one before."""

    def __init__(self, steps):
        self.steps, self.values = steps, {}

    def set(self, series, hour, value):
        """From then on."""
        found = self.values.setdefault(series, [None] * self.steps)
        first = max(0, min(self.steps, -(-int(hour * 3600) // STEP)))
        found[first:] = [value] * (self.steps - first)

    def add(self, series, hour, value):
        """To all from then on; before, it is 0."""
        found = self.values.setdefault(series, [0] * self.steps)
        for i in range(-(-int(hour * 3600) // STEP), self.steps):
            found[i] += value

    def blank(self, series, first, last):
        """No samples between."""
        for i in range(int(first * 3600) // STEP + 1, min(
                self.steps, -(-int(last * 3600) // STEP))):
            self.values[series][i] = None

    def written(self):
        """As promtool has them: lengths of runs."""
        return [{"series": k, "values": " ".join(runs(v))}
                for k, v in self.values.items()]


def runs(values):
    first = 0
    for i in range(1, len(values) + 1):
        if i == len(values) or values[i] != values[first]:
            text = "_" if values[first] is None else f"{values[first]:.10g}"
            yield f"{text}x{i - first - 1}" if text != "_" \
                else f"_x{i - first}"
            first = i


class Month:
    """Runs a world; .entries is what nf-run got, (hour, entry), .pushed what
    a Pushgateway."""

    def __init__(self, folder, world, begin, platform, real, monkeypatch):
        self.folder, self.world, self.platform = folder, world, platform
        self.begin = datetime.datetime.fromisoformat(begin + "T00:00:00-03:00")
        self.real = real
        self.loaded, self.broken, self.answers = set(), set(), {}
        self.entries, self.done = [], []
        self.steps = int(world.days * DAY * 3600 / STEP) + 1
        self.pushed = Series(self.steps)
        jobs = folder / "jobs"
        jobs.mkdir(parents=True)
        for name, hours in NAMES.items():
            (jobs / f"{name}.job.json").write_text(json.dumps({
                "nf_job": 1, "name": name, "source": "s.json", "window": {
                    "every": f"{hours}h" if hours < 24 else "1d",
                    "zone": ZONE, "since": self.label(name, 0)},
                "stage": f"file://{folder}/staged", "mapping": "nf-wide",
                "target": "sqlite:t.db", "late_after": "1d"}))
        tools = folder / "bin"
        tools.mkdir()
        (tools / "nf-stage").write_text(
            "#!/bin/sh\n[ \"$1 $2\" != 'days -q' ] || { shift 2; "
            f"set -- days -q --now \"$NF_YEAR_NOW\" \"$@\"; }}\n"
            f"exec {BUILD}/nf-stage \"$@\"\n")
        (tools / "nf-stage").chmod(0o755)
        for name, value in (("NF_JOBS", jobs), ("NF_BIN", tools),
                            ("NF_REPORT", "off")):
            monkeypatch.setenv(name, str(value))
        clock = types.SimpleNamespace(
            datetime=self.clock(), timezone=datetime.timezone)
        monkeypatch.setattr(nf_watch, "datetime", clock)
        monkeypatch.setattr(nf_report, "datetime", clock)

    def clock(self):
        month = self

        class Now(datetime.datetime):
            @classmethod
            def now(cls, zone=None):
                return month.instant().astimezone(zone)
        return Now

    def instant(self):
        return self.begin + datetime.timedelta(hours=self.hour)

    def set_hour(self, hour):
        self.hour = hour
        os.environ["NF_YEAR_NOW"] = self.instant().astimezone(
            datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def run(self):
        """Everything that happens, in its order."""
        what = [(h, 0, change, self) for h, change in self.world.at]
        what += [(h, 1, self.look, name) for h, name in self.world.by_hand]
        for hour in range(int(self.world.days * DAY)):
            what.append((hour, 2, self.watch, ""))
            if 3 <= hour % 24 <= 9:
                what.append((hour + 5 / 60, 1, self.scheduled, "nfe"))
            what.append((hour + 0.5, 1, self.scheduled, "nfse"))
        self.busy = dict.fromkeys(NAMES, 0.0)
        for name in NAMES:  # the month before was a clean one
            self.push(name, 0, self.summaries(name, ""),
                      -20 if name == "nfe" else -5)
        self.done += [(-1, "nfse", self.label("nfse", n)) for n in range(4)]
        for hour, _, do, of in sorted(what, key=lambda w: w[:2]):
            self.end_loads(hour)
            self.set_hour(hour)
            do(of)
        return self

    def path(self, name, window=""):
        return self.folder / "staged" / name / window

    def end_loads(self, hour):
        """What is loaded by now is in the ledger."""
        for when, name, window in sorted(self.done):
            if when > hour:
                continue
            self.done.remove((when, name, window))
            self.loaded.add((name, window))
            if not self.real:
                continue
            uri = f"file://{self.path(name, window)}"
            for words, text in (
                    (["put", "-q", "--emit=none", "--unsealed", "--window",
                      window], "{}\n"),
                    (["note", "-q"], json.dumps({
                        "tool": "nf-pipeline", "verb": "run", "exit": 0,
                        "state": "loaded", "target":
                        f"sqlite:{self.folder}/jobs/t.db",
                        "mapping_hash": "f" * 16}) + "\n")):
                subprocess.run([BUILD / "nf-stage", *words, uri], check=True,
                               capture_output=True, text=True, input=text)

    def scheduled(self, name):
        if self.world.is_up(self.hour) \
                and not self.world.is_paused(name, self.hour):
            self.look(name)

    def look(self, name):
        """A run of the DAG, or of cron: each window that is due."""
        if self.hour < self.busy[name]:
            return
        if name in self.broken:
            self.report(self.wrong(name, self.platform), self.hour)
            return
        windows = [w for w, _ in self.due(name)]
        if self.asks(name, windows):
            assert windows == nf_job.due(nf_job.job(name))
        ends = [self.take(name, w) for w in windows]
        if not ends:
            self.push_end(name, 0, self.hour)
        self.busy[name] = max([self.hour, *ends])

    def asks(self, about, answer):
        """Whether the ledger is asked too."""
        known = self.answers.get(about)
        self.answers[about] = answer, int(self.hour // 6)
        return self.real and self.answers[about] != known

    def wrong(self, name, platform):
        """What is reported of a job file that cannot be read."""
        if self.asks(f"{name} is wrong", True):
            try:
                nf_job.job(name)
                raise AssertionError(f"{name}: is not broken")
            except nf_job.ConfigError:
                pass
        return nf_report.attempt(platform, name, 78, last=True, source=name)

    def due(self, name):
        """Windows that are over and not loaded, and when they ended."""
        length, found = NAMES[name], []
        for n in range((int(self.hour) + 24) // length):
            label = self.label(name, n)
            if (name, label) not in self.loaded:
                found.append((label, (n + 1) * length - 24))
        return found

    def label(self, name, n):
        """Of a window; the first one is of the day before."""
        at = self.begin + datetime.timedelta(hours=n * NAMES[name] - 24)
        return f"{at:%Y-%m-%d}" if NAMES[name] == 24 else \
            f"{at:%Y-%m-%dT%H%M}"

    def take(self, name, window):
        """All tries of a window; when they have ended."""
        now, retries = self.hour, nf_job.RETRIES
        if self.platform == "shell":
            retries = 0
        for number in range(1, retries + 2):
            code = self.world.code(name, window, now)
            end = now + 4 / 60
            self.attempt(name, window, code, number, number > retries, end)
            if code == 0:
                self.done.append((end, name, window))
                self.attempt(name, window, 0, 1, False, end + 1 / 60, True)
                return end + 1 / 60
            if code is not None and nf_job.permanent(code):
                return end
            now += min(nf_job.LONGEST_DELAY,
                       nf_job.RETRY_DELAY * 2 ** (number - 1)) / 3600
        return end

    def attempt(self, name, window, code, number, last, hour, audit=False):
        summaries = self.summaries(name, window) \
            if code == 0 and not audit else []
        run = f"{name}/{window}"
        self.report(nf_report.attempt(
            self.platform, run, code, summaries, number=number, last=last,
            source=name), hour)
        if not audit:
            self.push(name, code, summaries, hour)

    def summaries(self, name, window):
        """Of the tools of an attempt that ends well."""
        records, bad, again, held = self.world.counts(name, window)
        common = {"exit": 0, "cause": None, "retried": again,
                  "throttled_seconds": 0.0, "seconds": 60.0}
        return [
            {"tool": "nf-fetch", **common, "records_in": records,
             "records_out": records, "rejected": 0},
            {"tool": "nf-transform", **common, "records_in": records,
             "records_out": records - bad, "rejected": bad},
            {"tool": "nf-load", **common, "records_in": records - bad,
             "records_out": records, "rejected": 0,
             "throttled_seconds": held}]

    def report(self, entries, hour):
        self.entries += [(hour, e) for e in entries]

    def watch(self, _):
        """The hourly look at the ledgers."""
        if not self.world.is_up(self.hour):
            return
        found = []
        for name in NAMES:
            if name in self.broken:
                found += self.wrong(name, "run")
                continue
            ends = [end for _, end in self.due(name)]
            late = sum(end + LATE_AFTER <= self.hour for end in ends)
            age = (self.hour - min(ends, default=self.hour)) * 3600
            found.append(nf_report.freshness("run", name, age, len(ends),
                                             late))
        if self.asks("", [said(e).get("windows_due") for e in found]):
            assert [said(e) for e in nf_watch.check("run")] == [
                said(e) for e in found]
        self.report(found, self.hour)

    # What a Pushgateway holds.

    def push_end(self, name, code, hour):
        job = f'job="nf",source="{name}"'
        self.pushed.set(f'nf_exit_code{{{job},stage="pipeline",'
                        'tool="nf-pipeline"}', hour, code)
        self.pushed.set(f"push_time_seconds{{{job}}}", hour, hour * 3600)

    def push(self, name, code, summaries, hour):
        if self.platform != "shell":
            return
        self.push_end(name, 137 if code is None else code, hour)
        for s in summaries:
            of = f'{{job="nf",source="{name}",stage="x",tool="{s["tool"]}"'
            self.pushed.set(f"nf_exit_code{of}}}", hour, 0)
            self.pushed.set(f"nf_last_success_timestamp_seconds{of}}}", hour,
                            hour * 3600)
            self.pushed.set(f"nf_retries_total{of}}}", hour, s["retried"])
            for outcome, member in (("in", "records_in"),
                                    ("out", "records_out"),
                                    ("rejected", "rejected")):
                self.pushed.set(f'nf_records_total{of},outcome="{outcome}"}}',
                                hour, s[member])

    # What Cloud Monitoring makes of the entries.

    def cloud(self, metrics, matches):
        """metrics: filter, labels and value of each, as Terraform makes
        them.  A counter is there from the beginning, for deltas count from
        0; but what nobody writes for an hour is gone."""
        series, seen = Series(self.steps), {}
        for hour, entry in self.entries:
            entry = {**entry, "logName": "projects/demo-project/logs/nf-run"}
            for name, m in metrics.items():
                if not matches(m["filter"], entry):
                    continue
                payload = entry["jsonPayload"]
                labels = "".join(f',{k}="{payload[k]}"' for k in m["labels"])
                key = USER + name + ("_sum" if m["value"] else "") \
                    + f'{{monitored_resource="global"{labels}}}'
                series.add(key, hour, payload[m["value"]] if m["value"]
                           else 1)
                seen.setdefault(key, []).append(hour)
        for key, hours in seen.items():
            if "freshness" in key:
                every = sorted({h for k, v in seen.items()
                                if "freshness" in k for h in v})
                for a, b in zip(every, [*every[1:], self.world.days * DAY]):
                    # One sample more, for the next one counts from 0.
                    series.blank(key, a + 1, b - STEP / 3600)
        on = ('monitored_resource="bigtable_cluster",instance="nf-bigtable",'
              'cluster="nf-main"')
        for i in range(self.steps):
            now = i * STEP / 3600
            for name, value in (("cpu_load", self.world.cpu(now)),
                                ("cpu_load_hottest_node",
                                 self.world.hottest(now)),
                                ("storage_utilization",
                                 self.world.storage(now))):
                key = f"bigtable_googleapis_com:cluster_{name}{{{on}}}"
                series.values.setdefault(key, []).append(value)
            up = self.world.probes(now)
            for place in range(3):
                key = ("monitoring_googleapis_com:uptime_check_check_passed{"
                       'monitored_resource="uptime_url",check_id="nf-nfse-x",'
                       f'host="api.example.org",checker_location="{place}"}}')
                series.values.setdefault(key, []).append(int(place < up))
        return series


def said(entry):
    """What an entry is about, in any words."""
    payload = dict(entry["jsonPayload"])
    payload.pop("message", None)
    return payload


def asked(expr, hour, want):
    """promtool's test of an expression."""
    return {"expr": expr, "eval_time": f"{round(hour * 60)}m",
            "exp_samples": [{"labels": labels, "value": 1}
                            for labels in want]}


def firing(matcher, first, last):
    """What fired between two hours."""
    return (f'max by (alertname) (max_over_time(ALERTS{{alertstate="firing"'
            f'{matcher}}}[{max(round((last - first) * 60), 1)}m]))')


def check(promtool, folder, rules, alerts, series, days, expected, source):
    """expected: of each alert that fires, the hours of the first and last
    time.  It fires within the hour of both, not before, not after, and for
    no other source (None: for all); no other alert fires at all."""
    tests, end = [], days * DAY
    for name in alerts:
        matcher, told = f',alertname="{name}"', [f'{{alertname="{name}"}}']
        if name not in expected:
            tests.append(asked(firing(matcher, 0, end), end, []))
            continue
        first, last = expected[name]
        tests += [asked(firing(matcher, 0, first), first, []),
                  asked(firing(matcher, first, first + 1), first + 1, told),
                  asked(firing(matcher, last - 1, last), last, told)]
        if last + STEP / 3600 < end:
            tests.append(asked(firing(matcher, last, end), end, []))
    if source:
        tests.append(asked(firing(
            f',source=~".+",source!="{source}"', 0, end), end, []))
    folder.mkdir(exist_ok=True)
    (folder / "month.yml").write_text(yaml.safe_dump({
        "rule_files": [str(rules)], "evaluation_interval": f"{STEP}s",
        "tests": [{"interval": f"{STEP}s", "input_series": series.written(),
                   "promql_expr_test": tests}]}))
    done = promtool("test", "rules", "month.yml", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def forget(name, window):
    """A run of the ledger is gone."""
    def change(month):
        month.loaded.remove((name, window))
        if month.real:
            shutil.rmtree(month.path(name, window))
    return change


def break_job(name):
    def change(month):
        path = pathlib.Path(os.environ["NF_JOBS"], f"{name}.job.json")
        month.kept = path.read_text()
        path.write_text("{")
        month.broken.add(name)
    return change


def repair_job(name):
    def change(month):
        pathlib.Path(os.environ["NF_JOBS"], f"{name}.job.json").write_text(
            month.kept)
        month.broken.remove(name)
    return change
