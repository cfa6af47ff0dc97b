# SPDX-License-Identifier: Apache-2.0
"""What is published: all of it, by its checksums, with notes; and nothing if
a part is missing."""

import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from platforms import BUILD, ROOT, Locked, quiet

SCRIPT = ROOT / "deploy/release/release"
VERSION = re.search(r"^VERSION *= *(\S+)$", (ROOT / "Makefile").read_text(),
                    re.M).group(1)


@pytest.fixture
def built(tmp_path):
    """A build that has everything, as far as names go."""
    dist = tmp_path / "build" / "dist"
    image = dist / f"nf-image-{VERSION}"
    (image / "blobs/sha256").mkdir(parents=True)
    for name in (f"nf-bundle-{VERSION}.tar.gz",
                 f"nf-bundle-{VERSION}.tar.gz.sha256",
                 f"nf-bundle-{VERSION}.spdx.json",
                 f"nf_tools-{VERSION}-py3-none-any.whl",
                 f"nf-function-{VERSION}.zip",
                 f"nf-tools_{VERSION}_amd64.deb",
                 f"nf-tools-{VERSION}.tar.gz",
                 f"nf-image-{VERSION}.spdx.json",
                 f"nf-image-{VERSION}/index.json",
                 f"nf-image-{VERSION}/blobs/sha256/0"):
        (dist / name).write_text(name)
    return tmp_path / "build"


def release(build, version=VERSION):
    return subprocess.run([SCRIPT, build, version], capture_output=True,
                          text=True, env={**os.environ,
                                          "SOURCE_DATE_EPOCH": "1000000000"})


def test_all_of_it(built):
    done = release(built)
    assert done.returncode == 0, done.stderr
    out = built / "release"
    lines = dict(reversed(line.split("  ")) for line in
                 (out / "SHA256SUMS").read_text().splitlines())
    assert set(lines) == {p.name for p in out.iterdir()} - {"SHA256SUMS"}
    for name, digest in lines.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    assert {n.rpartition(".")[2] for n in lines} == {
        "gz", "json", "whl", "zip", "deb", "tar", "md"}
    notes = (out / "NOTES.md").read_text()
    assert notes and "## " not in notes
    assert notes.splitlines()[0] in (ROOT / "CHANGELOG.md").read_text()


def test_made_again(built):
    """Any time, by anyone: the same bytes."""
    release(built)
    first = (built / "release/SHA256SUMS").read_text()
    for path in (built / "dist").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert release(built).returncode == 0
    assert (built / "release/SHA256SUMS").read_text() == first


@pytest.mark.parametrize("gone", [
    "nf-bundle-*.tar.gz", "nf-bundle-*.spdx.json", "*.whl", "*.zip", "*.deb",
    "nf-tools-*.tar.gz",
    "nf-image-*.spdx.json", "nf-image-*/index.json"])
def test_a_part_is_missing(built, gone):
    for path in (built / "dist").glob(gone):
        path.unlink()
    done = release(built)
    assert done.returncode == 66 and "release: " in done.stderr


def test_two_of_one(built):
    shutil.copy(built / f"dist/nf-tools_{VERSION}_amd64.deb",
                built / f"dist/nf-tools_{VERSION}_arm64.deb")
    assert release(built).returncode == 66


@pytest.mark.parametrize("version", ["9.9.9", "0.1", "Unreleased.1"])
def test_no_notes(built, version):
    done = release(built, version)
    assert done.returncode == 65 and version in done.stderr


def test_workflow():
    """It runs what is here, publishes what is built, and may no more."""
    text = (ROOT / ".github/workflows/release.yml").read_text()
    flow = yaml.safe_load(text)
    assert flow["permissions"] == {"contents": "read"}
    build, publish = flow["jobs"]["build"], flow["jobs"]["publish"]
    assert "permissions" not in build and publish["needs"] == "build"
    runs = [s["run"] for s in build["steps"] if "run" in s]
    for target in re.findall(r"make (?:-\S+ )*(\w+)", "\n".join(runs)):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(),
                         re.M), target
    assert (ROOT / "tests/setup").exists()
    check = next(r for r in runs if "GITHUB_REF_NAME" in r)
    for tag, code in ((f"v{VERSION}", 0), ("v9.9.9", 1), (VERSION, 1)):
        assert quiet("bash", "-c", check, cwd=ROOT, env={
            **os.environ, "GITHUB_REF_NAME": tag}).returncode == code
    first = re.search(r"^release: (.*)$", (ROOT / "Makefile").read_text(),
                      re.M).group(1).split()
    assert set(first) == {"bundle", "wheel", "image", "deb", "dist"}


def test_licences(dist):
    """The SBOM of the bundle names what each package's licences are."""
    bill = json.loads(next(dist.glob("nf-bundle-*.spdx.json")).read_text())
    packages = {p["name"]: p for p in bill["packages"]}
    assert packages.pop("nf-tools")["licenseDeclared"] == "Apache-2.0"
    assert len(packages) > 10
    named = [p for p in packages.values() if p.get("licenseComments")]
    assert len(named) > len(packages) / 2
