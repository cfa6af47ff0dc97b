# SPDX-License-Identifier: Apache-2.0
"""nf-load's memory does not grow with its input, even if the server is slow
now and then, when as much is in flight as may be."""

import subprocess
import threading
import time

from google.cloud.bigtable_v2.types import bigtable as bt

from conftest import FULL
from bigtable_double import Double

LINE = ('{"table":"t","row":"%012d","ts":1000,"cells":{"nf":{"product":"'
        "notebook %d\",\"quantity\":\"%d\",\"value\":\"123.45\"}}}\n")
MEGABYTES = 1000 if FULL else 40


class Sink(Double):
    """Takes everything and remembers nothing; each 100th request makes all
    others wait."""

    def __init__(self):
        super().__init__(None)
        self.gate = threading.Lock()
        self.count = self.rows = 0

    def mutate_rows(self, message, context):
        with self.gate:
            if self.count % 100 == 0:
                time.sleep(0.1)
            self.count += 1
            self.rows += len(message.entries)
        answer = bt.MutateRowsResponse.pb()()
        for i in range(len(message.entries)):
            answer.entries.add().index = i
        yield answer


def peak(process):
    """Most memory so far, in KiB: its own, not that of its parent."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f
                    if line.startswith("VmHWM:"))


def peak_of(process):
    """That of all of a run which ends well."""
    most = 0
    while process.poll() is None:
        try:
            most = peak(process)
        except (StopIteration, OSError):
            break
        time.sleep(0.002)
    process.communicate(timeout=60)
    assert process.returncode == 0
    return most


def feed(process, sink, rows, until):
    while rows < until:
        process.stdin.write("".join(
            LINE % (i, i, i % 7) for i in range(rows, rows + 1000)).encode())
        rows += 1000
    process.stdin.flush()
    deadline = time.monotonic() + 600
    while sink.rows < rows and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.01)
    assert sink.rows == rows
    return rows


def test_peak_memory_is_flat(tools):
    with Sink() as sink:
        p = tools.start("nf-load", "-q", "--plaintext", "--endpoint",
                        sink.endpoint, "bigtable://p/i",
                        stdin=subprocess.PIPE)
        rows = feed(p, sink, 0, 10_000)  # 1 MB
        first = peak(p)
        feed(p, sink, rows, MEGABYTES * 10_000)
        last = peak(p)
        p.communicate(timeout=60)
    assert p.returncode == 0
    assert last <= 1.15 * first, (first, last)


def test_raw_lines_that_are_kept_for_the_rejects_count(tools, tmp_path):
    """White space is not sent, but is held until the row is written."""
    line = '{"table":"t","row":"%d","ts":1000,' + " " * (1 << 20) + \
        '"cells":{"f":{"q":"v"}}}\n'
    with open(tmp_path / "in", "w", encoding="ascii") as f:
        for i in range(60):
            f.write(line % i)

    begun = 0

    def script(request):
        yield "sleep", max(0, begun + 2 - time.monotonic())
        yield "entries", [(i, 0) for i in range(len(request.rows))]

    def most(*args):
        nonlocal begun
        begun = time.monotonic()
        with Double(script) as double, open(tmp_path / "in", "rb") as lines:
            p = tools.start("nf-load", "-q", "--plaintext", "--endpoint",
                            double.endpoint, *args, "bigtable://p/i",
                            stdin=lines)
            return peak_of(p)

    # 4 MiB are held at most.
    assert most("--reject", tmp_path / "rejects") < most() + 16 * 1024
