# SPDX-License-Identifier: Apache-2.0
"""What the tests of deploy/ share.

OpenTofu and Google's provider come from $NF_TOFU, a folder with tofu and with
a tofurc that names a mirror of the provider; without it what needs them is
skipped.
"""
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build"))
FULL = os.environ.get("NF_TORTURE") == "full"
CACHE = pathlib.Path(os.environ.get("NF_TEST_CACHE", ROOT / "build-tests"))
ENVIRONMENTS = ("dev", "prod")

# Job files, nf-job(5): what each says besides JOB, and its source.
JOB = {
    "nf_job": 1, "window": {"every": "1d", "zone": "America/Sao_Paulo",
                            "since": "2026-01-01"},
    "stage": "gs://demo-project-nf-staging",
    "target": "bigtable://demo-project/nf-bigtable", "late_after": "1d"}
JOBS = {
    "nfe": ({"mapping": "nf-wide", "schedule": "5 3-9 * * *",
             "load": {"shares": 4, "spark": {}},
             "rejects": {"max": "1%", "stage":
                         "gs://demo-project-nf-rejects"}},
            {"url": "https://api.example.com/v1/invoices",
             "auth": {"type": "bearer", "token": "env:NF_SECRET_NFE_TOKEN"}}),
    "nfse": ({"mapping": "nf-relational"},
             {"url": "https://api.example.org/notas"}),
}
VARS = {
    "project": "demo-project",
    "project_number": "123456789012",
    "jobs": "test-jobs",
    "readers": ["group:audit@example.com"],
    "wheel": True,
    "alerts": {"emails": ["oncall@example.com"], "uptime": ["nfse"]},
}


def write_jobs(folder, jobs, **everywhere):
    """Job files and their sources in a folder; a member that is None is left
    out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, (job, source) in jobs.items():
        said = {**JOB, "name": name, "source": f"{name}.source.json",
                **everywhere, **job}
        (folder / f"{name}.job.json").write_text(json.dumps(
            {k: v for k, v in said.items() if v is not None}))
        (folder / f"{name}.source.json").write_text(json.dumps(source))
    return folder


def without_spark(jobs=JOBS):
    """The same jobs for a deployment that has no Spark."""
    return {n: ({**j, "load": None}, s) for n, (j, s) in jobs.items()}


class locked:
    """Hold a lock file: several pytest workers share the cache."""

    def __init__(self, name):
        CACHE.mkdir(parents=True, exist_ok=True)
        self.path = CACHE / f".{name}.lock"

    def __enter__(self):
        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


class Tofu:
    """OpenTofu, offline, without anybody's credentials."""

    def __init__(self, folder):
        self.command = str(folder / "tofu")
        self.env = {
            k: v for k, v in os.environ.items()
            if not k.startswith(("TF_", "GOOGLE_", "CLOUDSDK_"))
        }
        self.env.update(
            TF_IN_AUTOMATION="1", CHECKPOINT_DISABLE="1",
            GOOGLE_OAUTH_ACCESS_TOKEN="offline",
            TF_CLI_CONFIG_FILE=str(folder / "tofurc"),
        )

    def run(self, folder, *args, check=True):
        r = subprocess.run(
            [self.command, f"-chdir={folder}", *args], env=self.env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=900,
        )
        if check and r.returncode != 0:
            pytest.fail(f"{' '.join(args)}: {r.returncode}\n"
                        f"{r.stdout[-1000:]}{r.stderr}")
        return r


def own_venv(name, *requirements):
    """A Python environment of its own in the cache; skips if that fails."""
    venv = CACHE / name
    stamp = venv / "requirements.txt"
    wanted = "\n".join(requirements)
    with locked(name):
        if not stamp.exists() or stamp.read_text() != wanted:
            steps = [[sys.executable, "-m", "venv", "--clear", venv],
                     [venv / "bin/pip", "install", "-q",
                      "--disable-pip-version-check", *requirements]]
            for step in steps:
                r = subprocess.run(step, stdin=subprocess.DEVNULL,
                                   capture_output=True, text=True)
                if r.returncode != 0:
                    pytest.skip(f"cannot install {wanted}: {r.stderr[-300:]}")
            stamp.write_text(wanted)
    return venv / "bin"


def copy_tree(to):
    """Copy what Terraform reads, in its places, with state kept locally.

    To the mappings the one of the modules' tests is added: it has every kind
    of GC rule.
    """
    for part in ("deploy", "docs/runbooks", "mappings"):
        shutil.copytree(ROOT / part, to / part, symlinks=True,
                        ignore=shutil.ignore_patterns(".terraform*"))
    root = to / "deploy/terraform"
    shutil.copy(root / "tests/jobs/mapping.json", to / "mappings/test.json")
    dist = to / "build/dist"
    dist.mkdir(parents=True)
    (dist / "nf-bundle-0.1.0.tar.gz").write_bytes(b"not looked into")
    with zipfile.ZipFile(dist / "nf-function-0.1.0.zip", "w") as z:
        z.writestr("main.py", "def fetch(request):\n    return 'x'\n")
    (root / "backend_override.tf").write_text(
        'terraform {\n  backend "local" {}\n}\n')
    known = json.loads((root / "acknowledged.json").read_text())
    known["gc"] = gc_rules(mapping_files(to))
    (root / "acknowledged.json").write_text(json.dumps(known))
    write_jobs(root / "test-jobs", JOBS)
    (root / "test.tfvars.json").write_text(json.dumps({
        **VARS, "mapping_files": [f"../../mappings/{f.name}"
                                  for f in mapping_files(to)]}))
    return to


def gc_rules(mappings):
    """What acknowledged.json says of them."""
    return {f.name: {table: {family: d.get("gc")
                             for family, d in t["families"].items()}
                     for table, t in json.loads(
                         f.read_text())["tables"].items()}
            for f in mappings}


def mapping_files(root=ROOT):
    """The mappings, without the schema of them."""
    return [f for f in sorted((root / "mappings").glob("*.json"))
            if "tables" in json.loads(f.read_text())]


def resources(plan, kind):
    """The planned values of all resources of a kind, by address."""
    found = {}

    def walk(module):
        for r in module.get("resources", []):
            if r["type"] == kind and r["mode"] == "managed":
                found[r["address"]] = r["values"]
        for child in module.get("child_modules", []):
            walk(child)

    walk(plan["planned_values"]["root_module"])
    return found
