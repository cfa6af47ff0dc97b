# SPDX-License-Identifier: Apache-2.0
"""nf-load's memory does not grow with its input, even if the server is slow
now and then, when as much is in flight as may be."""

import base64
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


def peak_of(process, code=0):
    """That of all of a run which ends with code."""
    most = 0
    while process.poll() is None:
        try:
            most = peak(process)
        except (StopIteration, OSError):
            break
        time.sleep(0.002)
    process.communicate(timeout=60)
    assert process.returncode == code
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


def test_diff_keeps_no_large_rows(tools, tmp_path):
    """A large row ends what is read at once, a place further each time."""
    target = f"sqlite:{tmp_path}/x.db"
    tools.run("nf-load", "create", "-t", "t", "-f", "f", target, check=0)
    row = 0
    with open(tmp_path / "in", "w", encoding="ascii") as f:
        for last in range(25):
            for i in range(last + 1):
                value = "x" * (4 << 20 if i == last else 1)
                f.write('{"table":"t","row":"%06d","ts":1000,'
                        '"cells":{"f":{"q":"%s"}}}\n' % (row, value))
                row += 1
    with open(tmp_path / "in", "rb") as lines:
        p = tools.start("nf-load", "diff", "-q", target, stdin=lines,
                        stdout=subprocess.DEVNULL)
        assert peak_of(p, 65) < 100 * 1024


def test_scan_writes_a_row_cell_by_cell_and_apply_reads_it(tools, tmp_path):
    """A control character is six bytes of a JSON string: eight cells of 2 MiB
    would be 96 MiB, and none would pass."""
    for name in ("a", "b"):
        tools.run("nf-load", "create", "-t", "t", "-f", "f",
                  f"sqlite:{tmp_path}/{name}.db", check=0)
    cell = base64.b64encode(b"\1" * (2 << 20)).decode()
    tools.run("nf-load", f"sqlite:{tmp_path}/a.db", check=0, input="".join(
        '{"table":"t","row":"r","ts":1000,"cells":{"f":{"%d":{"base64":"%s"}'
        '}}}\n' % (i, cell) for i in range(8)))
    with open(tmp_path / "out", "wb") as out:
        p = tools.start("nf-load", "scan", "-q", "--max-line", "3M",
                        f"sqlite:{tmp_path}/a.db", stdout=out)
        assert peak_of(p) < 100 * 1024
    for verb in ("apply", "diff"):
        with open(tmp_path / "out", "rb") as lines:
            p = tools.start("nf-load", verb, "--max-line", "3M",
                            f"sqlite:{tmp_path}/b.db", stdin=lines)
            assert p.communicate(timeout=60)[0] == b"" and p.returncode == 0
