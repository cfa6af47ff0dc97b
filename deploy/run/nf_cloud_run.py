#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Cloud Run job: all that is due of a job file; usage: nf_cloud_run.py NAME

Takes the windows that are due, the oldest first: fetches, loads and audits
each, as nf-pipeline run NAME --due would, and writes to the log nf-run what
became of it.  What fails for now is tried again, for hours, before anybody is
woken; a window that fails keeps no other from its turn.

As several tasks (CLOUD_RUN_TASK_COUNT) each loads and audits a share of every
window, N of M.  The first one fetches; the others wait until the ledger says
that a window is committed.
"""

import os
import signal
import sys
import time
from typing import Any

import nf_google
import nf_job
import nf_report

POLL = 30.0  # seconds between two looks at the ledger
PATIENCE = 86400.0  # seconds in which the first task must have fetched
ORDER = (0, 99, 75, 74, 65, 69, 64, 78, 77, 70)


class Ended(Exception):
    """A signal wants us to end."""


def setting(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:
        raise nf_job.ConfigError(f"{name}: not a number")
    return value


def graver(a: int, b: int) -> int:
    """The graver of two exit codes."""
    def place(code: int) -> int:
        return ORDER.index(code) if code in ORDER else len(ORDER)
    return max(a, b, key=place)


class Runner:
    """One task of the Cloud Run job."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.index = int(os.environ.get("CLOUD_RUN_TASK_INDEX", "0"))
        self.count = int(os.environ.get("CLOUD_RUN_TASK_COUNT", "1"))
        self.retries = int(setting("NF_RETRIES", nf_job.RETRIES))
        self.delay = setting("NF_RETRY_DELAY", nf_job.RETRY_DELAY)
        self.poll = setting("NF_POLL", POLL)
        self.patience = setting("NF_PATIENCE", PATIENCE)
        self.most = int(setting("NF_MAX_WINDOWS", nf_job.MAX_WINDOWS))
        self.profile = os.environ.get("NF_APP_PROFILE", "")
        self.phase: nf_job.Phase | None = None
        self.stopped = False
        self.result = 0

    def stop(self, number: int, frame: Any) -> None:
        """Cloud Run ends its tasks 10 seconds after SIGTERM."""
        self.stopped = True
        if self.phase is not None:
            self.phase.terminate()
        else:
            raise Ended

    def share(self) -> str | None:
        return f"{self.index + 1}/{self.count}" if self.count > 1 else None

    def do(self, verb: str, of: nf_job.Job, words: str, number: int,
           last: bool) -> int:
        """One phase of a window, reported."""
        share = self.share()
        part = ["--part", share] if share else []
        self.phase = nf_job.fetch(of, words) if verb == "fetch" \
            else nf_job.Phase(verb, of, words, *part,
                              *nf_job.load_args(self.profile))
        if self.stopped:
            self.phase.terminate()
        phase = self.phase
        code = phase.wait()
        self.phase = None
        nf_report.write(nf_report.attempt(
            "run", phase.run, code, [] if verb == "diff" else phase.tools,
            number=number, part=share, last=last, source=of.name))
        if self.stopped:
            raise Ended
        return code

    def waits(self, of: nf_job.Job, words: str) -> bool:
        """Whether it is for the first task to fetch the window."""
        if self.index == 0:
            return False
        window, _, more = words.partition(" ")
        if more:  # it is looked back to: until it was
            return any(want == "again" for _, _, want in nf_job.wanted(
                of, "--windows", window, *more.split()))
        found = nf_job.days(of, "--windows", window)
        return not any(d["state"] not in ("missing", "begun") for d in found)

    def take(self, of: nf_job.Job, window: str, number: int, last: bool
             ) -> int:
        """All of a window that is ours."""
        verbs = ["run", "diff"] if self.count == 1 else \
            ["fetch", "load", "diff"] if self.index == 0 else ["load", "diff"]
        for verb in verbs:
            code = self.do(verb, of, window, number, last)
            if code != 0:
                return code
        return 0

    def take_all(self, of: nf_job.Job, windows: list[str]) -> int:
        """Tries windows until each is done, failed for good, or tried often
        enough; the gravest code."""
        result, left = 0, list(windows)
        tries, due = dict.fromkeys(left, 0), dict.fromkeys(left, 0.0)
        end = time.monotonic() + self.patience
        while left:
            time.sleep(max(0.0, min(due[w] for w in left) - time.monotonic()))
            for window in [w for w in left if due[w] <= time.monotonic()]:
                if self.waits(of, window):
                    code, last = 75, time.monotonic() > end
                    due[window] = time.monotonic() + self.poll
                else:
                    tries[window] += 1
                    last = tries[window] > self.retries
                    code = self.take(of, window, tries[window], last)
                    due[window] = time.monotonic() + min(
                        nf_job.LONGEST_DELAY,
                        self.delay * 2 ** (tries[window] - 1))
                if code == 0 or last or nf_job.permanent(code):
                    left.remove(window)
                    result = graver(result, code)
        return result

    def run(self) -> int:
        try:
            of = nf_job.job(self.name)
            return self.take_all(of, nf_job.due(of, self.most))
        except Ended:
            return 128 + signal.SIGTERM
        except (nf_job.Failed, nf_google.Refused, nf_job.ConfigError) as e:
            code = getattr(e, "nf_exit", 78)
            nf_report.write(nf_report.attempt(
                "run", self.name, code, last=True, source=self.name,
                message=f"{self.name}: {e}"))
            print(f"nf_cloud_run: {e}", file=sys.stderr)
            return int(code)


def main(args: list[str]) -> int:
    if len(args) != 1 or not nf_job.NAME.fullmatch(args[0]):
        print("usage: nf_cloud_run.py JOB", file=sys.stderr)
        return 64
    try:
        runner = Runner(args[0])
    except nf_job.ConfigError as e:
        print(f"nf_cloud_run: {e}", file=sys.stderr)
        return 78
    signal.signal(signal.SIGTERM, runner.stop)
    signal.signal(signal.SIGINT, runner.stop)
    return runner.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
