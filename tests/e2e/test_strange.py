# SPDX-License-Identifier: Apache-2.0
"""What strangers put beside and into a run: notes that are none, documents
whose members have other types.  The page and the lists stay, and the verbs
that read a run agree on what they refuse."""

import json

import pytest

from conftest import ndjson
from staging import FileRun, add, damage, lose, put, records, stream

ROWS = records(30)
GOOD = {"tool": "nf-pipeline", "run": "r", "exit": 0, "verb": "run",
        "at": "2026-11-22T03:10:42Z", "state": "loaded", "seconds": 3,
        "mapping": "m.json", "mapping_hash": "0123456789abcdef",
        "target": "sqlite:t.db",
        "stages": {"load": {"tool": "nf-load", "exit": 0, "records_in": 7,
                            "records_out": 7, "seconds": 0.5,
                            "rejects": {}}}}
STRANGE = [None, 5, -1.5, True, "a", "<i>", [], [1], {}, {"a": 1}, "1/0",
           1e300, ""]


@pytest.fixture
def run(tools, tmp_path):
    run = FileRun(tmp_path / "runs/r")
    run.env = {}
    code, _, err = put(tools, run, stream(ROWS), "--emit=none",
                       "--part-records", "10")
    assert code == 0, err
    return run


def page_of(tools, run):
    done = tools.run("pipeline.sh", "report", run.uri)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("<!DOCTYPE html>")
    assert done.stdout.endswith("</html>\n")
    return done.stdout


def variations():
    for member in GOOD:
        for value in STRANGE:
            yield {**GOOD, member: value}
    for member in ("exit", "records_in", "records_out", "rejected", "retried",
                   "bytes_in", "bytes_out", "seconds", "throttled_seconds",
                   "rejects", "error", "cause"):
        for value in STRANGE:
            yield {**GOOD, "stages": {"load": {**GOOD["stages"]["load"],
                                               member: value}}}
    for value in STRANGE:
        yield {**GOOD, "stages": {"load": value}}
        yield {**GOOD, "stages": {"load": {"exit": 0,
                                           "rejects": {"x": value}}}}
        yield {**GOOD, "part": value}
        yield value if isinstance(value, dict) else {"x": value}


def test_notes_never_break_the_page(run, tools):
    """Each of them alone, by one page for all; and the good one is shown."""
    tools.run("nf-stage", "note", run.uri, input=json.dumps(GOOD), check=0)
    before = page_of(tools, run)
    assert "loaded" in before
    notes = run.folder / "_nf"
    for i, note in enumerate(variations()):
        text = json.dumps(note)
        (notes / f"note-{i:016d}-{'0' * 16}.json").write_text(text)
        if i % 40 == 0:
            page_of(tools, run)
    page = page_of(tools, run)
    assert "<i>" not in page and "loaded" in page
    done = tools.run("pipeline.sh", "status", "-m", "/dev/null", run.uri)
    assert done.returncode in (64, 78)
    done = tools.run("pipeline.sh", "status", run.uri, check=0)
    assert json.loads(done.stdout)["state"] == "committed"
    tools.run("nf-stage", "ls", run.uri, check=0)


@pytest.mark.parametrize("data", [
    b"", b"\n", b"not json", b'{"a":1}\n{"b":2}', b"[1]", b'"x"', b"\xff\xfe",
    b'{"a":', b"{" * 5000, b'{"a":1}\0', b"x" * (300 << 10)])
def test_what_is_not_a_note(data, run, tools):
    """It is left out with a warning, and the notes around it are not."""
    tools.run("nf-stage", "note", run.uri, input='{"n":1}', check=0)
    add(run, "_nf/note-0000000000000001-0123456789abcdef.json", data)
    tools.run("nf-stage", "note", run.uri, input='{"n":2}', check=0)
    done = tools.run("nf-stage", "notes", run.uri, check=0)
    assert ndjson(done.stdout) == [{"n": 1}, {"n": 2}]
    assert "left out" in done.stderr
    page_of(tools, run)


@pytest.mark.parametrize("member", ["size", "tool", "end", "window", "v",
                                    "extra"])
@pytest.mark.parametrize("value", STRANGE)
def test_a_strange_manifest(member, value, run, tools):
    """It is refused with its code by all, or the page is made."""
    damage(run, "_nf/manifest.json", lambda d: json.dumps(
        {**json.loads(d), member: value}).encode())
    cat = tools.run("nf-stage", "cat", run.uri)
    verify = tools.run("nf-stage", "verify", run.uri)
    assert cat.returncode == verify.returncode, verify.stderr + cat.stderr
    assert cat.returncode in (0, 65)
    done = tools.run("pipeline.sh", "report", run.uri)
    assert done.returncode in (0, 65), done.stderr
    assert (done.returncode == 0) >= (cat.returncode == 0)
    done = tools.run("nf-stage", "ls", f"file://{run.folder.parent}", check=0)


@pytest.mark.parametrize("name, member, value", [
    ("manifest", "run", "other"), ("manifest", "source", "0" * 64),
    ("manifest", "start", 5), ("manifest", "window", "w"),
    ("run", "run", "other"), ("run", "source", "0" * 64),
    ("run", "start", 5), ("run", "window", "w"), ("run", "start", "x"),
    ("run", "run", 5), ("manifest", "records", 29),
    ("manifest", "records", "30"), ("manifest", "records", 30.0),
    ("manifest", "raw_size", 1), ("manifest", "raw_crc32c", "00000000"),
    ("manifest", "parts", {}), ("manifest", "parts", [1])])
def test_cat_verify_and_put_agree(name, member, value, run, tools):
    damage(run, f"_nf/{name}.json", lambda d: json.dumps(
        {**json.loads(d), member: value}).encode())
    ends = {verb: tools.run("nf-stage", *verb.split(), run.uri,
                            input="").returncode
            for verb in ("cat", "verify", "put --emit=none", "put",
                         "cat --part 1/2")}
    assert set(ends.values()) == {65}, ends


@pytest.mark.parametrize("member", ["part", "receipt", "generation", "size",
                                    "crc32c", "records", "raw_size",
                                    "raw_crc32c"])
@pytest.mark.parametrize("value", [None, "x", 0, [], {}, 7, "part-0"])
def test_parts_of_a_manifest(member, value, run, tools):
    """What cat refuses verify refuses; a generation is but a hint."""
    def change(data):
        m = json.loads(data)
        m["parts"][1][member] = value
        return json.dumps(m).encode()
    damage(run, "_nf/manifest.json", change)
    cat = tools.run("nf-stage", "cat", run.uri)
    verify = tools.run("nf-stage", "verify", run.uri)
    assert cat.returncode == verify.returncode, cat.stderr + verify.stderr
    hint = member == "generation" and isinstance(value, int)
    assert cat.returncode == (0 if hint else 65)


def test_without_run_json(run, tools):
    lose(run, "_nf/run.json")
    for verb in ("cat", "verify"):
        done = tools.run("nf-stage", verb, run.uri)
        assert done.returncode == 65 and "run.json: missing" in done.stderr
