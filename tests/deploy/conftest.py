# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of deploy/: OpenTofu, a tree to plan in, plans."""
import json
import os
import pathlib

import pytest

from infra import ENVIRONMENTS, Tofu, copy_tree


@pytest.fixture(scope="session")
def tofu():
    if not os.environ.get("NF_TOFU"):
        pytest.skip("NF_TOFU names no folder with tofu and tofurc")
    return Tofu(pathlib.Path(os.environ["NF_TOFU"]).resolve())


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
