# SPDX-License-Identifier: Apache-2.0
"""The bundle and the wheel: reproducible, whole, unpacked by many at once."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

from platforms import BUILD, COMMON, ROOT, quiet

TOOLS = ("nf-fetch", "nf-stage", "nf-transform", "nf-load")


def test_reproducible(dist, archive, tmp_path):
    """Made again from the same build the archives are the same bytes."""
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
              for p in dist.iterdir() if p.is_file()}
    build = tmp_path / "elsewhere"
    build.mkdir()
    for tool in TOOLS:
        shutil.copy(BUILD / tool, build / tool)
    version = archive.name.removeprefix("nf-bundle-").removesuffix(".tar.gz")
    for script in ("bundle.py", "wheel.py"):
        subprocess.run([sys.executable, "-B",
                        ROOT / "deploy/bundle" / script, build, version],
                       check=True, stdout=subprocess.DEVNULL)
    again = {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
             for p in (build / "dist").iterdir()}
    assert archive.name in again and again.items() <= before.items()


def test_where_there_is_no_git():
    """As in a container that builds: the time of CHANGELOG.md."""
    said = subprocess.run(
        [sys.executable, "-B", "-c", "import bundle;"
         "print(bundle.source_date())"], cwd=ROOT / "deploy/bundle",
        env={"PATH": "/nonexistent"}, check=True, capture_output=True)
    assert int(said.stdout) == int((ROOT / "CHANGELOG.md").stat().st_mtime)


def test_sums_and_sbom(unpacked):
    done = quiet("sha256sum", "-c", "--quiet", "share/nf-tools/SHA256SUMS",
                 cwd=unpacked)
    assert done.returncode == 0, done.stdout
    sbom = json.loads((unpacked / "share/nf-tools/sbom.spdx.json")
                      .read_text())
    named = {f["fileName"] for f in sbom["files"]}
    assert {f"./libexec/{t}" for t in TOOLS} <= named
    assert {f"./lib/{p.name}" for p in (unpacked / "lib").iterdir()} <= named
    packages = {p["name"]: p["versionInfo"] for p in sbom["packages"]}
    assert packages["nf-tools"] and packages["libc6"]
    # Shared libraries, or the archives that nf-load is linked with.
    assert {name.removesuffix("-dev").rstrip("0123456789.-")
            for name in packages} >= {"libgrpc", "libabsl", "libre"}


def test_eight_unpack_at_once(archive, tmp_path):
    """Each finds the tools, executable; there is one copy."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path),
           "NF_BUNDLE": str(archive), "NF_BUNDLE_SHA256": digest,
           "PYTHONPATH": str(COMMON), "PYTHONDONTWRITEBYTECODE": "1"}
    code = ("import nf_bundle, subprocess; d = nf_bundle.bin_dir();"
            "subprocess.run([d / 'nf-load', '--version'], check=True)")
    several = [subprocess.Popen([sys.executable, "-c", code], env=env,
                                stdout=subprocess.PIPE, text=True)
               for _ in range(8)]
    said = {p.communicate(timeout=120)[0] for p in several}
    assert all(p.returncode == 0 for p in several)
    assert len(said) == 1 and said.pop().startswith("nf-load ")
    left = list(tmp_path.glob(f"nf-tools-*/{digest}*"))
    assert sorted(p.name for p in left) == [digest, f"{digest}.lock"]
    env["NF_BUNDLE_SHA256"] = "0" * 64
    wrong = subprocess.run([sys.executable, "-c", code], env=env,
                           capture_output=True, text=True)
    assert wrong.returncode == 1 and "SHA-256" in wrong.stderr
