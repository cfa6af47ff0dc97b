# SPDX-License-Identifier: Apache-2.0
"""No tool may need more instructions a record than its baseline."""

import json
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import instructions  # noqa: E402

KNOWN = json.loads(instructions.BASELINE.read_text())


def test_a_regression_is_seen():
    assert instructions.regression("x", 1111, 1000)
    assert not instructions.regression("x", 1099, 1000)


def test_the_counts_follow_the_work():
    """Twice the fields, more instructions: the guard is not blind."""
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind")
    assert (instructions.measure("nf-transform, full")
            > 2 * instructions.measure("nf-transform, small"))


@pytest.mark.parametrize("name", instructions.WORK)
def test_instructions(name):
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind")
    if instructions.compiler() != KNOWN["compiler"]:
        pytest.skip(f"the baseline is of {KNOWN['compiler']}")
    wrong = instructions.regression(name, instructions.measure(name),
                                    KNOWN["instructions"][name])
    assert not wrong, wrong
