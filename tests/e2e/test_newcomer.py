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


@pytest.mark.skipif(not FULL, reason="a Debian of its own: NF_TORTURE=full")
def test_readme_in_a_clean_debian():
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and Debian's package debootstrap")
    folder = CACHE / "newcomer"
    r = subprocess.run([ROOT / "tests/newcomer", folder], text=True,
                       stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=1800)
    if r.returncode == 69 and not (folder / "root").exists():
        pytest.skip("no mirror of Debian")
    assert r.returncode == 0, (folder / "transcript").read_text()[-3000:]
    assert (folder / "said").read_text("utf-8") == SAID.read_text("utf-8")
    shutil.rmtree(folder / "root")
