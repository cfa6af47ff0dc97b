# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of deploy/: OpenTofu, a tree to plan in, plans."""
import json
import shutil
import subprocess

import pytest

from infra import CACHE, ENVIRONMENTS, ROOT, SHARED, Tofu, copy_tree, locked


@pytest.fixture(scope="session")
def tofu(tmp_path_factory):
    unpack = SHARED / "infra" / "unpack"
    if unpack.exists():
        folder = CACHE / "infra"
        with locked("infra"):
            subprocess.run([unpack, folder], check=True)
        return Tofu(folder.resolve() / "tofu", folder.resolve() / "tofurc")
    for name in ("tofu", "terraform"):
        if not shutil.which(name):
            continue
        found = Tofu(shutil.which(name))
        probe = tmp_path_factory.mktemp("probe")
        shutil.copy(ROOT / "deploy/terraform/versions.tf", probe)
        if found.run(probe, "init", check=False).returncode == 0:
            return found
    pytest.skip("no OpenTofu with Google's provider (set NF_SHARED)")


@pytest.fixture(scope="session")
def tree(tofu, tmp_path_factory):
    """A copy of the tree, initialised."""
    top = copy_tree(tmp_path_factory.mktemp("tree"))
    for name in ENVIRONMENTS:
        tofu.run(top / "deploy/terraform/environments" / name, "init")
    return top


@pytest.fixture(scope="session")
def plans(tofu, tree):
    """The plans of the environments, as `show -json` tells them."""
    found = {}
    for name in ENVIRONMENTS:
        folder = tree / "deploy/terraform/environments" / name
        tofu.run(folder, "plan", "-refresh=false", "-input=false", "-out=plan")
        found[name] = json.loads(tofu.run(folder, "show", "-json", "plan").stdout)
    return found
