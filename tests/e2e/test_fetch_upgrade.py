# SPDX-License-Identifier: Apache-2.0
"""Version 0.1.0 and this one, on each other's streams and runs."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from rest import Rest
from things import page

ROOT = pathlib.Path(__file__).resolve().parents[2]
OLD = "7c95097"  # 0.1.0
ALL = [{"id": i} for i in range(50)]


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """The binaries of 0.1.0, built once for all runs of the tests."""
    for name in ("0.1.0", OLD):
        if subprocess.run(["git", "-C", ROOT, "cat-file", "-e",
                           f"{name}^{{commit}}"],
                          capture_output=True).returncode == 0:
            break
    else:
        pytest.skip("no version 0.1.0 in this clone (git fetch --unshallow)")
    cache = os.environ.get("NF_TEST_CACHE")
    folder = pathlib.Path(cache) / f"old-{OLD}" if cache else \
        tmp_path_factory.mktemp("old")
    if not (folder / "build/nf-stage").exists():
        work = tmp_path_factory.mktemp("build")  # others build it, too
        tree = subprocess.run(["git", "-C", ROOT, "archive", name],
                              check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x"], input=tree, cwd=work, check=True)
        subprocess.run(["make", "-s", "-j2", "build/nf-fetch",
                        "build/nf-stage"], cwd=work, check=True,
                       stdout=subprocess.DEVNULL)
        folder = work
        if cache and not (pathlib.Path(cache) / f"old-{OLD}").exists():
            keep = pathlib.Path(cache) / f"old-{OLD}.{os.getpid()}"
            shutil.copytree(work / "build", keep / "build")
            try:
                keep.rename(pathlib.Path(cache) / f"old-{OLD}")
            except OSError:
                shutil.rmtree(keep)
    return folder / "build"


def run(tool, *args, input="", code=0):
    # What the old calls otherwise.
    args = ["--page-param" if a == "--cursor-param" else a for a in args]
    done = subprocess.run([tool, *args], input=input, capture_output=True,
                          encoding="utf-8")
    assert done.returncode == code, done.stderr
    return done


def server(r):
    """The cursor is the place in the list."""
    start = int(r.query.get("c", 0))
    return page(ALL[start:start + 10], next=str(start + 10)
                if start < 40 else None, total=50)


ARGS = ["--seal", "--run", "r", "--at", "7", "--records", "/data", "-p",
        "cursor", "--cursor-param", "c", "--next", "/next"]


def test_the_old_reads_the_new(tools, old, tmp_path):
    """Seals and manifests with a proof; and the source has its old hash."""
    with Rest(server) as api:
        new = tools.run("nf-fetch", *ARGS, api.base, check=0).stdout
        was = run(old / "nf-fetch", *ARGS, api.base).stdout
    assert json.loads(new.splitlines()[0]) == json.loads(was.splitlines()[0])
    assert '"proof":{"by":"total","claimed":50,"walked":50}' in new
    uri = (tmp_path / "run").as_uri()
    run(old / "nf-stage", "put", "--emit=none", uri, input=new)
    uri = (tmp_path / "run2").as_uri()
    tools.run("nf-stage", "put", "--emit=none", uri, input=new, check=0)
    cat = run(old / "nf-stage", "cat", uri).stdout
    assert cat.splitlines()[1:-1] == [json.dumps(x) for x in ALL]
    run(old / "nf-stage", "verify", uri)


def test_the_new_reads_the_old(tools, old, tmp_path):
    """No proof is null, and stays none."""
    with Rest(server) as api:
        was = run(old / "nf-fetch", *ARGS, api.base).stdout
    uri = (tmp_path / "run").as_uri()
    run(old / "nf-stage", "put", "--emit=none", uri, input=was)
    listed = tools.run("nf-stage", "ls", tmp_path.as_uri(), check=0).stdout
    assert json.loads(listed)["proof"] is None
    assert "proof" not in tools.run("nf-stage", "cat", uri, check=0).stdout


def test_the_new_finishes_what_the_old_began(tools, old, tmp_path):
    """Its mark is a place in the list: the walk starts again, with a warning,
    and the run is whole."""
    uri = (tmp_path / "run").as_uri()
    with Rest(server) as api:
        was = run(old / "nf-fetch", *ARGS, api.base).stdout
        marks = [i for i, x in enumerate(was.splitlines()) if '"mark"' in x]
        assert len(marks) == 4
        cut = "\n".join(was.splitlines()[:marks[2] + 3]) + "\n"
        run(old / "nf-stage", "put", "--part-records", "10", "--emit=none",
            uri, input=cut, code=75)
        mark = tools.run("nf-stage", "mark", "--run", "r", uri,
                         check=0).stdout.strip()
        assert json.loads(mark)["text"] == "30"
        done = tools.run("nf-fetch", *ARGS, "--resume", mark, api.base,
                         check=0)
    assert "starting over" in done.stderr
    assert json.loads(done.stdout.splitlines()[0])["from"] is None
    tools.run("nf-stage", "put", "--part-records", "10", "--emit=none", uri,
              input=done.stdout, check=0)
    cat = tools.run("nf-stage", "cat", uri, check=0).stdout.splitlines()
    assert cat[1:-1] == [json.dumps(x) for x in ALL]
    assert json.loads(cat[-1])["proof"]["by"] == "total"


def test_a_key_of_the_old_goes_on(tools, old):
    keys = [f"k{chr(97 + i)}" for i in range(5)]

    def by_key(r):
        n = keys.index(r.query.get("c", "ka"))
        return page(ALL[10 * n:10 * n + 10],
                    next=keys[n + 1] if n < 4 else None)
    with Rest(by_key) as api:
        was = run(old / "nf-fetch", *ARGS, api.base).stdout.splitlines()
        mark = json.dumps(json.loads([x for x in was if '"mark"' in x][1])
                          ["cursor"])
        done = tools.run("nf-fetch", *ARGS, "--resume", mark, api.base,
                         check=0)
    assert "starting over" not in done.stderr
    assert sum(1 for x in done.stdout.splitlines() if '"id"' in x) == 30


def test_the_proof_of_a_staged_run(tools, tmp_path):
    """put stores it, ls and cat repeat it; shares and several runs do not."""
    with Rest(server) as api:
        stream = tools.run("nf-fetch", *ARGS, api.base, check=0).stdout
    uri = (tmp_path / "a").as_uri()
    proof = {"by": "total", "claimed": 50, "walked": 50}
    tools.run("nf-stage", "put", "--emit=none", "--part-records", "10",
              "--summary", "s", uri, input=stream, check=0)
    assert json.loads((tools.folder / "s").read_text())["proof"] == proof
    manifest = json.loads((tmp_path / "a/_nf/manifest.json").read_text())
    assert manifest["proof"] == proof
    listed = tools.run("nf-stage", "ls", tmp_path.as_uri(), check=0).stdout
    assert json.loads(listed)["proof"] == proof
    cat = tools.run("nf-stage", "cat", uri, check=0).stdout
    assert json.loads(cat.splitlines()[-1])["proof"] == proof
    share = tools.run("nf-stage", "cat", "--part", "1/2", uri, check=0).stdout
    assert "proof" not in share
    # Who finds the run committed keeps what the winner has.
    other = stream.replace('"by":"total"', '"by":"limit"')
    again = tools.run("nf-stage", "put", uri, input=other, check=0).stdout
    assert json.loads(again.splitlines()[-1])["proof"] == proof
    tools.run("nf-stage", "put", "--emit=none", (tmp_path / "b").as_uri(),
              "--run", "r", input=stream, check=0)
    both = tools.run("nf-stage", "cat", "--plain", uri,
                     (tmp_path / "b").as_uri())
    assert "proof" not in both.stdout
    (tools.folder / "m.json").write_text(json.dumps({
        "nf_mapping": 1, "rules": [{"table": "t", "key": ["/id"], "families": {
            "f": {"columns": {"id": "/id"}}}}]}))
    rows = tools.run("nf-transform", "-m", "m.json", input=cat)
    assert "proof" not in rows.stdout
