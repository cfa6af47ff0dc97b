# SPDX-License-Identifier: Apache-2.0
"""Each tool against a bad world: exit code, one clear message, no crash.

As built, with sanitizers, and under valgrind.
"""

import re
import select
import subprocess
import time

import pytest

from conftest import FLAT, SAMPLE, free_port, make_invoice

TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")
CRASH = re.compile(
    r"Sanitizer|runtime error:|^==\d+==|Segmentation|core dumped|Aborted",
    re.MULTILINE)
MUTATION = ('{"table":"t","row":"r%d","ts":1795456800000000,'
            '"cells":{"nf":{"a":"1"}}}\n')


class Bench:
    """One tool in one build, and everything a run of it needs."""

    def __init__(self, tool, tools, api, sample):
        self.tool = tool
        self.tools = tools
        self.api = api
        self.sample = sample

    def target(self):
        """An embedded table with room for the mutations above."""
        uri = f"sqlite:{self.tools.folder}/t.db"
        self.tools.run("nf-load", "create", "--table", "t", "--family", "nf",
                       uri, check=0)
        return uri

    def staged(self):
        """A committed run of two small records."""
        run = f"file://{self.tools.folder}/run"
        data = self.tools.folder / "records"
        data.write_text('{"a":1}\n{"a":2}\n')
        with data.open() as f:
            self.tools.run("nf-stage", "put", "--emit=none", run, stdin=f,
                           check=0)
        return run

    def producing(self):
        """Arguments and input of a run that writes to stdout."""
        if self.tool == "nf-fetch":
            return [self.api(self.sample).url], None
        if self.tool == "nf-stage":
            return ["cat", self.staged()], None
        if self.tool == "nf-transform":
            return ["--ts", "1000", "-m", FLAT], "\n".join(self.sample) + "\n"
        uri = self.target()
        self.tools.run("nf-load", "apply", uri, input=MUTATION % 1, check=0)
        return ["scan", uri], None

    def consuming(self):
        """Arguments of a run that reads records from stdin."""
        return {
            "nf-stage": lambda: ["put", f"file://{self.tools.folder}/new"],
            "nf-transform": lambda: ["--ts", "1000", "-m", FLAT],
            "nf-load": lambda: ["apply", self.target()],
        }[self.tool]()

    def run(self, *args, **kwargs):
        kwargs.setdefault("timeout", 300)
        done = self.tools.run(self.tool, *args, "-q", **kwargs)
        assert not CRASH.search(done.stderr), done.stderr
        assert done.returncode >= 0, f"killed by signal {-done.returncode}"
        return done

    def fails(self, code, saying, *args, **kwargs):
        """It must end with the code and one line that says why."""
        done = self.run(*args, **kwargs)
        assert done.returncode == code, (done.returncode, done.stderr)
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith(self.tool + ": "), lines[0]
        assert re.search(saying, lines[0]), lines[0]
        return done


@pytest.fixture(params=TOOLS)
def bench(request, every_build, api, sample):
    return Bench(request.param, every_build, api, sample)


def only(*names):
    return pytest.mark.parametrize("bench", names, indirect=True)


def test_full_disk(bench):
    args, data = bench.producing()
    with open("/dev/full", "w") as full:
        bench.fails(74, "No space left", *args, input=data, stdout=full)


def test_full_disk_help(bench):
    with open("/dev/full", "w") as full:
        bench.fails(74, "No space left", "--help", stdout=full)


def test_closed_stdout(bench):
    args, data = bench.producing()
    script = 'exec "$0" "$@" >&-'
    p = subprocess.run(
        ["bash", "-c", script, bench.tools.path(bench.tool),
         *map(str, args), "-q"], input=data, capture_output=True, text=True,
        env=bench.tools.env, cwd=bench.tools.folder, timeout=300)
    assert p.returncode == 74, p.stderr
    assert not CRASH.search(p.stderr), p.stderr
    assert len(p.stderr.splitlines()) == 1, p.stderr


def test_reader_gone(bench):
    """head(1) downstream: 141, and not a word."""
    args, data = bench.producing()
    p = bench.tools.start(bench.tool, *args, "-q",
                          stdin=subprocess.PIPE if data else None)
    p.stdout.close()
    p.stdout = None
    err = p.communicate(data and data.encode(), timeout=300)[1].decode()
    assert p.returncode == 141, err
    assert err == "" or "valgrind" in err


def test_empty_input(bench):
    """Nothing in, nothing out, and that is fine."""
    if bench.tool == "nf-fetch":
        done = bench.run(bench.api([]).url, check=0)
    elif bench.tool == "nf-stage":
        with open("/dev/null") as nothing:
            done = bench.run("--unsealed", *bench.consuming(),
                             stdin=nothing, check=0)
        done = bench.run("cat", f"file://{bench.tools.folder}/new", check=0)
        lines = done.stdout.splitlines()
        assert all(line.startswith('{"$nf"') for line in lines), lines
        return
    else:
        done = bench.run(*bench.consuming(), input="", check=0)
    assert done.stdout == ""
    assert done.stderr == ""


def test_bad_line(bench):
    if bench.tool == "nf-fetch":
        api = bench.api(['{"a":1}', '{"a":tru}'])
        done = bench.fails(65, "JSON|json", api.url)
        assert done.stdout == ""
        return
    good = {"nf-stage": '{"a":1}\n', "nf-load": MUTATION % 1,
            "nf-transform": bench.sample[0] + "\n"}[bench.tool]
    args = bench.consuming()
    if bench.tool == "nf-stage":
        args = ["--unsealed", *args]
    bench.fails(65, "line 2", *args, input=good + '{"a":tru}\n' + good)


@only("nf-load", "nf-stage")
def test_bad_line_loses_nothing(bench):
    """The rows before it are there, and nothing is committed."""
    args = bench.consuming()
    if bench.tool == "nf-load":
        bench.run(*args, input=MUTATION % 1 + "{]\n" + MUTATION % 2)
        done = bench.run("scan", args[1], check=0)
        assert '"r1"' in done.stdout and '"r2"' not in done.stdout
    else:
        bench.run("--unsealed", *args, input='{"a":1}\n{]\n')
        done = bench.run("mark", args[1], check=0)
        assert done.stdout == "null\n"


@only("nf-stage", "nf-transform", "nf-load")
def test_cut_off(bench):
    """A sealed stream without its end: 75, whose fault is upstream."""
    begin = ('{"$nf":"begin","v":1,"run":"r","source":"' + "0" * 64
             + '","at":1795456800000000,"from":null}\n')
    good = {"nf-stage": '{"a":1}\n', "nf-load": MUTATION % 1,
            "nf-transform": bench.sample[0] + "\n"}[bench.tool]
    args = bench.consuming()
    if bench.tool == "nf-transform":
        args = args[2:]  # the stream says when the run started
    bench.fails(75, "cut off|no end|without", *args, "--summary", "s.json",
                input=begin + good)
    text = (bench.tools.folder / "s.json").read_text()
    assert '"cause":"upstream"' in text


def test_unknown_option(bench):
    bench.fails(64, "--no-such-thing", "--no-such-thing")


def test_missing_server(bench):
    port = free_port()
    tool, args, env = bench.tool, [], {}
    if tool == "nf-fetch":
        args = ["--tries", "1", f"http://127.0.0.1:{port}/"]
    elif tool == "nf-stage":
        args = ["--retry-time", "1s", "cat", "gs://bucket/run"]
        env = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}
    elif tool == "nf-load":
        args = ["scan", "--timeout", "3s", "bigtable://p/i/t"]
        env = {"BIGTABLE_EMULATOR_HOST": f"127.0.0.1:{port}"}
    else:
        bench.fails(78, "no-such.json", "-m", "no-such.json", input="")
        return
    bench.fails(75, "connect|Connect|unavailable|UNAVAILABLE", *args,
                env=env)


def test_no_operand(bench):
    bench.fails(64, "", input="")


@only("nf-stage", "nf-transform", "nf-load")
def test_a_directory_as_input(bench):
    """Reading stdin fails: 74."""
    args = bench.consuming()
    if bench.tool == "nf-stage":
        args = ["--unsealed", *args]
    with_folder = 'exec "$0" "$@" < /'
    p = subprocess.run(
        ["bash", "-c", with_folder, bench.tools.path(bench.tool),
         *map(str, args), "-q"], capture_output=True, text=True,
        env=bench.tools.env, cwd=bench.tools.folder, timeout=300)
    assert p.returncode == 74, p.stderr
    assert len(p.stderr.splitlines()) == 1, p.stderr


@pytest.mark.parametrize("tool", ["nf-stage", "nf-transform"])
def test_one_signal_while_nobody_reads(tool, tools, api):
    """A write that a signal cuts short is not taken up again."""
    data = tools.folder / "in"
    data.write_text("".join(make_invoice(i) + "\n" for i in range(20000)))
    args = ["--ts", "1000", "-m", FLAT]
    if tool == "nf-stage":
        run = f"file://{tools.folder}/run"
        with data.open() as f:
            tools.run(tool, "put", "--emit=none", run, stdin=f, check=0)
        args = ["cat", run]
    with data.open() as f, tools.start(
            tool, *args, stdin=f, stdout=subprocess.PIPE) as p:
        select.select([p.stdout], [], [], 60)
        time.sleep(1)  # the pipe is full
        p.terminate()
        assert p.wait(20) == 143


def test_sample_file_is_what_was_asked_for(sample):
    """The sample is three invoices with eight items, 9.00 among them."""
    text = SAMPLE.read_text()
    assert len(sample) == 3
    assert text.count('"ProductName"') == 8
    assert '"Value":9.00' in text
