# SPDX-License-Identifier: Apache-2.0
"""The bundle and the wheel where nothing of ours is installed: in the root
file systems of an older and of a newer Debian, bare but for bash (and, for
pip, Python).  They have no /proc, and so no /dev/stderr."""

import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import uuid

import pytest

from bigtable_double import Double
from keys import authority, certificate
from platforms import CACHE, Locked, e2e, quiet
from tokens import Tokens

# bullseye's own Python is too old for the wheel.
SUITES = {"bullseye": (), "trixie": ("--include=python3-venv",)}
ROOTS = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")

# The demo, its API over HTTPS; then the staged run into Bigtable over gRPC;
# then both to a server that nobody vouches for.
JOB = """set -eu
nf-load create -q -m "$MAPPING" sqlite:t.db
nf-pipeline -q --from "$API" --stage "file://$PWD/run-1" -m "$MAPPING" \
    --to sqlite:t.db > summary
nf-load scan -q sqlite:t.db
set -o pipefail
nf-stage cat -q "file://$PWD/run-1" | nf-transform -q -m "$MAPPING" |
    nf-load apply -q --endpoint "$BIGTABLE" bigtable://p/i
set +e
export SSL_CERT_FILE=$PWD/other.pem
nf-fetch -q "$API" > none 2>> errors
echo "fetch $?" >> codes
nf-stage cat -q "file://$PWD/run-1" | nf-transform -q -m "$MAPPING" |
    nf-load apply -q --endpoint "$BIGTABLE" bigtable://p/i 2>> errors
echo "load $?" >> codes
"""


def unpack(suite, root):
    """Unpack a Debian in the folder root; what its packages' scripts would
    set up, nothing of ours needs."""
    done = quiet("nice", "debootstrap", "--foreign", "--variant=minbase",
                 *SUITES[suite], suite, root)
    if done.returncode != 0:
        pytest.skip(f"{suite}: debootstrap failed: {done.stdout[-200:]}")
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        quiet("dpkg-deb", "-x", package, root, check=True)
        package.unlink()
    # pip does not start without the system's.
    (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOTS, root / str(ROOTS)[1:])


@pytest.fixture(params=SUITES)
def root(request):
    suite = request.param
    if os.getuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("debootstrap: not installed, or not root")
    folder, stamp = CACHE / f"root-{suite}", CACHE / f"root-{suite}.packages"
    want = " ".join(SUITES[suite])
    with Locked(folder.name):
        if not stamp.exists() or stamp.read_text() != want:
            shutil.rmtree(folder, ignore_errors=True)
            unpack(suite, folder)
            stamp.write_text(want)
    return folder


@pytest.fixture
def inside(root):
    """A folder for the test in the root file system, and its name there."""
    name = pathlib.Path("/tmp") / f"nf-{uuid.uuid4().hex}"
    folder = root / name.relative_to("/")
    folder.mkdir()
    yield folder, name
    shutil.rmtree(folder)


def run(root, name, script, env):
    """Run a script in name in the root file system."""
    return subprocess.run(
        [shutil.which("chroot"), root, "/bin/bash", "-c",
         f"cd {name}\n{script}"], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300,
        env={"HOME": "/", "LC_ALL": "C", **env})


def accepts(request):
    yield "entries", [(i, 0) for i in range(len(request.rows))]


def demo(root, inside, sample, path, mapping):
    """Run JOB with the launchers in path: three invoices arrive."""
    folder, name = inside
    for who in ("ca", "other"):
        authority(folder, who)
    certificate(folder, "server", "ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    api = e2e.invoices.Api(sample, per_page=2)
    api.base = api.base.replace("http:", "https:")
    api.server.socket = context.wrap_socket(api.server.socket,
                                            server_side=True)
    double = Double(accepts, ((folder / "server.key").read_bytes(),
                              (folder / "server.pem").read_bytes()))
    with api, double, Tokens(None) as tokens:
        done = run(root, name, JOB, {
            "PATH": f"{path}:/usr/bin:/bin", "MAPPING": mapping,
            "API": f"{api.base}/invoices", "BIGTABLE": double.endpoint,
            "SSL_CERT_FILE": f"{name}/ca.pem",
            "GCE_METADATA_HOST": tokens.host,
            "NF_CRED_HOSTS": f"{tokens.host},{double.endpoint}"})
        assert done.returncode == 0, done.stderr
        assert len(e2e.rows_of(done.stdout)) == 3 and "9.00" in done.stdout
        (request,) = double.requests
        assert len(request.rows) == 3
        assert request.metadata["authorization"].startswith("Bearer ")
    assert (folder / "codes").read_text() == "fetch 78\nload 78\n"
    assert (folder / "errors").read_text().count("certificate") >= 2


def test_bundle(root, inside, archive, sample):
    folder, name = inside
    (folder / "nf").mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", folder / "nf"], check=True)
    demo(root, inside, sample, name / "nf/bin",
         f"{name}/nf/share/nf-tools/mappings/nf-wide.json")


def test_wheel(root, inside, dist, sample):
    """By the root's own pip, or else by ours."""
    folder, name = inside
    wheel = next(dist.glob("*.whl"))
    shutil.copy(wheel, folder)
    pip = ["-q", "--no-index", "--no-deps", "--disable-pip-version-check"]
    if (root / "usr/bin/python3").exists():
        done = run(root, name, f"python3 -m venv v && v/bin/pip install"
                   f" {' '.join(pip)} {wheel.name}",
                   {"PATH": "/usr/bin:/bin"})
        path = name / "v/bin"
    else:
        done = quiet(sys.executable, "-m", "pip", "install", *pip, "-t",
                     folder / "v", folder / wheel.name)
        path = name / "v/nf_tools/data/bin"
    assert done.returncode == 0, done.stderr
    share = next(folder.glob("v/**/nf_tools/data/share/nf-tools"))
    demo(root, inside, sample, path,
         f"/{share.relative_to(root)}/mappings/nf-wide.json")
