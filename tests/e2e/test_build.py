# SPDX-License-Identifier: Apache-2.0
"""What is built, what is built again, and what is counted."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")
ENV = {k: v for k, v in os.environ.items()
       if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BUILD", "NF_BUILD")}


def make(*arguments):
    return subprocess.run(["make", *arguments], cwd=ROOT, env=ENV, check=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True).stdout


def test_nothing_is_built_twice(tmp_path):
    """Neither the objects of a unit test nor what protoc-c generates."""
    wanted = [f"{tmp_path}/{t}" for t in (
        "unit/test_fetch_link", "gen/load/bigtable/status.pb-c.o")]
    assert "-c -o" in make(f"BUILD={tmp_path}", "OPT=-O0", *wanted)
    again = make(f"BUILD={tmp_path}", "OPT=-O0", *wanted)
    assert " -o " not in again and "rm " not in again, again


def test_what_touches_a_header(tmp_path):
    """A header that changed compiles what includes it, nothing else."""
    wanted = f"{tmp_path}/unit/test_fetch_link"
    make(f"BUILD={tmp_path}", "OPT=-O0", wanted)
    again = make("-n", "-W", "fetch/link.h", f"BUILD={tmp_path}", "OPT=-O0",
                 wanted)
    built = set(re.findall(r" -c -o \S+ (\S+)", again))
    assert "fetch/link.c" in built and "tests/unit/test_fetch_link.c" in built
    assert not any(f.startswith("lib/base/") for f in built)


def asserts(program):
    """Whether ours are on; a library that is linked in has its own."""
    text = re.search(r"assert\((b->len <= b->cap .*)\);",
                     (ROOT / "lib/base/buf.c").read_text())[1]
    return text.encode() in program.read_bytes()


@pytest.mark.parametrize("tool", TOOLS)
def test_assertions(tool):
    """On in what is tested, off in what is installed."""
    assert "-DNDEBUG" in make("-n", "-W", "lib/base/buf.c", "all")
    assert "-DNDEBUG" not in make("-n", "-W", "lib/base/buf.c", "check")
    for how in ("build", "build-check", "build-asan"):
        if (ROOT / how / tool).exists():
            assert asserts(ROOT / how / tool) == (how != "build"), how


def test_compile_commands():
    make("-B", "compile_commands.json")
    file = ROOT / "compile_commands.json"
    commands = json.loads(file.read_text())
    file.unlink()
    files = {c["file"] for c in commands}
    assert {"lib/base/buf.c", "load/main.c", "tests/unit/test_buf.c"} <= files
    for c in commands:
        assert c["directory"] == str(ROOT)
        assert re.search(r" -c -o \S+ " + re.escape(c["file"]), c["command"])


@pytest.mark.parametrize("body,code,last", [
    ("TEST(good);", 0, "1 passed, 0 failed"),
    ("TEST(good); TEST(good); CHECK(1);", 0, "3 passed, 0 failed"),
    ("TEST(good); TEST(bad); TEST(good);", 1, "2 passed, 1 failed"),
    ("TEST(good); TEST(none);", 1, "1 passed, 1 failed"),
    ("TEST(good); CHECK(0);", 1, "1 passed, 1 failed"),
    ("", 1, "0 passed, 0 failed"),
])
def test_unit_tests_are_counted(tmp_path, body, code, last):
    """Functions, not checks: a thousand checks are one test."""
    (tmp_path / "t.c").write_text("""
        #include "tests/unit/check.h"
        static void good(void) { for (int i = 0; i < 1000; i++) CHECK(i >= 0); }
        static void bad(void) { CHECK_INT(1, 1); CHECK_STR("a", "b"); }
        static void none(void) { }
        int main(void) { (void)good; (void)bad; (void)none; %s
        return (check_done()); }""" % body)
    subprocess.run(["gcc", f"-I{ROOT}", "-o", tmp_path / "t",
                    tmp_path / "t.c"], check=True)
    r = subprocess.run([tmp_path / "t"], capture_output=True, text=True)
    lines = r.stdout.splitlines()
    assert (r.returncode, lines[-1]) == (code, last)
    assert lines[-2] == f"1..{len(lines) - 2}"
    assert sum(line.startswith("ok ") for line in lines) == int(last.split()[0])


@pytest.mark.parametrize("how", ("static", "shared"))
def test_how_grpc_is_linked(how):
    """Its archives, where they are; else, or if wanted so, what is shared."""
    said = make("-n", "-W", "load/main.c", f"GRPC={how}", "build/nf-load")
    link = said[said.index("-o build/nf-load"):]
    assert " -lgrpc " in link
    assert ("libgrpc.a" in link) == (how == "static")


def test_libcurl_is_loaded_when_it_is_needed():
    """Not by nf-load for a database or an emulator, nor by nf-stage for files."""
    for tool, linked in (("nf-load", False), ("nf-stage", False),
                         ("nf-fetch", True)):
        said = subprocess.run(["ldd", BUILD / tool], check=True,
                              capture_output=True, text=True).stdout
        assert ("libcurl.so" in said) == linked
