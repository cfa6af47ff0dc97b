# SPDX-License-Identifier: Apache-2.0
"""A round of every verb of nf-load with sanitizers and under valgrind.

No suppressions: what gRPC leaves behind at the end is still reachable or
"possibly lost" (pointers with tags in their low bits), and only what is
definitely lost counts.
"""

import json
import shutil

import pytest

from conftest import BUILD, FULL, ROOT, Tools


ROUNDS = [("build-asan", "bigtable"), ("build-asan", "sqlite"),
          ("valgrind", "sqlite")]
if FULL:  # takes a minute
    ROUNDS.append(("valgrind", "bigtable"))


def prepare(how, tmp_path):
    if how == "build-asan":
        if not (ROOT / "build-asan" / "nf-load").exists():
            pytest.skip("build-asan: not built")
        return Tools(tmp_path, ROOT / "build-asan")
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind: not installed")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "nf-load"
    script.write_text(
        "#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full "
        "--show-leak-kinds=definite --errors-for-leak-kinds=definite "
        f"{BUILD / 'nf-load'} \"$@\"\n")
    script.chmod(0o755)
    return Tools(tmp_path, tmp_path / "bin")


def lines(n):
    return "".join(json.dumps(
        {"table": "t", "row": f"r{i:02d}", "ts": 1000 * i,
         "cells": {"f": {"q": f"v{i}"}, "g": {"n": {"int64": "7"}}}}) + "\n"
        for i in range(n))


@pytest.mark.parametrize("how,which", ROUNDS)
def test_every_verb(bigtable, tmp_path, how, which):
    checked = prepare(how, tmp_path)
    uri = bigtable.uri if which == "bigtable" else f"sqlite:{tmp_path}/t.db"

    def run(*args, code=0, input=""):
        checked.run("nf-load", *args, uri, input=input, env=bigtable.env,
                    check=code)

    run("create", "-t", "t", "-f",
        'g:{"intersection":[{"age":"90d"},{"versions":1}]}', "--split", "m")
    run("create", "-t", "t", "-f", "f", "-f", "g:versions=1")
    run("apply", "--batch-rows", "7", "--results", tmp_path / "results",
        "--results-all", input=lines(100))
    run("scan", "-t", "t", "--max-line", "1024")
    run("scan", "-p", "r1", "--reverse", "-c", "f:q", "--versions", "1",
        "-l", "3", "--sample", "0.5")
    run("scan", "-t", "none", code=78)
    run("diff", "--versions", "0", input=lines(100))
    run("diff", "--scope", "r", "--prune", "--really", "--unsealed",
        input=lines(50))
    run("--reject", tmp_path / "rejects", input=lines(3) + "bad\n" +
        json.dumps({"table": "t", "row": "x", "ts": 1000,
                    "cells": {"none": {"q": "v"}}}) + "\n")
    run("--results", "-", input='{"table":"t","row":"x"}\n', code=65)
