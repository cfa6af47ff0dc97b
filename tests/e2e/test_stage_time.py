# SPDX-License-Identifier: Apache-2.0
"""Parts that end by time, ends that come before their time, deadlines, and
answers and lists without end."""

import http.server
import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import ndjson
from staging import (attempt, begin, check, empty, lose, mark_of, plain, put,
                     records, stream)
from storage import Storage

SOURCE = records(60)


def upto(n, every=10, source=SOURCE):
    """The stream up to the n-th record, without its end."""
    whole = stream(source, every=every)
    if n >= len(source):
        return whole[:whole.index(b'{"$nf":"end"')]
    return whole[:whole.index(source[n])]


def feed(tools, run, data, *args, **kwargs):
    p = tools.start("nf-stage", "put", "-v", *args, run.uri, env=run.env,
                    stdin=subprocess.PIPE, **kwargs)
    p.stdin.write(data)
    p.stdin.flush()
    return p


def wait_until(what, seconds=10):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if what():
            return True
        time.sleep(0.02)
    return False


def parts(run):
    return [n for n in run.names() if n.startswith("_nf/0")]


def test_a_part_ends_by_time(run, tools):
    """Right behind the mark, though nothing comes any more."""
    p = feed(tools, run, upto(20), "--part-seconds", "1", "--emit=none")
    time.sleep(0.4)
    assert parts(run) == []
    assert wait_until(lambda: len(parts(run)) == 1)
    assert mark_of(tools, run) == '{"at":20}'
    p.kill()
    p.communicate()
    code, out, err = attempt(tools, run, SOURCE, env=run.env)
    assert code == 0 and plain(out) == SOURCE, err
    check(run, [SOURCE])


def test_not_between_marks(run, tools):
    """What follows the last mark waits for the next one."""
    p = feed(tools, run, upto(25), "--part-seconds", "1", "--emit=none")
    time.sleep(1.6)
    assert parts(run) == []
    p.stdin.write(upto(30)[len(upto(25)):])
    p.stdin.flush()
    assert wait_until(lambda: len(parts(run)) == 1, 3)
    assert mark_of(tools, run) == '{"at":30}'
    p.kill()
    p.communicate()


def test_a_slow_producer_makes_progress(run, tools):
    """Its parts are passed on as they are stored, and the run is whole."""
    p = tools.start("nf-stage", "put", "--part-seconds", "1", run.uri,
                    env=run.env, stdin=subprocess.PIPE)
    data = stream(SOURCE, every=5)
    for line in data.splitlines(keepends=True):
        p.stdin.write(line)
        p.stdin.flush()
        time.sleep(0.06)
    out, err = p.communicate(timeout=20)
    assert p.returncode == 0 and plain(out) == SOURCE, err
    assert 3 <= len(parts(run)) <= 6
    check(run, [SOURCE])


def test_by_time_without_marks(run, tools):
    """An input without a seal: a part ends anywhere."""
    p = tools.start("nf-stage", "put", "--part-seconds", "1", "--unsealed",
                    "--emit=none", run.uri, env=run.env,
                    stdin=subprocess.PIPE)
    for record in SOURCE[:3]:
        p.stdin.write(record + b"\n")
    p.stdin.flush()
    assert wait_until(lambda: len(parts(run)) == 1)
    p.stdin.write(SOURCE[3][:10])  # half of a line
    p.stdin.flush()
    time.sleep(1.3)
    assert len(parts(run)) == 1
    p.stdin.write(SOURCE[3][10:] + b"\n")
    p.communicate(timeout=20)
    assert p.returncode == 0
    assert check(run) == SOURCE[:4]


def test_by_time_only_if_asked(run, tools):
    p = feed(tools, run, upto(20), "--emit=none")
    time.sleep(1.5)
    assert parts(run) == []
    p.kill()
    p.communicate()
    for bad in ("0", "86401", "x", "1.5", "-1"):
        done = tools.run("nf-stage", "put", "--part-seconds", bad, run.uri,
                         env=run.env)
        assert done.returncode == 64


SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.mark.parametrize("signo", SIGNALS)
@pytest.mark.parametrize("args", [
    ["--emit=none"], [], ["--plain"], ["--spool", "."],
    ["--part-records", "20"], ["--part-size", "1K"]])
@pytest.mark.parametrize("n", [9, 10, 25, 47, 60])
def test_a_signal_keeps_what_was_marked(n, args, signo, tools, tmp_path):
    kind = "gs" if (n + len(args)) % 2 else "file"
    with empty(kind, tmp_path) as run:
        p = feed(tools, run, upto(n), *args)
        time.sleep(0.3)
        p.send_signal(signo)
        _, err = p.communicate(timeout=20)
        assert p.returncode == 128 + signo, err
        at = n // 10 * 10
        assert mark_of(tools, run) == ('{"at":%d}' % at if at else "null")
        assert b"part_kept" not in err or at
        code, out, err = attempt(tools, run, SOURCE, env=run.env)
        assert code == 0 and plain(out) == SOURCE, err
        if "--plain" not in args:
            check(run, [SOURCE])


@pytest.mark.parametrize("n", [0, 5, 10, 33, 60])
def test_an_input_that_breaks_off(n, run, tools):
    """The producer died: the part up to its last mark is stored."""
    code, out, err = put(tools, run, upto(n), env=run.env)
    assert code == 75 and b"end" in err, err
    assert out.count(b"\n") <= 1
    at = n // 10 * 10
    assert mark_of(tools, run) == ('{"at":%d}' % at if at else "null")
    assert "_nf/manifest.json" not in run.names()
    # In the middle of a line it is the same.
    again = upto(n, every=7) + b'{"r":'
    code, _, err = put(tools, run, again, env=run.env)
    assert code in (65, 75), err
    code, out, err = attempt(tools, run, SOURCE, env=run.env)
    assert code == 0 and plain(out) == SOURCE, err
    check(run, [SOURCE])


@pytest.mark.parametrize("how", ["seal", "record", "control"])
def test_an_input_that_is_wrong_keeps_nothing_more(how, run, tools):
    """Only what broke off is believed up to its mark."""
    data = upto(30)
    data += {"seal": b'{"$nf":"end","records":99,"crc32c":"00000000"}\n',
             "record": b"{bad\n", "control": b'{"$nf":"mark"}\n'}[how]
    code, _, err = put(tools, run, data, env=run.env)
    assert code == 65, err
    assert parts(run) == []


def test_without_marks_nothing_is_kept(run, tools):
    data = stream(SOURCE, marks=False)
    code, _, err = put(tools, run, data[:data.index(b'{"$nf":"end"')],
                       env=run.env)
    assert code == 75 and parts(run) == [], err
    lose(run, "_nf/run.json")
    p = tools.start("nf-stage", "put", "--unsealed", run.uri, env=run.env,
                    stdin=subprocess.PIPE)
    p.stdin.write(b'{"a":1}\n')
    p.stdin.flush()
    time.sleep(0.3)
    p.terminate()
    p.communicate(timeout=20)
    assert p.returncode == 143 and parts(run) == []


@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.5])
def test_a_signal_during_an_upload(delay, tools, tmp_path):
    """The upload that it ends is done once more, then the rest."""
    with empty("gs", tmp_path) as run:
        def fault(op, n, name):
            if op == "multipart":
                time.sleep(0.2)
            return None
        run.storage.fault = fault
        p = feed(tools, run, upto(47), "--part-records", "10", "--emit=none")
        time.sleep(delay)
        p.terminate()
        _, err = p.communicate(timeout=30)
        assert p.returncode == 143, err
        run.storage.fault = None
        assert mark_of(tools, run) in ('{"at":40}', "null", '{"at":10}',
                                       '{"at":20}', '{"at":30}')
        code, out, err = attempt(tools, run, SOURCE, env=run.env)
        assert code == 0 and plain(out) == SOURCE, err
        check(run, [SOURCE])


def test_a_second_signal_ends_that_too(tools, tmp_path):
    with empty("gs", tmp_path) as run:
        stop = threading.Event()

        def fault(op, n, name):
            if op == "multipart" and n > 1:
                return ("stall", 30) if not stop.is_set() else None
            return None
        run.storage.fault = fault
        p = feed(tools, run, upto(47), "--emit=none")
        time.sleep(0.3)
        p.terminate()
        time.sleep(0.5)
        begun = time.monotonic()
        p.terminate()
        _, err = p.communicate(timeout=30)
        stop.set()
        assert p.returncode == 143 and time.monotonic() - begun < 5, err
        assert b"could not be stored" in err


@pytest.mark.parametrize("verb, data", [
    ("put", None), ("put", b'{"$nf":"begin","v":1,"run":"r","source":"'),
    ("note", b"{")])
def test_a_deadline(verb, data, run, tools):
    p = tools.start("nf-stage", verb, "--timeout", "1s", run.uri,
                    env=run.env, stdin=subprocess.PIPE)
    if data:
        p.stdin.write(data)
        p.stdin.flush()
    begun = time.monotonic()
    while p.poll() is None and time.monotonic() - begun < 10:
        time.sleep(0.05)
    assert p.returncode == 75
    assert 0.8 < time.monotonic() - begun < 4
    assert b"--timeout" in p.stderr.read()


@pytest.mark.parametrize("verb", ["cat", "ls", "mark", "verify", "notes"])
def test_a_deadline_of_requests(verb, tools, tmp_path):
    with empty("gs", tmp_path) as run:
        run.storage.fault = lambda *_: ("status", 503)
        begun = time.monotonic()
        done = tools.run("nf-stage", verb, "--timeout", "1500ms", "--summary",
                         "s", run.uri, env=run.env)
        assert done.returncode == 75 and time.monotonic() - begun < 6
        assert json.loads((tmp_path / "s").read_text())["code"] == "timeout"


def test_a_deadline_of_a_walk(tools, api):
    """Pages that never end, each with a next one."""
    server = api(['{"a":1}'] * 5, per_page=1)

    def before(handler, path, query):
        time.sleep(0.05)
        body = json.dumps({"next": f"{server.url}?p={time.monotonic_ns()}",
                           "data": [{"a": time.monotonic_ns()}]}).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True
    server.before = before
    begun = time.monotonic()
    done = tools.run("nf-fetch", "--paginate", "next", "--next", "/next",
                     "--records", "/data", "--timeout", "2s", server.url)
    assert done.returncode == 75, done.stderr
    assert 1.5 < time.monotonic() - begun < 8
    assert len(ndjson(done.stdout)) > 3 and "--timeout" in done.stderr


def serve(answer):
    """A server that sends what answer(connection) sends, to anybody."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(20)

    def loop():
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            try:
                c.recv(65536)
                answer(c)
            except OSError:
                pass
            c.close()
    threading.Thread(target=loop, daemon=True).start()
    return s, f"http://127.0.0.1:{s.getsockname()[1]}/"


HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n")
PLAIN = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
         b"Content-Length: 2\r\n\r\n[]")
ODD = {
    "trailers": lambda n: HEAD + b"a:\r\n" * (n // 4) + b"\r\n",
    "long trailers": lambda n: HEAD + (b"a: " + b"x" * 995 + b"\r\n")
    * (n // 1000) + b"\r\n",
    "early hints": lambda n: (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"
                              b"\r\n") * (n // 40) + PLAIN,
    "continues": lambda n: b"HTTP/1.1 100 Continue\r\n\r\n" * (n // 25)
    + PLAIN,
    "both": lambda n: b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
    * (n // 80) + HEAD + b"a:\r\n" * (n // 8) + b"\r\n",
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("size, code", [(2000, 0), (200_000, 65),
                                        (16 << 20, 65)])
@pytest.mark.parametrize("tool", ["nf-fetch", "nf-stage"])
def test_all_header_lines_count(what, size, code, tool, tools):
    """Before the answer, in it and behind it, against one limit."""
    s, url = serve(lambda c: c.sendall(ODD[what](size)))
    args, env = (["--tries", "1", url], {}) if tool == "nf-fetch" else \
        (["ls", "--retry-time", "0", "gs://bucket/r"],
         {"STORAGE_EMULATOR_HOST": url.rstrip("/")})
    done = tools.run(tool, *args, env=env)
    s.close()
    if tool == "nf-fetch" or code != 0:  # [] is not what nf-stage asks for
        assert done.returncode == code, done.stderr
    assert ("header is too large" in done.stderr) == (size > 2000), \
        done.stderr


@pytest.mark.parametrize("how", ["same token", "empty pages"])
def test_a_list_without_end(how, tools):
    count = iter(range(10 ** 9))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            n = next(count)
            body = {"nextPageToken": "t" if how == "same token" else f"{n}"}
            if "/o/" in self.path:
                self.send_error(404)
                return
            if how == "same token":
                body["prefixes"] = [f"r/{n}/"]
            body = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as s:
        threading.Thread(target=s.serve_forever, daemon=True).start()
        for verb in ("ls", "notes", "mark"):
            done = tools.run(
                "nf-stage", verb, "gs://bucket/r", timeout=60, env={
                    "STORAGE_EMULATOR_HOST":
                    f"http://127.0.0.1:{s.server_port}"})
            assert done.returncode == 65, done.stderr
            assert "no end" in done.stderr
        s.shutdown()


def test_a_long_list_with_an_end(tools):
    """Pages of one name each are no reason to stop."""
    with Storage() as storage:
        storage.page = 1
        for i in range(1200):
            storage.make("bucket", f"r/_nf/note-{i:016d}-0.json", {}, {},
                         b"{}", {})
        done = tools.run("nf-stage", "notes", "gs://bucket/r",
                         env=storage.env, check=0)
        assert done.stdout == "{}\n" * 1200


def test_the_begin_line_alone(run, tools):
    code, _, err = put(tools, run, begin(), env=run.env)
    assert code == 75 and parts(run) == [], err
