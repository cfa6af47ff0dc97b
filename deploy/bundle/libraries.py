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
    licences: str = ""


def licences_in(text: str) -> str:
    """The licences that a Debian copyright file names, in its words."""
    found = re.findall(r"^License: *(\S.*?) *$", text, re.M)
    return ", ".join(sorted(set(found)))


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


def linked(found: Iterable[str]) -> list[pathlib.Path]:
    """The archives that nf-load is linked with, a file of each package, if
    gRPC is not among the shared libraries found."""
    if any(name.startswith("libgrpc.so") for name in found):
        return []
    said = subprocess.run(["cc", "-print-file-name=libgrpc.a"], check=True,
                          capture_output=True, text=True).stdout.strip()
    folder = pathlib.Path(said).resolve().parent
    return [path for name in ("grpc", "upb", "re2", "absl_base")
            if (path := folder / f"lib{name}.a").exists()]


def loader(libraries: Iterable[str]) -> str:
    """The name of the loader among them."""
    return next(name for name in libraries if name.startswith("ld-linux"))


def packages_of(files: Iterable[pathlib.Path]
                ) -> dict[pathlib.Path, Package]:
    """The Debian packages that files came from."""
    asked = {str(f): f for f in files}
    # Known under the name from before /lib and /usr/lib became one, or after.
    asked |= {name.removeprefix("/usr"): f for name, f in asked.items()
              if name.startswith("/usr/lib/")}
    owner: dict[pathlib.Path, str] = {}
    for line in query("-S", *asked).splitlines():
        names, _, path = line.rpartition(": ")
        if path in asked:
            owner[asked[path]] = names.split(",")[0]
    said = query("-W", "-f", "${Package} ${Version}\n", *set(owner.values()))
    version = dict(line.split() for line in said.splitlines())
    nobody = Package("", "", None)
    return {f: described(owner[f].split(":")[0], version) if f in owner
            else nobody for f in asked.values()}


def query(*args: str) -> str:
    """What dpkg-query says; nothing without dpkg."""
    try:
        return subprocess.run(["dpkg-query", *args], text=True,
                              capture_output=True).stdout
    except FileNotFoundError:
        return ""


def described(name: str, version: dict[str, str]) -> Package:
    text = pathlib.Path("/usr/share/doc", name, "copyright")
    known = text.read_text(errors="replace") if text.exists() else ""
    return Package(name, version.get(name, ""),
                   text if text.exists() else None, licences_in(known))
