# SPDX-License-Identifier: Apache-2.0
"""The whole chain when something goes wrong: killed, raced, out of order."""

import json
import os
import random
import re
import shutil
import signal
import threading
import time

import pytest

from chain import Chain, children, kill_child
from conftest import FULL, RELATIONAL, make_invoice, ndjson

TABLES = ("invoices", "items")
CURSOR = ("--paginate", "cursor", "--cursor-param", "cursor",
          "--next", "/next", "--records", "/data")
ROUNDS = 100 if FULL else 12


def make_chain(tools, url, mapping=RELATIONAL, fetch=(), name="run"):
    chain = Chain(tools, url, f"file://{tools.folder}/{name}",
                  f"sqlite:{tools.folder}/t.db", mapping, fetch=fetch)
    chain.create()
    return chain


def assert_clean(chain):
    """The table is what one clean load of the committed run makes."""
    assert chain.table(*TABLES) == chain.clean_load(*TABLES)


class Gate:
    """Holds back the requests after the first n until it is opened."""

    def __init__(self, n):
        self.n = n
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, handler, path, query):
        self.n -= 1
        if self.n < 0 and not self.open.is_set():
            self.reached.set()
            self.open.wait(60)
        return False


def test_killed_producer_in_a_plain_pipe(tools, api):
    """nf-fetch killed: nf-stage says 75 and commits nothing."""
    server = api([make_invoice(n) for n in range(1, 51)], per_page=10)
    gate = server.before = Gate(3)
    run = f"file://{tools.folder}/run"
    fetch = tools.start("nf-fetch", "--seal", server.url)
    put = tools.start("nf-stage", "put", "--emit=none", run,
                      stdin=fetch.stdout)
    fetch.stdout.close()
    assert gate.reached.wait(60)
    fetch.kill()
    gate.open.set()
    err = put.communicate(timeout=60)[1].decode()
    fetch.wait()
    assert put.returncode == 75, err
    assert not (tools.folder / "run/_nf/manifest.json").exists()
    tools.sh(f"set -o pipefail; nf-fetch --seal '{server.url}' |"
             f" nf-stage put --emit=none '{run}'", check=0)
    done = tools.run("nf-stage", "cat", "--no-seal", run, check=0)
    assert done.stdout.splitlines() == server.records


@pytest.mark.parametrize("way", ["two-phase", "live"])
def test_killed_producer_then_again(way, tools, api):
    """The same command again ends with the table of a clean run."""
    extra = ["--live"] if way == "live" else []
    server = api([make_invoice(n) for n in range(1, 51)], per_page=10)
    gate = server.before = Gate(3)
    chain = make_chain(tools, server.url)
    p = chain.start(*extra)
    assert gate.reached.wait(60)
    assert kill_child(p, "nf-fetch")
    gate.open.set()
    out, err = p.communicate(timeout=60)
    assert p.returncode == 137, err.decode()
    assert json.loads(out.decode().splitlines()[-1])["failed"] == "fetch"
    assert chain.marked() != "committed"
    chain.run(*extra, check=0)
    assert chain.records() == server.records
    assert_clean(chain)


def test_resume_fetches_only_the_rest(tools, api):
    """With cursors the second attempt starts where the first was staged."""
    server = api([make_invoice(n) for n in range(1, 101)], per_page=10)
    url = server.base + "/cursor"
    gate = server.before = Gate(8)
    chain = make_chain(tools, url, fetch=CURSOR)
    p = chain.start("--stage-arg", "--part-records=10")
    assert gate.reached.wait(60)
    deadline = time.monotonic() + 60
    while chain.marked() == "null" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert kill_child(p, "nf-fetch")
    gate.open.set()
    p.communicate(timeout=60)
    assert chain.marked() not in ("null", "committed")
    before = len(server.requests)
    chain.run("--stage-arg", "--part-records=10", check=0)
    assert len(server.requests) - before < 10
    assert chain.records() == server.records
    assert_clean(chain)


def test_loader_killed_after_the_manifest(tools, api):
    """Once committed, a run is loaded by the next process."""
    server = api([make_invoice(n) for n in range(1, 3001)], per_page=1000)
    chain = make_chain(tools, server.url)
    p = chain.start("--load-arg", "--batch-rows=1")
    assert kill_child(p, "nf-load")
    out, err = p.communicate(timeout=60)
    assert p.returncode == 137, err.decode()
    assert json.loads(out.decode().splitlines()[-1])["failed"] == "load"
    assert chain.marked() == "committed"
    requests = len(server.requests)
    chain.run(check=0)
    assert len(server.requests) == requests
    assert len(ndjson(chain.table("invoices"))) == 3000
    assert_clean(chain)


@pytest.mark.parametrize("changing", [False, True],
                         ids=["still", "changing"])
def test_twins(changing, tools, api):
    """Two pipelines on one run id at once, also while the API changes."""
    rng = random.Random(20)
    server = api([], per_page=4)

    def change(handler, path, query):
        with server.lock:
            if changing and rng.random() < 0.5:
                server.records.insert(0, make_invoice(
                    1000 + len(server.records)))
        return False

    server.before = change
    codes = []
    for i in range(ROUNDS):
        server.records = [make_invoice(n) for n in range(1, 13)]
        chain = make_chain(tools, server.url, name=f"run-{i}")
        chain.target = f"sqlite:{tools.folder}/t-{i}.db"
        chain.create()
        twins = [chain.start(*extra) for extra in
                 ([], ["--stage-arg", "--part-records=5"])]
        for twin in twins:
            out, err = twin.communicate(timeout=120)
            # What changes may serve a page that repeats the last one.
            repeats = changing and b"records of the page before it" in err
            assert twin.returncode in (0, 75) or (
                repeats and twin.returncode == 65), (out + err).decode()
            codes.append(twin.returncode)
        server.before = None
        chain.finish()
        server.before = change
        manifests = list((tools.folder / f"run-{i}/_nf").glob("manifest*"))
        assert len(manifests) == 1
        if not changing:
            assert chain.records() == server.records
        assert_clean(chain)
    assert 0 in codes


def test_older_run_replayed_after_newer(tools, api):
    server = api([make_invoice(n) for n in range(1, 21)])
    first = make_chain(tools, server.url, name="run-1")
    first.run(check=0)
    time.sleep(0.01)
    server.records = [r.replace('"Discount":0.0', '"Discount":4.5')
                      .replace('"Discount":1.0', '"Discount":2.25')
                      for r in server.records]
    second = make_chain(tools, server.url, name="run-2")
    second.run(check=0)
    before = second.table(*TABLES)
    assert "2.25" in before
    first.run(check=0)
    assert second.table(*TABLES) == before


def test_unsealed_pipe_is_refused(tools):
    done = tools.sh("echo '{}' | nf-stage put file://$PWD/run")
    assert done.returncode == 64
    assert "--seal" in done.stderr and "--unsealed" in done.stderr
    assert not (tools.folder / "run/_nf/manifest.json").exists()


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1",
                                  "ALRM"])
def test_signal_ends_everything(name, tools, api):
    """128+n, the summary last, nobody left behind, and it can go on."""
    server = api([make_invoice(n) for n in range(1, 51)], per_page=10)
    gate = server.before = Gate(3)
    chain = make_chain(tools, server.url)
    p = chain.start()
    assert gate.reached.wait(60)
    # The reader of the pipe may start after its writer's third request.
    while not {"nf-fetch", "nf-stage"} <= (below := children(p.pid)).keys():
        assert p.poll() is None
        time.sleep(0.01)
    p.send_signal(getattr(signal, "SIG" + name))
    out, err = p.communicate(timeout=60)
    gate.open.set()
    number = getattr(signal, "SIG" + name)
    assert p.returncode == 128 + number, err.decode()
    last = json.loads(out.decode().splitlines()[-1])
    assert last["exit"] == 128 + number
    for pid in below.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    chain.run(check=0)
    assert_clean(chain)


def test_rejects_become_a_run(tools, api):
    """By request bad records are kept, staged, and can be replayed."""
    records = [make_invoice(n) for n in range(1, 11)]
    records[4] = '{"NFeID":null,"x":"d\u00e9j\u00e0"}'
    chain = make_chain(tools, api(records).url)
    done = chain.run()
    assert done.returncode == 65
    assert done.summary["failed"] == "transform"
    done = chain.run("--reject", "bad.ndjson", check=0)
    rejects = ndjson((tools.folder / "bad.ndjson").read_text())
    assert [r["record"] for r in rejects] == [records[4]]
    run = done.summary["rejects"]
    assert run.startswith(chain.stage + "-rejects-")
    staged = tools.run("nf-stage", "cat", "--no-seal", run, check=0)
    assert staged.stdout == (tools.folder / "bad.ndjson").read_text()
    assert len(ndjson(chain.table("invoices"))) == 9
    chain.run("--reject", "bad.ndjson", check=0)
    done = chain.run("--reject", "bad.ndjson", "--reject-stage",
                     f"file://{tools.folder}/refused/")
    assert done.summary["rejects"] == (
        f"file://{tools.folder}/refused/{run.rpartition('/')[2]}")
    tools.run("nf-stage", "verify", done.summary["rejects"], check=0)
    done = chain.run("--reject", "bad.ndjson", "--max-rejects", "0")
    assert done.returncode == 65


def test_other_rejects_are_another_run(tools, api):
    """What is refused in another way does not meet a run that is committed."""
    records = [make_invoice(n) for n in range(1, 6)]
    records[2] = '{"NFeID":null}'
    chain = make_chain(tools, api(records).url)
    for source in ("one", "two", "one"):
        done = chain.run("--reject", "bad.ndjson", "--transform-arg",
                         f"--source={source}", check=0)
        staged = tools.run("nf-stage", "cat", "--no-seal",
                           done.summary["rejects"], check=0)
        assert staged.stdout == (tools.folder / "bad.ndjson").read_text()
        assert f'"source":"{source}"' in staged.stdout


def test_rejects_of_a_strange_name(tools, api):
    """What is refused is never named for nothing, whatever its file is called;
    and its run is beside the other, however many slashes that has."""
    records = [make_invoice(n) for n in range(1, 6)]
    records[2] = '{"NFeID":null}'
    chain = make_chain(tools, api(records).url)
    stage, chain.stage = chain.stage, chain.stage + "//"
    for source in ("one", "two"):
        done = chain.run("--reject=-bad", "--transform-arg",
                         f"--source={source}", check=0)
        run = done.summary["rejects"]
        assert run.startswith(stage + "-rejects-")
        staged = tools.run("nf-stage", "cat", "--no-seal", run, check=0)
        assert staged.stdout == (tools.folder / "-bad").read_text()
        assert f'"source":"{source}"' in staged.stdout


def test_rejects_that_cannot_be_named(tools, api, tmp_path):
    """A failure there is one of the job."""
    chain = make_chain(tools, api(['{"NFeID":null}']).url)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/sha256sum").write_text(
        f"#!/bin/sh\n[ ! -e {tmp_path}/once ] || exit 1\n"
        f": > {tmp_path}/once\nexec {shutil.which('sha256sum')}\n")
    (tmp_path / "bin/sha256sum").chmod(0o755)
    chain.env = {"PATH": f"{tmp_path}/bin:" + os.environ["PATH"]}
    done = chain.run("--reject", "bad", check=74)
    assert "bad: cannot be staged" in done.stderr
    assert "state" not in done.summary or done.summary["state"] != "loaded"


def test_killed_before_it_is_a_tool(tools):
    """A stage that is killed between fork and exec leaves no neighbor waiting
    for its end of a pipe."""
    source = tools.folder / "in"
    source.write_text("".join(make_invoice(n) + "\n" for n in range(1, 4)))
    chain = make_chain(tools, "")
    with source.open() as f:
        tools.run("nf-stage", "put", "--emit=none", chain.stage, stdin=f,
                  check=0)
    killed = 0
    for n in range(40 if FULL else 12):
        p = tools.start("pipeline.sh", "load", *chain.args()[2:],
                        stdout=-3, stderr=-3)
        deadline = time.monotonic() + 20
        hit = False
        while not list(tools.folder.glob("nf-pipeline.*/a")):
            assert p.poll() is None
        while not hit and p.poll() is None and time.monotonic() < deadline:
            for name, pid in children(p.pid).items():
                if name != "pipeline.sh":
                    continue
                try:
                    os.kill(pid, signal.SIGKILL)
                    hit = True
                except ProcessLookupError:
                    pass
        killed += hit
        # 74: it was to become mkfifo
        assert p.wait(timeout=60) in (0, 74, 75, 137), n
    assert killed > 0
    tools.run("pipeline.sh", "load", *chain.args()[2:], check=0)
    assert_clean(chain)


def test_empty_is_what_the_run_is(tools, api):
    """fetch --skip-if-empty looks at the run, not at what this attempt saw:
    another may have staged all of it but the end."""
    server = api([make_invoice(n) for n in range(1, 5)], per_page=2)
    chain = make_chain(tools, server.base + "/cursor", fetch=CURSOR)
    fetch = " ".join([f"nf-fetch --seal '{chain.url}'", *CURSOR])
    done = tools.sh(f"{fetch} | sed '$d' | nf-stage put --part-size 1K "
                    f"--emit=none '{chain.stage}'")
    assert done.returncode == 75, done.stderr
    args = ["--skip-if-empty", "--from", chain.url, "--stage", chain.stage,
            "--", *CURSOR]
    for _ in range(2):
        done = tools.run("pipeline.sh", "fetch", *args)
        assert done.returncode == 0, done.stderr + done.stdout
        assert chain.marked() == "committed"
    args[1:5] = ["--from", api([]).url, "--stage", chain.stage + "-empty"]
    for _ in range(2):
        assert tools.run("pipeline.sh", "fetch",
                         *args[:5]).returncode == 99


def test_a_signal_leaves_no_note(tools, api):
    """The sender of SIGTERM gets the summary at once, nothing is asked of the
    store any more."""
    server = api([make_invoice(n) for n in range(1, 51)], per_page=10)
    gate = server.before = Gate(3)
    chain = make_chain(tools, server.url)
    p = chain.start()
    assert gate.reached.wait(60)
    p.terminate()
    out, _ = p.communicate(timeout=60)
    gate.open.set()
    assert json.loads(out.splitlines()[-1])["exit"] == p.returncode == 143
    notes = tools.run("nf-stage", "notes", chain.stage, check=0)
    assert notes.stdout == ""


def put_run(tools):
    """A run that is there, for what asks about one."""
    run = f"file://{tools.folder}/run"
    tools.run("nf-stage", "--unsealed", "--emit=none", run,
              input='{"a":1}\n', check=0)
    return run


def test_the_last_line_is_true(tools):
    """It says 74 too if its copy could not be written; a copy that is to go
    to something that is no file goes there."""
    stage = put_run(tools)
    done = tools.run("pipeline.sh", "status", "--summary",
                     tools.folder / "no" / "file", stage)
    assert done.returncode == 74
    assert json.loads(done.stdout.splitlines()[-1])["exit"] == 74
    fifo = tools.folder / "fifo"
    os.mkfifo(fifo)
    p = tools.start("pipeline.sh", "status", "--summary", fifo, stage,
                    stderr=-3)
    copy = fifo.read_text()
    out, _ = p.communicate(timeout=60)
    assert p.returncode == 0 and copy == out.decode() and fifo.is_fifo()


@pytest.mark.parametrize("fd", [1, 2])
def test_a_copy_to_where_it_writes_already(fd, tools):
    """/dev/stdout and its kin stay what they are, although a file for now."""
    link, text = tools.folder / "link", tools.folder / "text"
    link.symlink_to(f"/proc/self/fd/{fd}")
    done = tools.sh(f"{tools.path('pipeline.sh')} status --summary {link} "
                    f"{put_run(tools)} {fd}> {text}", check=0)
    assert link.is_symlink()
    last = [json.loads(s) for s in text.read_text().splitlines()
            if s.startswith('{"tool"')]
    assert len(last) == (2 if fd == 1 else 1)
    assert not list(tools.folder.glob("*.part")), done.stderr


def test_a_copy_of_a_strange_name(tools):
    done = tools.run("pipeline.sh", "status", "--summary=-x", put_run(tools),
                     check=0)
    assert (tools.folder / "-x").read_text() == done.stdout


def test_skip_if_empty(tools, api):
    chain = make_chain(tools, api([]).url)
    assert chain.run("--skip-if-empty").returncode == 99
    assert chain.marked() == "committed"
    assert chain.run(check=0).summary["state"] == "loaded"


def test_metrics_of_stages_alone(tools, api):
    """What was only asked is no stage."""
    tools.run("pipeline.sh", "fetch", "--from", api([]).url, "--stage",
              f"file://{tools.folder}/run", "--skip-if-empty", "--metrics",
              "m", check=99)
    text = (tools.folder / "m").read_text()
    assert set(re.findall(r'stage="(\w+)"', text)) == {"fetch", "put", "pipeline"}


# The cause, not the symptom ----------------------------------------------

def test_exit_code_of_a_missing_api(tools):
    chain = make_chain(tools, "http://127.0.0.1:1/", fetch=["--tries", "1"])
    done = chain.run()
    assert (done.returncode, done.summary["failed"]) == (75, "fetch")


def test_exit_code_of_an_api_that_refuses(tools, api):
    server = api(["1"])

    def refuse(handler, path, query):
        handler.answer(403, "{}")
        return True

    server.before = refuse
    done = make_chain(tools, server.url).run()
    assert (done.returncode, done.summary["failed"]) == (77, "fetch")


def test_exit_code_of_a_bad_source_page(tools, api):
    done = make_chain(tools, api(['{"a":nul}']).url).run()
    assert (done.returncode, done.summary["failed"]) == (65, "fetch")


def test_exit_code_of_an_unwritable_stage(tools, api):
    (tools.folder / "file").write_text("")
    chain = make_chain(tools, api(["1"]).url)
    chain.stage = f"file://{tools.folder}/file/run"
    done = chain.run()
    assert done.returncode in (74, 78)
    assert done.summary["failed"] in ("mark", "put")


def test_exit_code_of_a_bad_mapping(tools, api, sample):
    chain = make_chain(tools, api(sample).url)
    chain.mapping = tools.folder / "m.json"
    chain.mapping.write_text("{}")
    done = chain.run()
    assert (done.returncode, done.summary["failed"]) == (78, "transform")
    assert chain.marked() == "committed"


def test_exit_code_of_a_bad_record(tools, api, sample):
    chain = make_chain(tools, api([sample[0], '"text"']).url)
    done = chain.run()
    assert (done.returncode, done.summary["failed"]) == (65, "transform")


def test_exit_code_of_a_missing_table(tools, api, sample):
    chain = make_chain(tools, api(sample).url)
    chain.target = f"sqlite:{tools.folder}/other.db"
    tools.run("nf-load", "create", "--table", "x", "--family", "f",
              chain.target, check=0)
    done = chain.run()
    assert done.summary["failed"] == "load"
    assert done.returncode in (69, 78)


@pytest.mark.parametrize("argument,code", [
    (["--fetch-arg", "--no-such"], 64), (["--stage-arg", "--no-such"], 64),
    (["--transform-arg", "--no-such"], 64), (["--load-arg", "--no-such"], 64),
    (["--no-such"], 64), (["--to"], 64)])
def test_exit_code_of_bad_usage(argument, code, tools, api, sample):
    done = make_chain(tools, api(sample).url).run(*argument)
    assert done.returncode == code
