# SPDX-License-Identifier: Apache-2.0
"""All stages x all failure codes: pipeline.sh returns the cause; a code that
no stage has a meaning for is 74.

One stage is replaced by a script that works a little and then fails; its
neighbours are the real tools, with the echoes that a real failure has: cut
off upstream, closed downstream.
"""

import json
import os
import signal

import pytest

from chain import Chain
from conftest import RELATIONAL, make_invoice

CODES = [64, 65, 69, 70, 74, 75, 77, 78, 1, 127, 128 + signal.SIGINT,
         128 + signal.SIGKILL, 128 + signal.SIGTERM, 128 + signal.SIGSEGV]
# What the stage's tool is called with, and what it has written when it fails.
BEGIN = '{"$nf":"begin","v":1,"run":"r","source":"%s","at":1,"from":null}\n' \
    % ("0" * 64)
MUTATION = '{"table":"invoices","row":"r","ts":1,"cells":{"nf":{"a":"1"}}}\n'
STAGES = {
    "fetch": ("nf-fetch", "*", BEGIN + "1\n2\n"),
    "put": ("nf-stage", "put", ""),
    "cat": ("nf-stage", "cat", BEGIN + make_invoice(1) + "\n"),
    "transform": ("nf-transform", "*", BEGIN + MUTATION),
    "load": ("nf-load", "apply", ""),
}
WAYS = {
    "at once": "",
    "after its output": 'printf %s "$written"; sleep 0.01\n',
    "after some input": 'head -n 3 > /dev/null\nprintf %s "$written"\n',
}


def replace(tools, stage, way, code):
    """A folder of tools in which that stage fails."""
    tool, verb, written = STAGES[stage]
    folder = tools.folder / "bin"
    folder.mkdir()
    for name in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        if name != tool:
            (folder / name).symlink_to(tools.path(name))
    end = f"exit {code}"
    if code > 128:  # by a signal, as far as the shell can tell
        end = f"ulimit -c 0; kill -{code - 128} $$; sleep 60"
    (folder / tool).write_text(
        f"#!/usr/bin/env -S --default-signal bash\ncase $1 in {verb}) ;; *)"
        f" exec '{tools.path(tool)}' \"$@\" ;; esac\n"
        f"read -rd '' written < '{folder}/written'\n" + WAYS[way] + end + "\n")
    (folder / tool).chmod(0o755)
    (folder / "written").write_text(written)
    return {"NF_BIN": str(folder)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stage", STAGES)
def test_cause_not_symptom(stage, way, tools, api):
    server = api([make_invoice(n) for n in range(1, 41)], per_page=10)
    committed = stage not in ("fetch", "put")
    folder = tools.folder
    for code in CODES if way == "after some input" else CODES[::5]:
        tools.folder = folder / str(code)
        tools.folder.mkdir()
        chain = Chain(tools, server.url, f"file://{tools.folder}/run",
                      f"sqlite:{tools.folder}/t.db", RELATIONAL)
        chain.create()
        if committed:
            tools.run("pipeline.sh", "fetch", "--from", server.url,
                      "--stage", chain.stage, check=0)
        chain.env = replace(tools, stage, way, code)
        done = chain.run()
        assert done.returncode == (74 if code == 1 else code), \
            (code, done.stdout, done.stderr)
        assert done.summary["failed"] == stage, done.stdout
        assert ("state" in done.summary) == committed
        # What nf-fetch is made to say here is of another source.
        if stage != "fetch":
            chain.env = {}
            chain.finish()
            assert chain.records() == server.records


@pytest.mark.parametrize("stage", STAGES)
def test_a_missing_tool(stage, tools, api):
    """127, as a shell says, told of the stage that could not start."""
    server = api([make_invoice(1)])
    chain = Chain(tools, server.url, f"file://{tools.folder}/run",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    chain.create()
    chain.env = replace(tools, stage, "at once", 0)
    tool = tools.folder / "bin" / STAGES[stage][0]
    text = tool.read_text()
    tool.write_text(text[:text.index("read -rd")] +
                    "exec /no/such/tool 2> /dev/null\n")
    done = chain.run()
    assert (done.returncode, done.summary["failed"]) == (127, stage)
    assert json.loads(done.stdout.splitlines()[-1])["exit"] == 127
    assert os.path.exists(tool)
