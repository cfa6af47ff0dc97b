# SPDX-License-Identifier: Apache-2.0
"""The staged run, when something in it was changed or lost."""

import gzip
import json
import resource

import pytest

from staging import (FileRun, ObjectRun, cat, check, damage, empty, lose,
                     mark_of, plain, put, records, stream)


def flip(data):
    data[len(data) // 2] ^= 1
    return data


@pytest.mark.parametrize("how", [
    flip, lambda d: d[:-1], lambda d: d + b"\0", lambda d: d[:0],
    lambda d: gzip.compress(gzip.decompress(d)[:-2] + b"\n"),
    lambda d: gzip.compress(gzip.decompress(d), 9, mtime=5)])
def test_damage_is_seen(tools, run, how):
    put(tools, run, stream(records(60)), "--part-size=1K", env=run.env)
    m = json.loads(run.read("_nf/manifest.json"))
    damage(run, m["parts"][1]["part"], how)
    out = cat(tools, run, code=65)
    assert b'"$nf":"end"' not in out
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=65)


def staged(tools, run, rows):
    """A run of some parts; their names, and those of their receipts."""
    code, _, err = put(tools, run, stream(rows), "--part-size=1K",
                       env=run.env)
    assert code == 0, err
    parts = json.loads(run.read("_nf/manifest.json"))["parts"]
    return [p["part"] for p in parts], [p["receipt"] for p in parts]


@pytest.mark.parametrize("emit", ["records", "manifest", "none"])
def test_missing_part(tools, run, emit):
    """No verb takes a committed run for one that can be read, nor put."""
    rows = records(60)
    parts, _ = staged(tools, run, rows)
    lose(run, parts[1])
    cat(tools, run, code=65)
    code, _, err = put(tools, run, stream(rows), f"--emit={emit}",
                       env=run.env)
    assert code == 65 and b"missing" in err and parts[1].encode() in err


@pytest.mark.parametrize("emit", ["records", "none"])
def test_receipts_without_their_parts(tools, run, emit):
    """A part that becomes what its receipt says is stored again, and else
    nothing is committed."""
    rows = records(60)
    data = stream(rows)
    parts, receipts = staged(tools, run, rows)
    lose(run, "_nf/manifest.json", *parts)
    code, out, err = put(tools, run, data, "--part-size=1K",
                         f"--emit={emit}", env=run.env)
    assert code == 0 and (emit == "none" or plain(out) == rows), err
    assert check(run) == rows
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=0)


def test_receipt_of_other_bytes(tools, run):
    """Stored by --plain, or with another size: never committed as it is."""
    rows = records(60)
    data = stream(rows)
    parts, receipts = staged(tools, run, rows)
    lose(run, "_nf/manifest.json", parts[0])
    code, _, err = put(tools, run, data, "--part-size=1K", "--plain",
                       env=run.env)
    assert code == 65 and parts[0].encode() in err, err
    damage(run, parts[1], lambda d: d[:-1])
    lose(run, receipts[0])
    code, _, err = put(tools, run, data, "--part-size=1K", env=run.env)
    assert code == 65 and parts[1].encode() in err, err
    assert "_nf/manifest.json" not in run.names()


@pytest.mark.parametrize("emit", ["records", "none"])
def test_going_on_behind_a_missing_part(tools, run, emit):
    """A chain is committed only if all that is before the mark is there."""
    rows = records(100)
    data = stream(rows)
    assert put(tools, run, data[:len(data) // 2], "--part-size=1K",
               env=run.env)[0] == 75
    at = json.loads(mark_of(tools, run))
    name = [n for n in run.names() if n.startswith("part-00000")][0]
    whole = run.read(name)
    lose(run, name)
    code, _, err = put(tools, run, stream(rows, start=at), f"--emit={emit}",
                       "--part-size=1K", env=run.env)
    assert code == 65 and name.encode() in err, err
    assert check(run) is None
    if isinstance(run, FileRun):
        (run.folder / name).write_bytes(whole)
        assert put(tools, run, stream(rows, start=at), f"--emit={emit}",
                   "--part-size=1K", env=run.env)[0] == 0
        assert check(run) == rows


def test_receipt_that_names_no_part(tools, run):
    rows = records(60)
    parts, receipts = staged(tools, run, rows)
    lose(run, "_nf/manifest.json")
    for name in ("", parts[1], "part-x"):
        was = run.read(receipts[0])
        damage(run, receipts[0], lambda d: bytes(d).replace(
            parts[0].encode(), name.encode()))
        code, _, err = put(tools, run, stream(rows), "--part-size=1K",
                           env=run.env)
        assert code == 65 and receipts[0].encode() in err, err
        damage(run, receipts[0], lambda _: was)


OWN = ["records", "raw_size", "raw_crc32c"]
TOTAL = ["total_" + key for key in OWN]


def miscount(run, name, key):
    """Another number or CRC32C in a document."""
    def change(data):
        found = json.loads(data)
        found[key] = "00000000" if "crc" in key else found[key] + 1
        return json.dumps(found).encode()
    damage(run, name, change)


@pytest.mark.parametrize("key", OWN + TOTAL)
@pytest.mark.parametrize("index", [0, 1])
def test_going_on_from_a_receipt_that_does_not_add_up(tools, run, key,
                                                       index):
    """Its numbers would be the manifest's, which nothing replaces."""
    rows = records(100)
    data = stream(rows)
    assert put(tools, run, data[:len(data) // 2], "--part-size=1K",
               env=run.env)[0] == 75
    at = json.loads(mark_of(tools, run))
    name = [n for n in run.names() if n.startswith(f"_nf/0000{index}-")][0]
    whole = run.read(name)
    miscount(run, name, key)
    code, _, err = put(tools, run, stream(rows, start=at), "--emit=none",
                       "--part-size=1K", env=run.env)
    assert code == 65 and b"_nf/0000" in err, err
    assert "_nf/manifest.json" not in run.names()
    damage(run, name, lambda _: whole)
    code, _, err = put(tools, run, stream(rows, start=at), "--emit=none",
                       "--part-size=1K", env=run.env)
    assert code == 0 and check(run) == rows, err


@pytest.mark.parametrize("key", ["size", "crc32c"])
def test_going_on_from_a_receipt_of_another_object(tools, tmp_path, key):
    """A listing says both, though nobody reads the part."""
    rows = records(100)
    data = stream(rows)
    with empty("gs", tmp_path) as run:
        assert put(tools, run, data[:len(data) // 2], "--part-size=1K",
                   env=run.env)[0] == 75
        at = json.loads(mark_of(tools, run))
        name = [n for n in run.names() if n.startswith("_nf/00001-")][0]
        miscount(run, name, key)
        code, _, err = put(tools, run, stream(rows, start=at), "--emit=none",
                           "--part-size=1K", env=run.env)
        assert code == 65 and b"part-00001" in err, err
        assert "_nf/manifest.json" not in run.names()


@pytest.mark.parametrize("key", OWN + TOTAL)
def test_verify_adds_up_the_receipts(tools, run, key):
    _, receipts = staged(tools, run, records(60))
    miscount(run, receipts[1], key)
    p = tools.run("nf-stage", "verify", run.uri, env=run.env, check=65)
    assert "receipt" in p.stderr


@pytest.mark.parametrize("key", OWN)
def test_manifest_that_does_not_add_up(tools, run, key):
    staged(tools, run, records(60))
    miscount(run, "_nf/manifest.json", key)
    cat(tools, run, code=65)
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=65)


def test_adopts_a_stored_part(tools, run):
    """Other gzip bytes of the same records are taken as they are."""
    rows = records(60)
    data = stream(rows)
    put(tools, run, data, "--part-size=1K", env=run.env)
    m = json.loads(run.read("_nf/manifest.json"))
    name = m["parts"][0]["part"]
    gone = ["_nf/manifest.json"] + [p["receipt"] for p in m["parts"]]
    for n in gone:
        if isinstance(run, FileRun):
            (run.folder / n).unlink()
        else:
            del run.storage.objects["bucket", run.prefix + n]
    other = gzip.compress(gzip.decompress(run.read(name)), 9, mtime=0)
    damage(run, name, lambda _: other)
    code, out, err = put(tools, run, data, "--part-size=1K", env=run.env)
    assert code == 0 and plain(out) == rows, err
    assert run.read(name) == other
    assert check(run) == rows
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=0)


def change_manifest(tools, run, change):
    """A committed run whose manifest has been changed by hand."""
    rows = records(60)
    staged(tools, run, rows)
    damage(run, "_nf/manifest.json",
           lambda d: change(json.loads(d)).encode())
    return rows


@pytest.mark.parametrize("layout", [
    lambda m: json.dumps(m, indent=2), lambda m: json.dumps(m) + "\n\n",
    lambda m: json.dumps(dict(sorted(m.items(), reverse=True))),
    lambda m: json.dumps({"parts": m["parts"], **m}),
    lambda m: json.dumps({**m, "later": {"parts": [1, "]"]}}),
    lambda m: json.dumps({**m, "parts": [
        {**p, "more": {"parts": ["\\\"]"]}} for p in m["parts"]]})])
def test_manifest_in_another_layout(tools, run, layout):
    """JSON is JSON, however it is written; unknown members are ignored."""
    rows = change_manifest(tools, run, layout)
    assert plain(cat(tools, run)) == rows
    tools.run("nf-stage", "verify", run.uri, env=run.env, check=0)


@pytest.mark.parametrize("damaged", [
    lambda m: json.dumps(m)[:-2], lambda m: json.dumps(m)[:-1] + ",}",
    lambda m: json.dumps(m).replace("}, {", "} {", 1),
    lambda m: json.dumps(m).replace("}, {", "},, {", 1),
    lambda m: json.dumps(m).replace("}]", "},]", 1),
    lambda m: json.dumps(m).replace('"parts"', '"part"', 1),
    lambda m: json.dumps({**m, "parts": {}}),
    lambda m: json.dumps({**m, "parts": [m["parts"]]}),
    lambda m: json.dumps({**m, "parts": m["parts"][:-1]}),
    lambda m: json.dumps({**m, "parts": m["parts"][::-1]}),
    lambda m: json.dumps({**m, "parts": m["parts"] + [{}]}),
    lambda m: json.dumps(m)[:-1] + ', "parts": []}',
    lambda m: json.dumps(m).replace('"parts"', '"p\\u0061rts"', 1)])
def test_damaged_manifest(tools, run, damaged):
    change_manifest(tools, run, damaged)
    for verb in ("cat", "verify"):
        p = tools.run("nf-stage", verb, run.uri, env=run.env, check=65)
        assert run.uri + "/_nf/manifest.json: " in p.stderr, p.stderr


def many_parts(m, n):
    """The manifest m with n parts of one record instead."""
    first = {**m["parts"][0], "records": 1, "raw_size": 10, "size": 20,
             "raw_crc32c": "00000000"}
    parts = []
    for i in range(n):
        name = f"{i:05}-{i:032x}"
        parts.append({**first, "part": f"part-{name}.ndjson.gz",
                      "receipt": f"_nf/{name}.json"})
    return json.dumps({**m, "records": n, "raw_size": 10 * n, "size": 20 * n,
                       "raw_crc32c": "00000000", "parts": parts})


def test_memory_of_a_part(tools, tmp_path):
    """50,000 parts: a manifest of 16 MB is read in much less memory."""
    if "asan" in str(tools.build):
        pytest.skip("sanitizers need more")
    (tmp_path / "runs").mkdir()
    run = FileRun(tmp_path / "runs" / "r")
    run.env = {}
    change_manifest(tools, run, lambda m: many_parts(m, 50000))
    limit = 14 << 20
    p = tools.run("nf-stage", "ls", (tmp_path / "runs").as_uri(), check=0,
                  preexec_fn=lambda: resource.setrlimit(
                      resource.RLIMIT_DATA, (limit, limit)))
    assert json.loads(p.stdout)["parts"] == 50000
