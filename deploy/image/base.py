# SPDX-License-Identifier: Apache-2.0
"""The files of a small Debian: packages of the release this runs on, unpacked
and joined as their own scripts would, without a daemon and without root.

Nothing is run that came in a package, so the same packages make the same
files: no log, no cache, no machine id, no time of day.
"""

import io
import pathlib
import re
import subprocess
import tarfile
import tempfile
from typing import NamedTuple

# What nf-pipeline calls, Python for Cloud Run, roots of trust, time zones, and a look around.
PACKAGES = ("base-files", "base-passwd", "bash", "ca-certificates",
            "coreutils", "curl", "dash", "debianutils", "findutils", "grep",
            "gzip", "hostname", "jq", "libc-bin", "mawk", "netbase", "procps",
            "python3", "sed", "tzdata", "util-linux")
# What Debian's slim images leave out too, but for copyrights.
LEFT_OUT = re.compile(
    r"usr/share/(doc/(?!.*/copyright$)|man/|info/|locale/|lintian/|bug/|"
    r"menu/|bash-completion/)|usr/lib/.*/gconv/|etc/(cron|init\.d|default)")
# The most that a file may be: nothing runs as another user.
NO_SPECIAL = 0o1777
MERGED = ("bin", "lib", "lib64", "sbin")


class File(NamedTuple):
    """A file of the image: its header and its bytes."""

    entry: tarfile.TarInfo
    data: bytes


class ImageError(Exception):
    """The image cannot be made."""


def run(*args: str, cwd: pathlib.Path | None = None) -> bytes:
    try:
        done = subprocess.run(args, cwd=cwd, capture_output=True,
                              stdin=subprocess.DEVNULL)
    except FileNotFoundError as e:
        raise ImageError(f"{args[0]}: not found (an image is made on Debian)"
                         ) from e
    if done.returncode != 0:
        raise ImageError(f"{args[0]}: {done.stderr.decode()[-500:]}")
    return done.stdout


def download(folder: pathlib.Path) -> list[pathlib.Path]:
    """The packages and all they depend on; apt checks their signatures."""
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        nothing = pathlib.Path(state, "status")
        nothing.touch()
        pathlib.Path(state, "partial").mkdir()

        def apt(archives: str | pathlib.Path, *words: str) -> str:
            options = (f"Dir::State::status={nothing}",
                       f"Dir::Cache::archives={archives}/",
                       "Debug::NoLocking=1", "APT::Install-Recommends=0",
                       "APT::Sandbox::User=")
            return run("apt-get", "-q", *(w for o in options
                                          for w in ("-o", o)),
                       *words, "install", *PACKAGES).decode()

        # Of an empty folder all are still to be had.
        names = re.findall(r"^'[^']+' (\S+\.deb) ",
                           apt(state, "--print-uris"), re.M)
        apt(folder.resolve(), "-y", "--download-only")
    return sorted(folder / name for name in names)


def control(package: pathlib.Path) -> str:
    return run("dpkg-deb", "-f", str(package)).decode()


def field(text: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)$", text, re.M)
    return found.group(1) if found else ""


def content(package: pathlib.Path) -> list[File]:
    """What a package has in it, in the places of a merged /usr."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(
            run("dpkg-deb", "--fsys-tarfile", str(package)))) as t:
        for entry in t:
            name = entry.name.removeprefix("./").rstrip("/")
            top = name.partition("/")[0]
            if top in MERGED:
                name = f"usr/{name}"
            if not name or LEFT_OUT.match(f"{name}/" if entry.isdir()
                                          else name):
                continue
            data = b""
            if entry.isfile():
                stream = t.extractfile(entry)
                data = stream.read() if stream else b""
            elif entry.islnk():
                entry.linkname = entry.linkname.removeprefix("./")
                if entry.linkname.partition("/")[0] in MERGED:
                    entry.linkname = f"usr/{entry.linkname}"
            entry.name = name
            found.append(File(entry, data))
    return found


def text(name: str, data: bytes | str, mode: int = 0o644) -> File:
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    return File(entry, data.encode() if isinstance(data, str) else data)


def link(name: str, to: str) -> File:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, to
    return File(entry, b"")


def folder(name: str, mode: int = 0o755) -> File:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    return File(entry, b"")


def set_up(files: dict[str, File], user: tuple[str, int]) -> list[File]:
    """What the packages' own scripts would make."""
    name, number = user
    master = files["usr/share/base-passwd/passwd.master"].data.decode()
    group = files["usr/share/base-passwd/group.master"].data.decode()
    roots = b"".join(files[n].data.rstrip(b"\n") + b"\n" for n in sorted(files)
                     if n.startswith("usr/share/ca-certificates/mozilla/")
                     and n.endswith(".crt"))
    if not roots:
        raise ImageError("ca-certificates: no roots in it")
    return [
        *(link(m, f"usr/{m}") for m in MERGED),
        text("etc/passwd", master.replace("*", "x")
             + f"{name}:x:{number}:{number}::/home/{name}:/bin/bash\n"),
        text("etc/group", group.replace("*", "x") + f"{name}:x:{number}:\n"),
        text("etc/ssl/certs/ca-certificates.crt", roots),
        link("usr/bin/awk", "mawk"), link("usr/bin/sh", "dash"),
        link("etc/localtime", "/usr/share/zoneinfo/Etc/UTC"),
        folder("tmp", NO_SPECIAL), folder("var/tmp", NO_SPECIAL),
        folder(f"home/{name}"),
        *(folder(n) for n in ("proc", "sys", "dev", "run")),
    ]


def status(controls: list[str]) -> File:
    """What is installed, for who looks for known faults in it."""
    entries = [c.rstrip("\n").replace(
        "\n", "\nStatus: install ok installed\n", 1) + "\n" for c in controls]
    return text("var/lib/dpkg/status", "\n".join(entries))


def make(packages: list[pathlib.Path], user: tuple[str, int]) -> list[File]:
    """The files of the image, each name once, folders before what is in
    them; nothing that would run as another user."""
    files: dict[str, File] = {}
    controls = [control(p) for p in packages]
    for package in packages:
        files |= {f.entry.name: f for f in content(package)}
    added = set_up(files, user)
    if not any("usr/bin/sh" == n for n in files):
        files["usr/bin/sh"] = link("usr/bin/sh", "dash")
    files |= {f.entry.name: f for f in [*added, status(controls)]}
    for name in list(files):
        parent = pathlib.PurePosixPath(name).parent.as_posix()
        while parent != ".":
            files.setdefault(parent, folder(parent))
            parent = pathlib.PurePosixPath(parent).parent.as_posix()
    for f in files.values():
        anybody = f.entry.mode & NO_SPECIAL == NO_SPECIAL
        f.entry.mode &= NO_SPECIAL if anybody else 0o755
    return [files[n] for n in sorted(files)]
