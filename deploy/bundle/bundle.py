#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the relocatable bundle: usage: bundle.py BUILD VERSION

Writes BUILD/dist/nf-bundle-VERSION.tar.gz, its SHA-256 and its SBOM.  The
archive has no folder of its own: Spark unpacks it as archive.tar.gz#nf into
./nf.  The same sources and libraries make the same bytes.
"""

import gzip
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

import tree


def source_date() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH, else the last commit's, or that
    of CHANGELOG.md where there is no git."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given and shutil.which("git"):
        given = subprocess.run(
            ["git", "-C", str(tree.SOURCE), "log", "-1", "--format=%ct"],
            capture_output=True, text=True).stdout.strip()
    return int(given or (tree.SOURCE / "CHANGELOG.md").stat().st_mtime)


def pack(root: pathlib.Path, out: pathlib.Path, epoch: int) -> None:
    """A tar of root whose bytes depend on the files alone."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as t:
        for path in tree.files(root):
            entry = tarfile.TarInfo(path.relative_to(root).as_posix())
            entry.size = path.stat().st_size
            entry.mode = path.stat().st_mode & 0o755
            entry.mtime = epoch
            with path.open("rb") as f:
                t.addfile(entry, f)
    with out.open("wb") as f, \
            gzip.GzipFile("", "wb", 9, f, mtime=epoch) as z:
        z.write(plain.getvalue())


def main(build: pathlib.Path, version: str) -> None:
    epoch = source_date()
    dist, root = build / "dist", build / "bundle"
    tree.make(build, root, version, epoch)
    dist.mkdir(parents=True, exist_ok=True)
    out = dist / f"nf-bundle-{version}.tar.gz"
    pack(root, out, epoch)
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    pathlib.Path(f"{out}.sha256").write_text(f"{digest}  {out.name}\n")
    shutil.copyfile(root / tree.SBOM,
                    dist / f"nf-bundle-{version}.spdx.json")
    print(out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
