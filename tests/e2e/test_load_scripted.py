# SPDX-License-Identifier: Apache-2.0
"""nf-load apply against a Bigtable that does what a script says."""

import json
import re
import signal
import subprocess
import threading
import time

import pytest

from conftest import FULL, ndjson
from bigtable_double import Double, retry_info

RETRIED = [4, 14, 10]
REFUSED = [3, 5, 13]
FATAL = {7: 77, 8: 75}
SIZE = 8
SUBSETS = range(1, 2 ** SIZE) if FULL else [
    1, 2, 0x80, 0x81, 0x55, 0xaa, 0x0f, 0xf0, 0x7f, 0xfe, 0xff]


def stream(n, size=1):
    return "".join(json.dumps(
        {"table": "t", "row": f"{i:06d}", "ts": 1000,
         "cells": {"f": {"q": "v" * size}}}) + "\n" for i in range(n))


def load(tools, double, lines, *args, check=None):
    return tools.run("nf-load", "apply", "--plaintext", "--endpoint",
                     double.endpoint, *args, "bigtable://p/i",
                     input=lines, check=check)


def subset_of(row):
    """Each batch of SIZE rows has its own subset of failing entries."""
    return SUBSETS[int(row) // SIZE]


def failing(rows):
    return [i for i, row in enumerate(rows)
            if subset_of(row) >> int(row) % SIZE & 1]


@pytest.mark.parametrize("code", RETRIED)
def test_exactly_the_failed_entries_are_sent_again(tools, code):
    def script(request):
        bad = failing(request.rows) if request.attempt == 0 else []
        yield "entries", [(i, code if i in bad else 0)
                          for i in range(len(request.rows))]

    with Double(script) as double:
        done = load(tools, double, stream(SIZE * len(SUBSETS)),
                    "--batch-rows", SIZE, "--results", "-", check=0)
    assert done.stdout == ""
    first = {r.rows[0]: r.rows for r in double.requests if r.attempt == 0}
    assert len(first) == len(SUBSETS)
    again = sorted(r.rows for r in double.requests if r.attempt > 0)
    assert again == sorted([rows[i] for i in failing(rows)]
                           for rows in first.values())


@pytest.mark.parametrize("code", REFUSED)
def test_refused_entries_go_to_the_rejects_and_are_not_sent_again(
        tools, code, tmp_path):
    def script(request):
        bad = failing(request.rows)
        yield "entries", [(i, code if i in bad else 0)
                          for i in range(len(request.rows))]

    lines = stream(SIZE * len(SUBSETS))
    with Double(script) as double:
        done = load(tools, double, lines, "--batch-rows", SIZE, "--results",
                    "-", "--reject", tmp_path / "rejects", check=0)
    assert len(double.requests) == len(SUBSETS)
    want = {row for r in double.requests
            for row in [r.rows[i] for i in failing(r.rows)]}
    results = ndjson(done.stdout)
    assert {r["row"] for r in results} == want
    assert {(r["code"], r["attempts"]) for r in results} == {(code, 1)}
    rejects = ndjson((tmp_path / "rejects").read_text())
    raw = lines.splitlines()
    assert {r["record"] for r in rejects} == {raw[int(row)] for row in want}


@pytest.mark.parametrize("code", FATAL)
def test_no_quota_and_no_permission_end_the_run(tools, code):
    for subset in SUBSETS if FULL else SUBSETS[::3]:
        def script(request):
            yield "entries", [(i, code if subset >> i & 1 else 0)
                              for i in range(len(request.rows))]

        with Double(script) as double:
            done = load(tools, double, stream(SIZE), "--results", "-",
                        check=FATAL[code])
        assert len(double.requests) == 1
        assert [r["index"] for r in ndjson(done.stdout)] == [
            i for i in range(SIZE) if subset >> i & 1]


@pytest.mark.parametrize("answer,failed", [
    ([], range(4)),
    ([(0, 0), (2, 0)], [1, 3]),
    ([(0, 0), (1, 0), (1, 0), (2, 0), (3, 0)], [1]),
    ([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)], range(4)),
    ([(0, 0), (1, 0), (2, 0), (3, 0), (-1, 0)], range(4)),
])
def test_an_entry_without_exactly_one_result_is_no_success(
        tools, answer, failed):
    with Double(lambda request: [("entries", answer)]) as double:
        done = load(tools, double, stream(4), "--results", "-", check=75)
    assert [r["index"] for r in ndjson(done.stdout)] == list(failed)
    assert len(double.requests) == 1


@pytest.mark.parametrize("k", range(5))
def test_a_stream_cut_after_k_entries(tools, k):
    def script(request):
        if request.attempt == 0:
            yield "entries", [(i, 0) for i in range(k)]
            yield "sleep", 0.05
            yield "status", 14, "cut", []
        else:
            yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        load(tools, double, stream(4), check=0)
    rows = [r.rows for r in double.requests]
    assert rows[0] == ["000000", "000001", "000002", "000003"]
    # What came before the cut may be lost on the way, never more.
    resent = rows[1] if len(rows) > 1 else []
    assert resent in [rows[0][i:] for i in range(k + 1)]


def test_retry_info_and_cookies_are_obeyed(tools):
    def script(request):
        if request.attempt == 0:
            yield "status", 8, "wait", [
                retry_info(0.4), ("x-goog-cbt-cookie-a", "one")]
        elif request.attempt == 1:
            yield "status", 14, "again", [("x-goog-cbt-cookie-b", "two")]
        else:
            yield "entries", [(0, 0)]

    with Double(script) as double:
        load(tools, double, stream(1), check=0)
    first, second, third = double.requests
    assert second.at - first.at >= 0.4
    assert "x-goog-cbt-cookie-a" not in first.metadata
    assert second.metadata["x-goog-cbt-cookie-a"] == "one"
    assert third.metadata["x-goog-cbt-cookie-a"] == "one"
    assert third.metadata["x-goog-cbt-cookie-b"] == "two"


def test_rate_limit_slows_down(tools):
    def script(request):
        yield "entries", [(i, 0) for i in range(len(request.rows))]
        yield "rate", 1.0, 60

    with Double(script) as double:
        load(tools, double, stream(8), "--batch-rows", "1", "--in-flight",
             "1", check=0)
    # 10 a second from the first answer on.
    assert double.requests[-1].at - double.requests[0].at >= 0.5


def test_a_refused_request_is_split_to_find_the_guilty_row(tools, tmp_path):
    def script(request):
        if "000005" in request.rows:
            yield "status", 3, "one of these is wrong", []
        else:
            yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        done = load(tools, double, stream(16), "--results", "-", "--reject",
                    tmp_path / "rejects", check=0)
    assert [r["row"] for r in ndjson(done.stdout)] == ["000005"]
    written = {row for r in double.requests if "000005" not in r.rows
               for row in r.rows}
    assert written == {f"{i:06d}" for i in range(16)} - {"000005"}


def test_lines_of_one_row_keep_their_order_and_are_merged(tools):
    def script(request):
        yield "sleep", 0.02
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    lines = "".join(
        json.dumps({"table": "t", "row": "hot" if i % 2 else f"{i:06d}",
                    "ts": 1000 + i * 1000,
                    "cells": {"f": {"q": str(i)}}}) + "\n"
        for i in range(2000))
    with Double(script) as double:
        done = load(tools, double, lines, "--batch-rows", "100",
                    "--results", "-", "--results-all", check=0)
    assert sorted(r["index"] for r in ndjson(done.stdout)) == list(range(2000))
    seen = []
    for request in double.requests:
        rows = request.rows
        assert len(rows) == len(set(rows))
        for entry in request.message.entries:
            if entry.row_key == b"hot":
                seen += [int(m.set_cell.value) for m in entry.mutations]
    assert seen == list(range(1, 2000, 2))
    hot = sum("hot" in r.rows for r in double.requests)
    assert hot < 100


def test_merged_lines_that_are_refused_are_told_apart(tools, tmp_path):
    def script(request):
        yield "sleep", 0.1 if request.attempt == 0 else 0
        yield "entries", [
            (i, 3 if any(m.set_cell.family_name == "bad"
                         for m in e.mutations) else 0)
            for i, e in enumerate(request.message.entries)]

    lines = "".join(
        json.dumps({"table": "t", "row": "hot", "ts": 1000,
                    "cells": {"bad" if i == 3 else "f": {"q": str(i)}}}) +
        "\n" for i in range(6))
    with Double(script) as double:
        done = load(tools, double, lines, "--results", "-", "--batch-age",
                    "0s", "--reject", tmp_path / "rejects", check=0)
    assert [r["index"] for r in ndjson(done.stdout)] == [3]
    written = [int(m.set_cell.value) for r in double.requests
               for e in r.message.entries for m in e.mutations
               if not any(x.set_cell.family_name == "bad"
                          for x in e.mutations)]
    assert written == [0, 1, 2, 4, 5]


def test_a_deadline_for_everything(tools):
    def script(request):
        yield "sleep", 3

    with Double(script) as double:
        done = load(tools, double, stream(3), "--timeout", "500ms",
                    "--results", "-", check=75)
    assert [r["code"] for r in ndjson(done.stdout)] == [4, 4, 4]
    assert len(double.requests) == 1


def test_a_deadline_for_each_attempt(tools):
    def script(request):
        if request.attempt == 0:
            yield "sleep", 5
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        done = load(tools, double, stream(3), "--attempt-timeout", "500ms",
                    "--results", "-", "--results-all", check=0)
    n = len(double.requests)
    assert n > 1
    assert [r["attempts"] for r in ndjson(done.stdout)] == [n, n, n]


def test_sigterm_lets_requests_in_flight_end(tools, tmp_path):
    arrived, let_go = threading.Event(), threading.Event()

    def script(request):
        arrived.set()
        assert let_go.wait(60)
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        (tmp_path / "in").write_text(stream(100))
        with open(tmp_path / "in", "rb") as lines:
            p = tools.start(
                "nf-load", "--plaintext", "--endpoint", double.endpoint,
                "--batch-rows", "10", "--in-flight", "2", "--results", "-",
                "--results-all", "bigtable://p/i", stdin=lines)
        assert arrived.wait(60)
        while len(double.requests) < 2:
            time.sleep(0.01)
        p.terminate()
        # It must have seen the signal before the answers come.
        while p.poll() is None and caught(p):
            time.sleep(0.01)
        let_go.set()
        out, err = p.communicate(timeout=60)
    assert p.returncode == 128 + signal.SIGTERM, err
    results = {r["row"]: r["code"] for r in ndjson(out.decode())}
    # What was sent was waited for; what was read and not sent is reported so;
    # what was not read is not told.
    sent = {row for r in double.requests for row in r.rows}
    assert {row for row in results if results[row] == 0} == sent
    assert set(results.values()) <= {0, 1} and 20 <= len(sent) < 100


def caught(process):
    """Is a signal still pending?"""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
        return int(re.search(r"ShdPnd:\s+(\w+)", f.read())[1], 16) != 0


def test_a_batch_does_not_wait_longer_than_its_age(tools):
    """A slow pipe: rows go before there are enough for a batch."""
    def script(request):
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        p = tools.start("nf-load", "--plaintext", "--endpoint",
                        double.endpoint, "--batch-age", "20ms",
                        "bigtable://p/i", stdin=subprocess.PIPE)
        for i in range(3):
            p.stdin.write(stream(3).encode().splitlines(True)[i])
            p.stdin.flush()
            deadline = time.monotonic() + 60
            while len(double.requests) <= i and time.monotonic() < deadline:
                time.sleep(0.01)
        p.communicate()
    assert p.returncode == 0
    assert [r.rows for r in double.requests] == [[f"{i:06d}"]
                                                 for i in range(3)]


@pytest.mark.parametrize("option,most", [
    (["--batch-rows", "7"], lambda r: len(r.rows) <= 7),
    (["--batch-bytes", "4K"], lambda r: r.message.ByteSize() <= 4096)])
def test_the_size_of_a_batch(tools, option, most):
    def script(request):
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        load(tools, double, stream(200, 100), *option, check=0)
    assert all(most(r) for r in double.requests)
    assert sum(len(r.rows) for r in double.requests) == 200


def test_no_request_has_more_than_100000_mutations(tools):
    def script(request):
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    lines = "".join(json.dumps(
        {"table": "t", "row": f"r{i}", "ts": 1000,
         "cells": {"f": {str(j): "" for j in range(30000)}}}) + "\n"
        for i in range(7))
    with Double(script) as double:
        load(tools, double, lines, "--batch-bytes", "64M",
             "--in-flight-bytes", "256M", check=0)
    sizes = [sum(len(e.mutations) for e in r.message.entries)
             for r in double.requests]
    assert sum(sizes) == 210000 and max(sizes) == 90000


@pytest.mark.parametrize("option,most", [
    (["--in-flight", "3"], 3), (["--in-flight-bytes", "12K"], 8)])
def test_requests_in_flight(tools, option, most):
    """So many at once, by number and by bytes; and more than one."""
    flying, seen, lock = set(), [], threading.Lock()

    def script(request):
        with lock:
            flying.add(id(request))
            seen.append(len(flying))
        yield "sleep", 0.05
        with lock:
            flying.discard(id(request))
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    with Double(script) as double:
        load(tools, double, stream(300, 100), "--batch-rows", "10", *option,
             check=0)
    assert 1 < max(seen) <= most


def test_channels(tools):
    """Each has a connection of its own, and all of them are used."""
    def script(request):
        yield "sleep", 0.02
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    for channels in (1, 3):
        with Double(script) as double:
            load(tools, double, stream(120), "--batch-rows", "10",
                 "--channels", channels, check=0)
        peers = [r.peer for r in double.requests]
        assert len(set(peers)) == channels
        assert min(map(peers.count, peers)) == 12 // channels


def test_headers(tools):
    def script(request):
        yield "entries", [(0, 0)]

    with Double(script) as double:
        load(tools, double, stream(1), "--app-profile", "a b", check=0)
    metadata = double.requests[0].metadata
    assert metadata["x-goog-request-params"] == \
        "table_name=projects%2Fp%2Finstances%2Fi%2Ftables%2Ft" \
        "&app_profile_id=a%20b"
    assert metadata["bigtable-features"] == "CAEgASgBMAE4AQ=="
    assert "authorization" not in metadata
    assert double.requests[0].message.app_profile_id == "a b"
