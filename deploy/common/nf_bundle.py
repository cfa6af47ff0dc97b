# SPDX-License-Identifier: Apache-2.0
"""Where the tools are: the folder of a bundle's launchers.

bin_dir() finds them, in this order, in the folder NF_BIN, in the wheel
nf_tools, and in the archive NF_BUNDLE, which is unpacked under the temporary
folder.  Where a copy lost its executable bits (a bucket that is mounted, a
zip), a copy that has them is made there too.  Many processes may do so at
once: one makes it, under a lock, and the others take that one.
"""

from __future__ import annotations  # Python 3.8

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pathlib
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterator

SUMS = "share/nf-tools/SHA256SUMS"


class BundleError(Exception):
    """There are no tools, or not the ones that were expected."""


def bin_dir() -> pathlib.Path:
    """The folder with nf-fetch, nf-stage, nf-transform, nf-load and
    nf-pipeline, all executable."""
    given = os.environ.get("NF_BIN")
    if given:
        return pathlib.Path(given)
    package = importlib.util.find_spec("nf_tools")
    if package and package.origin:
        return healed(pathlib.Path(package.origin).parent / "data") / "bin"
    archive = os.environ.get("NF_BUNDLE")
    if archive:
        digest = os.environ.get("NF_BUNDLE_SHA256", "")
        return unpacked(pathlib.Path(archive), digest) / "bin"
    raise BundleError("no tools: set NF_BIN or NF_BUNDLE, or install nf-tools")


def unpacked(archive: pathlib.Path, digest: str = "") -> pathlib.Path:
    """The content of the archive in a folder named for its SHA-256, which
    must be digest if that is given."""
    with archive.open("rb") as f:
        seen = hashlib.sha256()
        while block := f.read(1 << 20):
            seen.update(block)
    if digest and digest != seen.hexdigest():
        raise BundleError(f"{archive}: its SHA-256 is another than expected")

    def unpack(folder: pathlib.Path) -> None:
        with tarfile.open(archive) as t:
            for member in t:
                if not inside(member):
                    raise BundleError(f"{archive}: {member.name}: refused")
            t.extractall(folder)

    return made_once(seen.hexdigest(), unpack)


def inside(member: tarfile.TarInfo) -> bool:
    """Whether it is a plain file that stays in the folder."""
    path = pathlib.PurePosixPath(member.name)
    return member.isfile() and not path.is_absolute() \
        and ".." not in path.parts


def healed(root: pathlib.Path) -> pathlib.Path:
    """The bundle at root, or a copy of it where root is not executable."""
    if all(os.access(p, os.X_OK) for p in programs(root)):
        return root

    def copy(folder: pathlib.Path) -> None:
        shutil.copytree(root, folder, dirs_exist_ok=True)
        for path in programs(folder):
            path.chmod(0o755)

    sums = (root / SUMS).read_bytes()
    return made_once(hashlib.sha256(sums).hexdigest(), copy)


def programs(root: pathlib.Path) -> list[pathlib.Path]:
    """The files of a bundle that are executed."""
    return [*root.glob("bin/*"), *root.glob("libexec/*"),
            *root.glob("lib/ld-linux*")]


def made_once(name: str, make: Callable[[pathlib.Path], None]
              ) -> pathlib.Path:
    """The folder name in our part of the temporary folder; filled by make
    if absent; readers see it whole or not at all."""
    base = own_folder()
    target = base / name
    with locked(base / f"{name}.lock"):
        if target.exists():
            return target
        part = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=base))
        try:
            make(part)
            part.chmod(0o755)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return target


def digest_of(what: object) -> str:
    """A name for what it is."""
    return hashlib.sha256(repr(what).encode()).hexdigest()


def own_folder() -> pathlib.Path:
    """A folder that nobody else can have put something in."""
    base = pathlib.Path(tempfile.gettempdir()) / f"nf-tools-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    seen = base.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() \
            or seen.st_mode & 0o022:
        raise BundleError(f"{base}: belongs to somebody else")
    return base


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    with path.open("w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield
