# SPDX-License-Identifier: Apache-2.0
"""The staged run: what is committed, resumed, adopted, refused."""

import gzip
import json
import os
import subprocess

import pytest

from staging import (SOURCE, FileRun, ObjectRun, add, attempt, begin, cat,
                     check, damage, end, mark, mark_of, plain, put, records,
                     stream)
from storage import Storage


def test_commit(tools, run):
    rows = records(100)
    data = stream(rows)
    code, out, err = put(tools, run, data, "--part-size=1K", env=run.env)
    assert code == 0, err
    # Only the records, the begin of the run and the seal are passed on.
    assert plain(out) == rows
    assert json.loads(out.splitlines()[0]) == {
        "$nf": "begin", "v": 1, "run": "r", "source": SOURCE,
        "at": 1795456800000000, "from": None}
    assert check(run) == rows
    assert len([n for n in run.names() if n.startswith("part-")]) > 3
    assert mark_of(tools, run) == "committed"
    assert plain(cat(tools, run)) == rows
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=0)
    info = json.loads(run.read("_nf/run.json"))
    assert info == {"v": 1, "run": "r", "source": SOURCE, "window": None,
                    "start": 1795456800000000}


def test_parts_end_at_marks(tools, run):
    rows = records(95)
    code, _, err = put(tools, run, stream(rows), "--part-size=1K",
                       env=run.env)
    assert code == 0, err
    m = json.loads(run.read("_nf/manifest.json"))
    assert [p["records"] for p in m["parts"]] == [20, 20, 20, 20, 15] or \
        all(p["records"] % 10 == 0 for p in m["parts"][:-1])
    marks = [json.loads(run.read(p["receipt"]))["mark"] for p in m["parts"]]
    assert marks[-1] is None and all(marks[:-1])


def test_hard_limit_without_marks(tools, run):
    rows = records(200)
    code, _, err = put(tools, run, stream(rows, marks=False),
                       "--part-size=1K", env=run.env)
    assert code == 0, err
    m = json.loads(run.read("_nf/manifest.json"))
    assert len(m["parts"]) > 1
    assert all(4096 <= p["raw_size"] < 4096 + 128 for p in m["parts"][:-1])


@pytest.mark.parametrize("n,parts", [(2**62, 1), (2**63 - 1, 1), (200, 1),
                                     (50, 1), (49, 2), (1, 50)])
def test_part_records(tools, tmp_path, n, parts):
    """Without marks at four times as many, however many that are."""
    run = FileRun(tmp_path / "r")
    code, _, err = put(tools, run, stream(records(200), marks=False),
                       f"--part-records={n}", "--emit=none")
    assert code == 0, err
    assert len(json.loads(run.read("_nf/manifest.json"))["parts"]) == parts


def test_cut_off_input(tools, run):
    rows = records(100)
    data = stream(rows)
    code, out, err = put(tools, run, data[:len(data) // 2],
                         "--part-size=1K", env=run.env)
    assert code == 75, err
    assert check(run) is None
    assert not out.rstrip().endswith(b"}") or b'"$nf":"end"' not in out
    cursor = json.loads(mark_of(tools, run))
    assert 0 < cursor["at"] < 100
    # It goes on from there, and passes on all of it.
    code, out, err = put(tools, run, stream(rows, start=cursor),
                         "--part-size=1K", env=run.env)
    assert code == 0, err
    assert plain(out) == rows
    assert check(run) == rows


def test_from_the_start_again(tools, run):
    """A stream from null meets the stored parts and sends none again."""
    rows = records(100)
    data = stream(rows)
    assert put(tools, run, data[:len(data) * 3 // 4], "--part-size=1K",
               env=run.env)[0] == 75
    before = [n for n in run.names() if n.startswith("part-")]
    if isinstance(run, ObjectRun):
        run.storage.log.clear()
    code, out, err = put(tools, run, data, "--part-size=1K", env=run.env)
    assert code == 0 and plain(out) == rows, err
    assert set(before) <= set(run.names())
    if isinstance(run, ObjectRun):
        sent = [name for op, name, _ in run.storage.log if op == "multipart"]
        assert not [n for n in sent if n.removeprefix(run.prefix) in before]
    assert check(run) == rows


def test_unknown_cursor(tools, run):
    code, _, err = put(tools, run, stream(records(50), start={"at": 20}),
                       env=run.env)
    assert code == 75 and b"nf-stage mark" in err


def test_cursor_compared_without_white_space(tools, run):
    rows = records(100)
    data = stream(rows)
    put(tools, run, data[:len(data) // 2], "--part-size=1K", env=run.env)
    at = json.loads(mark_of(tools, run))
    spaced = stream(rows, start=at).replace(
        b'"from":{"at":', b'"from": { "at" :  ', 1)
    code, out, err = put(tools, run, spaced, env=run.env)
    assert code == 0 and plain(out) == rows, err


def test_other_source(tools, run):
    assert put(tools, run, stream(records(5)), env=run.env)[0] == 0
    other = stream(records(5), source="0" * 64)
    code, _, err = put(tools, run, other, env=run.env)
    assert code == 78 and b"another source" in err


def test_committed_run_wins(tools, run):
    """What is committed is passed on, whatever the input says."""
    rows = records(30)
    assert put(tools, run, stream(rows), env=run.env)[0] == 0
    for data in (stream(rows), stream(records(40)), stream(rows)[:200],
                 stream(rows[:3]) + b"rubbish\n", b"", begin() + b"{bad\n"):
        code, out, err = put(tools, run, data, env=run.env)
        assert code == 0, err
        if data:
            assert plain(out) == rows
        else:
            assert out.splitlines() == rows
        assert (b"new data" in err or b"is bad" in err) == \
            (data != stream(rows)), err


def test_begin_carries_the_start_of_the_run(tools, run):
    rows = records(10)
    data = stream(rows)
    assert put(tools, run, data[:-60], env=run.env)[0] == 75
    code, out, _ = put(tools, run, stream(rows, at=9, run="other"),
                       env=run.env)
    assert code == 0
    head = json.loads(out.splitlines()[0])
    assert head["at"] == 1795456800000000 and head["run"] == "r"
    assert json.loads(cat(tools, run).splitlines()[0]) == head


def test_unsealed_pipe_refused(tools, run):
    code, out, err = put(tools, run, b'{"a":1}\n', env=run.env)
    assert code == 64 and out == b""
    assert b"--seal" in err and b"--unsealed" in err
    assert run.names() == [] if isinstance(run, ObjectRun) else \
        not run.folder.exists()


def test_empty_pipe_is_cut_off(tools, run):
    code, _, err = put(tools, run, b"", env=run.env)
    assert code == 75


def test_unsealed(tools, run, tmp_path):
    rows = records(7)
    text = b"".join(r + b"\n" for r in rows)
    code, out, err = put(tools, run, text, "--unsealed", env=run.env)
    assert code == 0 and out == text, err
    assert check(run) == rows
    assert json.loads(run.read("_nf/run.json"))["run"] == "r"


def test_regular_file(tools, run, tmp_path):
    rows = records(7)
    (tmp_path / "in").write_bytes(b"\r\n".join(rows))
    p = tools.sh(f"nf-stage --emit=none {run.uri} < in", env=run.env,
                 check=0)
    assert p.stdout == ""
    assert check(run) == rows


def test_empty_run(tools, run):
    code, out, _ = put(tools, run, stream([]), env=run.env)
    assert code == 0 and plain(out) == []
    assert check(run) == []
    assert plain(cat(tools, run)) == []


def test_emit(tools, run):
    rows = records(20)
    code, out, _ = put(tools, run, stream(rows), "--emit=manifest",
                       "--part-size=500", env=run.env)
    assert code == 0 and out.count(b"\n") == 1
    assert json.loads(out) == json.loads(run.read("_nf/manifest.json"))
    code, out, _ = put(tools, run, stream(rows), "--emit=none", env=run.env)
    assert (code, out) == (0, b"")
    code, out, _ = put(tools, run, stream(rows), "--no-seal", env=run.env)
    assert code == 0 and out.splitlines() == rows


def test_bad_record(tools, run):
    for bad, what in ((b'{"a":}', b"line 3"), (b'{"a":"\xff"}', b"line 3"),
                      (b'{"a":1}\0', b"line 3")):
        data = begin() + b'{"ok":1}\n' + bad + b"\n"
        code, out, err = put(tools, run, data, env=run.env)
        assert code == 65 and what in err, err
        assert check(run) is None


def test_wrong_seal(tools, run):
    rows = records(5)
    data = begin() + b"".join(r + b"\n" for r in rows) + end(rows[:4])
    assert put(tools, run, data, env=run.env)[0] == 65
    assert check(run) is None


def test_shares(tools, run):
    rows = records(100)
    put(tools, run, stream(rows), "--part-size=1K", env=run.env)
    m = json.loads(run.read("_nf/manifest.json"))
    for n in (1, 2, 3, len(m["parts"]) + 2):
        found = []
        for i in range(1, n + 1):
            found += plain(cat(tools, run, f"--part={i}/{n}"))
        assert found == rows
    one = m["parts"][1]
    assert len(plain(cat(tools, run, "--part", one["part"]))) == \
        one["records"]
    for bad in ("0/2", "3/2", "x", "1/", "/1"):
        cat(tools, run, f"--part={bad}", code=64)
    cat(tools, run, "--part=part-x", code=78)


def test_shares_are_of_one_size(tools, tmp_path):
    """In bytes, but for half a part at either end."""
    run = FileRun(tmp_path / "runs" / "r")
    run.env = {}
    rows = [b'{"n":%d,"x":"%s"}' % (i, b"x" * (i // 40) ** 3)
            for i in range(400)]
    put(tools, run, stream(rows), "--part-records=10")
    sizes = [p["raw_size"] for p in
             json.loads(run.read("_nf/manifest.json"))["parts"]]
    assert len(sizes) == 40 and max(sizes) > 20 * min(sizes)
    for n in (2, 5, 8):
        shares = [sum(len(r) + 1 for r in
                      plain(cat(tools, run, f"--part={i}/{n}")))
                  for i in range(1, n + 1)]
        assert sum(shares) == sum(sizes)
        assert max(shares) <= sum(sizes) / n + max(sizes)
        assert min(shares) >= sum(sizes) / n - max(sizes)


def test_cat_refuses_what_is_not_committed(tools, run):
    cat(tools, run, code=78)
    put(tools, run, stream(records(50))[:-80], "--part-size=1K", env=run.env)
    cat(tools, run, code=75)
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=75)


def test_orphans(tools, run):
    rows = records(60)
    assert put(tools, run, stream(rows)[:-40], "--part-size=1K",
               env=run.env)[0] == 75
    tools.run("nf-stage", "ls", "--orphans", run.uri, env=run.env, check=75)
    changed = rows[:5] + records(55, "x")
    assert put(tools, run, stream(changed), "--part-size=1K",
               env=run.env)[0] == 0
    m = json.loads(run.read("_nf/manifest.json"))
    named = {p[k] for p in m["parts"] for k in ("part", "receipt")}
    named |= {"_nf/manifest.json", "_nf/run.json"}
    orphans = set(run.names()) - named
    assert orphans
    p = tools.run("nf-stage", "ls", "--orphans", run.uri, env=run.env,
                  check=0)
    told = {json.loads(x)["object"] for x in p.stdout.splitlines()}
    assert told == {f"{run.uri}/{n}" for n in orphans}
    p = tools.run("nf-stage", "ls", "--orphans", "--remove", "-n", run.uri,
                  env=run.env, check=0)
    assert {json.loads(x)["object"] for x in p.stdout.splitlines()} == told
    assert '"removed":true' not in p.stdout
    assert set(run.names()) >= orphans
    tools.run("nf-stage", "ls", "--orphans", "--remove", run.uri,
              env=run.env, check=0)
    assert set(run.names()) == named
    assert plain(cat(tools, run)) == changed


def test_orphans_are_ours(tools, run):
    """What only begins as our names do is another's: also a run in a run."""
    assert put(tools, run, stream(records(9)), env=run.env)[0] == 0
    others = ["part-2", "part-00001-x", ".nf-x"]
    for name in others:
        if isinstance(run, FileRun):
            sub = FileRun(run.folder / name)
        else:
            sub = ObjectRun(run.storage, f"runs/r/{name}")
        assert put(tools, sub, stream(records(9)), env=run.env)[0] == 0
    add(run, "part-list.txt", b"hi")
    add(run, "part-00000-" + 32 * "0" + ".ndjson.gz.bak", b"hi")
    add(run, "_nf/.nf-x/y", b"hi")
    before = run.names()
    add(run, "part-00007-" + 32 * "0" + ".ndjson", b"{}\n")
    add(run, "_nf/.nf-abcdef", b"{")
    p = tools.run("nf-stage", "ls", "--orphans", "--remove", run.uri,
                  env=run.env, check=0)
    assert sorted(json.loads(x)["kind"] for x in p.stdout.splitlines()) == [
        "part", "temporary"]
    assert run.names() == before


def test_run_id_from_a_long_uri(tools):
    """Of the last component what fits, in whole characters."""
    with Storage() as storage:
        run = ObjectRun(storage, "runs/x" + 140 * "\u00e9")
        run.env = storage.env
        rows = records(3)
        code, _, err = put(tools, run, b"\n".join(rows) + b"\n",
                           "--unsealed", env=run.env)
        assert code == 0, err
        assert json.loads(run.read("_nf/run.json"))["run"] == \
            "x" + 127 * "\u00e9"
        assert plain(cat(tools, run)) == rows
        assert mark_of(tools, run) == "committed"


def test_ls(tools, run):
    for i in range(3):
        sub = FileRun(run.folder / str(i)) if isinstance(run, FileRun) \
            else ObjectRun(run.storage, f"runs/r/{i}")
        code, _, err = put(tools, sub, stream(records(3), at=i + 1),
                           "--window", f"day {i}", env=run.env)
        assert code == 0, err
    p = tools.run("nf-stage", "ls", run.uri, env=run.env, check=0)
    lines = [json.loads(x) for x in p.stdout.splitlines()]
    assert [x["uri"] for x in lines] == [f"{run.uri}/{i}/" for i in (2, 1, 0)]
    assert lines[0]["committed"] and lines[0]["records"] == 3
    assert lines[0]["window"] == "day 2"
    p = tools.run("nf-stage", "ls", lines[0]["uri"], env=run.env, check=0)
    kinds = sorted(json.loads(x)["kind"] for x in p.stdout.splitlines())
    assert kinds == ["manifest", "part", "receipt", "run"]
    tools.run("nf-stage", "note", lines[0]["uri"], env=run.env,
              input="{}\n", check=0)
    p = tools.run("nf-stage", "ls", lines[0]["uri"], env=run.env, check=0)
    kinds = sorted(json.loads(x)["kind"] for x in p.stdout.splitlines())
    assert kinds == ["manifest", "note", "part", "receipt", "run"]


def test_ls_beside_strange_neighbours(tools, run):
    """A folder that no object can be named after, damaged documents."""
    def beside(name):
        r = FileRun(run.folder / name) if isinstance(run, FileRun) \
            else ObjectRun(run.storage, f"runs/r/{name}")
        assert put(tools, r, stream(records(3)), env=run.env)[0] == 0
        return r

    good = beside("good")
    damage(beside("bad1"), "_nf/run.json", lambda d: d[:-3])
    damage(beside("bad2"), "_nf/manifest.json", lambda d: b"[]")
    if isinstance(run, FileRun):
        os.mkdir(os.fsencode(run.folder) + b"/caf\xe9")
    p = tools.run("nf-stage", "ls", run.uri, env=run.env, check=0)
    assert [json.loads(x)["uri"] for x in p.stdout.splitlines()] == \
        [good.uri + "/"]
    left = [x for x in p.stderr.splitlines() if "left out" in x]
    assert len(left) == (3 if isinstance(run, FileRun) else 2)
    assert sum("bad1/_nf/run.json" in x for x in left) == 1
    assert sum("bad2/_nf/manifest.json" in x for x in left) == 1
    tools.run("nf-stage", "ls", good.uri, env=run.env, check=0)


@pytest.mark.parametrize("way", ["options", "variables"])
def test_metadata(tools, way):
    more = {"storage-class": "NEARLINE", "user-project": "pay",
            "kms-key": "projects/p/k"}
    args = [f"--{name}={v}" for name, v in more.items()]
    env = {}
    if way == "variables":
        args = args[2:]  # an option wins
        env = {"NF_STORAGE_CLASS": "NEARLINE", "NF_USER_PROJECT": "pay",
               "NF_KMS_KEY": "projects/p/other",
               "NF_STORAGE_ENDPOINT": "http://127.0.0.1:1"}
    with Storage() as s:
        run = ObjectRun(s, "r")
        code, _, err = put(tools, run, stream(records(3)), "--metadata",
                           "team=nf", "--metadata", 'q="x"', *args,
                           env={**s.env, **env})
        assert code == 0, err
        name = [n for n in s.names() if "/part-" in n][0]
        o = s.objects["bucket", name]
        assert o["meta"]["metadata"]["team"] == "nf"
        assert o["meta"]["metadata"]["q"] == '"x"'
        assert o["meta"]["metadata"]["nf-records"] == "3"
        assert o["meta"]["contentType"] == "application/gzip"
        assert "contentEncoding" not in o["meta"]
        assert o["meta"]["storageClass"] == "NEARLINE"
        assert o["query"]["userProject"] == "pay"
        assert o["query"]["kmsKeyName"] == "projects/p/k"
        assert o["query"]["ifGenerationMatch"] == "0"
        assert o["data"][:10] == b"\x1f\x8b\x08\0\0\0\0\0" + o["data"][8:10]


def test_plain(tools, run):
    rows = records(30)
    code, _, err = put(tools, run, stream(rows), "--plain", env=run.env)
    assert code == 0, err
    name = [n for n in run.names() if n.startswith("part-")][0]
    assert name.endswith(".ndjson")
    assert run.read(name).splitlines() == rows
    assert plain(cat(tools, run)) == rows


def test_long_lines(tools, run):
    rows = [b'{"a":"%s"}' % (b"x" * n) for n in (10, 300000, 262144, 5)]
    code, out, err = put(tools, run, stream(rows), env=run.env)
    assert code == 0 and plain(out) == rows, err
    assert check(run) == rows and plain(cat(tools, run)) == rows
    code, _, err = put(tools, run, stream(rows), "--max-line=1K",
                       env=run.env)
    assert code == 65 or b"is bad" in err


def test_downstream_closed(tools, run):
    rows = records(20000)
    p = tools.sh(f"nf-stage cat {run.uri} | head -1", env=run.env)
    assert put(tools, run, stream(rows), "--emit=none", env=run.env)[0] == 0
    p = tools.sh(f"nf-stage cat {run.uri} | head -1; echo ${{PIPESTATUS[0]}}",
                 env=run.env)
    assert p.stdout.splitlines()[-1] in ("0", "141")
    p = tools.sh(f"nf-stage cat {run.uri} > /dev/full", env=run.env)
    assert p.returncode == 74


def test_reader_that_leaves_before_the_manifest(tools, run):
    """The run is committed before its manifest is written to stdout."""
    p = tools.start("nf-stage", "--emit=manifest", run.uri, env=run.env,
                    stdin=subprocess.PIPE)
    p.stdout.close()
    p.stdin.write(stream(records(5)))
    p.stdin.close()
    assert p.wait(60) == 141
    p.stderr.close()
    assert mark_of(tools, run) == "committed"


def test_spool_folder(tools, run, tmp_path):
    rows = records(50)
    (tmp_path / "spool").mkdir()
    code, out, err = put(tools, run, stream(rows), "--spool",
                         tmp_path / "spool", "--part-size=1K", env=run.env)
    assert code == 0 and plain(out) == rows, err
    assert os.listdir(tmp_path / "spool") == []
    code, _, err = put(tools, run, stream(rows), "--spool",
                       tmp_path / "none", env=run.env)
    assert code in (0, 78)


def test_full_spool(tools, run, tmp_path):
    """A spool that cannot grow: exit 74, nothing committed."""
    rows = records(3000)
    (tmp_path / "in").write_bytes(stream(rows))
    p = tools.sh("trap '' XFSZ; ulimit -f 8; "
                 f"nf-stage --plain --spool . {run.uri} < in | cat",
                 env=run.env)
    p = tools.sh("trap '' XFSZ; ulimit -f 8; "
                 f"nf-stage --plain --spool . {run.uri} < in > /dev/null",
                 env=run.env)
    assert p.returncode == 74, p.stderr
    assert check_plain(run) is None


def check_plain(run):
    return None if "_nf/manifest.json" not in run.names() else run


def test_attempts_with_other_part_sizes(tools, run):
    rows = records(300)
    data = stream(rows)
    for i, size in enumerate(("1K", "3K", "7K")):
        cut = len(data) * (i + 1) // 4
        assert put(tools, run, data[:cut], f"--part-size={size}",
                   env=run.env)[0] == 75
    code, out, err = attempt(tools, run, rows, "--part-size=2K", env=run.env)
    assert code == 0 and plain(out) == rows, err
    assert check(run) == rows


def test_mark_line_is_kept_as_text(tools, run):
    data = begin() + b'{"a":1}\n' + \
        b'{"$nf":"mark","cursor":{"n":12345678901234567890.10}}\n'
    put(tools, run, data, "--part-size=1", env=run.env)
    assert mark_of(tools, run) == '{"n":12345678901234567890.10}'
    assert mark({"at": 1})  # the helper and the tool agree on the form


def test_no_manifest(tools, run, tmp_path):
    """The longest chain of an unfinished run; NDJSON that is no run."""
    rows = records(60)
    data = stream(rows)
    put(tools, run, data[:len(data) // 3], "--part-size=1K", env=run.env)
    put(tools, run, data[:-60], "--part-size=1K", env=run.env)
    out = cat(tools, run, "--no-manifest")
    found = out.splitlines()
    assert found and found == rows[:len(found)] and len(found) == 50
    other = FileRun(tmp_path / "other")
    other.env = {}
    other.folder.mkdir()
    (other.folder / "b.ndjson").write_bytes(b'{"b":1}')
    (other.folder / "a.ndjson.gz").write_bytes(gzip.compress(b'{"a":1}\n'))
    (other.folder / "c.txt").write_bytes(b"no")
    assert cat(tools, other, "--no-manifest") == b'{"a":1}\n{"b":1}\n'
    for part in "1/2", "part-x":  # all of it would be no share of it
        for r in run, other:
            assert cat(tools, r, "--no-manifest", "--part", part,
                       code=64) == b""
    put(tools, run, data, "--part-size=1K", env=run.env)
    assert 0 < len(plain(cat(tools, run, "--no-manifest",
                             "--part=1/2"))) < 60
    (other.folder / "b.ndjson").unlink()
    (other.folder / "a.ndjson.gz").unlink()
    cat(tools, other, "--no-manifest", code=78)


@pytest.mark.parametrize("name, data, out", [
    ("a.ndjson", gzip.compress(b'{"a":1}\n', mtime=0), b'{"a":1}\n'),
    ("a.ndjson.gz", b'{"a":1}\n{"b":2}', b'{"a":1}\n{"b":2}\n'),
    ("a.ndjson.gz", gzip.compress(b'{"a":1}', mtime=0) + gzip.compress(b"\n"),
     b'{"a":1}\n'),
    ("a.ndjson", b"", b""), ("a.ndjson.gz", b"", b""),
    ("a.ndjson", b'{"a":"\0"}\n', None), ("a.ndjson", b'"\xe9"\n', None),
    ("a.ndjson.gz", gzip.compress(b'{"a":"\0"}\n', mtime=0), None),
    ("a.ndjson.gz", gzip.compress(b'"\xe9"\n', mtime=0), None),
    ("a.ndjson", gzip.compress(b'{"a":1}\n', mtime=0)[:-9], None)])
def test_no_manifest_reads_content_not_names(tools, tmp_path, name, data,
                                             out):
    """Objects that put did not make: gzip by their bytes, lines checked."""
    other = FileRun(tmp_path / "other")
    other.env = {}
    other.folder.mkdir()
    (other.folder / name).write_bytes(data)
    assert cat(tools, other, "--no-manifest",
               code=65 if out is None else 0) == (out or b"")


@pytest.mark.parametrize("link", [1, 22, 38, 95], ids=[
    "EPERM", "EINVAL", "ENOSYS", "EOPNOTSUPP"])
def test_folder_without_link(tools, tmp_path, shim, link):
    """RENAME_NOREPLACE will do; without that too no run can be kept."""
    rows = records(20)
    run = FileRun(tmp_path / "renamed")
    env = {"LD_PRELOAD": shim, "NF_FAULT": f"link=1+:{link}"}
    code, out, err = put(tools, run, stream(rows), env=env)
    assert code == 0 and plain(out) == rows, err
    assert check(run) == rows
    code, out, err = put(tools, run, stream(rows), env=env)
    assert code == 0 and plain(out) == rows, err
    run = FileRun(tmp_path / "neither")
    env["NF_FAULT"] += ",rename=1+:22"
    code, out, err = put(tools, run, stream(rows), env=env)
    assert code == 78 and out == b"", err
    assert b"RENAME_NOREPLACE" in err and run.uri.encode() in err
    assert run.names() == []
