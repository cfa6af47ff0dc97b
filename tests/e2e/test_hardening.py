# SPDX-License-Identifier: Apache-2.0
"""How the executables are built: what a compiler and a linker can do against
a mistake of ours."""

import re
import subprocess

import pytest

from conftest import BUILD

TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")


def readelf(path, *options):
    return subprocess.run(["readelf", "-W", *options, path], check=True,
                          capture_output=True, encoding="utf-8").stdout


def missing(path):
    """What a hardened executable has and this one has not."""
    head, segments = readelf(path, "-h"), readelf(path, "-l")
    dynamic, symbols = readelf(path, "-d"), readelf(path, "--dyn-syms")
    stack = re.search(r"GNU_STACK.*\s([RWE]+)\s+0x\w+$", segments, re.M)
    have = {
        "position independent": re.search(r"Type:\s+DYN", head) is not None
        and "PIE" in dynamic,
        "read-only relocations": "GNU_RELRO" in segments,
        "bound at start": "BIND_NOW" in dynamic,
        "stack not executable": stack is not None and stack[1] == "RW",
        "nothing writable and executable": not re.search(
            r"LOAD.*\sRWE\s", segments),
        "stack protector": "__stack_chk_fail" in symbols,
        "fortified calls": re.search(r"__(mem|v?snprintf|read|str)\w*_chk",
                                     symbols) is not None,
        "no RPATH": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
    }
    return [name for name, yes in have.items() if not yes]


@pytest.mark.parametrize("tool", TOOLS)
def test_hardened(tool):
    if BUILD.name != "build":
        pytest.skip(f"{BUILD.name} is built to be tested")
    assert missing(BUILD / tool) == []


def test_soft_is_seen(tmp_path):
    source = tmp_path / "soft.c"
    source.write_text("#include <string.h>\nint main(int n, char **v)\n"
                      "{ char b[9]; strcpy(b, v[0]); return (b[n]); }\n")
    soft = tmp_path / "soft"
    subprocess.run(["cc", "-O1", "-no-pie", "-fno-stack-protector",
                    "-U_FORTIFY_SOURCE", "-Wl,-z,norelro,-z,lazy,-z,execstack",
                    "-o", soft, source], check=True)
    assert {"position independent", "read-only relocations", "bound at start",
            "stack not executable", "stack protector", "fortified calls"} \
        <= set(missing(soft))
