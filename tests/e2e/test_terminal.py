# SPDX-License-Identifier: Apache-2.0
"""What a person sees on a terminal: progress, colour, and neither of them
where no person looks."""

import contextlib
import fcntl
import http.server
import json
import os
import pty
import re
import select
import sqlite3
import struct
import subprocess
import termios
import threading
import time

import pytest

from bigtable_double import Double
from conftest import ROOT, make_invoice
from jobs import Days, Job


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
    if "NF_LOG_FORMAT" not in (env or {}):
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
        time.sleep(1.5)  # an ETA is shown from the first second on
        return False

    server.before = before
    return server


FETCH = ["--records", "/data", "-p", "page", "--total", "/total",
         "--set", "/timeouts/retry_base=1ms", "--prefetch", "1"]


def test_progress(tools, api):
    shown, code = on_terminal(tools, "nf-fetch", *FETCH,
                              slow_api(api).base + "/object")
    assert code == 0
    assert "2 records" not in shown  # of what takes less than a second
    last = [s for s in shown.split("\r\033[K") if "4 records" in s][0]
    assert "/s, 1 retried, 100%, 0:00 left" in last
    assert shown.endswith("\r\033[Knf-fetch: 4 records, 1 retried, "
                           + shown.split(", ")[-1])


@pytest.mark.parametrize("columns", [20, 40])
def test_progress_fits_the_terminal(tools, api, columns):
    """A longer line would stand there and not be overwritten."""
    shown, code = on_terminal(tools, "nf-fetch", *FETCH,
                              slow_api(api).base + "/object", columns=columns)
    assert code == 0
    lines = [s.split("\n")[0] for s in shown.split("\r\033[K")[1:-1]]
    assert max(len(s) for s in lines) == columns - 1


@contextlib.contextmanager
def slow_pipe(tools, text):
    """A pipe that gives the text twice, with more than a second between."""
    (tools.folder / "slow").write_text(text)
    writer = subprocess.Popen(
        ["sh", "-c", "cat slow; sleep 1.5; cat slow"], cwd=tools.folder,
        stdout=subprocess.PIPE)
    yield writer.stdout
    writer.stdout.close()
    writer.wait()


def test_progress_of_transform_shows_bytes(tools):
    mapping = ROOT / "mappings/nf-wide.json"
    rows = "".join(make_invoice(i) + "\n" for i in range(600)) * 20
    for jobs in "1", "2":
        with slow_pipe(tools, rows) as stdin:
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
    # A message may clear what a neighbour left, and no more.
    shown = shown.removeprefix("\r\033[K")
    assert "\033[K" not in shown and "\r\033" not in shown
    if "-q" in how.get("more", []):
        assert shown == ""


def test_progress_of_a_pipe_when_asked(tools, api):
    shown, code = on_terminal(tools, "nf-fetch", *FETCH, "-v",
                              slow_api(api).base + "/object", stdout="pipe")
    assert code == 0
    assert "\r\033[Knf-fetch: " in shown


def test_progress_of_the_last_of_a_chain(tools):
    """Loading says nothing on stdout: its progress shows on a terminal."""
    db = f"sqlite:{tools.folder}/t.db"
    tools.run("nf-load", "create", "-t", "t", "-f", "f", db, check=0)
    rows = "".join(
        '{"table":"t","row":"%d","ts":1000,"cells":{"f":{"q":"v"}}}\n' % i
        for i in range(500))
    with slow_pipe(tools, rows) as stdin:
        shown, code = on_terminal(tools, "nf-load", db, stdin=stdin,
                                  stdout="terminal")
    assert code == 0
    assert re.search(r"\r\033\[Knf-load: \d+ rows, ", shown)
    assert "nf-load apply: 1000 rows, 1000 written, " in shown


MUTATION = '{"table":"t","row":"%s","ts":1000,"cells":{"f":{"q":"v"}}}'


@pytest.mark.parametrize("tool,args,text", [
    ("nf-stage", ["put", "--emit", "none", "--unsealed", "RUN"],
     "nf-stage put: 3 records, 1 part, committed, "),
    ("nf-stage", ["cat", "DONE"], "nf-stage cat: 3 records, "),
    ("nf-stage", ["filter", "--", "head", "-n", "1"],
     "nf-stage filter: 3 records, 1 written, "),
    ("nf-stage", ["verify", "DONE"], "nf-stage verify: 3 records, ok, "),
    ("nf-transform", ["-m", "nf-flat", "--ts", "0"],
     "nf-transform: 3 records, 6 rows, "),
    ("nf-load", ["apply", "TABLE"], "nf-load apply: 1 row, 1 written, ")])
def test_success_is_short(tool, args, text, tools):
    """Nothing within a second, else one line without a number that reads as a
    loss; what is asked for is printed."""
    done = f"file://{tools.folder}/done"
    records = "".join(make_invoice(i) + "\n" for i in range(3))
    tools.run("nf-stage", "put", "-q", "--emit=none", "--unsealed", done,
              input=records, check=0)
    sealed = tools.run("nf-stage", "cat", "-q", done, check=0).stdout
    (tools.folder / "in").write_text(
        sealed if args[0] == "filter" else records if tool != "nf-load"
        else MUTATION % "a" + "\n")
    for how in "quick", "slow", "-v", "text":
        target = f"sqlite:{tools.folder}/{how}.db"
        tools.run("nf-load", "create", "-q", "-t", "t", "-f", "f", target,
                  check=0)
        words = [{"RUN": f"file://{tools.folder}/{how}", "DONE": done,
                  "TABLE": target}.get(a, a) for a in args]
        stdin = subprocess.Popen(
            ["sh", "-c", "sleep 1.1; cat in" if how == "slow" else "cat in"],
            cwd=tools.folder, stdout=subprocess.PIPE)
        shown, code = on_terminal(
            tools, tool, *(["-v"] if how == "-v" else []), *words,
            stdin=stdin.stdout,
            env={"NF_LOG_FORMAT": "text"} if how == "text" else {})
        stdin.stdout.close()
        stdin.wait()
        assert code == 0, shown
        if how == "quick" or (how == "slow" and
                              args[0] in ("cat", "verify")):
            assert shown == ""
        else:
            assert text in shown


@pytest.mark.parametrize("tool,args,typed,code", [
    ("nf-transform", ["-m", "nf-wide", "--ts", "now"], "", 0),
    ("nf-transform", ["--infer"], '{"a":1}\n', 0),
    ("nf-stage", ["put", "--unsealed", "--emit=none", "RUN"], '{"a":1}\n', 0),
    ("nf-stage", ["note", "RUN"], "{}\n", 0),
    ("nf-stage", ["filter", "--", "cat"], "", 75),
    ("nf-load", ["TABLE"], MUTATION % "a" + "\n", 0),
    ("nf-load", ["diff", "--unsealed", "TABLE"], "", 0),
    ("nf-fetch", ["--each", "http://127.0.0.1:1/"], "", 0),
    ("nf-fetch", ["-p", "none", "-"], "[]\n", 0)])
def test_a_terminal_as_input(tool, args, typed, code, tools):
    """It says that it waits for the person; -q and a file do not."""
    target = f"sqlite:{tools.folder}/t.db"
    tools.run("nf-load", "create", "-q", "-t", "t", "-f", "f", target,
              check=0)
    words = [{"RUN": f"file://{tools.folder}/run", "TABLE": target}.get(a, a)
             for a in args]
    for more in [], ["-q"]:
        master, slave = pty.openpty()
        os.write(master, typed.encode() + b"\x04\x04")
        shown, seen = on_terminal(tools, tool, *more, *words, stdin=slave)
        os.close(slave)
        os.close(master)
        assert seen == code, shown
        assert ("from the terminal; Ctrl-D ends the input\r\n" in shown) \
            == (more == [])


def busy_api(api, seconds):
    """Two records; the first answer is that it is too early."""
    server = api([make_invoice(i) for i in range(2)], per_page=2)
    seen = []

    def before(handler, path, query):
        seen.append(path)
        if len(seen) > 1:
            return False
        handler.answer(429, "{}", {"Retry-After": str(seconds)})
        return True

    server.before = before
    return server


@pytest.mark.parametrize("how,seen", [
    ({}, True), ({"stdout": "pipe"}, True), ({"seconds": 1}, False),
    ({"more": ["-q"]}, False), ({"more": ["--log-format", "json"]}, False),
    ({"env": {"TERM": "dumb"}}, False), ({"columns": 30}, True)])
def test_long_wait(tools, api, how, seen):
    """Its reason and how long it still takes, at once; gone when it is over."""
    server = busy_api(api, how.get("seconds", 3))
    shown, code = on_terminal(
        tools, "nf-fetch", *FETCH, *how.get("more", []),
        server.base + "/object", stdout=how.get("stdout"), env=how.get("env"),
        columns=how.get("columns", 0))
    assert code == 0
    lines = [s.split("\n")[0] for s in shown.split("\r\033[K")[1:]]
    if how.get("columns"):
        assert max(len(s) for s in lines[:-1]) == how["columns"] - 1
        return
    waits = [s for s in lines if re.fullmatch(
        r"nf-fetch: retry in \d s \(2 of \d+\): .*HTTP 429.*", s)]
    assert [s.split()[3] for s in waits][-3:] == (
        ["3", "2", "1"] if seen else [])
    if seen:
        assert lines.index(waits[-1]) + 1 < len(lines)  # overwritten


@pytest.mark.parametrize("env,stdout,clears", [
    ({}, "pipe", True), ({"TERM": "dumb"}, "pipe", False),
    ({}, None, False), ({}, "terminal", False)])
def test_message_begins_a_line(tools, env, stdout, clears):
    """Another tool's progress may stand there; data may, where data goes to
    the same terminal."""
    shown, code = on_terminal(tools, "nf-fetch", env={"NO_COLOR": "1", **env},
                              stdout=stdout)
    assert code == 64
    assert shown.startswith(("\r\033[K" if clears else "") + "nf-fetch: ")


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


# A job -------------------------------------------------------------------

def job_on_terminal(tools, url, *more, **how):
    """nf-pipeline into a new table; what is shown, and the exit code."""
    fetch = how.pop("fetch", FETCH)
    return on_terminal(
        tools, "pipeline.sh", "--from", url, "--stage",
        f"file://{tools.folder}/run", "--create", "-m", "nf-wide", "--to",
        f"sqlite:{tools.folder}/t.db", *more, "--", *fetch,
        stdout=how.pop("stdout", "terminal"), **how)


def late_api(api, seconds=2.5, fails=None):
    """Four records; the second page comes late, or is an error."""
    server = api([make_invoice(i) for i in range(4)], per_page=2)

    def before(handler, path, query):
        if query.get("page") != "2" and "cursor" not in query:
            return False
        if fails:
            handler.answer(fails, '{"error":"no such thing"}')
            return True
        time.sleep(seconds)
        return False

    server.before = before
    return server


@pytest.mark.parametrize("how,seen", [
    ({}, True), ({"columns": 40}, True), ({"env": {"TERM": "dumb"}}, False),
    ({"more": ["-q"]}, False), ({"more": ["--log-format", "json"]}, False),
    ({"more": ["-v"]}, False)])
def test_view_of_a_job(tools, api, how, seen):
    """A line a stage, drawn in place, and one line at the end."""
    shown, code = job_on_terminal(
        tools, late_api(api).base + "/object", *how.get("more", []),
        env={"NF_PIPELINE_TITLE": "job: day 1, 1 of 3", **how.get("env", {})},
        columns=how.get("columns", 100))
    assert code == 0, shown
    drawn = re.findall(r"^\r?(?:\x1b\[\d+A\x1b\[J)?fetch +\d+ records.*",
                       shown, re.M)
    assert bool(drawn) == seen, shown
    assert ("\x1b[J" in shown) == seen
    assert ("job: day 1, 1 of 3" in shown) == seen
    if "-q" in how.get("more", []) or "json" in how.get("more", []):
        assert '"exit":0,' in shown
    else:
        assert re.search(r"nf-pipeline: loaded: 4 records, \d s\r\n$", shown)
        assert '{"tool"' not in shown
    if how.get("columns"):
        assert max(map(len, drawn)) <= 40 + len("\r\x1b[3A\x1b[J")
    if seen:
        assert "nf-stage" not in shown and "nf-fetch" not in shown
    if how.get("env", {}).get("TERM") != "dumb" and "more" not in how:
        assert len(screen(shown)) == 1
    assert not list(tools.folder.glob("nf-pipeline.*"))


def screen(shown):
    """The lines that are left on a terminal."""
    lines, row, column = [""], 0, 0
    for text in re.findall(r"\x1b\[\d*[AJKm]|\x1b\[\d+m|[\r\n]|[^\x1b\r\n]+",
                           shown):
        if text == "\r":
            column = 0
        elif text == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif text.endswith("A") and text[0] == "\x1b":
            row -= int(text[2:-1])
            assert row >= 0
        elif text == "\x1b[J":
            lines[row:] = [lines[row][:column]]
        elif text == "\x1b[K":
            lines[row] = lines[row][:column]
        elif text[0] != "\x1b":
            lines[row] = (lines[row].ljust(column)[:column] + text
                          + lines[row][column + len(text):])
            column += len(text)
    return [s for s in lines if s]


@pytest.mark.parametrize("how", [
    {}, {"columns": 40}, {"broken": 1}, {"TERM": "dumb"}, {"more": "-q"}])
def test_view_of_windows(tools, how):
    """One view of all windows: what is left stands above the stages of the
    window under way, and goes with the last of them."""
    with Days() as api:
        job = Job(tools, api)
        if "broken" in how:
            api.broken["2026-01-02"] = 400
        by_day = api.before
        api.before = lambda *args: time.sleep(1.3) or by_day(*args)
        shown, code = on_terminal(
            tools, "pipeline.sh", "run", job.path, "--due", "--now", job.now,
            *([how["more"]] if "more" in how else []),
            stdout="terminal", columns=how.get("columns", 100),
            env={"TERM": how.get("TERM", "xterm"), "NO_COLOR": "1"})
    assert code == (69 if "broken" in how else 0), shown
    titles = re.findall(r"nfe: 2026-01-0\d: window [^\r\n\x1b]*", shown)
    if "more" in how:
        assert "window" not in shown.split('{"tool"')[0]
        return
    if "columns" not in how:
        assert {re.sub(r", about .*", "", t) for t in titles} == {
            "nfe: 2026-01-01: window 1 of 3, 3 left",
            "nfe: 2026-01-02: window 2 of 3, 2 left",
            "nfe: 2026-01-03: window 3 of 3, 1 left"
            + ", 1 failed" * ("broken" in how)}
        assert re.search(r"1 left.*, about 0:0\d left", shown)
    assert bool(re.search(r"fetch +0 records", shown)) == ("TERM" not in how)
    left = screen(shown)
    if how.get("TERM") == "dumb":
        assert "\x1b" not in shown and len(titles) == 3
        assert left[-1].startswith("nf-pipeline: nfe: 3 windows done")
        return
    assert max(map(len, left)) < how.get("columns", 120) \
        or "columns" in how
    if "broken" in how:
        assert [s.split(":")[0].strip() for s in left] == [
            "nf-pipeline", "why", "next", "nf-pipeline", "nf-pipeline"], left
    else:
        assert len(left) == 1, left
        assert re.fullmatch(r"nf-pipeline: nfe: 3 windows done, \d+ s",
                            left[0])


@pytest.mark.parametrize("what,failed,why,after", [
    ({"fails": 503, "fetch": ["--next", "/next"]}, "fetch, exit code 75",
     "page 2: HTTP 503", "the same command continues at page 2"),
    ({"fails": 503}, "fetch, exit code 75", "page 2: HTTP 503",
     "the same command continues from the start"),
    ({"fails": 400}, "fetch, exit code 69", "page 2: HTTP 400",
     "the API or Google refused the request"),
    ({"fetch": ["--records", "/nope"]}, "fetch, exit code 65",
     'page 1: no records: nothing at "/nope"', "compare what the API sends"),
    ({"fetch": ["--nope"]}, "fetch, exit code 64", "unknown option --nope",
     "correct the command line"),
    ({"more": ["--max-rejects", "x", "--reject", "r"]},
     "transform, exit code 64", "--max-rejects", "correct the command line")])
def test_end_of_a_failed_job(tools, api, what, failed, why, after):
    """What, why, what to do; the echoes of neighbours are not there, and
    off a terminal all is as ever."""
    server = late_api(api, 0, what.get("fails"))
    walk = what.get("fetch", [])
    args = [server.base + ("/cursor" if "--next" in walk else "/object"),
            *what.get("more", [])]
    fetch = [*(["-p", "cursor", "--cursor-param", "cursor"]
               if "--next" in walk else ["-p", "page", "--total", "/total"]),
             "--records", "/data", "--tries", "1", *walk]
    for stdout in "terminal", "pipe":
        shown, code = job_on_terminal(tools, *args, fetch=fetch,
                                      stdout=stdout)
        lines = shown.replace("\r\n", "\n").splitlines()
        assert lines[-3] == f"nf-pipeline: failed: {failed}", shown
        assert lines[-2].startswith("  why: ") and why in shown, shown
        assert lines[-1].startswith("  next: ") and after in lines[-1], shown
        assert len(lines) == 3 or "see the message" in lines[-2], shown
        assert code == int(failed.split()[-1])
    done = tools.run(
        "pipeline.sh", "--from", args[0], "--stage",
        f"file://{tools.folder}/run", "--create", "-m", "nf-wide", "--to",
        f"sqlite:{tools.folder}/t.db", *args[1:], "--", *fetch)
    assert '"failed":"' in done.stdout and "next: " not in done.stderr


@pytest.mark.parametrize("tool", ["nf-stage", "nf-transform", "nf-load"])
def test_an_echo_is_indented(tools, tool):
    """In a plain pipe: the message of who only lost its input."""
    tools.run("nf-load", "create", "-q", "-t", "t", "-f", "f", "sqlite:t.db",
              check=0)
    args = {"nf-stage": ["put", f"file://{tools.folder}/r"],
            "nf-transform": ["-m", "nf-wide"],
            "nf-load": ["sqlite:t.db"]}[tool]
    (tools.folder / "in").write_text('{"$nf":"begin","v":1,"run":"r",')
    with open(tools.folder / "in", encoding="utf-8") as stdin:
        shown, code = on_terminal(tools, tool, *args, stdin=stdin)
    assert code == 75
    assert re.fullmatch(rf"  {tool}: line 1: the input is cut off[^\n]*\r\n",
                        shown), shown


def test_progress_of_a_tool_in_a_file(tools, api):
    """Whole at any time, also while it waits, and the summary at the end."""
    server = busy_api(api, 3)
    with tools.start("nf-fetch", *FETCH, "--progress", "p",
                     server.base + "/object") as process:
        seen = []
        while process.poll() is None:
            time.sleep(0.02)
            if (tools.folder / "p").exists():
                seen.append(json.loads((tools.folder / "p").read_text()))
        process.communicate()
    waits = {p["waiting"] for p in seen if "waiting" in p}
    assert len(waits) >= 2
    assert all(re.match(r"retry in \d s \(2 of \d+\): .*HTTP 429", w)
               for w in waits)
    last = json.loads((tools.folder / "p").read_text())
    assert (last["exit"], last["records_out"]) == (0, 2)
    assert "waiting" not in last


def test_progress_of_few_records(tools):
    """Of records that come one a second, each is counted at once."""
    with tools.start("nf-stage", "put", "--unsealed", "--emit=none", "-q",
                     "--progress", "p", f"file://{tools.folder}/run",
                     stdin=subprocess.PIPE) as process:
        seen = set()
        for _ in range(4):
            process.stdin.write(b"{}\n")
            process.stdin.flush()
            time.sleep(1.05)
            if (tools.folder / "p").exists():
                seen.add(json.loads(
                    (tools.folder / "p").read_text())["records_in"])
        process.communicate()
    assert len(seen) >= 3, seen


@pytest.mark.parametrize("where", ["/dev/stderr", "fifo"])
def test_progress_where_a_file_is_not(tools, tmp_path, where):
    """What is no file is written, and stays what it is."""
    path = tmp_path / "p"
    if where == "fifo":
        os.mkfifo(path)
        reader = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    else:
        path.symlink_to(where)
    done = tools.run("nf-stage", "--emit=none", "--unsealed", "-q",
                     "--progress", "p", f"file://{tmp_path}/r", input="{}\n",
                     check=0)
    if where == "fifo":
        text = os.read(reader, 65536).decode()
        os.close(reader)
        assert path.is_fifo()
    else:
        text = done.stderr
        assert path.is_symlink()
    last = json.loads(text.splitlines()[-1])
    assert (last["exit"], last["records_in"]) == (0, 1)
    assert not (tmp_path / "p.part").exists()


@pytest.mark.parametrize("answer,seen", [(2.9, True), (0, False)])
def test_a_slow_token(tools, answer, seen):
    """Who gives the access token is named while it is waited for."""
    class Metadata(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(answer)
            self.send_response(404)
            self.send_header("Metadata-Flavor", "Google")
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as s:
        threading.Thread(target=s.serve_forever, daemon=True).start()
        shown, code = on_terminal(
            tools, "nf-stage", "cat", "gs://my-bucket/day-1", env={
                "GCE_METADATA_HOST": f"127.0.0.1:{s.server_address[1]}"})
        s.shutdown()
    assert code == 77
    assert ("\r\033[Knf-stage: waiting for an access token from the metadata server: 2 s"
            in shown) == seen


# What takes long without a retry ------------------------------------------

def wait_for_api(tools, api, **how):
    server = api([make_invoice(i) for i in range(2)], per_page=2)
    server.before = lambda *a: time.sleep(2.9) or False
    return on_terminal(tools, "nf-fetch", *FETCH, *how.pop("more", []),
                       server.base + "/object", **how)


def wait_for_disk(tools, shim, **how):
    (tools.folder / "in").write_text("{}\n")
    env = {"LD_PRELOAD": shim, "NF_FAULT": "slow=3", **how.pop("env", {})}
    with open(tools.folder / "in", encoding="utf-8") as stdin:
        return on_terminal(
            tools, "nf-stage", "put", "--unsealed", "--emit", "none",
            *how.pop("more", []), f"file://{tools.folder}/run", stdin=stdin,
            env=env, **how)


def wait_for_lock(tools, _, **how):
    file = tools.folder / "t.db"
    tools.run("nf-load", "create", "-q", "-t", "t", "-f", "f",
              f"sqlite:{file}", check=0)
    (tools.folder / "in").write_text(
        '{"table":"t","row":"r","ts":1000,"cells":{"f":{"q":"v"}}}\n')
    other = sqlite3.connect(file, isolation_level=None,
                            check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(2.9, other.rollback)
    timer.start()
    try:
        with open(tools.folder / "in", encoding="utf-8") as stdin:
            return on_terminal(
                tools, "nf-load", "apply",
                *how.pop("more", []), "sqlite:t.db", stdin=stdin, **how)
    finally:
        timer.join()
        other.close()


def wait_for_bigtable(tools, _, **how):
    def script(request):
        yield "sleep", 2.9
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    (tools.folder / "in").write_text(
        '{"table":"t","row":"r","ts":1000,"cells":{"f":{"q":"v"}}}\n')
    with Double(script) as double, \
            open(tools.folder / "in", encoding="utf-8") as stdin:
        return on_terminal(
            tools, "nf-load", "apply", "--plaintext",
            "--endpoint", double.endpoint, *how.pop("more", []),
            "bigtable://p/i", stdin=stdin, **how)


LONG = {
    "api": (wait_for_api, "api", "the API to answer: [23] s"),
    "disk": (wait_for_disk, "shim",
             r"the disk to (store|make|settle) [a-z0-9. -]+: \d s"),
    "lock": (wait_for_lock, "tools", r"t.db, locked by another "
             r"program: [23] s, gives up in 5[678] s"),
    "bigtable": (wait_for_bigtable, "tools",
                 "Bigtable to answer MutateRows: [23] s")}


@pytest.mark.parametrize("how,seen", [
    ({}, True), ({"columns": 30}, True), ({"more": ["-q"]}, False),
    ({"env": {"TERM": "dumb"}}, False)])
@pytest.mark.parametrize("what", LONG)
def test_what_takes_long(tools, what, how, seen, request):
    """Also a wait in which nothing has failed is shown with its reason, is
    gone when it is over, and stands in the progress file."""
    wait, fixture, text = LONG[what]
    shown, code = wait(tools, request.getfixturevalue(fixture), **{
        **how, "more": [*how.get("more", []), "--progress", "p"]})
    assert code == 0, shown
    lines = [s.split("\n")[0] for s in shown.split("\r\033[K")[1:]]
    waits = [s for s in lines if ": waiting for " in s]
    assert bool(waits) == seen, shown
    assert seen or "waiting" not in shown
    if how.get("columns"):
        assert {len(s) for s in waits} == {how["columns"] - 1}
    elif seen:
        assert re.fullmatch(f"nf-[a-z]+: waiting for {text}", waits[0]), \
            waits
        assert lines.index(waits[-1]) + 1 < len(lines)
    last = json.loads((tools.folder / "p").read_text())
    assert last["exit"] == 0 and "waiting" not in last


def test_a_long_call_in_the_progress_file(tools, shim):
    """By a thread that is not the one that waits, and off a terminal."""
    (tools.folder / "in").write_text("{}\n")
    with open(tools.folder / "in", encoding="utf-8") as stdin, \
            subprocess.Popen(
                [tools.path("nf-stage"), "put", "--unsealed", "--emit",
                 "none", "-q", "--progress", "p",
                 f"file://{tools.folder}/run"],
                stdin=stdin, cwd=tools.folder, stderr=subprocess.PIPE,
                env={**tools.env, "LD_PRELOAD": shim,
                     "NF_FAULT": "slow=3"}) as process:
        seen = set()
        while process.poll() is None:
            time.sleep(0.05)
            if (tools.folder / "p").exists():
                seen.add(json.loads((tools.folder / "p").read_text())
                         .get("waiting"))
        assert process.stderr.read() == b""
    assert any(s and s.startswith("waiting for the disk to ")
               for s in seen), seen
    assert "waiting" not in json.loads((tools.folder / "p").read_text())
