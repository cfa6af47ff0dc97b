# SPDX-License-Identifier: Apache-2.0
"""Which modules a test reaches, from what gcc's --coverage counted.

A program built so writes a file for each of its objects when it exits, under
$GCOV_PREFIX: one folder for each test says what that test ran.
"""
import contextlib
import os
import pathlib
import shutil
import struct
import tempfile

FOLDERS = ("lib", "fetch", "stage", "transform", "load")
ARCS = 0x01a10000


def counted(data):
    """Is any counter in a .gcda file not 0?  (gcc's gcov-io.h: words; a
    record is a tag, a length in bytes, negative if all is 0, and data.)"""
    at = 16
    while at + 8 <= len(data):
        tag, length = struct.unpack_from("<Ii", data, at)
        at += 8
        if length < 0:
            continue
        if tag == ARCS and any(data[at:at + length]):
            return True
        at += length
    return False


def modules(folder):
    """The modules of which something ran."""
    found = set()
    for file in pathlib.Path(folder).rglob("*.gcda"):
        parts = file.with_suffix("").parts
        parts = parts[parts.index("build-cov") + 1:]
        if parts[0] in FOLDERS and counted(file.read_bytes()):
            found.add("/".join(parts))
    return found


def write(known, test, found):
    """Add a line; several workers may do so at once."""
    line = " ".join([test.replace(" ", "\t"), *sorted(found)]) + "\n"
    with open(known, "a") as f:
        f.write(line)


def read(known):
    found = {}
    for line in pathlib.Path(known).read_text().splitlines():
        test, *reached = line.split(" ")
        found.setdefault(test.replace("\t", " "), set()).update(reached)
    return found


@contextlib.contextmanager
def noted(test):
    """While this lasts, what runs is noted for the test in $NF_REACHED."""
    folder = tempfile.mkdtemp(prefix="nf-reached.")
    os.chmod(folder, 0o777)     # some tests run as another user
    os.environ["GCOV_PREFIX"] = folder
    try:
        yield
    finally:
        del os.environ["GCOV_PREFIX"]
        found = modules(folder)
        if found:
            write(os.environ["NF_REACHED"], test, found)
        shutil.rmtree(folder, ignore_errors=True)
