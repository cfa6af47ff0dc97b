# SPDX-License-Identifier: Apache-2.0
"""The whole chain: what it promises when nothing goes wrong."""

import base64
import gzip
import json
import os
import re
import subprocess

import google_crc32c
import pytest

from chain import Chain
from conftest import (FLAT, RELATIONAL, ROOT, WIDE, free_port, make_invoice,
                      ndjson, rows_of)
from test_terminal import on_terminal

TABLES = ("invoices", "items")


def test_demo_twice(tmp_path):
    """README's first command, in this tree; also where getopt would stop at
    the verb."""
    for folder, env in ("a", {}), ("b", {"POSIXLY_CORRECT": "1"}):
        done = subprocess.run([ROOT / "pipeline.sh", "demo",
                               tmp_path / folder], timeout=900,
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, env={**os.environ, **env})
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines[-1] == "3 invoices and 8 items"
        assert sum("Beer" in line and "9.00" in line for line in lines) == 1


@pytest.mark.parametrize("way", ["two-phase", "live"])
def test_sample_through_emulators(way, tools, api, sample, storage, bigtable):
    """Into Google's Bigtable emulator, read back by Google's clients."""
    chain = Chain(tools, api(sample, per_page=2).url,
                  f"{storage.uri}/runs/r1", bigtable.uri, RELATIONAL,
                  {**storage.env, **bigtable.env})
    chain.create()
    done = chain.run(*(["--live"] if way == "live" else []), check=0)
    assert done.summary["state"] == "loaded"
    invoices = bigtable.rows("invoices")
    items = bigtable.rows("items")
    assert (len(invoices), len(items)) == (3, 8)
    beer = [cells for cells in items.values()
            if b"Beer" in [v[0][0] for v in cells.values()]]
    assert len(beer) == 1
    assert b"9.00" in [v[0][0] for v in beer[0].values()]
    for cells in invoices.values():
        assert b"0.0" in [v[0][0] for v in cells.values()]
    assert all(len(versions) == 1 for cells in (*invoices.values(),
                                                *items.values())
               for versions in cells.values())

    client = storage.client()
    names = storage.names("runs/r1/")
    parts = [n for n in names if n.startswith("runs/r1/part-")]
    assert len(parts) == 1
    assert "runs/r1/_nf/manifest.json" in names
    blob = client.bucket(storage.bucket).get_blob(parts[0])
    data = blob.download_as_bytes(raw_download=True, checksum=None)
    crc = google_crc32c.Checksum(data).digest()
    assert base64.b64decode(blob.crc32c) == crc
    assert gzip.decompress(data).decode().splitlines() == sample


@pytest.mark.parametrize("mapping", [FLAT, RELATIONAL, WIDE],
                         ids=lambda m: m.stem)
def test_same_rows_in_both_targets(mapping, tools, api, sample, bigtable):
    """sqlite: and Bigtable hold the same after the same run."""
    url = api(sample).url
    stage = f"file://{tools.folder}/run"
    chains = [Chain(tools, url, stage, target, mapping, env)
              for target, env in ((f"sqlite:{tools.folder}/t.db", {}),
                                  (bigtable.uri, bigtable.env))]
    tables = list(json.loads(mapping.read_text())["tables"])
    for chain in chains:
        chain.create()
        chain.run(check=0)
    first, second = (chain.table(*tables) for chain in chains)
    assert first == second
    assert first.count("\n") >= 3


def test_pipes_with_jq_and_head(tools, api, sample):
    url = api(sample, per_page=2).url
    tools.sh(f"set -o pipefail; nf-fetch '{url}' | jq . > pretty", check=0)
    assert (tools.folder / "pretty").read_text().count('"NFeID"') == 3
    tools.sh(f"nf-fetch --seal '{url}' | nf-stage put --emit=none"
             f" file://$PWD/run", check=0)
    done = tools.sh("nf-stage cat --no-seal file://$PWD/run | head -1;"
                    " echo ${PIPESTATUS[*]}", check=0)
    lines = done.stdout.splitlines()
    assert lines[0] == sample[0]
    assert lines[1] in ("0 0", "141 0")
    tools.sh(f"nf-load create -m '{RELATIONAL}' sqlite:t.db", check=0)
    tools.sh(f"nf-stage cat file://$PWD/run | nf-transform -m '{RELATIONAL}'"
             " | nf-load sqlite:t.db", check=0)
    done = tools.sh("set -o pipefail; nf-load scan -t invoices sqlite:t.db |"
                    " jq -r .row", check=0)
    assert len(done.stdout.splitlines()) == 3


def test_a_thousand_invoices(tools, api):
    """1,000 records in pages of 100, each the text that the server holds."""
    records = [make_invoice(n) for n in range(1, 1001)]
    server = api(records, per_page=100)
    done = tools.run("nf-fetch", server.url, check=0)
    assert done.stdout.splitlines() == records
    assert len(server.requests) == 10
    chain = Chain(tools, server.url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    chain.create()
    chain.run(check=0)
    assert chain.records() == records
    assert len(ndjson(chain.table("invoices"))) == 1000
    assert len(ndjson(chain.table("items"))) == 2000


NUMBERS = ["123456789012345678.123", "1e400", "-0", "9.00",
           "12345678901234567890", "0.1", "1E+2", "-0.0",
           "100000000000000000000000000000000000000001"]


def test_numbers_reach_the_cell(tools, api, bigtable):
    """Whatever a number looks like, it arrives digit by digit."""
    records = ['{"id":%d,"n":%s}' % (i, n) for i, n in enumerate(NUMBERS)]
    mapping = tools.folder / "numbers.json"
    mapping.write_text(json.dumps({
        "nf_mapping": 1,
        "tables": {"numbers": {"families": {"f": {}}}},
        "rules": [{"table": "numbers", "key": "{/id}",
                   "cells": {"f": {"n": {"from": "/n"}}}}]}))
    chain = Chain(tools, api(records, per_page=4).url,
                  f"file://{tools.folder}/run", bigtable.uri, mapping,
                  bigtable.env)
    chain.create()
    chain.run(check=0)
    rows = bigtable.rows("numbers")
    assert [rows[b"%d" % i]["f", b"n"][0][0].decode()
            for i in range(len(NUMBERS))] == NUMBERS
    scanned = rows_of(chain.table("numbers"))
    assert [scanned[str(i)]["f"]["n"] for i in range(len(NUMBERS))] == NUMBERS


def test_summary_is_the_last_line_even_merged(tools, api, sample):
    """As Airflow sees it: stderr in stdout, no terminal."""
    chain = Chain(tools, api(sample).url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    chain.create()
    p = tools.start("pipeline.sh", *chain.args("--summary", "sum.json"),
                    stderr=subprocess.STDOUT,
                    env={"NF_LOG_FORMAT": "json"})
    out = p.communicate(timeout=120)[0].decode()
    assert p.returncode == 0, out
    last = json.loads(out.splitlines()[-1])
    assert last["tool"] == "nf-pipeline"
    assert last["state"] == "loaded"
    assert json.loads((tools.folder / "sum.json").read_text()) == last
    assert list(last["stages"]) == ["fetch", "put", "cat", "transform",
                                    "load"]
    for line in out.splitlines():
        json.loads(line)


def test_members_of_the_summary_are_documented():
    script = (ROOT / "pipeline/end.sh").read_text()
    body = script[script.index("\nsummarize()"):
                  script.index("\nadd_member()")].replace('\\"', '"')
    page = (ROOT / "man/nf-pipeline.7").read_text()
    listed = re.findall(r"^\.It Li (.*)$", page, re.M)
    assert set(re.findall(r'[{,]"(\w+)":["%{$[]', body)) \
        | set(re.findall(r'add_member (\w+) "', body)) \
        == {name for line in listed for name in line.split(" , ")}


def test_second_time_fetches_nothing(tools, api, sample):
    server = api(sample)
    chain = Chain(tools, server.url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    chain.create()
    chain.run(check=0)
    before, requests = chain.table(*TABLES), len(server.requests)
    chain.run(check=0)
    assert chain.table(*TABLES) == before
    assert len(server.requests) == requests


def test_plan_writes_nothing(tools, api, sample):
    server = api(sample)
    chain = Chain(tools, server.url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    for how in (["-n"], ["run", "--dry-run"], ["-nq"], ["plan"]):
        done = tools.run("pipeline.sh", *how, *chain.args(), check=0)
        assert json.loads(done.stdout.splitlines()[-1])["verb"] == "plan"
    tools.run("pipeline.sh", "load", "-n", *chain.args(), check=64)
    *lines, last = done.stdout.splitlines()
    assert "state    empty" in lines and f"fetch    {server.url}" in lines
    assert json.loads(last)["exit"] == 0
    assert server.requests == []
    assert not (tools.folder / "run").exists()
    assert not (tools.folder / "t.db").exists()
    chain.create()
    chain.run(check=0)
    requests = len(server.requests)
    done = tools.run("pipeline.sh", "plan", *chain.args(), check=0)
    assert "\nstate    committed\nfetch    nothing\n" in done.stdout
    assert len(server.requests) == requests
    assert len(list((tools.folder / "run/_nf").glob("note-*"))) == 1


@pytest.mark.parametrize("wrong,code,failed", [
    (["-m", "empty.json"], 78, "transform"), (["-m", "none.json"], 78, None),
    (["--from", "none.json"], 78, "fetch"), (["--to", "foo"], 64, None),
    (["--from", "empty.json"], 78, "fetch"), (["--to", "sqlite:"], 64, None),
    (["--to", "bigtable://p"], 64, None), (["--", "--tries=x"], 64, "fetch"),
    (["--transform-arg", "--no-such"], 64, "transform"),
    (["--stage", "ftp://x/y"], 64, "mark")])
def test_plan_checks(wrong, code, failed, tools, api, sample):
    """What a change broke is reported before anything is done."""
    (tools.folder / "empty.json").write_text("{}")
    chain = Chain(tools, api(sample).url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    done = tools.run("pipeline.sh", "plan", *chain.args(), *wrong,
                     check=code)
    (last,) = done.stdout.splitlines()
    assert json.loads(last).get("failed") == failed
    assert done.stderr != ""
    assert not (tools.folder / "run").exists()


def state_of(chain, *args):
    done = chain.tools.run("pipeline.sh", "status", *args, chain.stage,
                           env=chain.env, check=0)
    return json.loads(done.stdout.splitlines()[-1])["state"]


def test_status_without_a_mark(tools, api, storage):
    """Pages by Link are no marks: parts and receipts are there all the same;
    a note alone, or another run below, is no beginning."""
    server = api([make_invoice(n) for n in range(1, 31)], per_page=10)
    chain = Chain(tools, server.url, f"{storage.uri}/runs/r1",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL, storage.env,
                  fetch=["--tries=1"])
    fault = server.before = lambda handler, path, query: bool(
        handler.answer(404, "{}") or True)
    chain.run(check=69)
    assert storage.names("runs/r1/_nf/note-") != []
    assert state_of(chain) == "empty"
    server.before = lambda handler, path, query: query.get("page") == "3" \
        and fault(handler, path, query)
    chain.run("--stage-arg", "--part-size=1K", check=69)
    assert storage.names("runs/r1/part-") != []
    assert (chain.marked(), state_of(chain)) == ("null", "begun")
    done = tools.run("pipeline.sh", "plan", *chain.args(), env=chain.env,
                     check=0)
    assert "state    begun\n" in done.stdout
    chain.stage = f"{storage.uri}/runs"
    assert state_of(chain) == "empty"


@pytest.mark.parametrize("where", ["file", "gs", "below a run", "in a file"])
def test_a_run_that_does_not_exist(where, tools, storage):
    """78 from every verb that reads one, with its name, and nothing made."""
    if where in ("below a run", "in a file"):
        tools.run("nf-stage", "put", "-q", "--emit=none", "--unsealed",
                  f"file://{tools.folder}/run", input='{"a":1}\n', check=0)
    run = {"file": f"file://{tools.folder}/typo",
           "gs": f"{storage.uri}/typo",
           "below a run": f"file://{tools.folder}/run/typo",
           "in a file": f"file://{tools.folder}/run/_nf/run.json/x"}[where]
    before = sorted(tools.folder.rglob("*"))
    for tool, *words in [("nf-stage", "cat"), ("nf-stage", "ls"),
                         ("nf-stage", "ls", "-l"), ("nf-stage", "notes"),
                         ("nf-stage", "verify"), ("pipeline.sh", "status"),
                         ("pipeline.sh", "report")]:
        done = tools.run(tool, *words, run, env=storage.env, check=78)
        assert run in done.stderr
        assert tool == "pipeline.sh" or done.stdout == ""
        if words == ["status"]:
            assert json.loads(done.stdout)["state"] == "none"
        if words == ["report"]:
            assert done.stdout == ""
    assert sorted(tools.folder.rglob("*")) == before


def test_status_loaded(tools, api):
    """As the notes say: of this mapping, by its text, and this target."""
    chain = Chain(tools, api([make_invoice(n) for n in range(1, 31)]).url,
                  f"file://{tools.folder}/run", f"sqlite:{tools.folder}/t.db",
                  RELATIONAL)
    where = ["-m", RELATIONAL, "--to", chain.target]
    tools.run("pipeline.sh", "status", *where, chain.stage, check=78)
    chain.run(check=78)  # no table yet
    assert state_of(chain, *where) == "committed"
    chain.create()
    chain.run(check=0)
    assert state_of(chain) == "committed"
    assert state_of(chain, *where) == "loaded"
    assert state_of(chain, "-m", WIDE, *where[2:]) == "committed"
    assert state_of(chain, *where[:3], "sqlite:other.db") == "committed"
    moved = tools.folder / "moved.json"
    moved.write_text(RELATIONAL.read_text())
    assert state_of(chain, "-m", moved, *where[2:]) == "loaded"
    moved.write_text(RELATIONAL.read_text() + " ")
    assert state_of(chain, "-m", moved, *where[2:]) == "committed"
    for alone in (where[:2], where[2:]):
        tools.run("pipeline.sh", "status", *alone, chain.stage, check=64)
    tools.run("pipeline.sh", "status", "-m", "none.json", *where[2:],
              chain.stage, check=78)


def test_status_of_a_changed_table_of_codes(tools, api):
    """A mapping is what its files say, too: another code, another mapping;
    wherever they are, and however the mapping writes it."""
    other = tools.folder / "other"
    other.mkdir()
    files = {name: folder / name for name, folder in (
        ("uf.json", tools.folder), ("tax.json", other))}
    text = json.dumps({"nf_mapping": 1, "tables": {
        "t": {"families": {"f": {}}}}, "maps": {
        "uf": {"file": "uf.json"}, "own": {"1": "one"},
        "tax": {"file": str(files["tax.json"])}}, "rules": [{
            "table": "t", "key": "{/NFeID}", "cells": {"f": {
                name: {"from": "/NFeNumber", "map": name, "else": "?"}
                for name in ("uf", "own", "tax")}}}]})
    mapping = tools.folder / "m.json"
    mapping.write_text(text)
    for name in (*files, "unnamed.json"):
        files.get(name, tools.folder / name).write_text('{"1": "a"}')
    chain = Chain(tools, api([make_invoice(n) for n in range(1, 31)]).url,
                  f"file://{tools.folder}/run", f"sqlite:{tools.folder}/t.db",
                  mapping)
    where = ["-m", mapping, "--to", chain.target]
    chain.create()
    chain.run(check=0)
    assert state_of(chain, *where) == "loaded"
    (tools.folder / "unnamed.json").write_text("{}")
    assert state_of(chain, *where) == "loaded"
    for path in files.values():
        path.write_text('{"1": "b"}')
        assert state_of(chain, *where) == "committed", path
        path.write_text('{"1": "a"}')
        assert state_of(chain, *where) == "loaded", path
    mapping.write_text(text.replace('"maps"', '"m\\u0061ps"'))
    chain.run(check=0)
    assert state_of(chain, *where) == "loaded"
    files["uf.json"].write_text('{"1": "b"}')
    assert state_of(chain, *where) == "committed"
    files["uf.json"].unlink()
    tools.run("pipeline.sh", "status", *where, chain.stage, check=74)


def test_status_loaded_in_shares(tools, api):
    """All shares of one number are the whole, and nothing less; what else is
    noted there is no load."""
    chain = Chain(tools, api([make_invoice(n) for n in range(1, 31)]).url,
                  f"file://{tools.folder}/run", 'sqlite:"a,\\b".db',
                  RELATIONAL)
    where = ["-m", RELATIONAL, "--to", chain.target]
    chain.create()
    tools.run("pipeline.sh", "fetch", "--from", chain.url, "--stage",
              chain.stage, check=0)
    for part, state in (("1/2", "committed"), ("2/3", "committed"),
                        ("1/2", "committed"), ("3/3", "committed"),
                        ("1/3", "loaded"), ("2/2", "loaded")):
        done = tools.run("pipeline.sh", "load", "--stage", chain.stage,
                         *where, "--part", part, check=0)
        assert state_of(chain, *where) == state, part
    note = json.loads(done.stdout.splitlines()[-1])
    tools.run("nf-stage", "note", f"file://{tools.folder}/other", check=0,
              input=json.dumps({"text": done.stdout, "stages": note}))
    (tools.folder / "other/_nf").rename(tools.folder / "run/_nf-other")
    for path in (tools.folder / "run/_nf").glob("note-*"):
        path.unlink()
    for path in (tools.folder / "run/_nf-other").iterdir():
        path.rename(tools.folder / "run/_nf" / path.name)
    assert "loaded" in tools.run("nf-stage", "notes", chain.stage).stdout
    assert state_of(chain, *where) == "committed"


@pytest.mark.parametrize("backend", ["sqlite", "bigtable"])
def test_create_on_the_way(backend, tools, api, sample, request):
    """load --create into a target without tables; again, where they are; and
    beside what somebody else keeps there."""
    if backend == "sqlite":
        target, env = f"sqlite:{tools.folder}/new.db", {}
    else:
        bigtable = request.getfixturevalue("bigtable")
        target, env = bigtable.uri, bigtable.env
    chain = Chain(tools, api(sample).url, f"file://{tools.folder}/run",
                  target, RELATIONAL, env)
    tools.run("pipeline.sh", "fetch", "--from", chain.url, "--stage",
              chain.stage, check=0)
    load = ("load", "--stage", chain.stage, "-m", RELATIONAL, "--to", target)
    done = tools.run("pipeline.sh", *load, env=env)
    assert done.returncode == 78 and (
        "NOT_FOUND" if backend == "bigtable" else "no database") in done.stderr
    tools.run("nf-load", "create", "-t", "mine", "-f", "f", target, env=env,
              check=0)
    for _ in range(2):
        done = tools.run("pipeline.sh", *load, "--create", env=env, check=0)
        assert json.loads(done.stdout.splitlines()[-1])["state"] == "loaded"
        found = tools.run("nf-load", "count", target, env=env, check=0).stdout
        assert sorted(found.split("\n")) == ["", "invoices\t3", "items\t8",
                                             "mine\t0"]
    assert chain.table(*TABLES) == chain.clean_load(*TABLES)


@pytest.mark.parametrize("style", ["text", "json"])
def test_how_much_is_said(style, tools, api, sample):
    """-q errors, else warnings too, -v what is only of interest: as the tools
    do, by lib/report/msg.c."""
    chain = Chain(tools, api(sample).url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL,
                  {"NF_LOG_FORMAT": style})
    chain.create()
    chain.run(check=0)
    push = f"http://127.0.0.1:{free_port()}/metrics/job/nf"
    for option, said in (("-q", ()), ("-vq", ()),
                         ("--log-format=" + style, ("warning",)),
                         ("-v", ("resume", "warning"))):
        done = chain.run(option, "--metrics-push", push, check=0)
        lines = [line for line in done.stderr.splitlines()
                 if "nf-pipeline" in line]
        assert len(lines) == len(said), lines
        for line, what in zip(lines, said):
            if style == "json":
                assert json.loads(line)["severity"] == {
                    "resume": "INFO", "warning": "WARNING"}[what]
            else:
                assert line.startswith("nf-pipeline: " + {
                    "resume": chain.stage + ": already committed",
                    "warning": "warning: metrics: "}[what])


@pytest.mark.parametrize("env,coloured", [
    ({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True),
    ({"TERM": "dumb"}, False)])
def test_colour(env, coloured, tools):
    shown, code = on_terminal(tools, "pipeline.sh", "status", env=env)
    assert code == 64
    # A line of progress that a tool left there is gone first.
    clear = "" if env.get("TERM") == "dumb" else "\r\033[K"
    assert shown == clear + (
        "\033[31mnf-pipeline: \033[m" if coloured else
        "nf-pipeline: ") + "status: which run?\r\n"
    shown, code = on_terminal(tools, "pipeline.sh", "load", "--stage", "x",
                              "--to", "sqlite:x", "-m", "\033[31mx", env=env)
    assert code == 78 and "\033[31mx" not in shown


@pytest.mark.parametrize("args,said", [
    (["pan"], "pan: no such verb; did you mean plan?"),
    (["--to", "sqlite:x", "foo"], "foo: no such verb; see --help"),
    (["run fetch"], "run fetch: no such verb; see --help"),
    (["--form", "x"], "unknown option --form; did you mean --from?"),
    (["--form=x"], "unknown option --form=x; did you mean --from?"),
    (["status", "-form"], "unknown option -form; did you mean --from?"),
    (["status", "-qx"], "unknown option -x; see --help"),
    (["-v-live"], "unknown option -v-live; did you mean --live?"),
    (["load", "--zzzzzzz"], "unknown option --zzzzzzz; see --help"),
    (["load", "-m"], "-m: needs an argument"),
    (["load", "x", "y"], "y: unexpected argument; see --help"),
    (["status", "x", "y"], "y: unexpected argument; see --help"),
    (["load"], "--stage: missing: which run"),
    (["status"], "status: which run?")])
def test_a_wrong_command_line(args, said, tools):
    """One line, worded as the tools word it."""
    done = tools.run("pipeline.sh", *args, check=64)
    assert done.stderr == f"nf-pipeline: {said}\n"


@pytest.mark.parametrize("args,quiet", [
    (["-q", "status"], True), (["--run", "x", "status"], False),
    (["-qm", RELATIONAL, "--to", "sqlite:t.db", "status"], True),
    ([f"-m{RELATIONAL}", "--to=sqlite:t.db", "-vv", "status"], False),
    (["status", f"-vqm{RELATIONAL}", "--to", "sqlite:t.db"], True)])
def test_options_as_getopt_has_them(args, quiet, tools):
    """Before the verb, several letters in one, an argument behind its."""
    tools.run("nf-stage", "put", "--emit=none", "--unsealed",
              f"file://{tools.folder}/r", input="{}\n", check=0)
    done = tools.run("pipeline.sh", *args, f"file://{tools.folder}/r",
                     check=0, env={"NF_LOG_FORMAT": "json"})
    last = json.loads(done.stdout)
    assert (last["verb"], last["state"]) == ("status", "committed")
    assert last.get("mapping", str(RELATIONAL)) == str(RELATIONAL)
    assert (done.stderr == "") == quiet


@pytest.mark.parametrize("name,code", [
    ("nf-wide", 0), ("nfe-4.00", 0), ("./nf-wide", 78), ("nf-wyde", 78),
    ("nf-wide.json", 78), ("mapping.schema", 78)])
def test_mapping_by_name(name, code, tools):
    """An installed one, whatever the working directory has."""
    (tools.folder / "nf-wide").write_text("none\n")
    done = tools.run("pipeline.sh", "plan", "--from", "http://127.0.0.1:1/",
                     "--stage", f"file://{tools.folder}/r", "-m", name,
                     "--to", "sqlite:t.db", "--", "-p", "none", check=code)
    if code == 0:
        assert re.search(f"^mapping  /.*/{name}.json$", done.stdout, re.M)
    else:
        assert f"{name}: " in done.stderr


def test_version(tools):
    said = tools.run("nf-fetch", "--version", check=0).stdout
    assert tools.run("pipeline.sh", "--version", check=0).stdout \
        == said.replace("nf-fetch", "nf-pipeline")


@pytest.mark.parametrize("how", [
    "bash nf-pipeline", "nf-pipeline", "bash ../bin/nf-pipeline",
    "../bin/nf-pipeline", "./link"])
def test_it_finds_its_parts(how, tools):
    """However it was called; and none in the folder it is called in."""
    bin_, cwd = tools.folder / "bin", tools.folder / "cwd"
    bin_.mkdir()
    (bin_ / "nf-pipeline").write_bytes((ROOT / "pipeline.sh").read_bytes())
    (bin_ / "nf-pipeline").chmod(0o755)
    share = tools.folder / "share/nf-tools"
    share.mkdir(parents=True)
    (share / "pipeline").symlink_to(ROOT / "pipeline")
    (cwd / "pipeline").mkdir(parents=True)
    (cwd / "pipeline/say.sh").write_text("echo not ours\n")
    (cwd / "link").symlink_to("../bin/nf-pipeline")
    done = tools.sh(f"cd cwd && PATH=$PWD/../bin:$PATH {how} --help",
                    check=0)
    assert done.stdout.startswith("nf-pipeline [run]")
