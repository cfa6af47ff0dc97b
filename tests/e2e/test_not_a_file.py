# SPDX-License-Identifier: Apache-2.0
"""Pipes, devices, folders and sockets where a file should be: refused at
once.  A signal during open(2) is a signal.  Who may read what is written."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from conftest import BUILD, RELATIONAL, make_invoice, ndjson
from staging import FileRun, put, records, stream

CODES = (64, 65, 74, 77, 78)
KINDS = ("fifo", "folder", "device", "socket", "link")
ROWS = 60


def make(kind, path):
    """What cannot be read to an end, or at all."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "link":
        os.mkfifo(f"{path}.target")
        path.symlink_to(f"{path}.target")
    else:
        with socket.socket(socket.AF_UNIX) as s:
            folder = os.getcwd()
            os.chdir(path.parent) # names of sockets are short
            try:
                s.bind(path.name)
            finally:
                os.chdir(folder)


READ = {
    "mapping": ("nf-transform", "--check", "-m", "{}"),
    "mapping of create": ("nf-load", "create", "-m", "{}", "sqlite:t.db"),
    "source": ("nf-fetch", "--check", "-s", "{}"),
    "secret": ("nf-fetch", "--bearer", "file:{}", "http://127.0.0.1:9/"),
    "key": ("nf-fetch", "--api-key", "X=file:{}", "http://127.0.0.1:9/"),
    "cursor": ("nf-fetch", "--resume", "@{}", "http://127.0.0.1:9/"),
    "data": ("nf-fetch", "--data", "@{}", "http://127.0.0.1:9/"),
    "keys": ("nf-load", "scan", "-t", "t", "--keys", "{}", "sqlite:t.db"),
    "job": ("pipeline.sh", "--from", "http://127.0.0.1:9/", "--stage",
            "file:///nowhere/r", "-m", "{}", "--to", "sqlite:t.db"),
    "report": ("pipeline.sh", "report", "-m", "{}", "file:///nowhere/r"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", READ)
def test_read(what, kind, tools, tmp_path):
    make(kind, tmp_path / "x")
    tools.run("nf-load", "create", "-t", "t", "-f", "f", "sqlite:t.db",
              check=0)
    tool, *args = (a.replace("{}", str(tmp_path / "x")) for a in READ[what])
    done = tools.run(tool, *args, input="", timeout=20)
    assert done.returncode in CODES, done.stderr
    assert "not a file" in done.stderr or kind == "socket", done.stderr


@pytest.mark.parametrize("tool, args", [
    ("nf-transform", ["--check", "-m", "/dev/stdin"]),
    ("nf-transform", ["--check", "-m", "/dev/fd/0"]),
    ("nf-transform", ["--check", "-m", "/proc/self/fd/0"])])
def test_what_we_were_given(tool, args, tools):
    """A pipe that has its other end already: of <(command), say."""
    done = tools.run(tool, *args, input=RELATIONAL.read_text())
    assert done.returncode == 0, done.stderr


WRITTEN = {
    "summary": ("nf-transform", "--check", "-m", RELATIONAL, "--summary",
                "{}"),
    "metrics": ("nf-transform", "--check", "-m", RELATIONAL, "--metrics",
                "{}"),
    "reject": ("nf-transform", "-m", RELATIONAL, "--reject", "{}"),
    "results": ("nf-load", "--results-all", "--results", "{}",
                "sqlite:t.db"),
    "summary of a job": ("pipeline.sh", "status", "--summary", "{}",
                         "file:///nowhere/r"),
    "put": ("nf-stage", "ls", "--summary", "{}", "file:///nowhere/r"),
    "fetch": ("nf-fetch", "--check", "--metrics", "{}",
              "http://127.0.0.1:9/"),
}


@pytest.mark.parametrize("kind", ("fifo", "folder", "socket", "link"))
@pytest.mark.parametrize("what", WRITTEN)
def test_written(what, kind, tools, tmp_path):
    """A pipe that nobody reads would take what is written never."""
    make(kind, tmp_path / "x")
    tools.run("nf-load", "create", "-t", "t", "-f", "f", "sqlite:t.db",
              check=0)
    tool, *args = (str(a).replace("{}", str(tmp_path / "x"))
                   for a in WRITTEN[what])
    done = tools.run(tool, *args, input="", timeout=20)
    assert done.returncode in (74, 77), done.stderr


@pytest.mark.parametrize("what", ["--summary", "--metrics"])
def test_a_folder_for_a_job(what, tools, tmp_path):
    """Refused before anything is fetched."""
    started = time.monotonic()
    done = tools.run("pipeline.sh", "fetch", what, tmp_path, "--from",
                     "http://127.0.0.1:9/", "--stage", f"file://{tmp_path}/r")
    assert done.returncode == 74 and time.monotonic() - started < 3
    assert f"{what}: {tmp_path}: a folder" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["summary", "metrics"])
def test_a_pipe_with_a_reader(what, tools, tmp_path):
    os.mkfifo(tmp_path / "x")
    with subprocess.Popen(["cat", tmp_path / "x"],
                          stdout=subprocess.PIPE) as reader:
        time.sleep(0.2)
        tools.run("nf-transform", "--check", "-m", RELATIONAL, f"--{what}",
                  tmp_path / "x", check=0)
        assert b"nf-transform" in reader.stdout.read()


@pytest.fixture
def run(tools, tmp_path):
    run = FileRun(tmp_path / "runs/r")
    run.env = {}
    code, _, err = put(tools, run, stream(records(ROWS)), "--emit=none",
                       "--part-records", "20")
    assert code == 0, err
    return run


OBJECTS = ("part-00001", "_nf/manifest", "_nf/run", "_nf/00001", "_nf/note")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OBJECTS)
def test_in_a_staged_run(name, kind, run, tools):
    """No verb hangs, and none takes it for missing or for good."""
    tools.run("nf-stage", "note", run.uri, input="{}", check=0)
    path = [run.folder / n for n in run.names() if n.startswith(name)][0]
    path.unlink()
    make(kind, path)
    ends = {}
    for verb in (["cat"], ["cat", "--part", "2/3"], ["cat", "--no-manifest"],
                 ["verify"], ["mark"], ["notes"], ["ls"],
                 ["ls", "--orphans"], ["put", "--emit=none"], ["put"]):
        with subprocess.Popen(
                [tools.path("nf-stage"), *verb, run.uri], env=tools.env,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE) as p:
            out, err = p.communicate(stream(records(ROWS)), timeout=20)
        assert p.returncode in (0, 65, 74, 75, 78), (verb, err)
        ends[" ".join(verb)] = p.returncode
        if p.returncode == 0 and verb[0] in ("cat", "put") and out:
            assert out.count(b"\n") >= ROWS // 3
    bad = {"part-00001": ("cat", "verify", "put"),
           "_nf/manifest": ("cat", "verify", "mark", "put"),
           "_nf/run": ("put", "verify"), "_nf/00001": ("verify",),
           "_nf/note": ()}[name]
    assert all(ends[verb] not in (0, 75) for verb in bad), ends


@pytest.mark.parametrize("kind", KINDS)
def test_a_strange_neighbour(kind, run, tools, tmp_path):
    """The other runs are listed all the same."""
    for n, name in enumerate(("_nf/run.json", "_nf/manifest.json", "_nf",
                              "")):
        odd = tmp_path / f"runs/odd-{n}"
        path = odd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "_nf/manifest.json":
            (odd / "_nf/run.json").write_bytes(run.read("_nf/run.json"))
        if not path.exists():
            make(kind, path)
    done = tools.run("nf-stage", "ls", f"file://{tmp_path}/runs", check=0,
                     timeout=20)
    assert [line["uri"] for line in ndjson(done.stdout)
            if line["committed"]] == [run.uri + "/"]


@pytest.mark.parametrize("depth", [3, 400, 700, 3000])
@pytest.mark.parametrize("name", ["a", "b" * 40])
def test_deep_folders(depth, name, run, tools):
    """ls lists, or leaves out what has no name that a bucket would take."""
    folder = os.getcwd()
    os.chdir(run.folder)
    try:
        for _ in range(depth):
            os.mkdir(name)
            os.chdir(name)
        with open("x", "w", encoding="ascii"):
            pass
    finally:
        os.chdir(folder)
    for verb in (["ls"], ["ls", "--orphans"], ["cat"], ["verify"]):
        done = tools.run("nf-stage", *verb, run.uri, check=0, timeout=30)
        if verb == ["ls"]:
            fits = depth * (len(name) + 1) + 1 <= 1024
            assert len(ndjson(done.stdout)) == 3 * 2 + 2 + fits
            assert ("left out" in done.stderr) == (not fits)
    # Deeper than who cleans up after a test can go.
    subprocess.run(["rm", "-rf", run.folder], check=True)


def test_wide_and_deep(tools, run):
    for i in range(30):
        for j in range(30):
            (run.folder / f"d{i}/e{j}/f").mkdir(parents=True)
            (run.folder / f"d{i}/e{j}/f/x").write_text("")
    done = tools.run("nf-stage", "ls", run.uri, check=0)
    assert len(ndjson(done.stdout)) == 900 + 3 * 2 + 2


SLOW = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
/* What has "slow" in its name waits, as on a file server that is away, until
   a signal comes. */
static int wait_for(const char *path)
{
	if (strstr(path, "slow") == NULL)
		return (0);
	if (poll(NULL, 0, 60000) == -1)
		return (-1);
	return (0);
}
int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list ap; int mode;
	va_start(ap, flags); mode = va_arg(ap, int); va_end(ap);
	if (real == NULL)
		real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	if (wait_for(path) == -1) { errno = EINTR; return (-1); }
	return (real(path, flags, mode));
}
int mkostemp(char *path, int flags)
{
	static int (*real)(char *, int);
	if (real == NULL)
		real = (int (*)(char *, int))dlsym(RTLD_NEXT, "mkostemp");
	if (wait_for(path) == -1) { errno = EINTR; return (-1); }
	return (real(path, flags));
}
int open64(const char *path, int flags, ...)
{
	va_list ap; int mode;
	va_start(ap, flags); mode = va_arg(ap, int); va_end(ap);
	return (open(path, flags, mode));
}
"""


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    if "asan" in BUILD.name or "tsan" in BUILD.name:
        pytest.skip("a sanitizer wants to be loaded first")
    folder = tmp_path_factory.mktemp("slow")
    (folder / "s.c").write_text(SLOW)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o",
                    folder / "s.so", folder / "s.c", "-ldl"], check=True)
    return folder / "s.so"


OPENED = {
    "mapping": ("nf-transform", "--check", "-m", "{}"),
    "source": ("nf-fetch", "--check", "-s", "{}"),
    "secret": ("nf-fetch", "--bearer", "file:{}", "http://127.0.0.1:9/"),
    "reject": ("nf-transform", "-m", RELATIONAL, "--reject", "{}"),
    "results": ("nf-load", "--results-all", "--results", "{}",
                "sqlite:t.db"),
    "spool": ("nf-stage", "put", "--unsealed", "--spool", "{}",
              "file:///tmp/none"),
    "cat": ("nf-stage", "cat", "file://{}"),
    "verify": ("nf-stage", "verify", "file://{}"),
    "ls": ("nf-stage", "ls", "file://{}"),
    "put": ("nf-stage", "put", "--unsealed", "file://{}"),
    "note": ("nf-stage", "note", "file://{}"),
}


@pytest.mark.parametrize("what", OPENED)
@pytest.mark.parametrize("signo", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_file_is_opened(what, signo, slow, tools, tmp_path):
    tools.run("nf-load", "create", "-t", "t", "-f", "f", "sqlite:t.db",
              check=0)
    tool, *args = (str(a).replace("{}", str(tmp_path / "slow"))
                   for a in OPENED[what])
    if what in ("cat", "verify", "ls"):
        (tmp_path / "slow/_nf").mkdir(parents=True)
        (tmp_path / "slow/_nf/manifest.json").write_text("{}")
        (tmp_path / "slow/_nf/run.json").write_text("{}")
    p = tools.start(tool, *args, env={"LD_PRELOAD": str(slow)},
                    stdin=subprocess.PIPE)
    p.stdin.write(b'{"a":1}\n' if what in ("put", "note", "spool")
                  else b"")
    p.stdin.close()
    p.stdin = None
    time.sleep(0.5)
    p.send_signal(signo)
    begun = time.monotonic()
    out, err = p.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert p.returncode == 128 + signo, err


@pytest.mark.parametrize("tool", ["fetch", "put", "transform", "load"])
@pytest.mark.parametrize("limit", [0, 1, 100, 5000])
def test_the_limit_of_file_sizes(tool, limit, tools, api, tmp_path):
    """RLIMIT_FSIZE: 74, and no death by SIGXFSZ."""
    lines = "".join(make_invoice(n) + "\n" for n in range(200))
    (tmp_path / "in").write_text(lines)
    tools.run("nf-load", "create", "-m", RELATIONAL, "sqlite:t.db", check=0)
    script = {
        "fetch": f"nf-fetch {api(lines.splitlines()).url} > out",
        "put": f"nf-stage put --plain file://{tmp_path}/run < in > out",
        "transform": f"nf-transform --ts 1000 -m {RELATIONAL} < in > out",
        "load": f"nf-transform --ts 1000 -m {RELATIONAL} < in | "
                "prlimit --fsize={limit} nf-load --results-all "
                "--results out sqlite:t.db"}[tool]
    before = f"prlimit --fsize={limit} " if tool != "load" else ""
    done = tools.sh("ulimit -c 0; " + before
                    + script.replace("{limit}", str(limit)))
    assert done.returncode == 74, done.stderr


@pytest.mark.parametrize("mask, option, file, folder", [
    (0o022, [], 0o640, 0o750), (0o000, [], 0o660, 0o770),
    (0o077, [], 0o600, 0o700), (0o022, ["--world-readable"], 0o644, 0o755),
    (0o027, ["--world-readable"], 0o640, 0o750)])
@pytest.mark.parametrize("nameless", [True, False])
def test_who_may_read_a_run(mask, option, file, folder, nameless, tools,
                            tmp_path, slow):
    """By the umask, and never everybody unless that was asked for."""
    shim = tmp_path / "n.c"
    shim.write_text(r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list ap; int mode;
	va_start(ap, flags); mode = va_arg(ap, int); va_end(ap);
	if (real == NULL)
		real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	if ((flags & O_TMPFILE) == O_TMPFILE) { errno = EOPNOTSUPP; return (-1); }
	return (real(path, flags, mode));
}
""")
    env = {}
    if not nameless:
        subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o",
                        tmp_path / "n.so", shim, "-ldl"], check=True)
        env["LD_PRELOAD"] = str(tmp_path / "n.so")
    run = FileRun(tmp_path / "runs/r")
    p = tools.start("nf-stage", "put", *option, run.uri, env=env, umask=mask,
                    stdin=subprocess.PIPE)
    p.communicate(stream(records(5)), timeout=20)
    q = tools.start("nf-stage", "note", *option, run.uri, env=env,
                    umask=mask, stdin=subprocess.PIPE)
    q.communicate(b"{}", timeout=20)
    assert p.returncode == q.returncode == 0
    modes = {path: stat.S_IMODE(path.stat().st_mode)
             for path in (tmp_path / "runs").rglob("*")}
    assert len([p for p in modes if p.is_file()]) == 5
    for path, mode in modes.items():
        assert mode == (folder if path.is_dir() else file), path
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == folder
    assert not [p for p in modes if p.name.startswith(".nf-")]


def test_who_may_read_rejects_and_results(tools, tmp_path):
    tools.run("nf-load", "create", "-m", RELATIONAL, "sqlite:t.db", check=0)
    done = tools.sh(
        f"umask 000; printf '{{}}\\n' | nf-transform --ts 1000 -m {RELATIONAL} "
        "--reject bad > /dev/null; nf-load --results-all --results all "
        "sqlite:t.db < /dev/null; ls -l bad all")
    assert done.returncode == 0, done.stderr
    for name in ("bad", "all"):
        mode = (tmp_path / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600, name


@pytest.mark.parametrize("tool", ["nf-fetch", "nf-stage", "nf-transform",
                                  "nf-load"])
def test_no_binary_has_the_folder_it_was_built_in(tool):
    data = (BUILD / tool).read_bytes()
    root = re.escape(os.fsencode(BUILD.parent))
    # A tree in /nf-tools is not /usr/share/nf-tools.
    assert len(root) < 4 or not re.search(rb"(?<![\w.-])" + root + rb"[/\0]",
                                          data)


def test_summary_is_for_others(tools, tmp_path):
    """The node exporter is another user: no data of records is in there."""
    p = tools.start("nf-transform", "--check", "-m", RELATIONAL, "--metrics",
                    tmp_path / "m", "--summary", tmp_path / "s", umask=0o022)
    p.communicate(timeout=20)
    assert json.loads((tmp_path / "s").read_text())["exit"] == 0
    for name in ("m", "s"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o644
