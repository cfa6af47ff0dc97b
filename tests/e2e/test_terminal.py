# SPDX-License-Identifier: Apache-2.0
"""What a person sees on a terminal: progress, colour, and neither of them
where no person looks."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest

from conftest import ROOT, make_invoice


def on_terminal(tools, *args, stdout=None, env=None, stdin=None, columns=0):
    """Run with stderr on a terminal; what it showed, and the exit code.

    stdout: None for a file, "terminal", or "pipe".
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    out = slave if stdout == "terminal" else subprocess.PIPE \
        if stdout == "pipe" else open(tools.folder / "stdout", "wb")
    full = {**tools.env, "TERM": "xterm", **(env or {})}
    del full["NF_LOG_FORMAT"]
    process = subprocess.Popen(
        [tools.path(args[0]), *map(str, args[1:])], env=full, stderr=slave,
        stdin=stdin or subprocess.DEVNULL, stdout=out, cwd=tools.folder)
    os.close(slave)
    text = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            text += os.read(master, 65536)
        except OSError:  # the other side is closed
            break
    if stdout == "pipe":
        process.stdout.read()
        process.stdout.close()
    os.close(master)
    return text.decode(errors="surrogateescape"), process.wait(timeout=120)


def slow_api(api):
    """Four records, two a page, the second page late and at the second try."""
    server = api([make_invoice(i) for i in range(4)], per_page=2)
    seen = []

    def before(handler, path, query):
        if query.get("page") != "2":
            return False
        seen.append(path)
        if len(seen) == 1:
            handler.answer(503, "{}")
            return True
        time.sleep(1.5)  # an ETA is told from the first second on
        return False

    server.before = before
    return server


FETCH = ["--records", "/data", "-p", "page", "--total", "/total",
         "--retry-base", "1ms", "--prefetch", "1"]


def test_progress(tools, api):
    shown, code = on_terminal(tools, "nf-fetch", *FETCH,
                              slow_api(api).base + "/object")
    assert code == 0
    assert "\r\033[Knf-fetch: 2 records, " in shown
    last = [s for s in shown.split("\r\033[K") if "4 records" in s][0]
    assert "/s, 1 retried, 100%, 0:00 left" in last
    assert shown.endswith("\r\033[Knf-fetch: 4 out, 1 retried, "
                           + shown.split(", ")[-1])


@pytest.mark.parametrize("columns", [20, 40])
def test_progress_fits_the_terminal(tools, api, columns):
    """A longer line would stand there and not be overwritten."""
    shown, code = on_terminal(tools, "nf-fetch", *FETCH,
                              slow_api(api).base + "/object", columns=columns)
    assert code == 0
    lines = [s.split("\n")[0] for s in shown.split("\r\033[K")[1:-1]]
    assert max(len(s) for s in lines) == columns - 1


def test_progress_of_transform_shows_bytes(tools):
    mapping = ROOT / "mappings/nf-wide.json"
    rows = tools.folder / "records"
    rows.write_text("".join(
        make_invoice(i) + "\n" for i in range(600)) * 40)
    for jobs in "1", "2":
        with open(rows, "rb") as stdin:
            shown, code = on_terminal(
                tools, "nf-transform", "-m", mapping, "--ts", "0", "-j", jobs,
                stdin=stdin)
        assert code == 0
        assert " MB, " in shown.split("\r\033[K")[1]


@pytest.mark.parametrize("how", [
    {"env": {"TERM": "dumb"}}, {"env": {"TERM": ""}},
    {"more": ["-q"]}, {"more": ["--log-format", "json"]},
    {"stdout": "terminal"}, {"stdout": "pipe"}])
def test_no_progress(tools, api, how):
    server = api([make_invoice(i) for i in range(4)], per_page=2)
    shown, code = on_terminal(tools, "nf-fetch", *FETCH,
                              *how.get("more", []), server.base + "/object",
                              stdout=how.get("stdout"),
                              env=how.get("env"))
    assert code == 0
    assert "\033[K" not in shown and "\r\033" not in shown
    if "-q" in how.get("more", []):
        assert shown == ""


def test_progress_of_a_pipe_when_asked(tools, api):
    server = api([make_invoice(i) for i in range(4)], per_page=2)
    shown, code = on_terminal(tools, "nf-fetch", *FETCH, "-v",
                              server.base + "/object", stdout="pipe")
    assert code == 0
    assert "\r\033[Knf-fetch: " in shown


def test_progress_of_the_last_of_a_chain(tools):
    """Loading says nothing on stdout: its progress shows on a terminal."""
    db = f"sqlite:{tools.folder}/t.db"
    tools.run("nf-load", "create", "-t", "t", "-f", "f", db, check=0)
    rows = tools.folder / "rows"
    rows.write_text("".join(
        '{"table":"t","row":"%d","ts":1000,"cells":{"f":{"q":"v"}}}\n' % i
        for i in range(1000)))
    with open(rows, "rb") as stdin:
        shown, code = on_terminal(tools, "nf-load", db, stdin=stdin,
                                  stdout="terminal")
    assert code == 0
    assert "\r\033[Knf-load: 256 in, " in shown
    assert "nf-load: 1000 in, 1000 out, " in shown


@pytest.mark.parametrize("env,coloured", [
    ({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True),
    ({"TERM": "dumb"}, False)])
def test_colour(tools, env, coloured):
    shown, code = on_terminal(tools, "nf-fetch", env=env)
    assert code == 64
    assert ("\033[31mnf-fetch: \033[m" in shown) == coloured
    assert ("\033[" in shown) == coloured


@pytest.mark.parametrize("control", ["\033[31m", "\x7f", "\u009b31m",
                                     "\udc9b31m"],
                         ids=["ESC", "DEL", "CSI", "byte"])
@pytest.mark.parametrize("tool", ["nf-fetch", "nf-stage", "nf-transform",
                                  "nf-load", "pipeline.sh"])
def test_what_a_terminal_may_obey(tool, control, tools):
    """From a stranger's text: C0, DEL, C1 as UTF-8 and as a bare byte.  What
    is text stays, whatever its language."""
    shown, code = on_terminal(tools, tool, f"--\u00e3o\u0080{control}x",
                              env={"NO_COLOR": "1"})
    assert code == 64
    assert "\u00e3o" in shown
    for c in (control[0], "\u0080"):
        assert c not in shown


def test_no_colour_off_a_terminal(tools):
    done = tools.run("nf-fetch", env={"TERM": "xterm"})
    assert done.returncode == 64
    assert "\033" not in done.stderr
