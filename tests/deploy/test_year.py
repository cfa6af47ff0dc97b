# SPDX-License-Identifier: Apache-2.0
"""Each alert fires on its fault, and stays silent in every clean month of a
year.  The alerts of Cloud Monitoring and its metrics are those of a plan,
kept in cloud.json: test_what_is_recorded compares."""
import hashlib
import json
import os

import pytest
import yaml

import year
from infra import BUILD, FULL
from test_monitoring import (HERE, MONITORING, cloud_alerts, matches,
                             metrics_of, promtool)
from year import RULES, World

RECORDED = HERE / "cloud.json"
MADE_OF = sorted(f for f in (MONITORING / "terraform").glob("*.tf")
                 if f.name in ("alerts.tf", "metrics.tf", "variables.tf"))
BEGIN = "2026-03-01"


def digest():
    return hashlib.sha256(b"".join(f.read_bytes() for f in MADE_OF)
                          ).hexdigest()


def test_what_is_recorded(plans):
    """NF_RECORD=1 records it."""
    found = {
        "of": digest(),
        "alerts": [{"alert": c["alert_rule"], "expr": c["query"],
                    "for": c["duration"]}
                   for c in cloud_alerts(plans["prod"]).values()],
        "metrics": {name: {
            "filter": m["filter"], "labels": sorted(m["label_extractors"]),
            "value": (m["value_extractor"] or "").removeprefix(
                "EXTRACT(jsonPayload.").removesuffix(")") or None}
            for name, m in metrics_of(plans["prod"]).items()}}
    if os.environ.get("NF_RECORD"):
        RECORDED.write_text(json.dumps(found, indent=1) + "\n")
    assert json.loads(RECORDED.read_text()) == found


def test_what_is_recorded_is_of_these_files():
    """Without OpenTofu too."""
    assert json.loads(RECORDED.read_text())["of"] == digest(), \
        "NF_TOFU=DIR NF_RECORD=1 pytest tests/deploy/test_year.py"


class Cloud:
    platform = "airflow"

    def __init__(self, folder):
        recorded = json.loads(RECORDED.read_text())
        self.metrics = recorded["metrics"]
        self.rules = folder / "rules.yml"
        self.rules.write_text(yaml.safe_dump({"groups": [
            {"name": "nf", "rules": recorded["alerts"]}]}))
        self.alerts = [r["alert"] for r in recorded["alerts"]]

    def series(self, month):
        return month.cloud(self.metrics, matches)


class Prometheus:
    platform = "shell"

    def __init__(self, folder):
        self.rules = RULES
        (group,) = yaml.safe_load(RULES.read_text())["groups"]
        self.alerts = sorted({r["alert"] for r in group["rules"]
                              if "alert" in r})

    def series(self, month):
        return month.pushed


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """watched(Cloud or Prometheus, world, expected): plays a month, and has
    promtool say what fired."""
    if not (BUILD / "nf-stage").exists():
        pytest.skip("not built")
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)

    def watch(kind, world, expected, source="nfe", begin=BEGIN):
        place = kind(tmp_path)
        month = year.Month(tmp_path / "month", world, begin, place.platform,
                           FULL, monkeypatch).run()
        year.check(promtool, tmp_path / "check", place.rules, place.alerts,
                   place.series(month), world.days, expected, source)
    return watch


def months():
    return [f"2026-{n:02}-01" for n in range(1, 13)] if FULL else [BEGIN]


def days_of(begin):
    n = int(begin[5:7])
    return 28 if n == 2 else 30 if n in (4, 6, 9, 11) else 31


@pytest.mark.parametrize("begin", months())
@pytest.mark.parametrize("kind", [Cloud, Prometheus])
def test_a_clean_month(watched, kind, begin):
    days = days_of(begin) if FULL else 28
    watched(kind, World(days, int(begin[5:7])), {}, begin=begin)


# Faults.  They happen on the fourth day.
D = 3 * 24


def ends_with(code, name="nfe", first=D, last=D + 10, days=8):
    """Every attempt of a job does, until it is repaired, and run."""
    world = World(days)
    world.outage = {}
    clean = world.code
    world.code = lambda n, w, now: code \
        if n == name and first <= now < last else clean(n, w, now)
    world.by_hand.append((last + 0.1, name))
    return world


def counting(change, name="nfe", window="2026-03-03"):
    """What the attempts at a window count."""
    world = World(8)
    clean = world.counts
    world.counts = lambda n, w: change(*clean(n, w)) \
        if (n, w) == (name, window) else clean(n, w)
    return world


def measured(**change):
    world = World(8)
    for name, f in change.items():
        setattr(world, name, f)
    return world


def during(value, first, last, clean):
    return lambda now: value if first <= now < last else clean


def stopped(first, last, of=None, days=10):
    """A job is paused, or nothing runs at all; then it is started again."""
    world = World(days)
    world.outage = {}
    if of:
        world.is_paused = lambda name, now: name == of and first <= now < last
    else:
        world.is_up = lambda now: not first <= now < last
    world.by_hand += [(last + 0.1, name) for name in year.NAMES]
    return world


def tries(codes, name="nfe"):
    """Attempts of the night end so, one after the other."""
    world = World(8)
    world.outage = {}
    left, clean = list(codes), world.code
    world.code = lambda n, w, now: left.pop(0) \
        if n == name and now >= D and left else clean(n, w, now)
    return world


def broken_job():
    """A job file cannot be read, for a day."""
    world = World(8)
    world.outage = {}
    world.at += [(D + 10, year.break_job("nfe")),
                 (D + 34, year.repair_job("nfe"))]
    world.by_hand.append((D + 34.1, "nfe"))
    return world


def gap():
    """A window of days ago is gone, beside those that are fresh."""
    world = World(8)
    world.outage = {}
    world.at.append((D + 10, year.forget("nfe", "2026-03-01")))
    world.by_hand.append((D + 20.1, "nfe"))
    return world


def bad_night(n, bad, again, held):
    return n, n // 50, again, held


BURN = 72  # hours in which a failure counts
# By name: world, and of each alert that fires the first and the last hour.
# A job that runs once a day uses up its budget with one failure (nf-burn.md).
CLOUD = {
    "bad data": lambda: (ends_with(65), {
        "NfFailed": (D + 3, D + 9.5), "NfBurn": (D + 3, D + 9.2 + BURN)}),
    "bad data of a feed of six hours, once": lambda: (
        tries([65], "nfse"), {"NfFailed": (D + 0.5, D + 0.9)}, "nfse"),
    "the API is away all night": lambda: (ends_with(75, last=D + 13), {
        "NfRetries": (D + 5.3, D + 15.4), "NfFailed": (D + 8.3, D + 8.8),
        "NfBurn": (D + 8.3, D + 8.5 + BURN)}),
    "the sixth try succeeds": lambda: (tries([75] * 6), {
        "NfRetries": (D + 5.3, D + 9.3)}),
    "five tries and a worker that died": lambda: (
        tries([75, None, 75, 143, 75]), {}),
    "the DAG is paused": lambda: (stopped(D, D + 64, "nfe"), {
        "NfLate": (D + 23.9, D + 66), "NfBurn": (D + 23.9, D + 64.3 + BURN)}),
    "a gap beside fresh windows": lambda: (gap(), {
        "NfLate": (D + 9.9, D + 22), "NfBurn": (D + 9.9, D + 20.3 + BURN)}),
    "nothing runs": lambda: (stopped(D + 10, D + 16, days=8), {
        "NfSilent": (D + 12.9, D + 16.2)}),
    "nothing runs for two days": lambda: (stopped(D + 1, D + 46), {
        "NfSilent": (D + 3.9, D + 46.2), "NfLate": (D + 45.9, D + 47.6),
        "NfBurn": (D + 45.9, D + 46.3 + BURN)}, None),
    "a job file that cannot be read": lambda: (broken_job(), {
        "NfFailed": (D + 9.9, D + 33.5),
        "NfBurn": (D + 9.9, D + 33.3 + BURN)}),
    "two in a hundred are refused": lambda: (counting(bad_night), {
        "NfRejects": (D + 3.1, D + 4.2)}),
    "Bigtable holds the load back": lambda: (
        counting(lambda n, bad, again, held: (n, bad, again, 900.0)), {
            "NfRetries": (D + 3.1, D + 3.8)}),
    "a busy cluster": lambda: (measured(
        cpu=during(0.95, D, D + 2, 0.4)), {
            "NfBigtableCpu": (D + 0.5, D + 2.2)}),
    "a cluster that is busy for twenty minutes": lambda: (measured(
        cpu=during(0.95, D, D + 0.4, 0.4)), {}),
    "one hot node": lambda: (measured(hottest=during(0.99, D, D + 2, 0.4)), {
        "NfBigtableHot": (D + 0.5, D + 2.2)}),
    "a cluster that fills": lambda: (measured(
        storage=during(0.75, D, D + 3, 0.5)), {
            "NfBigtableFull": (D + 0.1, D + 3.6)}),
    "the API does not answer": lambda: (measured(
        probes=during(1, D, D + 2, 3)), {"NfApiDown": (D + 0.2, D + 2.2)}),
}
SHELL = {
    "bad data": lambda: (ends_with(65, last=D + 4.9), {
        "NfFailed": (D + 3, D + 5.3)}),
    "bad data for longer": lambda: (ends_with(65), {
        "NfFailed": (D + 3, D + 10.3), "NfLate": (D + 5.1, D + 10.3)}),
    "the API is away": lambda: (ends_with(75, last=D + 13), {
        "NfRetries": (D + 6.1, D + 13.3), "NfLate": (D + 5.1, D + 13.3)}),
    "an hour of it": lambda: (tries([75]), {}),
    "cron is gone": lambda: (stopped(D, D + 40, "nfe"), {
        "NfLate": (D + 5.1, D + 40.3), "NfSilent": (D + 14.9, D + 40.3)}),
    "two in a hundred are refused": lambda: (counting(bad_night), {
        "NfRejects": (D + 3.1, D + 27.3)}),
    "many retries": lambda: (
        counting(lambda n, bad, again, held: (n, bad, 400, held)), {
            "NfRetries": (D + 6.1, D + 27.3)}),
}


# A short run has one of each alert; the others are their variations.
LONG = {"bad data of a feed of six hours, once", "the API is away all night",
        "five tries and a worker that died", "a gap beside fresh windows",
        "nothing runs for two days", "a job file that cannot be read",
        "Bigtable holds the load back", "bad data for longer", "an hour of it",
        "a cluster that is busy for twenty minutes"}


@pytest.mark.parametrize("what", CLOUD)
def test_cloud_fault(watched, what):
    if what in LONG and not FULL:
        pytest.skip("only with NF_TORTURE=full")
    watched(Cloud, *CLOUD[what]())


@pytest.mark.parametrize("what", SHELL)
def test_prometheus_fault(watched, what):
    if what in LONG and not FULL:
        pytest.skip("only with NF_TORTURE=full")
    watched(Prometheus, *SHELL[what]())


# Each exit code that no other try can help is a failure of one kind.
@pytest.mark.skipif(not FULL, reason="only with NF_TORTURE=full")
@pytest.mark.parametrize("code", [1, 64, 70, 77, 78])
def test_failures(watched, code):
    watched(Cloud, ends_with(code), CLOUD["bad data"]()[1])


def test_every_alert_has_a_fault(tmp_path):
    for kind, faults in ((Cloud, CLOUD), (Prometheus, SHELL)):
        fired = {name for what, f in faults.items() if what not in LONG
                 for name in f()[1]}
        assert fired == set(kind(tmp_path).alerts)
