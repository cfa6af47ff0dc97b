# SPDX-License-Identifier: Apache-2.0
"""README, pasted from top to bottom in a clean Debian 12, and what it says."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import CACHE, FULL, ROOT

SAID = ROOT / "tests/newcomer.txt"


def test_transcript_has_the_commands_of_readme():
    text = re.sub(r"<!-- not run: .*?-->\n```sh\n.*?^```$", "",
                  (ROOT / "README.md").read_text("utf-8"), flags=re.M | re.S)
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) > 3
    said = SAID.read_text("utf-8")
    for block in blocks:
        assert re.sub(r"^", "$ ", block[:-1], flags=re.M) + "\n" in said


def newcomer(folder, *arguments):
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and Debian's package debootstrap")
    r = subprocess.run([ROOT / "tests/newcomer", folder, *arguments],
                       stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=7200)
    if r.returncode == 69 and not (folder / "root").exists():
        pytest.skip("no mirror of Debian")
    return r


full = pytest.mark.skipif(
    not FULL, reason="a Debian of its own: NF_TORTURE=full")


@full
def test_readme_in_a_clean_debian():
    folder = CACHE / "newcomer"
    r = newcomer(folder)
    assert r.returncode == 0, (folder / "transcript").read_text()[-3000:]
    assert (folder / "said").read_text("utf-8") == SAID.read_text("utf-8")
    shutil.rmtree(folder / "root")


@full
def test_tests_in_a_clean_debian():
    """In the background, as somebody who goes on working would."""
    folder = CACHE / "newcomer-tests"
    r = newcomer(folder, "--tests")
    assert r.returncode == 0, (folder / "tests").read_text()[-3000:]
    assert re.fullmatch(r"[1-9]\d* passed, 0 failed, \d+ skipped\n", r.stdout)
    shutil.rmtree(folder / "root")
