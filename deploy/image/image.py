#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a container image: usage: image.py BUILD VERSION

Writes BUILD/dist/nf-image-VERSION, an OCI layout of two layers: a small
Debian (base.py) and the bundle in /opt/nf; and its SBOM.  No daemon, no root.
The same packages and the same bundle make the same bytes.

    skopeo copy oci:build/dist/nf-image-VERSION docker://REGISTRY/nf-tools:VERSION
"""

import datetime
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import sys
import tarfile
from typing import Any

import base

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bundle"))
import bundle  # noqa: E402
import sbom  # noqa: E402
from libraries import Package, licences_in  # noqa: E402

USER = ("nf", 65532)
HOME = "opt/nf"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

Described = dict[str, Any]


def pack(files: list[base.File], epoch: int) -> bytes:
    """A tar whose bytes depend on the files alone, root's."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as t:
        for entry, data in files:
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = epoch
            entry.size = len(data)
            entry.pax_headers = {}
            if entry.name == f"home/{USER[0]}":
                entry.uid = entry.gid = USER[1]
            t.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def bundle_files(archive: pathlib.Path) -> list[base.File]:
    """The bundle, in its folder."""
    found = {n: base.folder(n) for n in ("opt", HOME)}
    with tarfile.open(archive) as t:
        for entry in t:
            stream = t.extractfile(entry)
            data = stream.read() if stream else b""
            entry.name = f"{HOME}/{entry.name}"
            for parent in pathlib.PurePosixPath(entry.name).parents:
                if parent.as_posix() != ".":
                    found.setdefault(parent.as_posix(),
                                     base.folder(parent.as_posix()))
            found[entry.name] = base.File(entry, data)
    return [found[n] for n in sorted(found)]


class Layout:
    """An OCI layout that is being written."""

    def __init__(self, out: pathlib.Path) -> None:
        shutil.rmtree(out, ignore_errors=True)
        self.out = out
        self.blobs = out / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)

    def add(self, data: bytes, kind: str) -> Described:
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}",
                "size": len(data)}

    def add_json(self, value: Any, kind: str) -> Described:
        return self.add(json.dumps(value, sort_keys=True).encode(), kind)

    def add_layer(self, plain: bytes) -> tuple[Described, str]:
        """The layer, and the digest of what is in it."""
        packed = io.BytesIO()
        with gzip.GzipFile("", "wb", 9, packed, mtime=0) as z:
            z.write(plain)
        return (self.add(packed.getvalue(), LAYER),
                f"sha256:{hashlib.sha256(plain).hexdigest()}")

    def end(self, manifest: Described, version: str) -> None:
        entry = {**manifest, "annotations": {
            "org.opencontainers.image.ref.name": version}}
        (self.out / "index.json").write_text(json.dumps(
            {"schemaVersion": 2, "manifests": [entry]}, sort_keys=True))
        (self.out / "oci-layout").write_text(
            '{"imageLayoutVersion": "1.0.0"}')


def config_of(diffs: list[str], machine: str, created: str) -> Described:
    return {
        "architecture": machine, "os": "linux", "created": created,
        "config": {
            "User": f"{USER[1]}:{USER[1]}",
            "Env": [f"PATH=/{HOME}/bin:/usr/bin:/bin",
                    f"HOME=/home/{USER[0]}", "LC_ALL=C.UTF-8",
                    f"NF_BIN=/{HOME}/bin"],
            "Entrypoint": ["nf-pipeline"], "Cmd": ["--help"],
            "WorkingDir": f"/home/{USER[0]}",
            "Labels": {"org.opencontainers.image.licenses": "Apache-2.0"},
        },
        "rootfs": {"type": "layers", "diff_ids": diffs},
        "history": [{"created": created, "created_by": what}
                    for what in ("Debian", "nf-tools")],
    }


def bill(files: list[base.File], packages: list[pathlib.Path], version: str,
         epoch: int) -> str:
    """The SBOM: the files of the Debian, and the packages they come from."""
    owners: dict[str, Package] = {}
    for path in packages:
        text = base.control(path)
        content = {f.entry.name: f for f in base.content(path)}
        name = base.field(text, "Package")
        known = content.get(f"usr/share/doc/{name}/copyright")
        found = Package(name, base.field(text, "Version"), None, licences_in(
            known.data.decode(errors="replace") if known else ""))
        owners |= dict.fromkeys(content, found)
    sums = {f.entry.name: hashlib.sha256(f.data).hexdigest()
            for f in files if f.entry.isfile()}
    return sbom.document(version, epoch, sums, owners)


def main(build: pathlib.Path, version: str) -> int:
    epoch = bundle.source_date()
    created = datetime.datetime.fromtimestamp(
        epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    dist = build / "dist"
    try:
        packages = base.download(build / "image-packages")
        files = base.make(packages, USER)
    except base.ImageError as e:
        print(f"image: {e}", file=sys.stderr)
        return 69
    layout = Layout(dist / f"nf-image-{version}")
    layers, diffs = zip(*(
        layout.add_layer(pack(part, epoch)) for part in
        (files, bundle_files(dist / f"nf-bundle-{version}.tar.gz"))))
    machine = ARCHITECTURES[base.run("uname", "-m").decode().strip()]
    config = layout.add_json(config_of(list(diffs), machine, created), CONFIG)
    manifest = layout.add_json(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
         "layers": list(layers)}, MANIFEST)
    layout.end({**manifest, "platform": {"architecture": machine,
                                         "os": "linux"}}, version)
    (dist / f"nf-image-{version}.spdx.json").write_text(
        bill(files, packages, version, epoch))
    print(layout.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
