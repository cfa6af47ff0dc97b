# SPDX-License-Identifier: Apache-2.0
"""The content of a bundle, as files in a folder:

    bin/        launchers: nf-fetch nf-stage nf-transform nf-load nf-pipeline
    libexec/    the tools themselves, stripped
    lib/        their shared libraries and the loader
    share/      mappings, samples, what a Cloud Run job runs, manual pages,
                documents, time zones, licences, SHA256SUMS, SBOM
"""

import hashlib
import pathlib
import shutil
import subprocess

import libraries
import sbom

TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")
HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
ZONES = pathlib.Path("/usr/share/zoneinfo")
# As DOCS of the Makefile.
DOCS = ("README*.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "docs/*.md",
        "docs/*.svg", "docs/*.png", "docs/*/*.md", "docs/*/*.svg")
SUMS = "share/nf-tools/SHA256SUMS"
SBOM = "share/nf-tools/sbom.spdx.json"


def put(data: bytes, path: pathlib.Path, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def copy(source: pathlib.Path, path: pathlib.Path, mode: int = 0o644
         ) -> None:
    put(source.read_bytes(), path, mode)


def strip(path: pathlib.Path) -> None:
    """Take out what depends on where it was built; a build id does."""
    subprocess.run(["strip", "--strip-unneeded",
                    "--remove-section=.note.gnu.build-id", str(path)],
                   check=True)


def put_tools(build: pathlib.Path, root: pathlib.Path, loader: str) -> None:
    launcher = (HERE / "launch.sh").read_text()
    for tool in TOOLS:
        copy(build / tool, root / "libexec" / tool, 0o755)
        strip(root / "libexec" / tool)
        text = launcher.replace("@LOADER@", loader).replace("@TOOL@", tool)
        put(text.encode(), root / "bin" / tool, 0o755)
    copy(SOURCE / "pipeline.sh", root / "bin" / "nf-pipeline", 0o755)
    for part in (SOURCE / "pipeline").iterdir():
        copy(part, root / "share/nf-tools/pipeline" / part.name)


def put_libraries(found: dict[str, pathlib.Path], loader: str,
                  root: pathlib.Path) -> dict[str, libraries.Package]:
    """Copy them and the licences they come under; return who owns what."""
    for name, path in found.items():
        mode = 0o755 if name == loader else 0o644
        copy(path, root / "lib" / name, mode)
    inside = {f"lib/{name}": path for name, path in found.items()}
    inside |= {f"libexec/nf-load: {path.name}": path
               for path in libraries.linked(found)}
    packages = libraries.packages_of(inside.values())
    origins = {name: packages[path] for name, path in inside.items()}
    for origin in origins.values():
        if origin.copyright:
            copy(origin.copyright,
                 root / "share/doc" / origin.name / "copyright")
    return origins


def zones() -> list[str]:
    """The names of Brazil's time zones."""
    table = (ZONES / "zone.tab").read_text().splitlines()
    return [line.split()[2] for line in table if line.startswith("BR")]


def put_share(root: pathlib.Path) -> None:
    for zone in (*zones(), "UTC"):
        copy(ZONES / zone, root / "share/zoneinfo" / zone)
    copy(SOURCE / "LICENSE", root / "share/nf-tools/LICENSE")
    for mapping in SOURCE.glob("mappings/*.json"):
        copy(mapping, root / "share/nf-tools/mappings" / mapping.name)
    for sample in SOURCE.glob("mappings/samples/*"):
        copy(sample, root / "share/nf-tools/samples" / sample.name)
    for pattern in DOCS:
        for page in SOURCE.glob(pattern):
            copy(page, root / "share/doc/nf-tools"
                 / page.relative_to(SOURCE))
    for module in (*SOURCE.glob("deploy/common/*.py"),
                   *SOURCE.glob("deploy/run/*.py")):
        copy(module, root / "share/nf-tools/run" / module.name)
    for page in SOURCE.glob("man/*.[157]"):
        copy(page, root / "share/man" / f"man{page.suffix[1:]}" / page.name)


def files(root: pathlib.Path) -> list[pathlib.Path]:
    """All files under root, in the same order everywhere."""
    return sorted(p for p in root.rglob("*") if p.is_file())


def sums(root: pathlib.Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix():
            hashlib.sha256(p.read_bytes()).hexdigest() for p in files(root)}


def make(build: pathlib.Path, root: pathlib.Path, version: str, epoch: int
         ) -> None:
    """Make the content of a bundle from build in the folder root."""
    missing = [t for t in TOOLS if not (build / t).exists()]
    if missing:
        raise FileNotFoundError(f"{build}: not built: {' '.join(missing)}")
    shutil.rmtree(root, ignore_errors=True)
    found = libraries.needed(build / t for t in TOOLS)
    loader = libraries.loader(found)
    put_tools(build, root, loader)
    origins = put_libraries(found, loader, root)
    put_share(root)
    listed = sums(root)
    put(sbom.document(version, epoch, listed, origins).encode(), root / SBOM)
    text = "".join(f"{digest}  {path}\n"
                   for path, digest in sums(root).items())
    put(text.encode(), root / SUMS)
