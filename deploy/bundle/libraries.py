# SPDX-License-Identifier: Apache-2.0
"""The shared libraries and the loader that executables need, and the
packages they come from."""

import pathlib
import re
import subprocess
from typing import Iterable, NamedTuple


class Package(NamedTuple):
    """A package of the system; name is empty if nobody knows."""

    name: str
    version: str
    copyright: pathlib.Path | None


def needed(executables: Iterable[pathlib.Path]) -> dict[str, pathlib.Path]:
    """What the loader would load for them: file name -> file."""
    found: dict[str, pathlib.Path] = {}
    for executable in executables:
        listing = subprocess.run(["ldd", str(executable)], check=True,
                                 capture_output=True, text=True).stdout
        for line in listing.splitlines():
            if "not found" in line:
                raise FileNotFoundError(f"{executable}: {line.strip()}")
            match = re.search(r"(/\S+) \(0x", line)
            if match:
                path = pathlib.Path(match.group(1))
                found[path.name] = path.resolve()
    return dict(sorted(found.items()))


def loader(libraries: Iterable[str]) -> str:
    """The name of the loader among them."""
    return next(name for name in libraries if name.startswith("ld-linux"))


def package_of(library: pathlib.Path) -> Package:
    """The Debian package that a library came from."""
    paths = [str(library)]
    if paths[0].startswith("/usr/lib/"):
        paths.append(paths[0].removeprefix("/usr"))
    for path in paths:
        try:
            said = subprocess.run(["dpkg-query", "-S", path], text=True,
                                  capture_output=True).stdout
        except FileNotFoundError:
            break
        if said:
            return describe(said.split(": ")[0].split(",")[0])
    return Package("", "", None)


def describe(name: str) -> Package:
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", name], check=True,
        capture_output=True, text=True).stdout
    bare = name.split(":")[0]
    text = pathlib.Path("/usr/share/doc", bare, "copyright")
    return Package(bare, version, text if text.exists() else None)
