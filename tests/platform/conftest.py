# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the tests of deploy/; helpers are in platforms.py."""

import shutil
import subprocess

import pytest

from platforms import BUILD, ROOT, Google, Locked, e2e

# Those of tests/e2e are ours too.
tools, api, sample = e2e.tools, e2e.api, e2e.sample
bigtable_server, bigtable = e2e.bigtable_server, e2e.bigtable
fake_gcs_server, fake_gcs = e2e.fake_gcs_server, e2e.fake_gcs


@pytest.fixture(scope="session")
def dist(tmp_path_factory):
    """A folder with what make wheel makes of this build; a copy, for
    another process may be making it again."""
    copy = tmp_path_factory.mktemp("made") / "dist"
    with Locked("dist"):
        subprocess.run(["make", "-s", "wheel", f"BUILD={BUILD}"], cwd=ROOT,
                       check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)
        shutil.copytree(BUILD / "dist", copy)
    return copy


@pytest.fixture(scope="session")
def archive(dist):
    return next(dist.glob("nf-bundle-*.tar.gz"))


@pytest.fixture(scope="session")
def unpacked(archive, tmp_path_factory):
    """The bundle, unpacked."""
    folder = tmp_path_factory.mktemp("bundle") / "nf"
    folder.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    return folder


@pytest.fixture
def google():
    found = Google()
    yield found
    found.stop()
