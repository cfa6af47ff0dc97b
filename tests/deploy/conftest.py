# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of deploy/: OpenTofu, a tree to plan in, plans."""
import json
import os
import pathlib
import re

import pytest

from infra import (ENVIRONMENTS, JOBS, VARS, Tofu, copy_tree, without_spark,
                   write_jobs)


@pytest.fixture(scope="session")
def tofu():
    if not os.environ.get("NF_TOFU"):
        pytest.skip("NF_TOFU names no folder with tofu and tofurc")
    return Tofu(pathlib.Path(os.environ["NF_TOFU"]).resolve())


@pytest.fixture(scope="session")
def tree(tofu, tmp_path_factory):
    """A copy of the tree, initialised."""
    top = copy_tree(tmp_path_factory.mktemp("tree"))
    tofu.run(top / "deploy/terraform", "init")
    return top


@pytest.fixture(scope="session")
def plan(tofu, tree):
    """Makes a plan: plan(name, check=True, **variables) with the variable
    file of that environment; as `show -json` has it, or what was refused.
    jobs: those of the plan; where there is no Spark, none that wants it."""
    folder = tree / "deploy/terraform"

    def make(name, check=True, jobs=None, places=None, **variables):
        more = folder / "more.tfvars.json"
        if jobs is None and {"spark", "composer"} & {
                k for k, v in variables.items() if v is None}:
            jobs = without_spark()
        if jobs is not None or places is not None:
            write_jobs(folder / "more-jobs", jobs or JOBS, **(places or {}))
            variables["jobs"] = "more-jobs"
            variables.setdefault("alerts", {**VARS["alerts"], "uptime": [
                n for n in VARS["alerts"]["uptime"] if n in (jobs or JOBS)]})
        more.write_text(json.dumps(variables))
        r = tofu.run(folder, "plan", "-refresh=false", "-input=false",
                     "-no-color", "-out=plan", f"-var-file={name}.tfvars",
                     "-var-file=test.tfvars.json", f"-var-file={more}",
                     check=check)
        if r.returncode != 0:
            return " ".join(re.sub("[│╷╵]", " ", r.stderr).split())
        return json.loads(tofu.run(folder, "show", "-json", "plan").stdout)
    return make


@pytest.fixture(scope="session")
def plans(plan):
    """The plans of the environments."""
    return {name: plan(name) for name in ENVIRONMENTS}
