# SPDX-License-Identifier: Apache-2.0
"""The container image: what its layout says is so, it is made again the same,
and it runs, unpacked, as nobody in particular on a root that cannot be
written."""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time

import pytest

from platforms import BUILD, ROOT, Locked, e2e, quiet

WIDE = ROOT / "mappings" / "nf-wide.json"
IMAGE = ROOT / "deploy" / "image"
INSIDE = "/opt/nf/share/nf-tools/mappings/nf-wide.json"

# As a container's runtime does it, but for cgroups: file systems, processes
# and a user of its own; the network is the test's.
START = """set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount -t tmpfs tmpfs "$1/tmp"
mount -t tmpfs -o mode=0700,uid=65532,gid=65532 tmpfs "$1/home/nf"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
root=$1; shift
exec chroot --userspec=65532:65532 "$root" "$@"
"""


@pytest.fixture(scope="session")
def layout(tmp_path_factory):
    """A copy of what make image makes of this build."""
    copy = tmp_path_factory.mktemp("image") / "layout"
    with Locked("dist"):
        done = quiet("make", "-s", "image", f"BUILD={BUILD}", cwd=ROOT)
        if "apt-get" in done.stderr:
            pytest.skip(f"no packages of Debian: {done.stderr[-200:]}")
        assert done.returncode == 0, done.stderr
        (made,) = (p for p in (BUILD / "dist").glob("nf-image-*")
                   if p.is_dir())
        shutil.copytree(made, copy)
        shutil.copy(f"{made}.spdx.json", copy.parent / "sbom.json")
    return copy


class Image:
    def __init__(self, layout):
        self.layout = layout
        self.index = json.loads((layout / "index.json").read_text())
        (self.entry,) = self.index["manifests"]
        self.manifest = json.loads(self.blob(self.entry))
        self.config = json.loads(self.blob(self.manifest["config"]))
        self.layers = [gzip.decompress(self.blob(d))
                       for d in self.manifest["layers"]]

    def blob(self, described):
        kind, digest = described["digest"].split(":")
        data = (self.layout / "blobs" / kind / digest).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        assert len(data) == described["size"]
        return data

    def members(self):
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as t:
                yield from t


@pytest.fixture(scope="session")
def image(layout):
    return Image(layout)


def test_layout(image):
    """Every blob is what its name says, and all of them are used."""
    assert json.loads((image.layout / "oci-layout").read_text()) == {
        "imageLayoutVersion": "1.0.0"}
    used = {d["digest"] for d in (image.entry, image.manifest["config"],
                                  *image.manifest["layers"])}
    assert used == {f"sha256:{p.name}" for p in
                    (image.layout / "blobs/sha256").iterdir()}
    assert image.config["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(x).hexdigest()}" for x in image.layers]
    assert image.entry["platform"]["os"] == image.config["os"] == "linux"
    assert image.entry["platform"]["architecture"] == \
        image.config["architecture"]


def test_nothing_special(image):
    """No other user's rights, no devices, no time but one, nothing of the
    machine it was made on."""
    times, seen = set(), {}
    for m in image.members():
        assert m.isfile() or m.isdir() or m.issym() or m.islnk(), m.name
        assert not m.mode & 0o6000, m.name
        assert not m.mode & 0o022 or m.mode & 0o1000 or m.issym(), m.name
        assert not m.name.startswith(("/", "../")) and "/../" not in m.name
        times.add(m.mtime)
        seen[m.name] = m
    assert len(times) == 1 and len(seen) > 500
    assert not {"etc/machine-id", "etc/hostname", "etc/resolv.conf",
                "var/log/dpkg.log", "etc/ld.so.cache"} & set(seen)
    assert image.config["config"]["User"] == "65532:65532"
    for m in seen.values():
        assert m.uid == (65532 if m.name == "home/nf" else 0), m.name


def test_sbom(image):
    """Packages, their licences, and who looks for known faults finds them in
    the image too."""
    bill = json.loads((image.layout.parent / "sbom.json").read_text())
    packages = {p["name"]: p for p in bill["packages"]}
    assert {"nf-tools", "bash", "libc6", "ca-certificates"} <= set(packages)
    assert "GPL" in packages["bash"]["licenseComments"]
    with tarfile.open(fileobj=io.BytesIO(image.layers[0])) as t:
        status = t.extractfile("var/lib/dpkg/status").read().decode()
    installed = set(re.findall(r"^Package: (\S+)$", status, re.M))
    assert installed | {"nf-tools"} == set(packages)
    assert status.count("Status: install ok installed") == len(installed)


def test_made_again(image, tmp_path):
    """Elsewhere, of the same packages and the same bundle: the same bytes."""
    (tmp_path / "dist").mkdir()
    shutil.copytree(BUILD / "image-packages", tmp_path / "image-packages")
    with Locked("dist"):
        archive = next((BUILD / "dist").glob("nf-bundle-*.tar.gz"))
        shutil.copy(archive, tmp_path / "dist")
    version = archive.name.removeprefix("nf-bundle-").removesuffix(".tar.gz")
    subprocess.run([sys.executable, "-B", IMAGE / "image.py", tmp_path,
                    version], check=True, stdout=subprocess.DEVNULL)
    again = tmp_path / "dist" / f"nf-image-{version}"
    assert (again / "index.json").read_bytes() == \
        (image.layout / "index.json").read_bytes()
    assert {p.name for p in (again / "blobs/sha256").iterdir()} == {
        p.name for p in (image.layout / "blobs/sha256").iterdir()}


def test_dockerfile_says_the_same(image):
    text = (IMAGE / "Dockerfile").read_text()
    config = image.config["config"]
    words = dict(re.findall(r"^(\w+) (.*)$", text, re.M))
    assert words["USER"] == config["User"]
    assert json.loads(words["ENTRYPOINT"]) == config["Entrypoint"]
    assert json.loads(words["CMD"]) == config["Cmd"]
    assert words["WORKDIR"] == config["WorkingDir"]
    assert set(words["ENV"].split()) <= set(config["Env"])
    base = (IMAGE / "base.py").read_text()
    named = re.search(r"recommends \\\n([\s\w\\-]+?)&&", text, re.M).group(1)
    for package in named.replace("\\", "").split():
        assert f'"{package}"' in base
    # What the image does not have, it does not call.
    assert "ADD nf-bundle-*.tar.gz /opt/nf/" in text


# It runs --------------------------------------------------------------------

@pytest.fixture(scope="session")
def root(image, tmp_path_factory):
    """The layers, unpacked one over the other."""
    if os.getuid() != 0 or quiet("unshare", "--mount", "--pid", "--fork",
                                 "true").returncode != 0:
        pytest.skip("unshare: not root, or not allowed")
    folder = tmp_path_factory.mktemp("root") / "root"
    folder.mkdir()
    folder.chmod(0o755)
    for parent in folder.parents:
        if parent.is_relative_to(tmp_path_factory.getbasetemp().parent):
            parent.chmod(parent.stat().st_mode | 0o055)
    for layer in image.layers:
        with tarfile.open(fileobj=io.BytesIO(layer)) as t:
            t.extractall(folder)
    return folder


class Container:
    def __init__(self, root, image, env):
        self.root, self.config = root, image.config["config"]
        self.env = {**dict(e.split("=", 1) for e in self.config["Env"]),
                    "NF_LOG_FORMAT": "text", **env}

    def start(self, *args, entry=None):
        words = [entry] if entry else self.config["Entrypoint"]
        return subprocess.Popen(
            [shutil.which("unshare"), "--mount", "--pid", "--fork",
             "--kill-child", "bash", "-c", START, "start", self.root,
             "/usr/bin/env", "-i", f"--chdir={self.config['WorkingDir']}",
             *(f"{k}={v}" for k, v in self.env.items()), *words,
             *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, *args, entry=None):
        with self.start(*args, entry=entry) as process:
            out, err = process.communicate(timeout=300)
        return process.returncode, out, err


def test_help(root, image):
    box = Container(root, image, {})
    code, out, err = box.run(*image.config["config"]["Cmd"])
    assert code == 0 and "nf-pipeline" in out, err
    for tool in ("nf-fetch", "nf-stage", "nf-transform", "nf-load"):
        code, out, err = box.run("--version", entry=tool)
        assert code == 0 and out.startswith(f"{tool} "), err


def test_demo(root, image):
    """From the image's own root, with nothing else: the samples are in it, and
    what it prints can be pasted there."""
    box = Container(root, image, {})
    code, out, err = box.run("-c", "nf-pipeline demo && cd nf-demo && ls &&"
                             " nf-load scan -q -o json -t invoices"
                             " sqlite:invoices.db | wc -l", entry="bash")
    assert code == 0, out + err
    rows = [json.loads(s) for s in out.splitlines() if s.startswith("{")]
    assert len([r for r in rows if r.get("table") == "items"]) == 8
    assert "invoices.ndjson" in out.split() and out.split()[-1] == "3"


def test_cloud_run(root, image, tmp_path):
    """What a Cloud Run job starts is in it, and starts."""
    folder = "/opt/nf/share/nf-tools/run"
    box = Container(root, image, {})
    code, _, err = box.run(f"{folder}/nf_cloud_run.py", entry="python3")
    assert (code, err) == (64, "usage: nf_cloud_run.py JOB\n")
    code, _, err = box.run(f"{folder}/nf_watch.py", entry="python3")
    assert code == 78 and "NF_JOBS" in err
    terraform = (ROOT / "deploy/terraform/modules/run/main.tf").read_text()
    assert f'folder = "{folder}"' in terraform


def test_as_nobody(root, image):
    """It cannot write its root, and is not root."""
    box = Container(root, image, {})
    code, out, _ = box.run("-c", "id -u; id -un; pwd; touch /opt/nf/x || echo"
                           " no; touch /tmp/x ~/y && echo yes; date -d"
                           " 'TZ=\"America/Sao_Paulo\" 2026-01-01' -u +%H",
                           entry="bash")
    assert code == 0
    assert out.split() == ["65532", "nf", "/home/nf", "no", "yes", "03"]


@pytest.fixture
def job(root, image, api, bigtable, fake_gcs, tools):
    """An API, a bucket, a table, and how to run the job between them."""
    tools.run("nf-load", "create", "-m", WIDE, bigtable.uri, env=bigtable.env,
              check=0)

    class Job:
        server = api([e2e.make_invoice(i) for i in range(60)], per_page=10)
        box = Container(root, image, {**bigtable.env, **fake_gcs.env})
        args = ("--from", server.url, "--stage", f"{fake_gcs.uri}/run",
                "-m", INSIDE, "--to", bigtable.uri)

        def check(self):
            assert len(bigtable.rows("invoices")) == 60
    return Job()


def test_job(job):
    """API, bucket, table: read back with Google's client."""
    code, out, err = job.box.run(*job.args)
    assert code == 0, err
    assert json.loads(out.splitlines()[-1])["state"] == "loaded"
    job.check()
    code, _, err = job.box.run(*job.args)
    assert code == 0, err
    job.check()


def test_outage(job):
    """The API is away, then it is there again."""
    down = [True]

    def before(handler, path, query):
        if query.get("page") == "3" and down[0]:
            handler.answer(503, "{}")
            return True
        return False

    job.server.before = before
    more = ("--", "--tries", "1")
    code, _, err = job.box.run(*job.args, *more)
    assert code == 75, err
    down[0] = False
    code, _, err = job.box.run(*job.args, *more)
    assert code == 0, err
    job.check()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_killed(job, number):
    """The container ends in the middle; the next one goes on."""
    waiting = []

    def before(handler, path, query):
        if query.get("page") == "4" and not waiting:
            waiting.append(True)
            time.sleep(2)
        return False

    job.server.before = before
    process = job.box.start(*job.args)
    end = time.monotonic() + 120
    while not waiting and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(process.pid, number)
    process.communicate(timeout=120)
    assert process.returncode != 0
    job.server.before = lambda *_: False
    code, _, err = job.box.run(*job.args)
    assert code == 0, err
    job.check()


def test_twins(job):
    """Two containers at once: the rows are those of one."""
    both = [job.box.start(*job.args) for _ in range(2)]
    codes = []
    for process in both:
        process.communicate(timeout=300)
        codes.append(process.returncode)
    assert 0 in codes and set(codes) <= {0, 75}
    job.check()


def test_without_packages(monkeypatch):
    """Where Debian's packages cannot be had, that is what is said."""
    monkeypatch.syspath_prepend(str(IMAGE))
    import base
    with pytest.raises(base.ImageError, match="no-such-program: not found"):
        base.run("no-such-program")
    with pytest.raises(base.ImageError, match="^false: "):
        base.run("false")
    users = {f"usr/share/base-passwd/{n}.master": base.text(n, "")
             for n in ("passwd", "group")}
    with pytest.raises(base.ImageError, match="no roots"):
        base.set_up(users, ("nf", 1))
