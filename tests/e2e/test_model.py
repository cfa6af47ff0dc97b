# SPDX-License-Identifier: Apache-2.0
"""The model of the staged run, and a share of the random chain."""

import os
import re
import subprocess
import sys
import time

from conftest import BUILD, FULL, ROOT

FIRST = int(os.environ.get("NF_SEED", time.time_ns() % 10 ** 6 if FULL else 1))
ROUNDS = 1000 if FULL else 12


def test_model_of_the_staged_run():
    done = subprocess.run(
        [sys.executable, ROOT / "tests/model/staged_run.py"],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) >= 13 and all(s.startswith("ok") for s in lines)
    # Readers by generation are the control: the model can say no.
    assert sum("called missing" in s for s in lines) == 2


def test_model_of_the_windows_of_a_job():
    done = subprocess.run([sys.executable, ROOT / "tests/model/windows.py"],
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) >= 11 and all(s.startswith("ok") for s in lines)
    # The controls: a note without a load, a revision beside one begun.
    assert sum("not in the table" in s or "beside one" in s
               for s in lines) == 2


def test_a_random_chain():
    """NF_SEED says which; the long form has 1,000 rounds."""
    done = subprocess.run(
        [sys.executable, ROOT / "tests/chain/random_chain.py", str(FIRST),
         str(ROUNDS)], env={**os.environ, "NF_BUILD": str(BUILD)},
        capture_output=True, text=True, timeout=100 + 30 * ROUNDS)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.search(r" (\d+) cells", last)[1] != "0", last
