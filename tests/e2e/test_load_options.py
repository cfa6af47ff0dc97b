# SPDX-License-Identifier: Apache-2.0
"""nf-load create, sample and the rules by which cells are collected."""

import datetime
import json
import time

import grpc
import pytest
from google.cloud.bigtable import column_family as gc
from google.cloud.bigtable_admin_v2.types import table as admin

from bigtable_double import Double
from conftest import ndjson

DAYS = datetime.timedelta(days=1)
NOW = int(time.time()) * 1000000
RULES = {
    "none": ({}, None),
    "versions": ({"versions": 3}, gc.MaxVersionsGCRule(3)),
    "age": ({"age": "30d"}, gc.MaxAgeGCRule(30 * DAYS)),
    "either": ({"union": [{"versions": 2}, {"age": "7d"}]},
               gc.GCRuleUnion([gc.MaxVersionsGCRule(2),
                               gc.MaxAgeGCRule(7 * DAYS)])),
    "both": ({"intersection": [{"versions": 2}, {"age": "36h"}]},
             gc.GCRuleIntersection([gc.MaxVersionsGCRule(2),
                                    gc.MaxAgeGCRule(1.5 * DAYS)])),
    "deep": ({"union": [{"age": "90d"}, {"intersection": [
        {"versions": 1}, {"age": "1h"}]}]},
        gc.GCRuleUnion([gc.MaxAgeGCRule(90 * DAYS), gc.GCRuleIntersection([
            gc.MaxVersionsGCRule(1), gc.MaxAgeGCRule(DAYS / 24)])])),
}


def line(row, cells, ts=NOW, **more):
    return json.dumps({"table": "t", "row": row, "ts": ts, "cells": cells,
                       **more}) + "\n"


@pytest.mark.parametrize("way", ["options", "mapping"])
def test_rules_as_google_s_client_reads_them(tools, bigtable, tmp_path, way):
    if way == "mapping":
        (tmp_path / "m.json").write_text(json.dumps({"tables": {"t": {
            "families": {name: {"gc": rule}
                         for name, (rule, _) in RULES.items()}}}}))
        args = ["-m", tmp_path / "m.json"]
    else:
        args = ["-t", "t"]
        for name, (rule, _) in RULES.items():
            args += ["-f", f"{name}:{json.dumps(rule)}"]
    for _ in range(2):  # the second time there is nothing to do
        done = tools.run("nf-load", "create", *args, bigtable.uri,
                         env=bigtable.env, check=0)
        assert "rule differs" not in done.stderr
    found = bigtable.client().instance("i").table("t") \
        .list_column_families()
    assert {n: f.gc_rule for n, f in found.items()} == \
        {n: rule for n, (_, rule) in RULES.items()}
    # A database keeps the same rules.
    target = f"sqlite:{tmp_path}/t.db"
    for _ in range(2):
        done = tools.run("nf-load", "create", *args, target, check=0)
        assert "rule differs" not in done.stderr
    done = tools.run("nf-load", "create", "-t", "t", "-f",
                     'deep:{"union":[{"age":"90d"},{"versions":1}]}', target,
                     check=0)
    assert "deep" in done.stderr and "rule differs" in done.stderr


@pytest.mark.parametrize("rule", [
    "x", "{}x", '{"versions":0}', '{"age":"30"}', '{"age":30}',
    '{"union":[]}', '{"versions":1,"age":"1d"}', '{"never":1}',
    '{"union":[{}]}', "versions=x", "age=1y"])
def test_rules_that_are_none(tools, tmp_path, rule):
    done = tools.run("nf-load", "create", "-t", "t", "-f", f"f:{rule}",
                     f"sqlite:{tmp_path}/t.db")
    assert done.returncode in (64, 78) and "f" in done.stderr
    assert not (tmp_path / "t.db").exists()


def test_splits_and_granularity(tools, tmp_path):
    """What a new table is asked for, by options and by a mapping."""
    asked = []

    def create(message):
        asked.append(message)
        return admin.Table.pb()(name="n")

    (tmp_path / "m.json").write_text(json.dumps({"tables": {"t": {
        "families": {"f": {}}, "splits": ["b", "dé", "z"]}}}))
    with Double(None, admin={"CreateTable": create,
                             "GetTable": lambda message: None}) as double:
        for args in (["-t", "t", "-f", "f", "--split", "b", "--split", "dé",
                      "--split", "z", "--granularity", "micros"],
                     ["-m", tmp_path / "m.json", "--granularity", "micros"],
                     ["-t", "t", "-f", "f"]):
            tools.run("nf-load", "create", "--plaintext", "--endpoint",
                      double.endpoint, *args, "bigtable://p/i", check=0)
    for message in asked[:2]:
        assert [s.key.decode() for s in message.initial_splits] == \
            ["b", "dé", "z"]
        assert message.table.granularity == \
            admin.Table.TimestampGranularity.MICROS
    assert not asked[2].initial_splits
    assert {m.table_id for m in asked} == {"t"}
    assert {m.parent for m in asked} == {"projects/p/instances/i"}


def test_granularity_of_a_database(tools, tmp_path):
    target = f"sqlite:{tmp_path}/t.db"
    cell = line("a", {"f": {"q": "1"}}, 1001)
    tools.run("nf-load", "create", "-t", "t", "-f", "f", target, check=0)
    tools.run("nf-load", target, input=cell, check=69)
    target += "2"
    tools.run("nf-load", "create", "-t", "t", "-f", "f", "--granularity",
              "micros", target, check=0)
    tools.run("nf-load", target, input=cell, check=0)


@pytest.fixture(params=["bigtable", "sqlite"])
def target(request, bigtable, tmp_path):
    if request.param == "bigtable":
        return bigtable.uri, bigtable.env
    return f"sqlite:{tmp_path}/t.db", {}


def test_sample(tools, target):
    """Whole rows, in order, about as many as were asked for."""
    uri, env = target
    tools.run("nf-load", "create", "-t", "t", "-f", "f", uri, env=env,
              check=0)
    tools.run("nf-load", uri, env=env, check=0, input="".join(
        line(f"{i:05d}", {"f": {"a": str(i), "b": "x"}})
        for i in range(3000)))
    found = ndjson(tools.run("nf-load", "scan", "--sample", "0.2", uri,
                             env=env, check=0).stdout)
    assert 400 < len(found) < 800
    rows = [r["row"] for r in found]
    assert rows == sorted(set(rows))
    assert all(r["cells"] == {"f": {"a": str(int(r["row"])), "b": "x"}}
               for r in found)
    few = ndjson(tools.run("nf-load", "scan", "--sample", "0.2", "-l", "5",
                           uri, env=env, check=0).stdout)
    assert len(few) == 5


def test_a_warning_of_cells_older_than_their_rule(tools, target):
    uri, env = target
    day = 86400 * 1000000
    tools.run("nf-load", "create", "-t", "t", "-f", "f:age=30d", "-f",
              'g:{"intersection":[{"age":"1d"},{"versions":1}]}', "-f",
              'h:{"union":[{"age":"7d"},{"versions":1}]}', "-f", "k", uri,
              env=env, check=0)

    def load(*lines):
        done = tools.run("nf-load", "-v", uri, input="".join(lines), env=env,
                         check=0)
        assert "not compared" not in done.stderr, done.stderr
        return [x for x in done.stderr.splitlines() if "collects" in x]

    young = line("a", {f: {"q": "1"} for f in "fghk"}, NOW - 6 * day)
    assert load(young) == []
    old = line("a", {"g": {"q": "1"}, "k": {"q": "1"}}, NOW - 900 * day)
    assert load(old) == []
    f, h = load(young, line("a", {"f": {"q": "1"}}, NOW - 31 * day),
                line("b", {"h": {"q": "1"}, "f": {"q": "1"}}, NOW - 8 * day),
                line("c", {"h": {"q": "1"}, "f": {"q": "1"}}, 1000))
    assert "line 2: t: family f" in f and "2592000 s" in f
    assert "line 3: t: family h" in h and "604800 s" in h


def test_variables_of_the_connection(tools):
    """Options win over them, and so does the emulator's variable."""
    def script(request):
        yield "entries", [(0, 0)]

    lines = line("a", {"f": {"q": "1"}}, 1000)
    nowhere = "127.0.0.1:1"
    with Double(script) as double:
        here = double.endpoint
        for args, env in (
                (["--plaintext"], {"NF_BIGTABLE_ENDPOINT": here,
                                   "NF_BIGTABLE_ADMIN_ENDPOINT": nowhere}),
                (["--plaintext", "--endpoint", here],
                 {"NF_BIGTABLE_ENDPOINT": nowhere}),
                ([], {"NF_BIGTABLE_ENDPOINT": nowhere,
                      "NF_BIGTABLE_ADMIN_ENDPOINT": nowhere,
                      "BIGTABLE_EMULATOR_HOST": here})):
            tools.run("nf-load", *args, "bigtable://p/i", input=lines,
                      env={"NF_APP_PROFILE": "batch", "NF_CHANNELS": "2",
                           **env}, check=0)
        assert [r.message.app_profile_id for r in double.requests] == \
            ["batch"] * 3
        tools.run("nf-load", "--endpoint", here, "--plaintext",
                  "--app-profile", "other", "bigtable://p/i", input=lines,
                  env={"NF_APP_PROFILE": "batch"}, check=0)
        assert double.requests[-1].message.app_profile_id == "other"
    done = tools.run("nf-load", "bigtable://p/i", input=lines,
                     env={"NF_CHANNELS": "many"})
    assert done.returncode == 78 and "NF_CHANNELS" in done.stderr


def test_who_may_not_read_the_rules_may_write(tools):
    """No admin service, and none that answers: the load goes on."""
    def script(request):
        yield "entries", [(0, 0)]

    with Double(script) as double:
        for more in ([], ["--admin-endpoint", "127.0.0.1:1"]):
            done = tools.run(
                "nf-load", "--plaintext", "--endpoint", double.endpoint,
                *more, "-v", "bigtable://p/i", check=0,
                input=line("a", {"f": {"q": "1"}}, 1000))
            assert "schema is not known" in done.stderr


class Lost:
    """Tables without a server that always answers: the first change is made,
    and its answer lost; the twin's is made just before ours arrives."""

    def __init__(self, twin=()):
        self.tables = {}
        self.lost = 0
        self.twin = twin

    def change(self, name, families):
        if set(families) & set(self.tables.get(name, ())):
            return grpc.StatusCode.ALREADY_EXISTS
        if self.twin:
            self.tables.setdefault(name, []).extend(self.twin)
            self.twin = ()
            return grpc.StatusCode.ALREADY_EXISTS
        self.tables.setdefault(name, []).extend(families)
        self.lost += 1
        return grpc.StatusCode.UNAVAILABLE

    def get(self, request):
        name = request.name.rsplit("/", 1)[1]
        if name not in self.tables:
            return None
        return admin.Table.pb()(name=request.name, column_families={
            f: {} for f in self.tables[name]})

    def create(self, request):
        if request.table_id in self.tables:
            return grpc.StatusCode.ALREADY_EXISTS
        return self.change(request.table_id, request.table.column_families)

    def modify(self, request):
        return self.change(request.name.rsplit("/", 1)[1],
                           [m.id for m in request.modifications])

    def double(self):
        return Double(None, admin={
            "GetTable": self.get, "CreateTable": self.create,
            "ModifyColumnFamilies": self.modify})


@pytest.mark.parametrize("twin,lost", [((), 1), (("f", "g"), 0),
                                       (("g",), 1)])
@pytest.mark.parametrize("there", [False, True])
def test_a_table_that_is_there_by_now_is_looked_at(tools, twin, lost, there):
    lossy = Lost(twin)
    if there:
        lossy.tables["t"] = ["old"]
    with lossy.double() as double:
        for _ in range(2):
            done = tools.run("nf-load", "create", "-t", "t", "-f", "f", "-f",
                             "g", "--plaintext", "--endpoint",
                             double.endpoint, "bigtable://p/i", check=0)
    assert sorted(lossy.tables["t"]) == ["f", "g"] + there * ["old"]
    assert lossy.lost == lost
    assert "exists already" in done.stderr


@pytest.mark.parametrize("value", (
    "http://127.0.0.1:1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999",
    "[::1]:70000", "127.0.0.1:1/x", "a b:1", ":1", "127.0.0.1:1,h:2"))
@pytest.mark.parametrize("how", ("emulator", "endpoint", "admin"))
def test_an_address_of_a_wrong_form(tools, how, value):
    """Not looked for until the time for retries is over."""
    args, env, code = [], {}, 64
    if how == "emulator":
        env, code = {"BIGTABLE_EMULATOR_HOST": value}, 78
    elif how == "endpoint":
        args = ["--plaintext", "--endpoint", value]
    else:
        args = ["--plaintext", "--endpoint", "127.0.0.1:1",
                "--admin-endpoint", value]
    done = tools.run("nf-load", "scan", *args, "bigtable://p/i/t", env=env,
                     timeout=10)
    assert done.returncode == code and "HOST:PORT" in done.stderr
