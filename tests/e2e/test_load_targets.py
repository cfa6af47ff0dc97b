# SPDX-License-Identifier: Apache-2.0
"""nf-load against Google's emulator and SQLite: the same rows, the same
bytes; what is refused, and how."""

import json
import random
import sqlite3
import subprocess
import time

import pytest

from conftest import FULL, free_port, ndjson

TS = 1795456800000000


def line(row, cells, **more):
    return json.dumps({"table": "t", "row": row, "ts": TS, "cells": cells,
                       **more}) + "\n"


def mixed(n=400):
    """Rows of all kinds, some written more than once, from a fixed seed."""
    rnd = random.Random(5)
    out = []
    for i in range(n):
        key = rnd.choice([f"k{rnd.randrange(n // 2):05d}", f"ação{i}",
                          {"base64": "/w" + "AQgw"[i % 4] + "="}])
        if i % 3:
            out.append(line(key, {"f": {"q": f"v{i}", "nul": "a\0b"},
                                  "g": {"": "9.00", "é": None}}))
        elif i % 2:
            out.append(line(key, [
                {"family": "f", "qualifier": {"base64": "gAE="},
                 "value": {"base64": "/wA="}, "ts": TS + 1000 * (i % 7)},
                {"family": "g", "qualifier": "n", "value": {"int64": "-7"}},
                {"family": "f", "qualifier": "q", "value": f"new{i}",
                 "ts": TS + 1000 * i}]))
        else:
            out.append(line(key, {"f": {"q": {"delete": "column"},
                                        "r": "x" * (i % 300)}}))
    out.append(json.dumps({"table": "t", "row": "k00001", "delete": True}) +
               "\n")
    return "".join(out)


@pytest.fixture
def both(tools, bigtable, tmp_path):
    """Two targets with table t of families f and g."""
    targets = [bigtable.uri, f"sqlite:{tmp_path}/t.db"]
    for target in targets:
        tools.run("nf-load", "create", "-t", "t", "-f", "f", "-f",
                  "g:versions=3", target, env=bigtable.env, check=0)
    return targets


SCANS = [
    [], ["-p", "k0001"], ["-k", "k00003", "-k", "k00007", "-k", "none"],
    ["--start", "k0001", "--end", "k0002"], ["--range", "(k00010,k00020]"],
    ["--range", "[,k00005)", "--range", "[k0009,)"], ["--limit", "7"],
    ["-l", "7", "--reverse"], ["--reverse", "-p", "k"], ["-c", "g"],
    ["-c", "f:q"], ["-c", "f:r", "-c", "g"], ["--versions", "1"],
    ["--versions", "2", "-c", "f"], ["--since", str(TS + 1)],
    ["--until", str(TS + 50000)], ["--keys-only"], ["--values", "-c", "f:q"],
    ["--max-line", "1024"],
]


def test_the_same_stream_gives_the_same_bytes(tools, bigtable, both):
    stream = mixed()
    for target in both:
        tools.run("nf-load", target, input=stream, env=bigtable.env, check=0)
    for scan in SCANS:
        a, b = (tools.run("nf-load", "scan", "-t", "t", *scan, target,
                          env=bigtable.env, check=0).stdout
                for target in both)
        assert a == b, scan
        assert a, scan


def test_scan_and_apply_copy_a_table(tools, bigtable, both, tmp_path):
    tools.run("nf-load", both[0], input=mixed(), env=bigtable.env, check=0)
    copy = f"sqlite:{tmp_path}/copy.db"
    tools.run("nf-load", "create", "-t", "t", "-f", "f", "-f", "g", copy,
              check=0)
    first = tools.run("nf-load", "scan", "--max-line", "1024", both[0],
                      env=bigtable.env, check=0).stdout
    tools.run("nf-load", copy, input=first, check=0)
    tools.run("nf-load", "diff", "--versions", "0", copy, input=first,
              check=0)
    again = tools.run("nf-load", "scan", "--max-line", "1024", copy,
                      check=0).stdout
    assert again == first


def test_google_s_client_reads_what_was_written(tools, bigtable, both):
    tools.run("nf-load", both[0], env=bigtable.env, check=0, input=line(
        "r", {"f": {"beer": "9.00", "n": 12345678901234567890}}))
    assert bigtable.rows("t")[b"r"] == {
        ("f", b"beer"): [(b"9.00", TS)],
        ("f", b"n"): [(b"12345678901234567890", TS)]}


def test_diff_names_the_cell_another_client_changed(tools, bigtable, both):
    rows = 200000 if FULL else 3000
    stream = "".join(line(f"{i:07d}", {"f": {"q": str(i)}})
                     for i in range(rows))
    tools.run("nf-load", both[0], input=stream, env=bigtable.env, check=0)
    diff = ("nf-load", "diff", both[0])
    tools.run(*diff, input=stream, env=bigtable.env, check=0, timeout=300)
    table = bigtable.client().instance("i").table("t")
    row = table.direct_row(b"0000777")
    row.set_cell("f", b"q", b"forged")
    row.commit()
    done = tools.run(*diff, input=stream, env=bigtable.env, check=65,
                     timeout=300)
    (found,) = ndjson(done.stdout)
    assert found["row"] == "0000777"
    assert found["diff"] == "different"
    assert found["want"]["value"] == "777"
    assert found["have"]["value"] == "forged"


@pytest.mark.parametrize("which", [0, 1])
def test_scope_and_prune_make_a_day_exact(tools, bigtable, both, which):
    target = both[which]

    def load(rows):
        return "".join(line(r, {"f": {"q": "1"}}) for r in rows)

    def diff(rows, *args, check):
        return ndjson(tools.run(
            "nf-load", "diff", "--scope", "d1/", *args, target,
            input=load(rows), env=bigtable.env, check=check).stdout)

    tools.run("nf-load", target, input=load(
        ["d0/a", "d1/a", "d1/b", "d1/c", "d1/d", "d2/a"]), env=bigtable.env,
        check=0)
    want = ["d1/a", "d1/c"]
    assert [x["row"] for x in diff(want, check=65)] == ["d1/b", "d1/d"]
    assert [x["row"] for x in diff(want, "--prune", check=65)] == \
        ["d1/b", "d1/d"]
    diff(want, "--prune", "--really", check=64)
    diff(want, "--prune", "--really", "--unsealed", check=0)
    assert diff(want, check=0) == []
    rows = tools.run("nf-load", "scan", "--keys-only", target,
                     env=bigtable.env, check=0).stdout.split()
    assert rows == ["d0/a", "d1/a", "d1/c", "d2/a"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_cell_that_is_asked_for_twice_comes_once(tools, bigtable, both,
                                                   which):
    tools.run("nf-load", both[which], env=bigtable.env, check=0,
              input=line("r", {"f": {"q": "1", "r": "2"}, "g": {"q": "3"}}))

    def scan(*columns):
        args = [x for c in columns for x in ("-c", c)]
        done = tools.run("nf-load", "scan", "--values", *args, both[which],
                         env=bigtable.env, check=0)
        return done.stdout.split()

    assert scan("f", "f:q") == scan("f:q", "f", "f:r", "f") == ["1", "2"]
    assert scan("f:q", "f:q") == ["1"]
    assert scan("g", "f:q", "g:q", "f:q") == ["1", "3"]


@pytest.mark.parametrize("which", [0, 1])
def test_refusals_agree(tools, bigtable, both, which):
    target, env = both[which], bigtable.env

    def load(text, check, *args):
        return tools.run("nf-load", *args, target, input=text, env=env,
                         check=check)

    good = line("good", {"f": {"q": "1"}})
    done = load(good + line("x", {"none": {"q": "1"}}), 69, "apply",
                "--results", "-")
    (result,) = ndjson(done.stdout)
    assert (result["index"], result["row"]) == (1, "x")
    assert "line 2" in done.stderr and "unknown family" in done.stderr
    done = load(line("x", [{"family": "f", "qualifier": "q", "value": "",
                            "ts": 1001}]), 69, "apply", "--results", "-")
    assert ndjson(done.stdout)[0]["row"] == "x"
    done = load(good.replace('"t"', '"none"'), 78, "apply", "--results", "-")
    (result,) = ndjson(done.stdout)
    assert result["whole"] and result["status"] == "NOT_FOUND"
    assert result["row"] == "good" and "none" in done.stderr
    tools.run("nf-load", "scan", "-t", "none", target, env=env, check=78)
    for bad, where in ((good.replace(str(TS), "-1"), "/ts: "),
                       (line("x" * 5000, {"f": {"q": "1"}}), "/row: "),
                       (line("x", {"f": {"q" * 20000: "1"}}), "/cells/f")):
        done = load(good + bad, 65, "apply", "--results", "-")
        (result,) = ndjson(done.stdout)
        assert (result["index"], result["line"]) == (1, 2)
        assert (result["row"], result["attempts"]) == (None, 0)
        assert result["message"].startswith(where)
        assert "line 2: " + where.removesuffix(": ") in done.stderr
    done = load(json.dumps({"table": "t", "row": "x",
                            "cells": {"f": {"q": "1"}}}) + "\n", 65, "apply")
    assert "--ts" in done.stderr
    load('{"table":"t","row":"x","cells":{"f":{"q":"1"}}}\n', 0, "apply",
         "--ts", "1000")
    assert tools.run("nf-load", "scan", "--keys-only", target, env=env,
                     check=0).stdout.split() == ["good", "x"]


def test_a_cell_that_is_too_large(tools, tmp_path):
    target = f"sqlite:{tmp_path}/t.db"
    tools.run("nf-load", "create", "-t", "t", "-f", "f", target, check=0)
    lines = line("a", {"f": {"q": "1"}}) + line(
        "b", {"f": {"q": "x" * ((100 << 20) + 1)}}) + line(
        "c", {"f": {"q": "1"}})
    done = tools.run("nf-load", "--max-line", "101M", "--results", "-",
                     target, input=lines, check=65)
    (result,) = ndjson(done.stdout)
    assert (result["line"], result["message"]) == (
        2, "/cells/f/q: over 100 MiB")
    tools.run("nf-load", "--max-line", "101M", "--reject",
              tmp_path / "rejects", target, input=lines, check=0)
    done = tools.run("nf-load", "scan", "--keys-only", target, check=0)
    assert done.stdout.split() == ["a", "c"]
    done = tools.run("nf-load", target, input=lines, check=65)
    assert "longer than 16777216 bytes" in done.stderr


def test_what_cannot_be_reached(tools, tmp_path):
    good = line("good", {"f": {"q": "1"}})
    env = {"BIGTABLE_EMULATOR_HOST": f"127.0.0.1:{free_port()}"}
    for host in (env["BIGTABLE_EMULATOR_HOST"], "nowhere.invalid:1"):
        done = tools.run("nf-load", "--tries", "3", "--results", "-",
                         "bigtable://p/i", input=good, check=75,
                         env={"BIGTABLE_EMULATOR_HOST": host})
        assert "UNAVAILABLE" in done.stderr
        (result,) = ndjson(done.stdout)
        assert (result["row"], result["attempts"]) == ("good", 3)
        assert result["status"] == "UNAVAILABLE" and result["whole"]
    for no in (["--tries", "0"], ["--tries", "1"], ["--retry-time", "0"]):
        done = tools.run("nf-load", *no, "--results", "-", "bigtable://p/i",
                         input=good, check=75, env=env)
        assert ndjson(done.stdout)[0]["attempts"] == 1
    tools.run("nf-load", "scan", "--tries", "3", "bigtable://p/i/t",
              env=env, check=75)
    tools.run("nf-load", f"sqlite:{tmp_path}/none.db", input=good, check=78)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("not a database, " * 100)
    tools.run("nf-load", f"sqlite:{tmp_path}/text.db", input=good, check=78)


@pytest.mark.parametrize("which", [0, 1])
def test_a_cut_off_input_is_no_success(tools, bigtable, both, which):
    head = json.dumps({"$nf": "begin", "v": 1, "run": "r", "source": "",
                       "at": TS, "from": None}) + "\n"
    done = tools.run("nf-load", both[which], env=bigtable.env, check=75,
                     input=head + line("a", {"f": {"q": "1"}}))
    assert "cut off" in done.stderr


def test_create_only_adds(tools, bigtable, both):
    for target in both:
        done = tools.run("nf-load", "create", "-t", "t", "-f", "f:versions=1",
                         "-f", "h:age=30d", target, env=bigtable.env,
                         check=0)
        assert "rule differs" in done.stderr
        done = tools.run("nf-load", "create", "-t", "t", "-f", "f", "-f",
                         "g:versions=3", "-f", "h:age=30d", target,
                         env=bigtable.env, check=0)
        assert "rule differs" not in done.stderr
    families = bigtable.client().instance("i").table("t") \
        .list_column_families()
    assert sorted(families) == ["f", "g", "h"]


def test_a_person_can_look_into_the_database(tools, both, tmp_path):
    tools.run("nf-load", both[1], input=line("a", {"f": {"q": "9.00"}}),
              check=0)
    db = sqlite3.connect(tmp_path / "t.db")
    assert db.execute("select * from cells").fetchall() == [
        ("t", "a", "f", "q", TS, "9.00")]
    db.close()


@pytest.mark.parametrize("new", [True, False])
def test_a_database_that_another_one_locks_is_waited_for(tools, tmp_path,
                                                         new):
    """Nothing can be read of it meanwhile, not even whether it is ours."""
    target = f"sqlite:{tmp_path}/t.db"
    create = ("nf-load", "create", "-t", "t", "-f", "f", target)
    if not new:
        tools.run(*create, check=0)
    other = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE other(x)")
    p = tools.start(*(create if new else ("nf-load", target)),
                    stdin=subprocess.PIPE)
    try:
        p.stdin.write(b"" if new else line("r", {"f": {"q": "v"}}).encode())
        p.stdin.close()
        time.sleep(0.5)
        assert p.poll() is None
    finally:
        other.execute("COMMIT")
        other.close()
        p.stdin = None
        out, err = p.communicate(timeout=60)
    assert p.returncode == 0, (out, err)


@pytest.mark.parametrize("tables", ["tttttttt", "abcdefgh"])
def test_many_make_one_database_at_once(tools, tmp_path, tables):
    for i in range(20 if FULL else 5):
        target = f"sqlite:{tmp_path}/{i}.db"
        twins = [tools.start("nf-load", "create", "-t", table, "-f", "f",
                             target) for table in tables]
        errors = [p.communicate(timeout=60)[1] for p in twins]
        assert [p.returncode for p in twins] == [0] * len(twins), errors
