#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the wheel and the function's source: usage: wheel.py BUILD VERSION

Needs BUILD/bundle, as bundle.py makes it.  Writes to BUILD/dist:

    nf_tools-VERSION-py3-none-manylinux_2_17_x86_64.whl
        the bundle as package nf_tools, commands that run it, and the modules
        of deploy/common
    nf-function-VERSION.zip
        the same unpacked, with deploy/function: the source of the function

The tag holds whatever the C library of the system is: the bundle brings its
own loader and libraries.
"""

import base64
import hashlib
import pathlib
import sys
import time
import zipfile

import bundle
import tree

TAG = "py3-none-manylinux_2_17_x86_64"
# The tools need Python only to be found: what nf_bundle runs on.
METADATA = """Metadata-Version: 2.1
Name: nf-tools
Version: {version}
Summary: Invoices from JSON APIs to Cloud Bigtable: four filters
License: Apache-2.0
License-File: LICENSE
Classifier: Environment :: Console
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Requires-Python: >=3.8
Provides-Extra: airflow
Requires-Dist: apache-airflow >=2.10 ; python_version >= "3.11" and extra == "airflow"
Requires-Dist: apache-airflow-providers-google >=15 ; python_version >= "3.11" and extra == "airflow"
Description-Content-Type: text/markdown

"""
COMMANDS = (*tree.TOOLS, "nf-pipeline")
DEPLOY = tree.HERE.parent

# pip puts the interpreter's path in the first line.
COMMAND = """#!python
# SPDX-License-Identifier: Apache-2.0
import os, sys
here = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.append(here)
from nf_bundle import bin_dir
tool = str(bin_dir() / "{tool}")
os.execv(tool, [tool, *sys.argv[1:]])
"""

Member = tuple[bytes, int]


def modules(root: pathlib.Path) -> dict[str, Member]:
    """Package and modules: path -> bytes and mode."""
    found = {"nf_tools/__init__.py":
             (b'"""The nf-tools: see nf_bundle.bin_dir()."""\n', 0o644)}
    for path in sorted(DEPLOY.glob("common/*.py")):
        found[path.name] = (path.read_bytes(), 0o644)
    for path in tree.files(root):
        name = f"nf_tools/data/{path.relative_to(root).as_posix()}"
        found[name] = (path.read_bytes(), path.stat().st_mode & 0o755)
    return found


def metadata(version: str, members: dict[str, Member]) -> dict[str, Member]:
    info = f"nf_tools-{version}.dist-info"
    readme = (tree.SOURCE / "README.md").read_text("utf-8")
    texts = {
        f"{info}/METADATA": METADATA.format(version=version) + readme,
        f"{info}/LICENSE": (tree.SOURCE / "LICENSE").read_text("utf-8"),
        f"{info}/WHEEL":
            "Wheel-Version: 1.0\nGenerator: nf-tools\n"
            f"Root-Is-Purelib: false\nTag: {TAG}\n",
    }
    found = {name: (text.encode(), 0o644) for name, text in texts.items()}
    record = "".join(
        f"{name},sha256={digest(data)},{len(data)}\n"
        for name, (data, _) in {**members, **found}.items())
    record += f"{info}/RECORD,,\n"
    return {**found, f"{info}/RECORD": (record.encode(), 0o644)}


def digest(data: bytes) -> str:
    code = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return code.rstrip(b"=").decode()


def commands(version: str) -> dict[str, Member]:
    return {f"nf_tools-{version}.data/scripts/{tool}":
            (COMMAND.format(tool=tool).encode(), 0o755)
            for tool in COMMANDS}


def write_zip(out: pathlib.Path, members: dict[str, Member], epoch: int
              ) -> None:
    when = max(time.gmtime(epoch)[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, (data, mode) in members.items():
            entry = zipfile.ZipInfo(name, when)
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(entry, data)
    sha = hashlib.sha256(out.read_bytes()).hexdigest()
    pathlib.Path(f"{out}.sha256").write_text(f"{sha}  {out.name}\n")
    print(out)


def main(build: pathlib.Path, version: str) -> None:
    epoch = bundle.source_date()
    package = modules(build / "bundle")
    members = {**package, **commands(version)}
    members |= metadata(version, members)
    write_zip(build / "dist" / f"nf_tools-{version}-{TAG}.whl", members,
              epoch)
    function = {name: ((DEPLOY / "function" / name).read_bytes(), 0o644)
                for name in ("main.py", "requirements.txt")}
    write_zip(build / "dist" / f"nf-function-{version}.zip",
              {**package, **function}, epoch)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
