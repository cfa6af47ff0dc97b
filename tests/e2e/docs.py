# SPDX-License-Identifier: Apache-2.0
"""Examples of manuals and documents as scripts, and a place to run them.

In a document a block fenced as "sh" is run; a block fenced as "text" or
"json" behind it is what it prints, byte for byte.  Before a block,

    <!-- exit 65 -->          it ends so
    <!-- not run: reason -->  it cannot be run here

In a manual every literal block of EXAMPLES is run.  All blocks of a document
share one shell, in a folder as nf-pipeline demo fills it, with the variables
that it prints, and are pasted as they stand.  Only in a block behind

    <!-- cloud -->

my-project/my-instance becomes a table of Google's emulator; gs://my-bucket is
a double of Cloud Storage.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess

import demo_api
import storage as double
from conftest import BUILD, ROOT, invoices, make_invoice

RECORDS = 20


class Block:
    def __init__(self, place, text, code=0, skip=None, cloud=False):
        self.place = place   # "FILE:LINE"
        self.text = text
        self.code = code     # exit code it must have
        self.skip = skip     # why it is not run
        self.cloud = cloud   # it names the world outside
        self.out = None      # what it must print, or None: anything


def of_markdown(path):
    """The sh blocks of a document."""
    found, fence, code, skip, cloud = [], None, 0, None, False
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        comment = re.match(r"<!-- (exit (\d+)|not run: (.+)|cloud) -->$",
                           line)
        if fence is None and comment:
            code = int(comment[2] or 0)
            skip = comment[3]
            cloud = comment[1] == "cloud"
        elif fence is None and line.startswith("```"):
            fence, start, text = line[3:], n + 2, []
        elif line == "```":
            body = "".join(t + "\n" for t in text)
            if fence == "sh":
                found.append(Block(f"{path.name}:{start}", body, code, skip,
                                   cloud))
                code, skip, cloud = 0, None, False
            elif fence in ("text", "json") and found and adjacent:
                found[-1].out = body
            fence = None
            adjacent = True
            continue
        elif fence is not None:
            text.append(line)
        if fence is None and line and not comment:
            adjacent = False
    return found


def of_manual(path):
    """The literal blocks of EXAMPLES."""
    found, inside, text = [], False, None
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if line.startswith(".Sh "):
            inside = line == ".Sh EXAMPLES"
        elif inside and line.startswith(".Bd -literal"):
            text, start = [], n + 2
        elif inside and line == ".Ed":
            body = "\n".join(text) + "\n"
            found.append(Block(f"{path.name}:{start}",
                               body.replace("\\e", "\\")))
            text = None
        elif text is not None:
            text.append(line)
    return found


class Sandbox:
    def __init__(self, folder, bigtable=None):
        self.folder = folder
        self.bigtable = bigtable

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        records = [make_invoice(i) for i in range(RECORDS)]
        self.api = self.stack.enter_context(invoices.Api(records, 8))
        self.api.before = demo_api.answer
        self.api.sample = records[:3]
        self.gcs = self.stack.enter_context(double.Storage(("my-bucket",)))
        for name in ("bin", "home", "cwd"):
            (self.folder / name).mkdir()
        for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
            os.symlink(BUILD / tool, self.folder / "bin" / tool)
        os.symlink(ROOT / "pipeline.sh", self.folder / "bin/nf-pipeline")
        cwd = self.folder / "cwd"
        for sample in ROOT.glob("mappings/samples/*"):
            shutil.copy(sample, cwd)
        (cwd / "invoices.ndjson").write_text(
            "".join(r + "\n" for r in records))
        return self

    def __exit__(self, *args):
        self.stack.close()

    def here(self, block):
        """The text of a block; of the cloud, with our table."""
        if not block.cloud or self.bigtable is None:
            return block.text
        return block.text.replace("my-project/my-instance",
                                  self.bigtable.uri.split("//")[1])

    def world(self, text):
        """What was printed, as it is documented."""
        return text.replace(self.api.base, "http://127.0.0.1:PORT")

    def run(self, blocks):
        """Run the blocks in one shell; complain of the first that differs."""
        blocks = [b for b in blocks if b.skip is None]
        script = ["set -u -o pipefail"]
        for i, block in enumerate(blocks):
            (self.folder / f"block.{i}").write_text(self.here(block))
            file = self.folder / f"block.{i}"
            script += [f"set -e; code=0; : > {file}.out",
                       f"{{ . {file}; }} > {file}.out 2> {file}.err"
                       if block.code == 0 else
                       f"set +e; {{ . {file}; }} > {file}.out "
                       f"2> {file}.err; code=$?",
                       f"echo $code > {file}.code"]
        env = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}",
               "HOME": str(self.folder / "home"), "LC_ALL": "C.UTF-8",
               "TZ": "UTC", "TMPDIR": str(self.folder),
               "NF_BIN": str(self.folder / "bin"),
               "NF_LOG_FORMAT": "text", "API": self.api.base,
               "API_TOKEN": "a-token",
               "API_ID": "an-id", "API_SECRET": "a-secret",
               **self.gcs.env}
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if self.bigtable is not None:
            env.update(self.bigtable.env)
        subprocess.run(["bash", "-c", "\n".join(script)], env=env,
                       cwd=self.folder / "cwd", timeout=300,
                       stdin=subprocess.DEVNULL)
        for i, block in enumerate(blocks):
            self.check(block, self.folder / f"block.{i}")

    def check(self, block, file):
        def text(suffix):
            path = pathlib.Path(f"{file}.{suffix}")
            return path.read_text(encoding="utf-8") if path.exists() else ""

        said = f"{block.place}\n{block.text}\n{text('out')}\n{text('err')}"
        assert text("code").strip() == str(block.code), said
        if block.out is not None:
            assert self.world(text("out")) == block.out, said


def fenced_json(path):
    """The json blocks of a document that are no output: all must parse."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(m) for m in
            re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)]
