# SPDX-License-Identifier: Apache-2.0
"""What is installed, each package alone: the demo works from it, and the
documents, samples and the licence are in it."""

import ast
import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from platforms import BUILD, FULL, ROOT, quiet

DOCUMENTS = {"README.md", "README.pt-BR.md", "LICENSE", "docs/cookbook.md",
             "docs/architecture.md", "docs/tutorials/own-api.md",
             "docs/diagrams/chain.svg", "docs/screens/run.svg"}
SAMPLES = {"nf-sample.json", "invoices.json", "nfe-4.00.ndjson"}


def demo(path, folder, *prefix):
    """nf-pipeline demo in a folder, with nothing else of ours."""
    done = subprocess.run(
        [*prefix, "nf-pipeline", "demo"], cwd=folder, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(s) for s in done.stdout.splitlines()
            if s.startswith("{")]
    assert len([r for r in rows if r["table"] == "items"]) == 8
    assert [r["item:value"] for r in rows if r.get("item:name") == "Beer"] \
        == ["9.00"]
    assert "state" in (folder / "nf-demo/summary.json").read_text()
    assert len((folder / "nf-demo/invoices.ndjson").read_text()
               .splitlines()) == 20


def holds_all(share):
    """share has what is read and tried."""
    assert SAMPLES <= {p.name for p in
                       (share / "nf-tools/samples").iterdir()}
    doc = share / "doc/nf-tools"
    found = {p.relative_to(doc).as_posix() for p in doc.rglob("*")}
    assert DOCUMENTS - found == set()
    assert len(list((share / "man").rglob("nf-*"))) == 10


def test_bundle(unpacked, tmp_path):
    holds_all(unpacked / "share")
    demo(unpacked / "bin", tmp_path)


def test_twice_in_one_folder(unpacked, tmp_path):
    """The second demo finds the first one's run, and loads the same."""
    demo(unpacked / "bin", tmp_path)
    demo(unpacked / "bin", tmp_path)


@pytest.mark.parametrize("python", [sys.executable, "python3.8"],
                         ids=["this", "oldest"])
def test_wheel(dist, tmp_path, python):
    """From the Python of the tests, and from the oldest that may install it."""
    if quiet("env", python, "-c", "").returncode != 0:
        pytest.skip(f"{python}: not installed")
    wheel = next(dist.glob("*.whl"))
    pip = ["-q", "--no-index", "--no-deps", "--disable-pip-version-check"]
    done = quiet("env", python, "-m", "venv", "--without-pip", tmp_path / "v")
    assert done.returncode == 0, done.stdout
    done = quiet(sys.executable, "-m", "pip", "--python",
                 tmp_path / "v/bin/python", "install", *pip, wheel)
    assert done.returncode == 0, done.stdout
    done = quiet(tmp_path / "v/bin/python", "-c", "import nf_bundle")
    assert done.returncode == 0, done.stdout
    holds_all(next((tmp_path / "v").glob("lib/*/*/nf_tools/data/share")))
    demo(tmp_path / "v/bin", tmp_path)


def test_wheel_says_what_it_is(dist):
    """Any Python that its modules can be read by may install it; Airflow is
    an extra."""
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as z:
        (name,) = [n for n in z.namelist() if n.endswith("info/METADATA")]
        text = z.read(name).decode()
        assert name.replace("METADATA", "LICENSE") in z.namelist()
        source = z.read("nf_bundle.py").decode()
    head, body = text.split("\n\n", 1)
    assert body == (ROOT / "README.md").read_text("utf-8")
    assert "Requires-Python: >=3.8" in head.split("\n")
    assert all("; python_version" in line and "airflow" in line for line in
               re.findall(r"^Requires-Dist: (.*)", head, re.M))
    ast.parse(source, feature_version=(3, 8))
    assert "from __future__ import annotations" in source


@pytest.fixture
def deb(tmp_path_factory):
    if not shutil.which("dh"):
        pytest.skip("debhelper: not installed")
    out = tmp_path_factory.mktemp("deb")
    command = ["make", "-s", "deb", f"BUILD={BUILD}"]
    subprocess.run([*command[:2], "all", command[3]], cwd=ROOT, check=True)
    before = {p: p.stat().st_mtime_ns for p in BUILD.glob("nf-*")}
    subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    # Nothing is built again, under those who run it meanwhile.
    assert before == {p: p.stat().st_mtime_ns for p in BUILD.glob("nf-*")}
    return shutil.copy(next((BUILD / "dist").glob("*.deb")), out)


def test_deb(deb, tmp_path):
    """It is made without root, and lintian has nothing to say."""
    quiet("dpkg-deb", "-x", deb, tmp_path / "root", check=True)
    holds_all(tmp_path / "root/usr/share")
    demo(tmp_path / "root/usr/bin", tmp_path)
    if shutil.which("lintian"):
        done = quiet("lintian", "--allow-root", "--pedantic", deb)
        said = [s for s in done.stdout.splitlines()
                if re.match(r"[EWIP]: ", s)]
        assert said == [] and done.returncode == 0


def test_source_archive(tmp_path):
    """The same bytes each time, of what git tracks and nothing else."""
    sums = []
    for n in "a", "b":
        subprocess.run(["make", "-s", "dist", f"BUILD={tmp_path}/{n}"],
                       cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (made,) = (tmp_path / n / "dist").iterdir()
        sums.append(made.read_bytes())
    assert sums[0] == sums[1]
    names = subprocess.run(["tar", "-tzf", made], capture_output=True,
                           check=True, text=True).stdout.split("\n")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True,
                             capture_output=True, text=True).stdout.split("\n")
    root = made.name.removesuffix(".tar.gz")
    assert {n.removeprefix(root + "/") for n in names} \
        == {t for t in tracked if (ROOT / t).is_file() or not t}


@pytest.mark.skipif(not FULL, reason="two builds: NF_TORTURE=full")
def test_deb_of_two_folders(tmp_path):
    if not shutil.which("dh"):
        pytest.skip("debhelper: not installed")
    made = []
    for n in "one", "another-one":
        subprocess.run(["git", "clone", "-q", ROOT, tmp_path / n], check=True)
        subprocess.run(["make", "-s", "-j2", "deb"], cwd=tmp_path / n,
                       check=True, stdout=subprocess.DEVNULL)
        (found,) = (tmp_path / n / "build/dist").glob("*.deb")
        made.append(found.read_bytes())
    assert made[0] == made[1]
