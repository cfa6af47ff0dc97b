# SPDX-License-Identifier: Apache-2.0
"""Runs of a command that are killed at moments spread evenly over it.

The input is paced, so that a run takes about the same time each time and
starting up is a small share of it.
"""

import random
import signal
import statistics
import subprocess
import threading
import time

PIECES = 25
PACE = 0.012


class Killer:
    """start() gives a process that reads stdin; stream is what it reads."""

    def __init__(self, start, stream, seed):
        self.start = start
        lines = stream.encode().splitlines(keepends=True)
        step = -(-len(lines) // PIECES)
        self.pieces = [b"".join(lines[i:i + step])
                       for i in range(0, len(lines), step)]
        self.random = random.Random(seed)
        self.seed = seed
        self.live = self.dead = 0
        self.whole = []

    def feed(self, process):
        try:
            for piece in self.pieces:
                process.stdin.write(piece)
                process.stdin.flush()
                time.sleep(PACE)
            process.stdin.close()
        except BrokenPipeError:
            pass

    def run(self, kill_after=None):
        """The exit code of one run."""
        begun = time.monotonic()
        p = self.start(stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        timer = None
        if kill_after is not None:
            timer = threading.Timer(kill_after, p.kill)
            timer.start()
        self.feed(p)
        try:
            p.stdin.close()
        except BrokenPipeError:
            pass
        code = p.wait()
        if timer is not None:
            timer.cancel()
            timer.join()
        else:
            assert code == 0
            self.whole.append(time.monotonic() - begun)
        return code

    def kill(self, i, n):
        """Kill a run in the i-th of n equal spans of a clean run."""
        span = min(self.whole[-3:])
        moment = (i + self.random.random()) / n * span
        code = self.run(moment)
        assert code in (0, -signal.SIGKILL), code
        self.live += code == -signal.SIGKILL
        self.dead += code == 0

    def report(self, what):
        print(f"{what}: seed {self.seed}: {self.live} runs killed, "
              f"{self.dead} had ended; a clean run takes "
              f"{statistics.median(self.whole):.3f} s")
